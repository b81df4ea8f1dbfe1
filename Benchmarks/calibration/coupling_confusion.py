#!/usr/bin/env python3
"""Runs a network with backgrounds of known coupling and prints which template each run ranks first, beside what the
program's own simulations of the first run expect: the confusion matrix from whole runs and from drawn matrices.

    Benchmarks/calibration/coupling_confusion.py [--seeds 10] [--simulations 100] [--topology FILE] [--gnomon PROGRAM]
                                                 [--set key=value ...]

The rows are backgrounds that the topology's first signal can be turned into. A template that contains the true one may win
by the scatter of its further parameter (16 % of the time for one more, by Akaike's measure); it is counted as right.
Exit code 0: at most one run in 50 excludes the true template, or one that contains it, at p below 0.0027 (weak-signal law).
Python's standard library is enough.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

PACKAGE = pathlib.Path(__file__).resolve().parents[2]
TRUTHS = {
    "longitudinal": (1, 0, {"longitudinal", "mixture", "chiralMixture"}),
    "transverse": (0, 0, {"transverse", "mixture", "chiral", "chiralMixture"}),
    "chiral": (0, 0.6, {"chiral", "chiralMixture"}),
    "mixture": (0.5, 0, {"mixture", "chiralMixture"}),
}


def gnomon(options, *arguments):
    result = subprocess.run([options.gnomon, *arguments, "--quiet", "--format", "json"], capture_output=True, text=True,
                            timeout=3600)
    if result.returncode:
        sys.exit(f"{' '.join(arguments)}: exit code {result.returncode}\n{result.stderr}")
    return json.loads(result.stdout)["bands"][0]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--simulations", type=int, default=100)
    parser.add_argument("--topology", default=str(PACKAGE / "topologies/quickstart.yaml"))
    parser.add_argument("--gnomon", default=str(PACKAGE / ".build/release/gnomon"))
    parser.add_argument("--set", action="append", default=[])
    options = parser.parse_args()
    runs = wrong = undetected = 0
    with tempfile.TemporaryDirectory() as folder:
        for truth, (fraction, chirality, accepted) in TRUTHS.items():
            firsts = {}
            for seed in range(1, options.seeds + 1):
                sets = [f"signals[0].longitudinal-fraction={fraction}", f"signals[0].chirality={chirality}"]
                output = f"{folder}/{truth}-{seed}"
                band = gnomon(options, "up", options.topology, "--seed", str(seed), "--output", output, "--no-report",
                              *[word for item in sets + options.set for word in ("--set", item)])
                couplings = band.get("couplings")
                if not couplings:
                    undetected += 1
                    continue
                runs += 1
                first = couplings["fits"][0]["template"]
                firsts[first] = firsts.get(first, 0) + 1
                excluded = {pair["second"] for pair in couplings["pairs"]
                            if pair["first"] == first and pair["estimatedProbabilityIfSecond"] < 0.0027}
                if first not in accepted and accepted <= excluded:
                    wrong += 1
            text = ", ".join(f"{name} {count}" for name, count in sorted(firsts.items(), key=lambda item: -item[1]))
            print(f"{truth:>14} true in {options.seeds} runs: first {text}")
            archive = f"{folder}/{truth}-1/archive.h5"
            if options.simulations and firsts:
                band = gnomon(options, "analyze", archive, "--simulations", str(options.simulations), "--no-store")
                names = [fit["template"] for fit in band["couplings"]["fits"]]
                if truth in names:
                    row = band["couplings"]["confusion"][names.index(truth)]
                    shares = sorted(zip(row, names), reverse=True)
                    text = ", ".join(f"{name} {share:.0%}" for share, name in shares if share)
                    print(f"{'':>14} simulated {options.simulations} times: first {text}", flush=True)
    print(f"{runs} runs with a detection, {undetected} without; {wrong} exclude the truth")
    return 0 if wrong * 50 <= runs else 1


if __name__ == "__main__":
    sys.exit(main())
