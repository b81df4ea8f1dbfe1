#!/usr/bin/env python3
"""Measures what strangers at the hub's door cost the honest nodes of a network with keys.

An archive is replayed over TCP with CURVE at full speed into a hub, again and again, in turns with and without a flood: each
pair is one run in peace and one under attack, the order changing from pair to pair. The flood comes from 127.0.0.2 in a process of
its own and makes connections at a fixed rate: garbage that ends at once, connections that say nothing, ZeroMQ greetings followed by a
frame of 4 TiB, and CURVE handshakes that fail after the hub has done their arithmetic. Beside it, in every run under
attack, nodes without a right to their names ask to be let in: one with an unknown key, one with the key of another node.

Prints the ratio of the honest throughput under attack to that in peace, the geometric mean of the pairs with its standard error;
the same ratio of the processor time that the hub took, which other work on the machine does not blur; and how many connections
were made and what the hub counted. Exits with 1 when a run was not complete, an archive is not the undisturbed one, or the first
ratio is below 0.9 by more than two standard errors.

    python3 Benchmarks/faults/flood.py --gnomon .build/release/gnomon --pairs 20 --rate 200

Needs nothing but Python's standard library.
"""
import argparse
import json
import math
import multiprocessing
import os
import pathlib
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

TOPOLOGY = """
name: flood
seed: 3
epoch: 2026-06-01T00:00:00Z
duration: {duration} s
hub: {{heartbeat: 1 s, patience: 20 s}}
bands:
  - {{name: low, from: 5 Hz, to: 30 Hz, segment: 2 s, integration: 20 s, analysis: none}}
nodes:
"""
NODE = """  - name: node{number}
    site: {{latitude: {latitude} deg, longitude: 20 deg}}
    axes: [{{name: x, azimuth: 0 deg, altitude: 0 deg}}, {{name: y, azimuth: 90 deg, altitude: 0 deg}}]
    rate: 8192 Hz
    block-samples: 8192
    noise: {{white: 6 fT/Hz^0.5}}
"""
GREETING = bytes([0xFF] + [0] * 8 + [0x7F, 3, 0]) + b"CURVE" + bytes(47)


