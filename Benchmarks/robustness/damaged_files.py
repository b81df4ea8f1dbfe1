#!/usr/bin/env python3
"""Damages small archives and files of foreign formats and looks whether the program survives them.

    damaged_files.py GNOMON [--count 1000] [--seed 1] [--kinds archive,gnome,gwpy,gwosc,csv] [--processes 2] [--keep FOLDER]

Every case is a copy of a good file with bytes changed at random, a part cut out or the end cut off, or with an attribute or a
dataset replaced by something absurd. Archives go through `archive verify`, some of them also through `archive info`, `analyze`
and `archive recover`; every tenth is that of a killed hub, and every second of these is given to a hub that goes on with it. Foreign files, many at a time, go through `archive import`. A case
fails when the program dies of a signal, takes more than the time limit, or wants more than the memory limit; a refusal is what
is wanted. How often the HDF5 library crashed, and the program refused the file for it, is counted by itself. A case depends on
the seed, its kind and its number alone, not on the number of processes. Needs h5py and numpy.
"""
import argparse, collections, concurrent.futures, os, random, resource, shutil, subprocess, sys, tempfile, time
import h5py
import numpy

parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
parser.add_argument("gnomon")
parser.add_argument("--count", type=int, default=1000, help="damaged files in all")
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--kinds", default="archive,gnome,gwpy,gwosc,csv")
parser.add_argument("--batch", type=int, default=100, help="foreign files of one import")
parser.add_argument("--processes", type=int, default=2, help="how many work beside each other")
parser.add_argument("--seconds", type=float, default=20, help="time limit of one process")
parser.add_argument("--memory", type=float, default=4, help="memory limit of one process, GiB of address space")
parser.add_argument("--keep", help="folder for the files that made the program fail")
arguments = parser.parse_args()

PLACE = dict(rate=64, seconds=6)
TOPOLOGY = """name: small
epoch: 2017-01-01T00:00:00Z
duration: 8 s
synthesis: {block: 4 s}
bands: [{name: low, from: 2 Hz, to: 6 Hz, segment: 1 s, integration: 4 s, analysis: none}]
nodes:
  - name: mainz01
    site: {latitude: 50 deg, longitude: 8 deg}
    rate: 64 Hz
    block-samples: 128
    axes: [{name: axis, azimuth: 0 deg, altitude: 90 deg}]
    noise: {white: 1 pT/Hz^0.5}
  - name: krakow01
    site: {latitude: 50 deg, longitude: 20 deg}
    rate: 32 Hz
    block-samples: 100
    axes: [{name: axis, azimuth: 0 deg, altitude: 90 deg}]
    noise: {white: 1 pT/Hz^0.5}
    gaps: {intervals: [{start: 3 s, length: 2 s, reason: calibration}]}
"""
STATIONS = "mainz01,8,50,0,90,0.1\n"


def gnome(path, second):
    samples = numpy.random.default_rng(second).normal(size=PLACE["rate"] * PLACE["seconds"])
    with h5py.File(path, "w") as file:
        data = file.create_dataset("MagneticFields", data=samples)
        sanity = file.create_dataset("SanityChannel", data=numpy.ones(PLACE["seconds"]))
        for dataset, rate in ((data, PLACE["rate"]), (sanity, 1)):
            dataset.attrs["SamplingRate(Hz)"] = float(rate)
            dataset.attrs["Date"] = "2017/01/02"
            dataset.attrs["t0"] = clock(second) + ".000"
            dataset.attrs["t1"] = clock(second + PLACE["seconds"]) + ".000"
        data.attrs["MagFieldEq"] = "MagneticFields*2.5 [pT]"


def clock(second):
    return f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"


def gwpy(path, second):
    with h5py.File(path, "w") as file:
        data = file.create_dataset("mainz01/axis", data=numpy.random.default_rng(second).normal(size=384), chunks=(128,),
                                   compression="gzip", shuffle=True, maxshape=(None,))
        data.attrs.update({"x0": 1167350418.0 + second, "dx": 1 / 64, "xunit": "s", "unit": "pT", "name": "a"})


