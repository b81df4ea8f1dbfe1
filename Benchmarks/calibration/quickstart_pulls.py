#!/usr/bin/env python3
"""Runs the quickstart with many seeds and prints the pull of every estimate, or with --no-signal every local p.

    Benchmarks/calibration/quickstart_pulls.py [--seeds 20] [--no-signal] [--gnomon PROGRAM] [--set key=value ...]

A pull is (estimate - injected)/uncertainty. Exit code 0: all pulls of amplitude, f_L and P_V together have mean 0 +- 0.3 and
spread 1 +- 0.25, and at most one in 60 lies beyond 3; without a signal: no local p below 0.001. The mean of one quantity
over n seeds scatters by 1/sqrt(n) (0.22 for 20), so a bias of one quantity shows only with more seeds: its mean is printed
with that standard error. Python's standard library is enough.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

PACKAGE = pathlib.Path(__file__).resolve().parents[2]


def run(options, seed, folder):
    command = [options.gnomon, "up", options.topology, "--seed", str(seed), "--output", f"{folder}/{seed}",
               "--no-report", "--quiet", "--format", "json"]
    for override in options.set + (["signals[0].enabled=false"] if options.no_signal else []):
        command += ["--set", override]
    result = subprocess.run(command, capture_output=True, text=True, timeout=600)
    if result.returncode:
        sys.exit(f"seed {seed}: exit code {result.returncode}\n{result.stderr}")
    return json.loads(result.stdout)["bands"][0]


def signal(options, folder):
    names = {"amplitude": "amplitude", "f_L": "longitudinalFraction", "P_V": "chirality"}
    pulls = {name: [] for name in names}
    print(f"{'seed':>4} {'sigma':>7} " + " ".join(f"{n + ' estimate':>22} {'pull':>6}" for n in names))
    for seed in range(options.first, options.first + options.seeds):
        band = run(options, seed, folder)
        row = f"{seed:4d} {band['fit']['detection']['equivalentSigma']:7.1f} "
        for name, key in names.items():
            estimate, truth = band["fit"].get(key), band["injected"][key]
            if estimate is None:
                sys.exit(f"seed {seed}: the background was not found")
            pull = (estimate["value"] - truth) / estimate["uncertainty"]
            pulls[name].append(pull)
            text = f"{estimate['value']:.3g} +- {estimate['uncertainty']:.2g}"
            row += f"{text:>22} {pull:6.2f} "
        print(row, flush=True)
    for name, values in list(pulls.items()) + [("together", sum(pulls.values(), []))]:
        mean, spread = statistics.fmean(values), statistics.stdev(values)
        error = options.seeds ** -0.5
        print(f"{name:10s} mean {mean:+.3f} +- {error:.3f}  spread {spread:.3f} +- {error / 2**0.5:.3f}"
              f"  largest {max(map(abs, values)):.2f}"
              f"{'' if abs(mean) <= 0.3 and abs(spread - 1) <= 0.25 else '  OUTSIDE 0 +- 0.3 or 1 +- 0.25'}")
    good = abs(mean) <= 0.3 and abs(spread - 1) <= 0.25
    beyond = sum(abs(p) > 3 for values in pulls.values() for p in values)
    print(f"beyond 3 sigma: {beyond} of {3 * options.seeds}")
    return good and beyond <= max(1, options.seeds * 3 / 60)


def noise(options, folder):
    smallest = 1.0
    for seed in range(options.first, options.first + options.seeds):
        detection = run(options, seed, folder)["fit"]["detection"]
        smallest = min(smallest, detection["localProbability"])
        print(f"seed {seed:3d}  statistic {detection['statistic']:7.3f}  local p {detection['localProbability']:.4f}", flush=True)
    print(f"smallest local p: {smallest:.4f}")
    return smallest >= 0.001


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--seeds", type=int, default=20, help="how many")
    parser.add_argument("--no-signal", action="store_true")
    parser.add_argument("--gnomon", default=str(PACKAGE / ".build/release/gnomon"))
    parser.add_argument("--topology", default=str(PACKAGE / "topologies/quickstart.yaml"))
    parser.add_argument("--set", action="append", default=[], metavar="key=value")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gnomon-pulls-") as folder:
        good = (noise if options.no_signal else signal)(options, folder)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
