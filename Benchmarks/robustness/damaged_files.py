#!/usr/bin/env python3
"""Damages small archives and files of foreign formats and looks whether the program survives them.

    damaged_files.py GNOMON [--count 1000] [--seed 1] [--kinds archive,gnome,gwpy,gwosc,csv] [--keep FOLDER]

Every case is a copy of a good file with bytes changed at random, a part cut out or the end cut off, or, for foreign files, with
an attribute or a dataset replaced by something absurd. Archives go through `archive info` and `archive verify`, foreign files,
many at a time, through `archive import`. A case fails when the program dies of a signal, takes more than the time limit, or
wants more than the memory limit; a refusal is what is wanted. Needs h5py and numpy.
"""
import argparse, collections, json, os, random, resource, shutil, subprocess, sys, tempfile, time
import h5py
import numpy

parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
parser.add_argument("gnomon")
parser.add_argument("--count", type=int, default=1000, help="damaged files in all")
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--kinds", default="archive,gnome,gwpy,gwosc,csv")
parser.add_argument("--batch", type=int, default=100, help="foreign files of one import")
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


def limits():
    size = int(arguments.memory * 2**30)
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def run(*command):
    """The exit code, or what went wrong."""
    try:
        result = subprocess.run([arguments.gnomon, *command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, preexec_fn=limits,
                                timeout=arguments.seconds)
    except subprocess.TimeoutExpired:
        return "hangs", ""
    if result.returncode < 0: return f"signal {-result.returncode}", result.stderr.decode(errors="replace")[-300:]
    return result.returncode, result.stderr.decode(errors="replace")


outcomes = collections.Counter()
failures = []


def fail(kind, case, what, paths, said=""):
    failures.append((kind, case, what))
    print(f"FAILED: {kind} case {case}: {what} {said}", flush=True)
    if arguments.keep:
        os.makedirs(arguments.keep, exist_ok=True)
        for path in paths:
            if os.path.exists(path): shutil.copy(path, os.path.join(arguments.keep, f"{kind}-{case}-" + os.path.basename(path)))


def archives(count, folder):
    topology = os.path.join(folder, "small.yaml")
    open(topology, "w").write(TOPOLOGY)
    subprocess.run([arguments.gnomon, "up", topology, "--output", os.path.join(folder, "run"), "--no-report", "--quiet"], check=True,
                   stdout=subprocess.DEVNULL)
    good = os.path.join(folder, "run", "archive.h5")
    path = os.path.join(folder, "case.h5")
    for case in range(count):
        generator = random.Random(f"{arguments.seed} archive {case}")
        shutil.copy(good, path)
        if generator.random() < 0.15:
            try: replace_something(path, generator)
            except (OSError, TypeError, ValueError, KeyError): pass
        else: damage_bytes(path, generator)
        for command in ("info", "verify"):
            code, said = run("archive", command, path)
            outcomes[f"archive {command}: " + {0: "whole", 1: "refused"}.get(code, str(code))] += 1
            if code not in (0, 1): fail("archive", case, f"{command}: {code}", [path], said)


def foreign(kind, count, folder):
    stations = os.path.join(folder, "stations.csv")
    open(stations, "w").write(STATIONS)
    suffix = "csv" if kind == "csv" else "hdf5"
    done = 0
    while done < count:
        batch = os.path.join(folder, kind)
        shutil.rmtree(batch, ignore_errors=True)
        os.makedirs(batch)
        cases = list(range(done, min(done + arguments.batch, count)))
        for case in cases:
            generator = random.Random(f"{arguments.seed} {kind} {case}")
            second = (case - done) * (PLACE["seconds"] + 1)
            path = os.path.join(batch, f"mainz01_20170102_{clock(second).replace(':', '')}.{suffix}")
            MAKERS[kind](path, second)
            if kind != "csv" and generator.random() < 0.5:
                try: replace_something(path, generator)
                except (OSError, TypeError, ValueError, KeyError): pass
            else: damage_bytes(path, generator)
        done += len(cases)

        def attempt(paths):
            return run("archive", "import", *paths, "--output", os.path.join(folder, "out.h5"), "--force", "--stations", stations,
                       "--largest", "0.02", "--station", "mainz01", "--quiet", "--report", "json")
        code, said = attempt([batch])
        outcomes[f"{kind} batch: {code}"] += 1
        outcomes[f"{kind} files refused"] += sum(line.startswith("refused: ") for line in said.splitlines())
        outcomes[f"{kind} files"] += len(cases)
        if code == 0:
            code, said = run("archive", "verify", os.path.join(folder, "out.h5"))
            if code != 0: fail(kind, cases[0], f"the import is not whole: {code}", [], said)
        elif code != 1:
            # Which one is it?
            for case, name in zip(cases, sorted(os.listdir(batch))):
                path = os.path.join(batch, name)
                code, said = attempt([path])
                if code not in (0, 1): fail(kind, case, code, [path], said)


began = time.monotonic()
kinds = arguments.kinds.split(",")
with tempfile.TemporaryDirectory() as folder:
    for kind in kinds:
        share = arguments.count // len(kinds)
        archives(share, folder) if kind == "archive" else foreign(kind, share, folder)
for outcome, number in sorted(outcomes.items()): print(f"{number:8d}  {outcome}")
print(f"{arguments.count} damaged files in {time.monotonic() - began:.0f} s: {len(failures)} failures")
sys.exit(1 if failures else 0)
