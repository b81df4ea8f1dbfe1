#!/usr/bin/env python3
"""Runs a network over a bad link: the hub in one network namespace, the nodes in another.

The link is this script: a TUN device in each namespace, and every IP packet carried from one to the other, held back and
dropped as the schedule says (kernels without tc's netem do it as well). In turn: undisturbed; 80 ms delay with 40 ms of
jitter, so that packets overtake each other; down for a minute; 30 % of the packets lost in each direction on top of the
delay; undisturbed to the end. Encrypted with keys, as between machines.

Afterwards nothing may be missing, and the archive's checksums, of samples with their numbers and times and of products,
must be those of a run without a network. Exits with 1 when they are not.

    sudo python3 Benchmarks/faults/namespaces.py --gnomon .build/release/gnomon

Needs root, iproute2, /dev/net/tun, and nothing but Python's standard library.
"""
import argparse
import ctypes
import fcntl
import heapq
import json
import os
import pathlib
import random
import re
import select
import struct
import subprocess
import sys
import tempfile
import time

TOPOLOGY = """
name: far-away
seed: 11
epoch: 2026-06-01T00:00:00Z
duration: {duration} s
speed: {speed}
hub: {{heartbeat: 1 s, patience: 6 s, absence: 1 h}}
bands:
  - {{name: low, from: 2 Hz, to: 12 Hz, segment: 4 s, integration: 60 s, analysis: none}}
signals:
  - {{name: photons, kind: isotropic-background, from: 2 Hz, to: 12 Hz,
      spectrum: {{amplitude-density: 4 fT/Hz^0.5, reference: 8 Hz, index: 0}}}}
nodes:
  - name: alpha
    site: {{latitude: 40 deg, longitude: 116 deg}}
    axes: [{{name: x, azimuth: 0 deg, altitude: 0 deg}}]
    rate: 32 Hz
    block-samples: 128
    noise: {{white: 6 fT/Hz^0.5}}
  - name: beta
    site: {{latitude: 37 deg, longitude: -122 deg}}
    axes: [{{name: x, azimuth: 30 deg, altitude: 20 deg}}]
    rate: 64 Hz
    block-samples: 100
    noise: {{white: 6 fT/Hz^0.5}}
    gaps: {{intervals: [{{start: 31.3 s, length: 7.7 s, reason: calibration}}]}}
"""
HUB, NODES = "10.77.0.1", "10.77.0.2"


def ip(*arguments):
    subprocess.run(["ip", *arguments], check=True)


def tunnel(namespace, address):
    """The descriptor of a TUN device that is made in a namespace."""
    libc = ctypes.CDLL(None, use_errno=True)
    with open("/proc/self/ns/net") as home, open(f"/run/netns/{namespace}") as away:
        if libc.setns(away.fileno(), 0x40000000) != 0:
            sys.exit(f"the namespace cannot be entered: {os.strerror(ctypes.get_errno())}")
        try:
            device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
            # IFF_TUN and IFF_NO_PI: bare IP packets.
            fcntl.ioctl(device, 0x400454CA, struct.pack("16sH22x", b"far", 0x0001 | 0x1000))
        finally:
            libc.setns(home.fileno(), 0x40000000)
    ip("-n", namespace, "link", "set", "lo", "up")
    ip("-n", namespace, "address", "add", f"{address}/30", "dev", "far")
    ip("-n", namespace, "link", "set", "far", "up")
    return device


