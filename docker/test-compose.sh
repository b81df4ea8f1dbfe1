#!/usr/bin/env bash
# Runs a topology by docker compose and compares its archive with that of gnomon up, bit for bit; then stops a network
# half-way, and lets it go on.
#
# usage: docker/test-compose.sh [TOPOLOGY]
# needs the program built with swift build -c release (or swift test -c release), and an engine: the one that `docker info` finds,
# or, with ENGINE=FILE, one that the functions ctr_up, ctr_base and ctr_down of that shell script start and remove.
set -euo pipefail
cd "$(dirname "$0")/.."
topology=${1:-topologies/chiral.yaml}
gnomon=$PWD/.build/release/gnomon
work=$(mktemp -d "${TMPDIR:-/tmp}/gnomon-compose-XXXXXX")
project=gnomontest$$
image=gnomon:test$$

finish() {
  status=$?
  # What happened is shown when it went wrong.
  if [ $status != 0 ] && [ -f "$work/compose.yaml" ]; then compose logs --tail 30 2>/dev/null || true; fi
  if [ -f "$work/compose.yaml" ]; then compose down -v --timeout 5 >/dev/null 2>&1 || true; fi
  docker image rm "$image" >/dev/null 2>&1 || true
  if [ -n "${ENGINE:-}" ]; then ctr_down || true; fi
  rm -rf "$work"
  exit $status
}
compose() { docker compose -p "$project" -f "$work/compose.yaml" "$@"; }
container() { docker ps -aq -f label=com.docker.compose.project="$project" -f label=com.docker.compose.service="$1"; }
checksums() { "$gnomon" archive info "$1" --format json | python3 -c '
import json, sys
def find(value, key):
    if isinstance(value, dict):
        if key in value: return value[key]
        value = list(value.values())
    for item in value if isinstance(value, list) else []:
        found = find(item, key)
        if found is not None: return found
found = find(json.load(sys.stdin), "checksums")
assert found, "the archive has no checksums"
print(json.dumps(found, sort_keys=True))'; }
fail() { echo "FAILED: $*" >&2; exit 1; }

[ -x "$gnomon" ] || fail "$gnomon is not there: build it first"
if [ -n "${ENGINE:-}" ]; then
  # shellcheck disable=SC1090
  . "$ENGINE"
  trap finish EXIT
  ctr_up
  ctr_base "$(paste -sd, docker/runtime-packages.txt)"
else
  docker info >/dev/null 2>&1 || { echo "skipped: no container engine answers (docker info)"; rm -rf "$work"; exit 0; }
  trap finish EXIT
fi

echo "== image"
mkdir -p "$work/context/prebuilt/bin" "$work/context/prebuilt/lib"
cp -r docker "$work/context/"
cp "$gnomon" "$work/context/prebuilt/bin/"
# The libraries of Swift that a program not linked with --static-swift-stdlib needs.
ldd "$gnomon" | awk '$3 ~ /\/swift\// {print $3}' | xargs -r cp -t "$work/context/prebuilt/lib"
docker build -q --target prebuilt -f "$work/context/docker/Dockerfile" -t "$image" "$work/context"
echo "size: $(($(docker image inspect -f '{{.Size}}' "$image") / 1000000)) MB"

echo "== the same archive as gnomon up"
short=(--set 'duration=4 min')
"$gnomon" compose "$topology" "${short[@]}" --image "$image" >"$work/compose.yaml"
compose config >/dev/null
"$gnomon" up "$topology" "${short[@]}" --output "$work/up" --no-report --quiet >/dev/null
expected=$(checksums "$work/up/archive.h5")
# No --exit-code-from: it would stop the nodes with the hub.
timeout 300 docker compose -p "$project" -f "$work/compose.yaml" up >"$work/log" 2>&1 || { tail -40 "$work/log"; fail "compose up"; }
for container in $(docker ps -aq -f label=com.docker.compose.project="$project"); do
  [ "$(docker inspect -f '{{.State.ExitCode}}' "$container")" = 0 ] || fail "$(docker inspect -f '{{.Name}}' "$container") failed"
done
docker cp "$(container hub)":/archive/archive.h5 "$work/archive.h5"
[ "$(checksums "$work/archive.h5")" = "$expected" ] || fail "the archives differ"
"$gnomon" archive verify "$work/archive.h5"
compose down -v >/dev/null 2>&1

echo "== stopped half-way, and gone on"
"$gnomon" compose "$topology" "${short[@]}" --speed 8 --image "$image" >"$work/compose.yaml"
compose up -d >/dev/null 2>&1
deadline=$((SECONDS + 60))
until [ "$(docker inspect -f '{{.State.Running}}' $(container hub) 2>/dev/null)" = true ] &&
  docker exec "$(container hub)" gnomon archive info /archive/archive.h5 --format json 2>/dev/null | grep -q . ; do
  [ $SECONDS -lt $deadline ] || fail "the hub does not run"
  sleep 0.5
done
sleep 8
compose stop >/dev/null 2>&1
docker cp "$(container hub)":/archive/archive.h5 "$work/half.h5"
"$gnomon" archive verify "$work/half.h5" || true
compose up -d >/dev/null 2>&1
docker wait "$(container hub)" >/dev/null
docker cp "$(container hub)":/archive/archive.h5 "$work/whole.h5"
[ "$(checksums "$work/whole.h5")" = "$expected" ] || fail "the archive of the network that was stopped differs"
echo "passed"
