#!/usr/bin/env bash
# Runs a topology in containers and compares its archive with that of gnomon up, bit for bit: as it is, in groups, replayed,
# with a signal put in while it runs, disturbed in every way that an engine knows, and as a stack of Swarm.
#
# usage: docker/test-compose.sh [PART]...     same groups replay live refusals faults chaos stack pods, when none is named
#        docker/test-compose.sh many          a hundred nodes, ten to a container, and their memory
# needs the program built with swift build -c release or swift test -c release (GNOMON=FILE for another), and an engine: the one that `docker info` finds,
# or, with ENGINE=FILE, one that the functions ctr_up, ctr_base and ctr_down of that shell script start and remove. A stack is
# run only on the latter: nobody else's engine is made a swarm.
set -euo pipefail
cd "$(dirname "$0")/.."
parts=("$@")
[ $# -gt 0 ] || parts=(same groups replay live refusals faults chaos stack pods)
topology=topologies/chiral.yaml
gnomon=${GNOMON:-$PWD/.build/release/gnomon}
work=$(mktemp -d "${TMPDIR:-/tmp}/gnomon-compose-XXXXXX")
project=gnomontest$$
image=gnomon:test$$
export GNOMON_IMAGE=$image

finish() {
  status=$?
  # What happened is shown when it went wrong.
  if [ $status != 0 ] && [ -f "$work/compose.yaml" ]; then compose logs --tail 30 2>/dev/null || true; fi
  if [ -f "$work/compose.yaml" ]; then compose down -v --timeout 5 >/dev/null 2>&1 || true; fi
  clear_pods || true
  docker image rm "$image" >/dev/null 2>&1 || true
  if [ -n "${ENGINE:-}" ]; then ctr_down || true; fi
  rm -rf "$work"
  exit $status
}
fail() { echo "FAILED: $*" >&2; exit 1; }
compose() { docker compose -p "$project" -f "$work/compose.yaml" "$@"; }
container() { docker ps -aq -f label=com.docker.compose.project="$project" -f label=com.docker.compose.service="$1"; }
# write ARGUMENT...: the compose file of the topology, 20 minutes of it.
write() { "$gnomon" compose "$topology" --set 'duration=20 min' --image "$image" "$@" >"$work/compose.yaml"; }
checksums() {
  "$gnomon" archive info "$1" --format json |
    python3 -c 'import json, sys; run = json.load(sys.stdin); print(run["samplesChecksum"], run["productsChecksum"])'
}
# reference TOPOLOGY FOLDER ARGUMENT...: the checksums of gnomon up.
reference() {
  # What a container does not inherit must not be in the environment of the other side either.
  env -i PATH="$PATH" ${OPENBLAS_CORETYPE:+OPENBLAS_CORETYPE="$OPENBLAS_CORETYPE"} \
    "$gnomon" up "$1" --output "$2" --no-report --quiet "${@:3}" >/dev/null
  checksums "$2/archive.h5"
}
# equal ARCHIVE: whole, and with the bits of gnomon up.
equal() {
  [ "$(checksums "$1")" = "$expected" ] || fail "the archive has other bits than that of gnomon up"
  "$gnomon" archive verify "$1" | sed "s#$work/##"
}
# until WHAT COMMAND...: waits two minutes at most.
until_true() {
  local what=$1 deadline=$((SECONDS + 120))
  shift
  until "$@"; do
    [ $SECONDS -lt $deadline ] || fail "not within two minutes: $what"
    sleep 0.2
  done
}
# archived NUMBER [samples]: whether the hub in its container has archived so many blocks, or samples, of the first stream.
archived() {
  local count
  count=$(docker exec "$(container hub)" gnomon archive info /archive/archive.h5 --format json 2>/dev/null |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["streams"][0][sys.argv[1]])' "${2:-blocks}" 2>/dev/null ||
    echo 0)
  [ "$count" -ge "$1" ]
}
start() { compose up -d >"$work/log" 2>&1 || { tail -40 "$work/log"; fail "compose up"; }; }
# wait_for_the_end: of the run that was started; the archive is then in the folder `archive`.
wait_for_the_end() {
  timeout 180 docker wait "$(container hub)" >/dev/null || fail "the hub has not ended in three minutes"
  docker cp "$(container hub)":/archive/. "$work/archive" >/dev/null
}
# up_to_the_end: what the compose file describes, from nothing to the end.
up_to_the_end() {
  timeout 150 docker compose -p "$project" -f "$work/compose.yaml" up >"$work/log" 2>&1 ||
    { tail -40 "$work/log"; fail "compose up"; }
  for container in $(docker ps -aq -f label=com.docker.compose.project="$project"); do
    [ "$(docker inspect -f '{{.State.ExitCode}}' "$container")" = 0 ] ||
      fail "$(docker inspect -f '{{.Name}}' "$container") failed: $(docker logs --tail 5 "$container" 2>&1)"
  done
  docker cp "$(container hub)":/archive/. "$work/archive" >/dev/null
  equal "$work/archive/archive.h5"
}
clear_away() { compose down -v --timeout 5 >/dev/null 2>&1; rm -rf "$work/archive"; }