def gwosc(path, second):
    with h5py.File(path, "w") as file:
        data = file.create_dataset("strain/Strain", data=numpy.random.default_rng(second).normal(size=384))
        data.attrs.update({"Npoints": 384, "Xstart": 1167350418 + second, "Xspacing": 1 / 64, "Xunits": "second", "Yunits": "pT"})
        file["meta/Detector"] = numpy.bytes_("mainz01")
        mask = file.create_dataset("quality/simple/DQmask", data=numpy.ones(6, "u4"))
        mask.attrs.update({"Xstart": 1167350418 + second, "Xspacing": 1.0, "Xunits": "second"})
        file["quality/simple/DQShortnames"] = numpy.array([b"DATA"])


def csv(path, second):
    with open(path, "w") as file:
        file.write("# station: mainz01  unit: pT\ngps_s,value,uncertainty\n")
        for k in range(384):
            file.write(f"{1167350418 + second + k / 64:.9f},{k * 0.125},0.5\n")


MAKERS = {"gnome": gnome, "gwpy": gwpy, "gwosc": gwosc, "csv": csv}
ABSURD = [0, -1, float("nan"), float("inf"), 1e300, 1e-300, -512.0, 2**63 - 1, -(2**63), "", "512", "abc", "1e999", "\u00e9" * 50,
          "9" * 4000, "(" * 3000, "MagneticFields" + "**9" * 500 + "[pT]", "__import__('os').abort() [pT]", "MagneticFields/0 [pT]",
          "sqrt(-MagneticFields) [pT]", "MagneticFields [parsec]", "2017/13/45", "9999/99/99", "25:61:61", "23:59:60.000",
          [1.0, 2.0], [], numpy.zeros((2, 2)), numpy.zeros(5000), True, b"bytes", complex(1, 2)]


def replace_something(path, generator):
    """Puts something absurd in the place of an attribute or a dataset."""
    with h5py.File(path, "r+") as file:
        datasets = []
        file.visititems(lambda name, item: datasets.append(name) if isinstance(item, h5py.Dataset) else None)
        name = generator.choice(datasets)
        dataset = file[name]
        attributes = list(dataset.attrs)
        if attributes and generator.random() < 0.75:
            attribute = generator.choice(attributes)
            if generator.random() < 0.15:
                del dataset.attrs[attribute]
            else:
                dataset.attrs[attribute] = generator.choice(ABSURD)
            return
        kept = dict(dataset.attrs)
        del file[name]
        choice = generator.randrange(12)
        if choice == 0: return
        if choice == 1: new = file.create_dataset(name, shape=(2**40,), chunks=(1024,), dtype="f8")
        elif choice == 2: new = file.create_dataset(name, shape=(2**40,), maxshape=(None,), chunks=(2**28,), dtype="f8", compression="gzip")
        elif choice == 3: new = file.create_dataset(name, shape=(0,), dtype="f8")
        elif choice == 4: new = file.create_dataset(name, data=numpy.zeros((4, 96)))
        elif choice == 5: new = file.create_dataset(name, data=numpy.array([b"text"] * 384))
        elif choice == 6: new = file.create_dataset(name, data=numpy.full(384, numpy.nan))
        elif choice == 7: new = file.create_dataset(name, data=numpy.arange(384, dtype="i1"))
        elif choice == 8: new = file.create_dataset(name, data=1.5)
        elif choice == 9: new = file.create_dataset(name, data=numpy.zeros(384, dtype=[("r", "f8"), ("i", "f8")]))
        elif choice == 10: new = file.create_dataset(name, data=numpy.array([1e308, -1e308, numpy.inf] * 128))
        else:
            new = file.create_dataset(name, shape=(384,), dtype="f8", external=[("/dev/zero", 0, 384 * 8)])
        for key, value in kept.items(): new.attrs[key] = value


