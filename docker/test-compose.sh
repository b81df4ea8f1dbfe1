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
checksums() {
  "$gnomon" archive info "$1" --format json |
    python3 -c 'import json, sys; run = json.load(sys.stdin); print(run["samplesChecksum"], run["productsChecksum"])'
}
# Blocks of the first stream that the hub in its container has archived.
archived() {
  docker exec "$(container hub)" gnomon archive info /archive/archive.h5 --format json 2>/dev/null |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["streams"][0]["blocks"])' 2>/dev/null || echo 0
}
# until_archived BLOCKS
until_archived() {
  local deadline=$((SECONDS + 120))
  until [ "$(archived)" -ge "$1" ]; do
    [ $SECONDS -lt $deadline ] || fail "the hub has not archived $1 blocks in two minutes"
    sleep 0.3
  done
}
fail() { echo "FAILED: $*" >&2; exit 1; }

[ -x "$gnomon" ] || fail "$gnomon is not there: build it first"
if [ -n "${ENGINE:-}" ]; then
  # shellcheck disable=SC1090
  . "$ENGINE"
  trap finish EXIT
  ctr_up >"$work/engine" 2>&1 || { tail -5 "$work/engine"; echo "skipped: the engine of $ENGINE does not start"; exit 0; }
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
short=(--set 'duration=20 min')
"$gnomon" compose "$topology" "${short[@]}" --image "$image" >"$work/compose.yaml"
compose config >/dev/null
# What a container does not inherit must not be in the environment of the other side either.
env -i PATH="$PATH" ${OPENBLAS_CORETYPE:+OPENBLAS_CORETYPE="$OPENBLAS_CORETYPE"} \
  "$gnomon" up "$topology" "${short[@]}" --output "$work/up" --no-report --quiet >/dev/null
expected=$(checksums "$work/up/archive.h5")
# run_and_compare: what the compose file describes, from nothing to the end.
run_and_compare() {
  timeout 300 docker compose -p "$project" -f "$work/compose.yaml" up >"$work/log" 2>&1 ||
    { tail -40 "$work/log"; fail "compose up"; }
  for container in $(docker ps -aq -f label=com.docker.compose.project="$project"); do
    [ "$(docker inspect -f '{{.State.ExitCode}}' "$container")" = 0 ] ||
      fail "$(docker inspect -f '{{.Name}}' "$container") failed"
  done
  docker cp "$(container hub)":/archive/archive.h5 "$work/archive.h5"
  [ "$(checksums "$work/archive.h5")" = "$expected" ] || fail "the archives differ"
  "$gnomon" archive verify "$work/archive.h5"
  compose down -v >/dev/null 2>&1
}
run_and_compare

echo "== all nodes in one container"
"$gnomon" compose "$topology" "${short[@]}" --scale-by 100 --image "$image" >"$work/compose.yaml"
run_and_compare

echo "== disturbed: a node killed and started, the whole network stopped and gone on with"
# 20 s, in ten blocks.
"$gnomon" compose "$topology" "${short[@]}" --speed 60 --image "$image" >"$work/compose.yaml"
compose up -d >"$work/log" 2>&1 || { tail -40 "$work/log"; fail "compose up"; }
until_archived 2
node=$("$gnomon" archive info "$work/up/archive.h5" --format json | python3 -c 'import json, sys; print(json.load(sys.stdin)["streams"][0]["name"])')
compose kill "node-$node" >/dev/null 2>&1
compose start "node-$node" >/dev/null 2>&1
until_archived 4
began=$SECONDS
compose stop >/dev/null 2>&1
echo "stopped in $((SECONDS - began)) s"
docker cp "$(container hub)":/archive/archive.h5 "$work/half.h5"
"$gnomon" archive verify "$work/half.h5"
"$gnomon" archive info "$work/half.h5" --format json | python3 -c '
import json, sys
run = json.load(sys.stdin)
print([(stream["name"], stream["blocks"]) for stream in run["streams"]], "unfinished:", run["isUnfinished"])'
compose up -d >"$work/log" 2>&1 || { tail -40 "$work/log"; fail "compose up again"; }
timeout 180 docker wait "$(container hub)" >/dev/null || fail "the hub has not ended in three minutes"
docker cp "$(container hub)":/archive/archive.h5 "$work/whole.h5"
[ "$(checksums "$work/whole.h5")" = "$expected" ] || fail "the archive of the network that was disturbed differs"
echo "passed"