part_same() {
  echo "== the quickstart, from the file that comes with the package: the same archive as gnomon up"
  local expected
  # What the bands are asked makes no difference to what is archived.
  expected=$(reference topologies/quickstart.yaml "$work/quickstart" --set 'bands[0].analysis=none')
  cp docker/compose/quickstart.yaml "$work/compose.yaml"
  up_to_the_end
  clear_away
}

part_groups() {
  echo "== all nodes in one container, and a signal put into the finished archive"
  local signal='{name: s, kind: burst, time: 60 s, frequency: 5 Hz, width: 1 s, amplitude: 2 pT,
    source: {right-ascension: 30 deg, declination: 40 deg}, polarization: {x: 1, y: 0, z: 0}}'
  write --scale-by 100 --inject "$signal"
  up_to_the_end
  "$gnomon" inject "$work/up/archive.h5" --signal "$signal" --output "$work/injected.h5" --quiet >/dev/null
  [ "$(checksums "$work/injected.h5")" != "$expected" ] || fail "the signal is not there"
  [ "$(checksums "$work/archive/injected.h5")" = "$(checksums "$work/injected.h5")" ] ||
    fail "the signal put in has other bits than that of gnomon inject"
  clear_away
}

part_replay() {
  echo "== replayed"
  "$gnomon" compose "$work/up/archive.h5" --replay "$work/up/archive.h5" --image "$image" >"$work/compose.yaml"
  up_to_the_end
  clear_away
}

part_live() {
  echo "== a signal put into the running network from the hub's container, and stopped: that of a topology that has it"
  # With a rise of two seconds, so that it ends two seconds after the time at which the stop begins.
  local signal='name: late, kind: isotropic-background, from: 17 Hz, to: 23 Hz, chirality: -0.5, rise: 2 s,'
  signal+=' spectrum: {amplitude-density: 20 fT/Hz^0.5, reference: 20 Hz, index: 0}'
  write --speed 30
  start
  until_true "one block is archived" archived 1
  local begin sample end expected
  read -r begin sample < <(inject_live --signal "{$signal}")
  echo "it begins $begin s after the epoch, at sample $sample of $(first_node)"
  until_true "a block with the signal is archived" archived $((sample + 1)) samples
  read -r end sample < <(inject_live --stop late)
  echo "and ends $end s after the epoch, from sample $sample on"
  sed "s#^defaults:#  - {$signal, start: $begin s, stop: $(python3 -c "print($end + 2)") s}\n\n&#" "$topology" >"$work/late.yaml"
  expected=$(reference "$work/late.yaml" "$work/late" --set 'duration=20 min')
  [ "$expected" != "$(checksums "$work/up/archive.h5")" ] || fail "the signal is not there"
  wait_for_the_end
  equal "$work/archive/archive.h5"
  clear_away
}
# inject_live ARGUMENT...: from when on the network carries it, in seconds from the epoch and in samples of the first node.
inject_live() {
  compose exec -T hub gnomon inject --live tcp://127.0.0.1:5555 --keys /state/keys --format json "$@" >"$work/answer" ||
    fail "gnomon inject --live"
  python3 -c 'import json, sys
answer = json.load(open(sys.argv[1]))
print(answer["secondsFromEpoch"], answer["changes"][0]["firstSamples"][sys.argv[2]])' "$work/answer" "$(first_node)"
}

part_refusals() {
  echo "== a bad topology starts nothing"
  rm -f "$work/compose.yaml"
  sed 's/^seed: .*/seed: soon/' "$topology" >"$work/bad.yaml"
  local line
  line=$(grep -n '^seed: soon' "$work/bad.yaml" | cut -d : -f 1)
  if "$gnomon" compose "$work/bad.yaml" >"$work/bad-compose.yaml" 2>"$work/errors"; then fail "it was taken"; fi
  grep -F "bad.yaml:$line:" "$work/errors" || fail "file and line are not named: $(cat "$work/errors")"
  [ ! -s "$work/bad-compose.yaml" ] || fail "there is a compose file"
}

