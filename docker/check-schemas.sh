#!/usr/bin/env bash
# Compares what gnomon compose writes with the schemas of those who read it: the Compose specification (version 2),
# docker-compose 1.29 and docker stack where they are installed, and the strict schemas of several versions of Kubernetes.
#
# needs the program, built with swift build -c release, and check-jsonschema and kubernetes-validate of PyPI, for which it
# makes an environment beside the build products
set -euo pipefail
cd "$(dirname "$0")/.."
gnomon=$PWD/.build/release/gnomon
environment=$PWD/.build/schema-environment
fail() { echo "FAILED: $*" >&2; exit 1; }

[ -x "$gnomon" ] || fail "$gnomon is not there: build it first"
if [ ! -x "$environment/bin/kubernetes-validate" ]; then
  python3 -m venv --clear "$environment" &&
    "$environment/bin/pip" install --quiet --disable-pip-version-check check-jsonschema kubernetes-validate ||
    { echo "skipped: check-jsonschema and kubernetes-validate cannot be installed"; rm -rf "$environment"; exit 0; }
fi
work=$(mktemp -d "${TMPDIR:-/tmp}/gnomon-schemas-XXXXXX")
trap 'rm -rf "$work"' EXIT

quickstart=topologies/quickstart.yaml
signal='{name: s, kind: burst, time: 60 s, frequency: 20 Hz, width: 1 s, amplitude: 2 pT, source: {right-ascension: 30 deg,
  declination: 40 deg}, polarization: {x: 1, y: 0, z: 0}}'
"$gnomon" keys "$quickstart" --spectator desk --output "$work/keys" >/dev/null
"$gnomon" compose "$quickstart" --scale-by 5 --spectator desk --publish 127.0.0.1 --inject "$signal" --chaos 1 \
  >"$work/compose.yaml"
"$gnomon" compose "$quickstart" --format stack --keys "$work/keys" --spectator desk --publish 0.0.0.0 >"$work/stack.yaml"
"$gnomon" compose "$quickstart" --format stack --keys "$work/keys" --scale-by 5 >"$work/stack-groups.yaml"
"$gnomon" compose "$quickstart" --format kubernetes --keys "$work/keys" --spectator desk >"$work/kubernetes.yaml"
"$gnomon" compose "$quickstart" --format kubernetes --keys "$work/keys" --scale-by 5 >"$work/kubernetes-groups.yaml"
composed=("$work"/compose.yaml "$work"/stack*.yaml docker/compose/*.yaml)

"$environment/bin/check-jsonschema" --builtin-schema vendor.compose-spec "${composed[@]}"
# The schemas can fail: this one has a key that does not exist.
sed 's/mem_limit:/memory_limit:/' "$work/compose.yaml" >"$work/wrong.yaml"
! "$environment/bin/check-jsonschema" --quiet --builtin-schema vendor.compose-spec "$work/wrong.yaml" >/dev/null ||
  fail "an unknown key passed"

if [[ $(docker-compose version --short 2>/dev/null) == 1.29* ]]; then
  for file in "${composed[@]}"; do
    docker-compose -f "$file" config >/dev/null 2>"$work/errors" || { cat "$work/errors"; fail "docker-compose: $file"; }
  done
  echo "docker-compose 1.29 reads them too"
else
  echo "skipped: docker-compose 1.29 is not installed"
fi

if docker stack config --help >/dev/null 2>&1; then
  for file in "$work"/stack*.yaml; do
    docker stack config -c "$file" >/dev/null 2>"$work/errors" || { cat "$work/errors"; fail "docker stack: $file"; }
  done
  echo "docker stack reads its own"
else
  echo "skipped: this docker has no stack config (before version 25)"
fi

for version in 1.25.0 1.30.0 1.34.0; do
  "$environment/bin/kubernetes-validate" --strict --quiet -k "$version" "$work"/kubernetes*.yaml ||
    fail "the manifests break the schemas of Kubernetes $version"
done
sed 's/replicas:/copies:/' "$work/kubernetes.yaml" >"$work/wrong.yaml"
! "$environment/bin/kubernetes-validate" --strict --quiet -k 1.34.0 "$work/wrong.yaml" >/dev/null 2>&1 ||
  fail "an unknown key passed"
echo "passed"
