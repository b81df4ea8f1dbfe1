#!/usr/bin/env python3
"""Makes archives with sealed random signals, lets gnomon analyze them, then opens the seals and compares.

    Benchmarks/calibration/blind_test.py [--archives 60] [--seed 1] [--gnomon PROGRAM] [--keep FOLDER] [--open]

Each archive is six hours of noise of four three-axis stations into which `gnomon inject --blind` has put nothing, an isotropic
background of random longitudinal fraction and chirality, a narrow line of a halo with a random coupling, or a cold stream of
random direction, of random strength. Only after all are analysed are the seals opened with `gnomon archive unblind`.

Printed: every claim beside the truth, the confusion matrix, hits of the sky areas, pulls of P_V. A claim is wrong when it is
made at more than 3 sigma and not true: a detection where nothing was put in, a template or coupling that excludes the true
one, a direction whose 99.73 % area misses the source, a chirality off by more than 3 sigma. Exit code 0: no wrong claim.
Python's standard library is enough.
"""

import argparse
import collections
import json
import math
import pathlib
import random
import subprocess
import sys
import tempfile

PACKAGE = pathlib.Path(__file__).resolve().parents[2]
THREE_SIGMA = 0.0027

TOPOLOGY = """
name: blind
seed: {seed}
epoch: 2026-03-01T00:00:00Z
duration: 6 h
synthesis: {{block: 20 s}}
bands:
  - {{name: wide, from: 11 Hz, to: 14 Hz, segment: 2 s, integration: 300 s}}
  - {{name: line, from: 9.98 Hz, to: 10.02 Hz, segment: 600 s, integration: 600 s, analysis: line}}
defaults:
  nodes:
    rate: 32 Hz
    noise: {{white: 1 pT/Hz^0.5}}
    axes:
      - {{name: east, azimuth: 90 deg, altitude: 0 deg}}
      - {{name: north, azimuth: 0 deg, altitude: 0 deg}}
      - {{name: up, azimuth: 0 deg, altitude: 90 deg}}
nodes:
  - {{name: mainz, site: {{latitude: 49.9915 deg, longitude: 8.2354 deg}}}}
  - {{name: berkeley, site: {{latitude: 37.8723 deg, longitude: -122.2570 deg}}}}
  - {{name: quito, site: {{latitude: -0.2150 deg, longitude: -78.5020 deg}}}}
  - {{name: canberra, site: {{latitude: -35.2745 deg, longitude: 149.1185 deg}}}}
"""

COUPLINGS = ["axion-gradient", "electric-dipole", "magnetic-dipole"]


def draw(rng):
    """A signal in the keys of a topology."""
    kind = rng.choice(["nothing", "background", "background", "halo line", "halo line", "stream"])
    if kind in ("nothing", "background"):
        longitudinal = rng.choice([0.0, 0.0, 1.0, round(rng.random(), 3)])
        chirality = round(rng.choice([0, rng.uniform(-1, 1)]) * (1 - longitudinal), 3)
        return f"""
- name: secret
  kind: isotropic-background
  enabled: {"false" if kind == "nothing" else "true"}
  from: 10.5 Hz
  to: 14.5 Hz
  spectrum: {{amplitude-density: {rng.uniform(0.1, 0.6):.4f} pT/Hz^0.5, reference: 12 Hz, index: 0}}
  longitudinal-fraction: {longitudinal}
  chirality: {chirality}
"""
    components = ""
    if kind == "stream":
        direction = (rng.uniform(0, 360), math.degrees(math.asin(rng.uniform(-1, 1))))
        components = f"""
  components:
    - dispersion: 0.5 km/s
      velocity: {{right-ascension: {direction[0]:.3f} deg, declination: {direction[1]:.3f} deg, speed: {rng.uniform(150, 500):.1f} km/s}}"""
    return f"""
- name: secret
  kind: line
  coupling: {rng.choice(COUPLINGS)}
  rest-frequency: {rng.uniform(9.985, 10.015):.6f} Hz
  strength: {{rms: {rng.uniform(0.01, 0.25):.4f} pT}}{components}
"""


