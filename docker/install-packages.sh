#!/bin/sh
# Installs the Debian packages that Gnomon needs (docker/packages.txt), those that are missing only.
set -eu
cd "$(dirname "$0")"
missing=$(for package in $(cat packages.txt); do
  dpkg-query -W -f '${Status}\n' "$package" 2>/dev/null | grep -q 'ok installed' || echo "$package"
done)
[ -n "$missing" ] || exit 0
echo "installing:" $missing
root=""
[ "$(id -u)" = 0 ] || root=sudo
export DEBIAN_FRONTEND=noninteractive
$root apt-get update -qq
# shellcheck disable=SC2086
$root apt-get install -y -qq --no-install-recommends $missing >/dev/null