part_faults() {
  echo "== a node and the hub paused, disconnected, killed; strangers; the network taken down and gone on with"
  # A minute, in ten blocks: time enough for all that follows.
  write --speed 20 --set hub.heartbeat='0.3 s' --set hub.patience='3 s'
  start
  local network=${project}_private node hub
  node=$(container "node-$(first_node)")
  hub=$(container hub)

  [ "$(docker network inspect -f '{{.Internal}}' "$network")" = true ] || fail "the network leads outside"
  [ -z "$(docker ps -q -f label=com.docker.compose.project="$project" |
    xargs docker inspect -f '{{range $port, $at := .NetworkSettings.Ports}}{{$at}}{{end}}' | tr -d '[]\n')" ] ||
    fail "a port is published"

  until_true "one block is archived" archived 1
  docker pause "$node" >/dev/null
  stranger "$network"
  docker unpause "$node" >/dev/null
  until_true "two blocks are archived" archived 2
  local missed
  missed=$(docker logs "$hub" 2>&1 | grep -c 'has been silent' || true)
  docker network disconnect "$network" "$node"
  until_true "the hub misses the node" log_has "$hub" 'has been silent' $((missed + 1))
  docker network connect --alias "node-$(first_node)" "$network" "$node"
  until_true "three blocks are archived" archived 3
  docker kill "$node" >/dev/null
  docker start "$node" >/dev/null
  docker pause "$hub" >/dev/null
  sleep 1
  docker unpause "$hub" >/dev/null
  docker network disconnect "$network" "$hub"
  sleep 1
  docker network connect --alias hub "$network" "$hub"
  until_true "four blocks are archived" archived 4
  docker kill "$hub" >/dev/null
  docker start "$hub" >/dev/null
  until_true "five blocks are archived" archived 5

  local began=$SECONDS
  compose down >/dev/null 2>&1
  echo "taken down in $((SECONDS - began)) s"
  docker run --rm --network none -v "${project}_archive:/archive" "$image" archive verify /archive/archive.h5
  GNOMON_SPEED=max start
  wait_for_the_end
  equal "$work/archive/archive.h5"
  clear_away
}
first_node() {
  "$gnomon" archive info "$work/up/archive.h5" --format json |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["streams"][0]["name"])'
}
# stranger NETWORK: a node with the hub's public key and a key of its own that the hub does not know.
stranger() {
  "$gnomon" keys "$topology" --output "$work/stranger" >/dev/null
  docker cp "$(container setup)":/network/keys/hub.key "$work/stranger/hub.key" >/dev/null
  docker cp "$(container setup)":/network/topology.yaml "$work/stranger/topology.yaml" >/dev/null
  if timeout 60 docker run --rm -u 0:0 --network "$1" -v "$work/stranger:/keys:ro" "$image" \
    node "$(first_node)" /keys/topology.yaml --hub tcp://hub:5555 --keys /keys >"$work/stranger.log" 2>&1; then
    fail "a stranger was let in"
  fi
  log_has "$(container hub)" 'unknown key' || fail "the hub did not see the stranger"
  tail -1 "$work/stranger.log"
}

part_chaos() {
  echo "== every container kills and stops itself"
  write --speed 40 --chaos 5 --set hub.heartbeat='0.3 s' --set hub.patience='3 s'
  up_to_the_end
  compose logs >"$work/log" 2>&1
  grep -o 'fault [0-9] of seed 5: .*' "$work/log" | sort | uniq -c
  [ "$(grep -c 'fault [0-9] of seed 5' "$work/log")" -ge 9 ] || fail "there were not three faults for each container"
  clear_away
}

