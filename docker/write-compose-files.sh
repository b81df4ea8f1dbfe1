#!/bin/sh
# Writes docker/compose: the compose file of every topology that comes with the package.
# needs the program, built with swift build -c release
set -eu
cd "$(dirname "$0")/.."
mkdir -p docker/compose
for topology in topologies/*.yaml; do
  env -u GNOMON_SEED -u GNOMON_SPEED .build/release/gnomon compose "$topology" >"docker/compose/${topology##*/}"
done
