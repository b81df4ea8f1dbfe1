#!/usr/bin/env python3
"""Runs a topology with one point source over many seeds and counts how often areas on the sky hold it.

    Benchmarks/calibration/sky_coverage.py [--seeds 40] [--topology FILE] [--move] [--gnomon PROGRAM] [--set key=value ...]

The credibility of the injected direction is the probability of the smallest area that holds it; it should be below 50, 90
and 95 % in as many of the runs. With --move every seed gets a source of its own, evenly spread over the sky. Exit code 0: all
shares are within three binomial standard errors of what they should be, and no run lost its source. Python's standard
library is enough.
"""

import argparse
import json
import math
import pathlib
import random
import re
import subprocess
import sys
import tempfile

PACKAGE = pathlib.Path(__file__).resolve().parents[2]


def run(options, seed, folder):
    topology = pathlib.Path(options.topology)
    if options.move:
        chance = random.Random(seed)
        place = "right-ascension: %.4f deg, declination: %.4f deg" % (
            chance.uniform(0, 360), math.degrees(math.asin(chance.uniform(-1, 1))))
        text, count = re.subn(r"right-ascension: [-+.\d]+ deg, declination: [-+.\d]+ deg", place, topology.read_text())
        if count != 1:
            sys.exit(f"{topology}: {count} directions, one is needed")
        topology = pathlib.Path(folder, f"{seed}.yaml")
        topology.write_text(text)
    command = [options.gnomon, "up", str(topology), "--seed", str(seed), "--output", f"{folder}/run", "--replace",
               "--quiet"]
    for override in options.set:
        command += ["--set", override]
    result = subprocess.run(command, capture_output=True, text=True, timeout=600)
    if result.returncode:
        sys.exit(f"seed {seed}: exit code {result.returncode}\n{result.stderr}")
    analysis = json.loads(subprocess.run(
        [options.gnomon, "analyze", f"{folder}/run/archive.h5", "--quiet", "--no-store", "--format", "json"],
        capture_output=True, text=True, check=True, timeout=600).stdout)
    return next((band["sky"] for band in analysis["bands"] + analysis["lines"] if "sky" in band), None)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--seeds", type=int, default=40, help="how many")
    parser.add_argument("--move", action="store_true", help="another direction for every seed")
    parser.add_argument("--gnomon", default=str(PACKAGE / ".build/release/gnomon"))
    parser.add_argument("--topology", default=str(PACKAGE / "topologies/stream.yaml"))
    parser.add_argument("--set", action="append", default=[], metavar="key=value")
    options = parser.parse_args()
    levels, lost, findings = [], 0, {}
    print(f"{'seed':>4} {'finding':>9} {'statistic':>9} {'90 % [deg^2]':>12} {'credibility':>11}")
    with tempfile.TemporaryDirectory(prefix="gnomon-sky-") as folder:
        for seed in range(options.first, options.first + options.seeds):
            sky = run(options, seed, folder)
            finding = sky["search"]["finding"] if sky else "none"
            findings[finding] = findings.get(finding, 0) + 1
            if not sky or not sky["credibility"]:
                lost += 1
                print(f"{seed:4d} {finding:>9}", flush=True)
                continue
            source = sky["search"]["sources"][0]
            levels.append(min(sky["credibility"]))
            print(f"{seed:4d} {finding:>9} {source['testStatistic']:9.1f} {source['areas'][1]['squareDegrees']:12.3g} "
                  f"{levels[-1]:11.4f}", flush=True)
    print(", ".join(f"{name}: {count}" for name, count in sorted(findings.items())))
    good = lost == 0
    for level in (0.5, 0.9, 0.95):
        hits = sum(value <= level for value in levels)
        share, error = hits / max(1, len(levels)), math.sqrt(level * (1 - level) / max(1, len(levels)))
        inside = abs(share - level) <= 3 * error
        good = good and inside
        print(f"{100 * level:4.0f} % area: {hits} of {len(levels)} hold the source, {100 * share:.1f} +- {100 * error:.1f} %"
              f"{'' if inside else '  OUTSIDE'}")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
