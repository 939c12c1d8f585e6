#!/bin/sh
# bare.sh - a command in a fresh clone on a bare Debian, as a newcomer has it:
# nothing is installed but git and make, which README asks for.
# Usage: tools/bare.sh bookworm|trixie root|sudo|user COMMAND
# "sudo" is a user who may, "user" one who may not.  Needs root, debootstrap
# and the network; roots are kept under $TW_BARE (~/.cache/trialwright-bare).
# Exit status: that of the command, or 77: no such root can be made here.
set -eu
cd "$(dirname "$0")/.."
release=$1 who=$2 command=$3
cache=${TW_BARE:-${XDG_CACHE_HOME:-$HOME/.cache}/trialwright-bare}

no() {
  echo "bare.sh: no bare $release here: $1" >&2
  exit 77
}

# Enter the root that lies merged under $1.  A chroot would not do: the kernel
# refuses user namespaces in one, and the jail needs them.
enter='
  mount --make-rprivate /
  cd "$1"
  mount -t proc proc proc
  mount --rbind /dev dev
  mount --rbind /sys sys
  mkdir -p host
  pivot_root . host
  cd /
  umount -l host
  rmdir host
  shift
  exec "$@"'

[ "$(id -u)" -eq 0 ] || no "only root can make one"
command -v debootstrap >/dev/null || no "there is no debootstrap"
unshare --mount true 2>/dev/null || no "no namespaces"
base=$cache/$release
if [ ! -e "$base.made" ]; then
  rm -rf "$base"
  mkdir -p "$base"
  debootstrap --variant=minbase --include=git,make "$release" "$base" \
    >"$base.log" 2>&1 || no "debootstrap: $(tail -n 1 "$base.log")"
  # No link of the host's leads anywhere from inside.
  rm -f "$base/etc/resolv.conf"
  : >"$base.made"
fi

mkdir -p "$cache/tmp"
dir=$(mktemp -d "$cache/tmp/XXXXXX")
root=$dir/root
mkdir "$root" "$dir/upper" "$dir/work"
leave() {
  umount -l "$root" 2>/dev/null || true
  rm -rf --one-file-system "$dir"
}
trap leave EXIT
trap 'exit 130' INT TERM
mount -t overlay overlay "$root" \
  -o "lowerdir=$base,upperdir=$dir/upper,workdir=$dir/work" 2>/dev/null ||
  cp -a "$base/." "$root"
cp -L /etc/resolv.conf /etc/hosts "$root/etc/"

home=/root
if [ "$who" != root ]; then
  home=/home/newcomer
  chroot "$root" useradd -m newcomer
fi
if [ "$who" = sudo ]; then
  chroot "$root" sh -c 'apt-get update -qq && apt-get install -y -qq sudo' \
    >"$dir/log" 2>&1 || no "sudo: $(tail -n 1 "$dir/log")"
  echo 'newcomer ALL=(ALL) NOPASSWD: ALL' >"$root/etc/sudoers.d/newcomer"
fi
git clone -q --no-hardlinks . "$root$home/trialwright" 2>/dev/null ||
  no "git clone failed"
[ "$who" = root ] || chroot "$root" chown -R newcomer: "$home"

user=root
[ "$who" = root ] || user=newcomer
status=0
unshare --mount --pid --ipc --uts --fork --kill-child sh -ec "$enter" enter "$root" \
  env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
  LANG=C.UTF-8 TERM=dumb ${http_proxy:+"http_proxy=$http_proxy"} \
  su "$user" -c "cd $home/trialwright && $command" </dev/null || status=$?
exit "$status"
