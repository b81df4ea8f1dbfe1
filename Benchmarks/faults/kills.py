#!/usr/bin/env python3
"""Kills the hub, or a node, of a small network at random instants and starts it again.

For every kill: did the run go on to its end, does the accounting of every stream balance, does the archive verify, and
are samples and products those of the undisturbed run to the last bit? Prints a table and exits with 1 unless all hold.

    python3 Benchmarks/faults/kills.py --gnomon .build/release/gnomon --hub 100 --node 100 --seed 1

Needs nothing but Python's standard library.
"""
import argparse
import collections
import json
import pathlib
import random
import subprocess
import sys
import tempfile
import time

TOPOLOGY = """
name: kills
seed: 7
epoch: 2026-06-01T00:00:00Z
duration: {duration} s
speed: {speed}
hub: {{heartbeat: 0.3 s, patience: 5 s, absence: 1 h}}
bands:
  - {{name: low, from: 5 Hz, to: 30 Hz, segment: 2 s, integration: 20 s}}
signals:
  - name: photons
    kind: isotropic-background
    from: 4 Hz
    to: 40 Hz
    spectrum: {{amplitude-density: 4 fT/Hz^0.5, reference: 20 Hz, index: 0}}
nodes:
  - name: alpha
    site: {{latitude: 40 deg, longitude: 116 deg}}
    axes: [{{name: x, azimuth: 0 deg, altitude: 0 deg}}, {{name: y, azimuth: 90 deg, altitude: 0 deg}}]
    rate: 512 Hz
    block-samples: 1024
    noise: {{white: 6 fT/Hz^0.5}}
  - name: beta
    site: {{latitude: 37 deg, longitude: -122 deg}}
    axes: [{{name: x, azimuth: 30 deg, altitude: 20 deg}}]
    rate: 256 Hz
    block-samples: 300
    noise: {{white: 6 fT/Hz^0.5}}
    gaps: {{intervals: [{{start: 31.3 s, length: 7.7 s, reason: calibration}}]}}
  - name: gamma
    site: {{latitude: -35 deg, longitude: 149 deg}}
    axes: [{{name: x, azimuth: 0 deg, altitude: 90 deg}}]
    rate: 128 Hz
    block-samples: 128
    noise: {{white: 6 fT/Hz^0.5}}
"""
NODES = ["alpha", "beta", "gamma"]


class Network:
    """The processes of one run."""

    def __init__(self, gnomon, folder, duration, speed):
        self.gnomon, self.folder = gnomon, folder
        folder.mkdir(parents=True)
        self.topology = folder / "topology.yaml"
        self.topology.write_text(TOPOLOGY.format(duration=duration, speed=speed))
        self.archive = folder / "archive.h5"
        self.endpoint = f"ipc://{folder}/hub"
        self.logs = []
        self.hub = self.start_hub()
        self.nodes = {name: self.start_node(name) for name in NODES}

    def start(self, name, *arguments):
        log = open(self.folder / f"{name}.log", "a")
        return subprocess.Popen([self.gnomon, *map(str, arguments)], stdout=log, stderr=log)

    def start_hub(self):
        return self.start("hub", "hub", self.topology, "--archive", self.archive, "--endpoint", self.endpoint)

    def start_node(self, name):
        return self.start(name, "node", name, self.topology, "--hub", self.endpoint)

    def finish(self, deadline):
        """Whether all processes end well before the deadline, in seconds."""
        end = time.monotonic() + deadline
        processes = [self.hub, *self.nodes.values()]
        try:
            codes = [process.wait(max(0.1, end - time.monotonic())) for process in processes]
        except subprocess.TimeoutExpired:
            return "hung"
        # Killed between the end of its work and that of the process: what is started then finds nothing to do, and says so.
        words = {"hub": "holds a complete run", **{name: "no welcome from a hub" for name in NODES}}
        names = ["hub", *NODES]
        if any(codes) and all(
            code == 0 or code == 1 and words[name] in (self.folder / f"{name}.log").read_text()
            for name, code in zip(names, codes)
        ):
            return "was complete"
        return "resumed" if codes == [0] * len(codes) else f"exit codes {codes}"

    def kill_all(self):
        for process in [self.hub, *self.nodes.values()]:
            if process.poll() is None:
                process.kill()
                process.wait()