def gnomon(options, *arguments):
    result = subprocess.run([options.gnomon, *map(str, arguments)], capture_output=True, text=True, timeout=1200)
    if result.returncode:
        sys.exit(f"gnomon {' '.join(map(str, arguments))}: exit code {result.returncode}\n{result.stderr}")
    return result.stdout


def make(options, folder, number):
    """An archive whose truth nobody sees from here on."""
    rng = random.Random(f"{options.seed}/{number}")
    topology, signal = folder / f"{number}.yaml", folder / f"{number}-signal.yaml"
    topology.write_text(TOPOLOGY.format(seed=1000 * options.seed + number))
    signal.write_text(draw(rng))
    run = folder / f"{number}"
    archive = folder / f"{number}.h5"
    gnomon(options, "up", topology, "--output", run, "--no-report", "--quiet")
    gnomon(options, "inject", run / "archive.h5", "--signal", signal, "--output", archive, "--blind", "--key",
           folder / f"{number}.key", "--quiet")
    subprocess.run(["rm", "-r", run, signal])
    return archive


def truth(options, archive, key):
    opened = json.loads(gnomon(options, "archive", "unblind", archive, "--key", key, "--format", "json"))[0]
    injected = opened["truth"]["injections"]
    if not injected:
        return {"kind": "nothing"}
    parameters = json.loads(injected[0]["parameters"])
    if injected[0]["model"] == "isotropic-background":
        longitudinal, chirality = parameters["longitudinalFraction"], parameters["chirality"]
        kind = "longitudinal" if longitudinal == 1 else "transverse" if longitudinal == 0 else "mixture"
        return {"kind": ("chiral " if chirality else "") + kind, "band": "wide", "chirality": chirality,
                "longitudinal": longitudinal}
    cold = parameters["components"][0]["virialSpeed"] < 20e3
    coupling = "".join(("-" + c.lower()) if c.isupper() else c for c in parameters["coupling"])
    found = {"kind": ("stream " if cold else "halo ") + coupling, "band": "line", "coupling": coupling, "cold": cold}
    if cold:
        text = opened["truth"]["signals"]
        direction = [float(text.split(f"{name}: ")[1].split(" deg")[0]) for name in ("right-ascension", "declination")]
        found["direction"] = vector(*direction)
    return found


def vector(right_ascension, declination):
    a, d = math.radians(right_ascension), math.radians(declination)
    return (math.cos(d) * math.cos(a), math.cos(d) * math.sin(a), math.sin(d))


TEMPLATES = {"longitudinal": "longitudinal", "transverse": "transverse", "chiral transverse": "chiral",
             "mixture": "mixture", "chiral mixture": "chiralMixture"}
# What a template contains beside itself.
CONTAINS = {"mixture": {"longitudinal", "transverse", "scalarLike"}, "chiral": {"transverse"},
            "chiralMixture": {"longitudinal", "transverse", "scalarLike", "mixture", "chiral"}}


def wide_claims(band, true):
    """Yields (what is claimed, is it right)."""
    fit = band["fit"]
    if fit["detection"]["localProbability"] > THREE_SIGMA:
        return
    here = true.get("band") == "wide"
    yield "background", here
    fits = (band.get("couplings") or {}).get("fits", [])
    if not here or not fits:
        return
    wanted, best = TEMPLATES[true["kind"]], fits[0]["template"]
    for pair in band["couplings"]["pairs"]:
        p = pair.get("probabilityIfSecond", pair["estimatedProbabilityIfSecond"])
        if pair["second"] == wanted and p < THREE_SIGMA and wanted not in CONTAINS.get(pair["first"], set()):
            yield f"{pair['first']}, not {wanted}", False
    yield f"likeliest {best}", None if best != wanted else True
    if fit.get("chirality"):
        pull = (fit["chirality"]["value"] - true["chirality"]) / fit["chirality"]["uncertainty"]
        yield f"P_V pull {pull:+.2f}", abs(pull) < 3


def line_claims(band, true):
    candidates = band["search"]["candidates"]
    if not candidates or candidates[0]["logGlobalProbability"] > math.log(THREE_SIGMA):
        return
    here = true.get("band") == "line"
    yield "line", here
    comparison = candidates[0].get("comparison")
    if not here or not comparison:
        return
    name = true["coupling"].replace("-", " ")
    for pair in comparison["pairs"]:
        if pair["second"] == name and not true["cold"] and pair["probabilityIfSecond"] < THREE_SIGMA:
            yield f"{pair['first']}, not {name}", False
    yield f"likeliest {comparison['fits'][0]['template']['name']}", None


