#!/bin/sh
# install-deps.sh - install the Debian packages that building and testing need,
# when something is missing.  Asks for nothing when all is there.
# "install-deps.sh bench": also the compilers, libraries and word lists that
# benchmarks in other languages, and the tests of those, need.
# "install-deps.sh lint": also the tools of the checks (make lint).
set -eu
packages="gcc libc6-dev meson ninja-build pkg-config libjansson-dev
libsqlite3-dev libseccomp-dev libtree-sitter-dev python3-minimal python3 clang-format make"
for part in "$@"; do
  case $part in
  lint) packages="$packages pmccabe clang-tidy clang-format" ;;
  bench) bench=yes ;;
  esac
done
if [ "${bench:-}" = yes ]; then
  packages="$packages g++ nodejs openjdk-17-jdk-headless golang-go
golang-github-stretchr-testify-dev libboost-dev libssl-dev wordnet-base"
fi
missing=""
for p in $packages; do
  dpkg-query -W -f='${Status}' "$p" 2>/dev/null | grep -q 'ok installed' ||
    missing="$missing $p"
done
[ -z "$missing" ] && exit 0
echo "installing:$missing" >&2
sudo=""
[ "$(id -u)" -eq 0 ] || sudo="sudo"
$sudo apt-get update -qq >&2
# shellcheck disable=SC2086 # a list of packages
DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq \
  --no-install-recommends $missing >&2