def damage_bytes(path, generator):
    """Changes some bytes, mostly where the bookkeeping is."""
    data = bytearray(open(path, "rb").read())
    choice = generator.random()
    if choice < 0.1:
        data = data[:generator.randrange(len(data))]
    elif choice < 0.2:
        start = generator.randrange(len(data))
        del data[start:start + generator.randrange(1, 512)]
    elif choice < 0.3:
        start = generator.randrange(len(data))
        data[start:start + 64] = bytes(generator.choice([0, 255]) for _ in range(64))
    else:
        for _ in range(generator.choice([1, 1, 2, 4, 16, 64])):
            place = generator.randrange(min(len(data), generator.choice([128, 4096, 1 << 30])))
            data[place] = generator.choice([0, 255, data[place] ^ (1 << generator.randrange(8)), generator.randrange(256)])
    open(path, "wb").write(data)


def limit():
    """For this process and those that it starts."""
    size = int(arguments.memory * 2**30)
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


CRASHED = "the HDF5 library crashes or hangs on it"


def run(*command):
    """The exit code, or what went wrong, and the errors."""
    try:
        result = subprocess.run([arguments.gnomon, *command], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                timeout=arguments.seconds)
    except subprocess.TimeoutExpired:
        return "hangs", ""
    said = result.stderr.decode(errors="replace")
    if result.returncode < 0: return f"signal {-result.returncode}", said[-300:]
    if "ended by signal" in said: return "signal", said[-300:]
    return result.returncode, said


class Outcomes:
    """What became of some cases."""

    def __init__(self):
        self.counts = collections.Counter()
        self.failures = 0

    def fail(self, kind, case, what, paths, said=""):
        self.failures += 1
        print(f"FAILED: {kind} case {case}: {what} {said}", flush=True)
        if arguments.keep:
            os.makedirs(arguments.keep, exist_ok=True)
            for path in paths:
                if os.path.exists(path): shutil.copy(path, os.path.join(arguments.keep, f"{kind}-{case}-" + os.path.basename(path)))


def good_archives(folder):
    """A complete archive, that of a hub that was killed, and their topology."""
    topology = os.path.join(folder, "small.yaml")
    open(topology, "w").write(TOPOLOGY)
    subprocess.run([arguments.gnomon, "up", topology, "--output", os.path.join(folder, "run"), "--no-report", "--quiet"], check=True,
                   stdout=subprocess.DEVNULL)
    whole = os.path.join(folder, "run", "archive.h5")
    killed = os.path.join(folder, "killed.h5")
    endpoint = f"ipc://{folder}/hub"
    # In real time, and ended when the first blocks are there.
    hub = subprocess.Popen([arguments.gnomon, "hub", topology, "--archive", killed, "--endpoint", endpoint, "--speed", "2", "--quiet"])
    nodes = subprocess.Popen([arguments.gnomon, "node", "mainz01,krakow01", topology, "--hub", endpoint, "--speed", "2", "--quiet"])
    deadline = time.monotonic() + 60
    while "2 blocks" not in subprocess.run([arguments.gnomon, "archive", "info", killed], capture_output=True, text=True).stdout:
        if time.monotonic() > deadline: sys.exit("the hub archives nothing")
        time.sleep(0.1)
    for process in (hub, nodes):
        process.kill()
        process.wait()
    return whole, killed, topology


def archives(cases, folder, good):
    outcomes = Outcomes()
    with tempfile.TemporaryDirectory(dir=folder) as own:
        path = os.path.join(own, "case.h5")
        for case in cases:
            generator = random.Random(f"{arguments.seed} archive {case}")
            shutil.copy(good[case % 10 == 9], path)
            if generator.random() < 0.15:
                try: replace_something(path, generator)
                except (OSError, TypeError, ValueError, KeyError): pass
            else: damage_bytes(path, generator)
            commands = [("archive verify", path)]
            if case % 5 == 4: commands += [("archive info", path), ("analyze", path, "--no-store", "--quiet")]
            # These change the file. The hub goes on with the run, and ends it at once, for its input ends.
            if case % 20 == 19:
                commands.append(("hub", good[2], "--archive", path, "--endpoint", f"ipc://{own}/hub", "--supervised"))
            elif case % 5 == 4: commands.append(("archive recover", path))
            for name, *words in commands:
                code, said = run(*name.split(), *words)
                result = {0: "whole", 1: "refused"}.get(code, str(code))
                if CRASHED in said: result = "refused, for the library crashed"
                elif "going on with the unfinished run" in said: result = "went on"
                outcomes.counts[f"{name}: {result}"] += 1
                if code not in (0, 1): outcomes.fail("archive", case, f"{name}: {code}", [path], said)
        outcomes.counts["archives"] += len(cases)
    return outcomes