def judge(network, reference):
    """What is wrong with the archive of a run; an empty list when nothing is."""
    def json_of(command):
        result = subprocess.run(
            [network.gnomon, "archive", command, network.archive, "--format", "json"], capture_output=True, text=True)
        return json.loads(result.stdout) if result.stdout else None

    info, verification = json_of("info"), json_of("verify")
    if info is None or verification is None:
        return ["unreadable"]
    faults = []
    if any(row["sent"] != row["archived"] + row["declaredMissing"] for row in info["accounting"]):
        faults.append("unbalanced")
    if any(finding["severity"] == "error" for finding in verification["findings"]):
        faults.append("not whole")
    sums = (info.get("samplesChecksum"), info.get("productsChecksum"))
    if reference is not None and sums != reference:
        faults.append("samples differ" if sums[0] != reference[0] else "products differ")
    return faults if reference is not None else sums


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gnomon", default=".build/release/gnomon")
    parser.add_argument("--hub", type=int, default=20, help="kills of the hub")
    parser.add_argument("--node", type=int, default=20, help="kills of a node")
    parser.add_argument("--recovery", type=int, default=20, help="kills of the hub while it recovers from one before")
    parser.add_argument("--kills", type=int, default=1, help="kills in one run")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--duration", type=int, default=600, help="simulated seconds")
    parser.add_argument("--speed", type=float, default=300)
    parser.add_argument("--keep", help="keep the folders of failed runs here")
    options = parser.parse_args()
    draw = random.Random(options.seed)
    temporary = tempfile.TemporaryDirectory()
    top = pathlib.Path(options.keep or temporary.name)

    began = time.monotonic()
    undisturbed = Network(options.gnomon, top / "reference", options.duration, options.speed)
    if undisturbed.finish(120) != "resumed":
        sys.exit("the undisturbed run failed; see its logs with --keep")
    length = time.monotonic() - began
    reference = judge(undisturbed, None)
    print(f"undisturbed: {length:.1f} s, samples {reference[0][:12]}, products {reference[1][:12]}", flush=True)

    table = collections.Counter()
    good = True
    for kind, count in [("hub", options.hub), ("recovery", options.recovery), ("node", options.node)]:
        for trial in range(count):
            network = Network(options.gnomon, top / f"{kind}-{trial}", options.duration, options.speed)
            instants = []
            try:
                for number in range(options.kills + (1 if kind == "recovery" else 0)):
                    # A hub that begins with an archive takes a tenth of a second until it serves.
                    early = kind == "recovery" and number > 0
                    instants.append(draw.uniform(0, 0.15 if early else length))
                    time.sleep(instants[-1])
                    victim = network.nodes[draw.choice(NODES)] if kind == "node" else network.hub
                    if victim.poll() is not None:
                        break  # It was done before.
                    victim.kill()
                    victim.wait()
                    if kind != "node":
                        network.hub = network.start_hub()
                    else:
                        name = next(name for name, node in network.nodes.items() if node is victim)
                        network.nodes[name] = network.start_node(name)
                outcome = network.finish(90)
            finally:
                network.kill_all()
            faults = judge(network, reference)
            right = outcome in ("resumed", "was complete") and not faults
            good = good and right
            table[kind, outcome, ", ".join(faults) or "balanced, whole, bits equal"] += 1
            if not right:
                print(f"{kind} {trial}: killed after {instants} s: {outcome}; {faults}", flush=True)
    width = max((len(outcome) for _, outcome, _ in table), default=8)
    print(f"{'killed':8} {'run':{width}} {'archive':30} times")
    for (kind, outcome, archive), times in sorted(table.items()):
        print(f"{kind:8} {outcome:{width}} {archive:30} {times}")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
