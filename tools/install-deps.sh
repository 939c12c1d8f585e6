#!/bin/sh
# install-deps.sh - install the Debian packages that building and testing need,
# when something is missing.  Asks for nothing when all is there.
# "install-deps.sh bench": also the compilers, libraries and word lists that
# benchmarks in other languages, and the tests of those, need.
# "install-deps.sh lint": also the tools of the checks (make lint).
# "install-deps.sh bare": what tools/bare.sh needs.
# Who may not install gets the list, and exit status 3.
set -eu
packages="gcc libc6-dev meson ninja-build pkg-config libjansson-dev
libsqlite3-dev libseccomp-dev libtree-sitter-dev python3-minimal python3 make"
for part in "$@"; do
  case $part in
  lint) packages="$packages pmccabe clang-tidy clang-format" ;;
  bare) packages="$packages debootstrap" ;;
  bench)
    packages="$packages g++ nodejs openjdk-17-jdk-headless golang-go
golang-github-stretchr-testify-dev libboost-dev libssl-dev wordnet-base"
    ;;
  esac
done
missing=""
for p in $packages; do
  dpkg-query -W -f='${Status}' "$p" 2>/dev/null | grep -q 'ok installed' ||
    missing="$missing $p"
done
[ -z "$missing" ] && exit 0
sudo=""
if ! command -v apt-get >/dev/null; then
  may=no
elif [ "$(id -u)" -ne 0 ]; then
  # One who has to give a password can do so at a terminal only.
  sudo="sudo"
  command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; } ||
    may=no
fi
if [ "${may:-yes}" = no ]; then
  echo "These Debian packages are missing, and only root can install them:" >&2
  echo "  apt-get install$missing" >&2
  exit 3
fi
echo "installing:$missing" >&2
$sudo apt-get update -qq >&2
# shellcheck disable=SC2086 # a list of packages
$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
  --no-install-recommends $missing >&2