def foreign(kind, cases, folder):
    outcomes = Outcomes()
    suffix = "csv" if kind == "csv" else "hdf5"
    with tempfile.TemporaryDirectory(dir=folder) as own:
        stations = os.path.join(own, "stations.csv")
        open(stations, "w").write(STATIONS)
        batch = os.path.join(own, kind)
        os.makedirs(batch)
        for place, case in enumerate(cases):
            generator = random.Random(f"{arguments.seed} {kind} {case}")
            second = place * (PLACE["seconds"] + 1)
            path = os.path.join(batch, f"mainz01_20170102_{clock(second).replace(':', '')}.{suffix}")
            MAKERS[kind](path, second)
            if kind != "csv" and generator.random() < 0.5:
                try: replace_something(path, generator)
                except (OSError, TypeError, ValueError, KeyError): pass
            else: damage_bytes(path, generator)

        def attempt(paths):
            return run("archive", "import", *paths, "--output", os.path.join(own, "out.h5"), "--force", "--stations", stations,
                       "--largest", "0.02", "--station", "mainz01", "--quiet", "--report", "json")
        code, said = attempt([batch])
        outcomes.counts[f"{kind} batches: {({0: 'imported', 1: 'refused'}).get(code, code)}"] += 1
        outcomes.counts[f"{kind} files refused"] += sum(line.startswith("refused: ") for line in said.splitlines())
        outcomes.counts[f"{kind} files refused, for the library crashed"] += said.count(CRASHED)
        outcomes.counts[f"{kind} files"] += len(cases)
        if code == 0:
            code, said = run("archive", "verify", os.path.join(own, "out.h5"))
            if code != 0: outcomes.fail(kind, cases[0], f"the import is not whole: {code}", [], said)
        elif code != 1:
            # Which one is it?
            outcomes.fail(kind, cases[0], f"the batch: {code}", [], said)
            for case, name in zip(cases, sorted(os.listdir(batch))):
                path = os.path.join(batch, name)
                code, said = attempt([path])
                if code not in (0, 1): outcomes.fail(kind, case, code, [path], said)
    return outcomes


began = time.monotonic()
kinds = arguments.kinds.split(",")
total = Outcomes()
with tempfile.TemporaryDirectory() as folder:
    share = arguments.count // len(kinds)
    good = good_archives(folder) if "archive" in kinds else None
    with concurrent.futures.ProcessPoolExecutor(arguments.processes, initializer=limit) as pool:
        jobs = []
        for first in range(0, share, arguments.batch):
            cases = range(first, min(first + arguments.batch, share))
            for kind in kinds:
                jobs.append(pool.submit(archives, cases, folder, good) if kind == "archive" else pool.submit(foreign, kind, cases, folder))
        for number, job in enumerate(concurrent.futures.as_completed(jobs)):
            outcomes = job.result()
            total.counts.update(outcomes.counts)
            total.failures += outcomes.failures
            if (number + 1) % 100 == 0:
                print(f"{number + 1} of {len(jobs)} batches, {time.monotonic() - began:.0f} s, {total.failures} failures", file=sys.stderr, flush=True)
for outcome, number in sorted(total.counts.items()): print(f"{number:8d}  {outcome}")
usage = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
print(f"{share * len(kinds)} damaged files in {time.monotonic() - began:.0f} s, {sum(u.ru_utime + u.ru_stime for u in usage):.0f} s of CPU: "
      f"{total.failures} failures")
sys.exit(1 if total.failures else 0)
