#!/usr/bin/env python3
"""Runs a small network under many chaos schedules and prints the table of faults and outcomes.

Every schedule is one `gnomon up --chaos SEED`: it ends with the invariants (accounting, archive, samples, matrices,
processes, intruders) and whether each held. Exits with 1 unless all did.

    python3 Benchmarks/faults/chaos.py --gnomon .build/release/gnomon --schedules 1000 --seed 1

Needs nothing but Python's standard library.
"""
import argparse
import collections
import concurrent.futures
import json
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from kills import TOPOLOGY


def run(options, seed, folder):
    """The report of one schedule, or what went wrong with the program itself."""
    topology = folder / "topology.yaml"
    text = TOPOLOGY.format(duration=options.duration, speed=options.speed)
    # Short enough that peers are given up and samples declared missing, then filled in when their node is back.
    text = text.replace("patience: 5 s, absence: 1 h", "patience: 2.5 s, absence: 1.5 s")
    topology.write_text(text)
    command = [options.gnomon, "up", str(topology), "--output", str(folder / "run"), "--chaos", str(seed),
               "--faults", str(options.faults), "--quiet", "--format", "json"]
    with open(folder / "errors.log", "w") as errors, subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, text=True) as process:
        try:
            output, _ = process.communicate(timeout=options.deadline)
        except subprocess.TimeoutExpired:
            # Told a second time, gnomon ends its children at once, those that it has stopped too.
            for number in [signal.SIGINT, signal.SIGINT, signal.SIGKILL]:
                process.send_signal(number)
                try:
                    process.communicate(timeout=5)
                    break
                except subprocess.TimeoutExpired:
                    continue
            return None, "hung"
    try:
        return json.loads(output), None
    except ValueError:
        return None, f"exit code {process.returncode}, no report"


def schedule(options, seed):
    """The report of one schedule in a folder of its own, and which invariant was broken; the folder is kept if one was."""
    with tempfile.TemporaryDirectory(prefix="gnomon-chaos-") as name:
        folder = pathlib.Path(name)
        report, problem = run(options, seed, folder)
        for invariant in report["invariants"] if report else []:
            if not invariant["held"]:
                problem = f"{invariant['name']}: {invariant['detail']}"
        if problem and options.keep:
            shutil.copytree(folder, pathlib.Path(options.keep) / str(seed), dirs_exist_ok=True)
    return seed, (report, problem)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gnomon", default=".build/release/gnomon")
    parser.add_argument("--schedules", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1, help="of the first schedule; the others follow")
    parser.add_argument("--faults", type=int, default=8, help="faults of a schedule")
    parser.add_argument("--duration", type=int, default=600, help="simulated seconds")
    parser.add_argument("--speed", type=float, default=40)
    parser.add_argument("--deadline", type=float, default=180, help="seconds after which a run counts as hung")
    parser.add_argument("--parallel", type=int, default=4, help="schedules at a time; a run waits most of its time")
    parser.add_argument("--keep", help="keep the folders of runs with a broken invariant here")
    options = parser.parse_args()

    began = time.monotonic()
    seeds = range(options.seed, options.seed + options.schedules)
    faults, invariants, others, wrong = (collections.Counter() for _ in range(4))
    with concurrent.futures.ThreadPoolExecutor(options.parallel) as pool:
        for seed, (report, problem) in pool.map(lambda seed: schedule(options, seed), seeds):
            if report is not None:
                for entry in report["entries"]:
                    faults[entry["fault"]["kind"], entry["outcome"]] += 1
                for invariant in report["invariants"]:
                    invariants[invariant["name"], invariant["held"]] += 1
                    if "are declared missing because" in invariant["detail"]:
                        others["runs with samples declared missing to the end"] += 1
                    if "made again after late samples" in invariant["detail"]:
                        others["runs with late samples, matrices made again"] += 1
                others["restarts that nobody asked for"] += len(report["otherDeaths"])
            if problem:
                print(f"seed {seed}: {problem}", flush=True)
                wrong[problem.split(":")[0]] += 1

    outcomes = ["restarted", "resumed", "refused", "welcomed", "stayed away", "too late"]
    print(f"{options.schedules} schedules of {options.faults} faults in {time.monotonic() - began:.0f} s")
    print(f"{'fault':16}" + "".join(f"{outcome:>12}" for outcome in outcomes))
    for kind in sorted({kind for kind, _ in faults}):
        print(f"{kind:16}" + "".join(f"{faults[kind, outcome] or '-':>12}" for outcome in outcomes))
    print(f"{'held':>6} {'broken':>6}  invariant")
    for name in dict.fromkeys(name for name, _ in invariants):
        print(f"{invariants[name, True]:6} {invariants[name, False]:6}  {name}")
    for what, count in sorted(others.items()):
        print(f"{what}: {count}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