def sky_level(band, true):
    """The smallest level of the areas that hold the true direction; None without a direction."""
    sky = band.get("sky")
    if not sky or sky["search"]["finding"] != "source" or "direction" not in true:
        return None
    return sky["search"]["sources"][0]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--archives", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--gnomon", default=str(PACKAGE / ".build/release/gnomon"))
    parser.add_argument("--keep", help="folder for the archives; default: a temporary one")
    parser.add_argument("--open", action="store_true", help="analyse nothing: open what is in the folder of --keep")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gnomon-blind-") as temporary:
        folder = pathlib.Path(options.keep or temporary)
        folder.mkdir(parents=True, exist_ok=True)
        answers = []
        for number in range(options.archives):
            if options.open:
                stored = folder / f"{number}.json"
                answers += [json.loads(stored.read_text())] if stored.exists() else []
                continue
            archive = make(options, folder, number)
            # Nothing is stored: the archive stays as it was sealed.
            text = gnomon(options, "analyze", archive, "--format", "json", "--no-store", "--quiet")
            answers.append(json.loads(text))
            stored = folder / f"{number}.json"
            stored.write_text(text)
            print(f"analysed {number + 1} of {options.archives}", file=sys.stderr, flush=True)
        sys.exit(unblind(options, folder, answers))


def unblind(options, folder, answers):
    confusion = collections.defaultdict(collections.Counter)
    wrong, pulls = [], []
    sky = collections.Counter({"streams with a direction": 0, "within the radius of the 90 % area": 0})
    for number, answer in enumerate(answers):
        true = truth(options, folder / f"{number}.h5", folder / f"{number}.key")
        wide, line = answer["bands"][0], answer["lines"][0]
        claims = list(wide_claims(wide, true)) + list(line_claims(line, true))
        likeliest = [claim[10:] for claim, _ in claims if claim.startswith("likeliest")]
        confusion[true["kind"]][likeliest[0].split(" from ")[0] if likeliest else "nothing"] += 1
        wrong += [f"{number}: {true['kind']}: {claim}" for claim, right in claims if right is False]
        pulls += [float(claim[9:]) for claim, _ in claims if claim.startswith("P_V pull")]
        source = sky_level(line, true)
        note = ""
        if source:
            # Areas are symmetric about the axis of two opposite parts; the part's own extent decides a hit.
            distance = min(
                math.degrees(math.acos(max(-1, min(1, sum(a * b for a, b in zip(true["direction"], vector(p["rightAscension"], p["declination"])))))))
                for area in source["areas"] if area["level"] == 0.9 for p in area["parts"])
            radius = math.sqrt(sum(a["squareDegrees"] for a in source["areas"] if a["level"] == 0.9) / math.pi)
            sky["streams with a direction"] += 1
            sky["within the radius of the 90 % area"] += distance < radius
            if distance > 2.5 * radius:
                wrong.append(f"{number}: {true['kind']}: direction off by {distance:.1f} deg, 90 % radius {radius:.1f} deg")
            note = f"  direction off by {distance:.1f} deg (90 % radius {radius:.1f})"
        print(f"{number:3d}  {true['kind']:26s} " + "; ".join(claim for claim, _ in claims) + note, flush=True)
    print("\ntruth -> likeliest")
    for kind in sorted(confusion):
        print(f"  {kind:26s} " + ", ".join(f"{name} {count}" for name, count in confusion[kind].most_common()))
    for name, count in sky.items():
        print(f"{name}: {count}")
    if pulls:
        mean = sum(pulls) / len(pulls)
        spread = math.sqrt(sum((p - mean) ** 2 for p in pulls) / max(1, len(pulls) - 1))
        print(f"P_V: {len(pulls)} pulls, mean {mean:+.2f} +- {len(pulls) ** -0.5:.2f}, spread {spread:.2f}")
    print(f"wrong claims at more than 3 sigma: {len(wrong)} of {len(answers)} archives")
    for claim in wrong:
        print("  " + claim)
    return 1 if wrong else 0


if __name__ == "__main__":
    main()