def flood(port, rate, made, over):
    """Makes connections until it is over; `made` counts those that stood."""
    held, turn = [], 0
    began = time.monotonic()
    while not over.is_set():
        due = int((time.monotonic() - began) * rate)
        while turn < due and not over.is_set():
            stranger = socket.socket()
            stranger.settimeout(1)
            try:
                stranger.bind(("127.0.0.2", 0))
                stranger.connect(("127.0.0.1", port))
                with made.get_lock():
                    made.value += 1
                if turn % 4 == 0:
                    stranger.sendall(b"GET / HTTP/1.1\r\n\r\n" + os.urandom(2048))
                    stranger.close()
                elif turn % 4 == 1:
                    held.append(stranger)
                elif turn % 4 == 2:
                    stranger.sendall(GREETING + bytes([6, 0, 0, 4, 0, 0, 0, 0, 0]))
                    held.append(stranger)
                else:
                    # HELLO of RFC 26: a box that does not open.
                    hello = b"\x05HELLO\x01\x00" + bytes(72) + os.urandom(32 + 8 + 80)
                    stranger.sendall(GREETING + bytes([4, len(hello)]) + hello)
                    held.append(stranger)
            except OSError:
                stranger.close()
            turn += 1
            if len(held) > 400:
                held.pop(0).close()
        over.wait(0.005)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Bench:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.topology = folder / "flood.yaml"
        self.topology.write_text(
            TOPOLOGY.format(duration=options.duration)
            + "".join(NODE.format(number=number, latitude=10 + 15 * number) for number in range(4)))
        self.source = folder / "source" / "archive.h5"
        self.gnomon("up", self.topology, "--output", folder / "source", "--no-report", "--quiet", "--endpoint", "ipc://" + str(folder / "s"))
        self.keys, self.other = folder / "keys", folder / "other"
        self.gnomon("keys", self.topology, "--output", self.keys)
        # A stranger's key, and a neighbour's under another name; both know the hub's public key.
        self.gnomon("keys", self.topology, "--output", self.other)
        shutil.copy(self.keys / "hub.key", self.other / "hub.key")
        for end in ["key", "key_secret"]:
            shutil.copy(self.keys / "nodes" / f"node1.{end}", self.other / "nodes" / f"node2.{end}")
        self.samples = self.checksum(self.source)

    def gnomon(self, *arguments):
        result = subprocess.run([self.options.gnomon, *map(str, arguments)], capture_output=True, text=True)
        if result.returncode != 0:
            sys.exit(f"gnomon {arguments[0]}: {result.stderr}")
        return result.stdout

    def checksum(self, archive):
        info = json.loads(self.gnomon("archive", "info", archive, "--format", "json"))
        balanced = all(row["sent"] == row["archived"] + row["declaredMissing"] for row in info["accounting"])
        return (info["samplesChecksum"], info["productsChecksum"]) if balanced else None

    def run(self, attacked):
        """Bytes a second of one replay, the hub's processor seconds, connections of the flood, what the hub said at the end."""
        port = free_port()
        archive = self.folder / "copy.h5"
        archive.unlink(missing_ok=True)
        over, made = multiprocessing.Event(), multiprocessing.Value("i", 0)
        others = []
        with open(self.folder / "hub.log", "w") as log:
            hub = subprocess.Popen(
                [self.options.gnomon, "hub", self.source, "--archive", archive, "--endpoint", f"tcp://127.0.0.1:{port}",
                 "--keys", self.keys], stdout=log, stderr=log)
        try:
            if attacked:
                strangers = multiprocessing.Process(target=flood, args=(port, self.options.rate, made, over))
                strangers.start()
                for name in ["node0", "node2"]:
                    others.append(subprocess.Popen(
                        [self.options.gnomon, "node", name, self.topology, "--hub", f"tcp://127.0.0.1:{port}", "--keys",
                         self.other], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
            time.sleep(1)  # The hub listens, and the flood has filled what it can fill.
            answer = json.loads(self.gnomon(
                "replay", self.source, "--hub", f"tcp://127.0.0.1:{port}", "--keys", self.keys, "--format", "json"))
            _, status, usage = os.wait4(hub.pid, 0)
            hub.returncode = code = os.waitstatus_to_exitcode(status)
        finally:
            over.set()
            for process in [hub, *others]:
                if process.poll() is None:
                    process.kill()
                    process.wait()
            if attacked:
                strangers.join()
        said = (self.folder / "hub.log").read_text()
        if code != 0 or self.checksum(archive) != self.samples:
            sys.exit(f"the archive of a run {'under attack' if attacked else 'in peace'} is not that of the source:\n{said}")
        rate = answer["bytes"] / answer["seconds"]
        return rate, usage.ru_utime + usage.ru_stime, made.value, re.findall(r"at the door: (.*)", said)


def ratio(pairs):
    """Geometric mean of the ratios and its standard error."""
    logarithms = [math.log(attacked / peaceful) for attacked, peaceful in pairs]
    mean = math.exp(statistics.mean(logarithms))
    return mean, mean * statistics.stdev(logarithms) / len(logarithms) ** 0.5


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gnomon", default=".build/release/gnomon")
    parser.add_argument("--pairs", type=int, default=20, help="at least 2")
    parser.add_argument("--rate", type=float, default=200, help="connections of the flood in a second")
    parser.add_argument("--duration", type=int, default=600, help="simulated seconds of the archive, 0.5 MiB each")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gnomon-flood-") as name:
        bench = Bench(options, pathlib.Path(name))
        bench.run(False)  # So that caches are warm.
        rates, times, said, connections = [], [], [], 0
        for pair in range(options.pairs):
            rate, time_of = {}, {}
            for attacked in [pair % 2 == 0, pair % 2 != 0]:
                rate[attacked], time_of[attacked], made, door = bench.run(attacked)
                connections += made
                said += door if attacked else []
            rates.append((rate[True], rate[False]))
            times.append((time_of[True], time_of[False]))
            print(f"pair {pair}: {rate[False] * 1e-6:.0f} MB/s in peace, {rate[True] * 1e-6:.0f} under attack; hub "
                  f"{time_of[False]:.2f} s, {time_of[True]:.2f} s", flush=True)
    mean, error = ratio(rates)
    print(f"honest throughput, under attack / in peace: {mean:.3f} +- {error:.3f} ({options.pairs} pairs, "
          f"{connections} connections at {options.rate:.0f} a second)")
    print("processor time of the hub, under attack / in peace: {:.3f} +- {:.3f}".format(*ratio(times)))
    for line in said[:3]:
        print(f"hub: {line}")
    sys.exit(0 if mean + 2 * error >= 0.9 else 1)


if __name__ == "__main__":
    main()