part_stack() {
  [ -n "${ENGINE:-}" ] || { echo "skipped: a stack of Swarm, on an engine that is somebody's"; return; }
  echo "== as a stack of Swarm"
  docker swarm init --advertise-addr 127.0.0.1 >/dev/null
  "$gnomon" keys "$topology" --output "$work/keys" >/dev/null
  "$gnomon" compose "$topology" --set 'duration=20 min' --image "$image" --format stack --keys "$work/keys" >"$work/stack.yaml"
  docker stack deploy --resolve-image never -c "$work/stack.yaml" "$project" >"$work/log" 2>&1 || { cat "$work/log"; fail "docker stack deploy"; }
  until_true "the hub of the stack has ended" hub_is_complete
  local hub
  hub=$(docker ps -aq -f label=com.docker.swarm.service.name="${project}_hub" | head -1)
  docker cp "$hub":/archive/. "$work/archive" >/dev/null
  equal "$work/archive/archive.h5"
  rm -rf "$work/archive"
  docker stack rm "$project" >/dev/null
  docker swarm leave --force >/dev/null
}
hub_is_complete() {
  [ "$(docker service ps --format '{{.CurrentState}}' "${project}_hub" 2>/dev/null | grep -c ^Complete)" -gt 0 ]
}

part_pods() {
  echo "== the pods of Kubernetes, as plain containers"
  [ "$(id -u)" = 0 ] || { echo "skipped: only root can give files to the user of the image"; return; }
  "$gnomon" keys "$topology" --output "$work/pod-keys" >/dev/null
  "$gnomon" compose "$topology" --set 'duration=20 min' --image "$image" --format kubernetes --keys "$work/pod-keys" \
    >"$work/kubernetes.yaml"
  chmod 711 "$work"
  /usr/bin/python3 docker/test-pods.py "$work/kubernetes.yaml" "$work/pods" "$project-pods"
  local pod pods
  pods=$(docker ps -q -f label="$project-pods")
  [ "$(wc -w <<<"$pods")" = 3 ] || fail "not all pods run"
  for pod in $pods; do until_true "the work of a pod is done" log_has "$pod" 'this container stays'; done
  pod=$(docker ps -q -f label="$project-pods" -f name=-hub)
  docker cp "$pod":/archive/. "$work/archive" >/dev/null
  equal "$work/archive/archive.h5"
  docker restart "$pod" >/dev/null
  until_true "a hub that is started again leaves the archive alone" log_has "$pod" 'this container stays' 2
  clear_pods
}
# log_has CONTAINER TEXT [TIMES]
log_has() { [ "$(docker logs "$1" 2>&1 | grep -c "$2")" -ge "${3:-1}" ]; }
clear_pods() {
  docker ps -aq -f label="$project-pods" | xargs -r docker rm -f >/dev/null
  docker volume ls -q -f label="$project-pods" | xargs -r docker volume rm >/dev/null
  docker network ls -q -f label="$project-pods" | xargs -r docker network rm >/dev/null
  rm -rf "$work/archive"
}

part_many() {
  echo "== a hundred nodes with one axis, ten to a container"
  local quickstart=topologies/quickstart.yaml
  {
    sed '/^nodes:/,$d' "$quickstart"
    echo "nodes:"
    for number in $(seq 100); do
      echo "  - {name: s$number, site: {latitude: $((number % 12 * 10 - 60)) deg, longitude: $((number % 12 * 27)) deg}," \
        "axes: [{name: axis, azimuth: 0 deg, altitude: 90 deg}], noise: {white: 10 fT/Hz^0.5}}"
    done
  } >"$work/hundred.yaml"
  "$gnomon" compose "$work/hundred.yaml" --set 'duration=4 min' --speed 8 --scale-by 10 --image "$image" \
    >"$work/compose.yaml"
  start
  until_true "two blocks are archived" archived 2
  docker stats --no-stream --format '{{.Name}} {{.MemUsage}}' | sort
  for group in $(seq 10); do
    docker exec "$(container "nodes-$group")" sed -n 's/^VmRSS: *//p' /proc/1/status
  done | awk '{sum += $1} END {printf "resident: %.1f MiB for each of 100 nodes\n", sum / 1024 / 100}'
  wait_for_the_end
  "$gnomon" archive verify "$work/archive/archive.h5" | sed "s#$work/##"
  clear_away
}

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
strip -o "$work/context/prebuilt/bin/gnomon" "$gnomon"
# The libraries of Swift that a program not linked with --static-swift-stdlib needs.
ldd "$gnomon" | awk '$3 ~ /\/swift\// {print $3}' | xargs -r cp -t "$work/context/prebuilt/lib"
docker build -q --target prebuilt -f "$work/context/docker/Dockerfile" -t "$image" "$work/context" 2>/dev/null
echo "size: $(($(docker image inspect -f '{{.Size}}' "$image") / 1000000)) MB"

expected=$(reference "$topology" "$work/up" --set 'duration=20 min')
for part in "${parts[@]}"; do
  "part_$part"
  echo "   after $SECONDS s"
done
echo "passed"