class Link:
    """Carries packets between two devices."""

    def __init__(self, devices, seed):
        self.devices = devices
        self.random = random.Random(seed)
        self.waiting, self.serial = [], 0
        self.delay = self.jitter = self.loss = 0.0
        self.carried = self.lost = 0

    def work(self, until):
        """Works until a time of the monotonic clock."""
        while (now := time.monotonic()) < until:
            while self.waiting and self.waiting[0][0] <= now:
                _, _, device, packet = heapq.heappop(self.waiting)
                try:
                    os.write(device, packet)
                except OSError:
                    self.lost += 1  # Its queue is full.
            due = min(until, self.waiting[0][0] if self.waiting else until)
            ready, _, _ = select.select(self.devices, [], [], max(0, due - now))
            for device in ready:
                other = self.devices[1 - self.devices.index(device)]
                try:
                    packet = os.read(device, 65536)
                except BlockingIOError:
                    continue
                if self.random.random() < self.loss:
                    self.lost += 1
                    continue
                self.carried += 1
                self.serial += 1
                arrival = time.monotonic() + self.delay + self.jitter * self.random.uniform(-1, 1)
                heapq.heappush(self.waiting, (arrival, self.serial, other, packet))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gnomon", default=".build/release/gnomon")
    parser.add_argument("--seed", type=int, default=1, help="of the losses and delays")
    parser.add_argument("--speed", type=float, default=4, help="simulated seconds a second")
    parser.add_argument("--scale", type=float, default=1, help="factor on the lengths of the phases")
    parser.add_argument("--deadline", type=float, default=240, help="seconds for what remains after the last phase")
    options = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit("namespaces need root")
    gnomon = os.path.abspath(options.gnomon)
    # name, seconds, delay, jitter, share lost
    phases = [("undisturbed", 15, 0, 0, 0), ("80 ms +- 40 ms", 30, 0.08, 0.04, 0), ("down", 60, 0, 0, 1),
              ("30 % lost, 80 ms +- 40 ms", 60, 0.08, 0.04, 0.3)]
    phases = [(name, seconds * options.scale, *rest) for name, seconds, *rest in phases]
    duration = int((sum(phase[1] for phase in phases) + 10) * options.speed) // 60 * 60
    namespaces = [f"gnomon-{role}-{os.getpid()}" for role in ["hub", "nodes"]]
    processes, logs, devices = {}, {}, []
    with tempfile.TemporaryDirectory(prefix="gnomon-far-") as name:
        folder = pathlib.Path(name)
        topology = folder / "topology.yaml"
        topology.write_text(TOPOLOGY.format(duration=duration, speed=options.speed))

        def run(*arguments):
            result = subprocess.run([gnomon, *map(str, arguments)], capture_output=True, text=True)
            if result.returncode != 0:
                sys.exit(f"gnomon {' '.join(map(str, arguments))}: {result.stderr}")
            return result.stdout

        run("keys", topology, "--output", folder / "keys")
        run("up", topology, "--set", "speed=1e6", "--output", folder / "near", "--no-report", "--quiet",
            "--endpoint", f"ipc://{folder}/near-hub")
        try:
            for namespace, address in zip(namespaces, [HUB, NODES]):
                ip("netns", "add", namespace)
                devices.append(tunnel(namespace, address))
            link = Link(devices, options.seed)

            def start(namespace, process, *arguments):
                logs[process] = folder / f"{process}.log"
                with open(logs[process], "w") as log:
                    processes[process] = subprocess.Popen(
                        ["ip", "netns", "exec", namespace, gnomon, *map(str, arguments), "--keys", folder / "keys"],
                        stdout=log, stderr=log)

            archive = folder / "far.h5"
            start(namespaces[0], "hub", "hub", topology, "--archive", archive, "--endpoint", f"tcp://{HUB}:5555")
            for node in ["alpha", "beta"]:
                start(namespaces[1], node, "node", node, topology, "--hub", f"tcp://{HUB}:5555")
            for what, seconds, link.delay, link.jitter, link.loss in phases:
                before = (link.carried, link.lost)
                link.work(time.monotonic() + seconds)
                print(f"{what:28} {seconds:4.0f} s: {link.carried - before[0]} packets carried, "
                      f"{link.lost - before[1]} lost", flush=True)
            link.delay = link.jitter = link.loss = 0.0
            end = time.monotonic() + options.deadline
            while any(process.poll() is None for process in processes.values()) and time.monotonic() < end:
                link.work(time.monotonic() + 0.5)
            codes = {name: process.poll() for name, process in processes.items()}
        finally:
            for process in processes.values():
                if process.poll() is None:
                    process.kill()
                    process.wait()
            for device in devices:
                os.close(device)
            for namespace in namespaces:
                subprocess.run(["ip", "netns", "delete", namespace], stderr=subprocess.DEVNULL)
        said = {name: path.read_text() for name, path in logs.items()}
        silences = sum(len(re.findall("has been silent|has closed its connection", text)) for text in said.values())
        print(f"exit codes {codes}; {silences} times one side noticed that the other was gone")
        if any(code != 0 for code in codes.values()):
            for name, text in said.items():
                print(f"--- {name}\n{text[-2000:]}")
            sys.exit(1)
        far, near = (json.loads(run("archive", "info", path, "--format", "json"))
                     for path in [archive, folder / "near" / "archive.h5"])
        good = True
        for row, other in zip(far["accounting"], near["accounting"]):
            good = good and row["sent"] == row["archived"] + row["declaredMissing"]
            good = good and row["declaredMissing"] == other["declaredMissing"]
            print(f"{row['stream']:6} {row['sent']} sent = {row['archived']} archived + {row['declaredMissing']} declared missing by "
                  f"the node itself; {row['duplicate']} duplicate, {row['late']} late, {row['refused']} refused")
        for what in ["samplesChecksum", "productsChecksum"]:
            same = far[what] == near[what]
            good = good and same and bool(far[what])
            print(f"{what}: {'the same as without a network' if same else 'DIFFERS'}")
        run("archive", "verify", archive)
        sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
