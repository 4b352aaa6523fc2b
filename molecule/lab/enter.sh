#!/bin/bash
# Runs as the first process of a host, before it has a root of its own: NAME LOWER_LAYERS DIRECTORY CASSANDRA.
set -e
name=$1 lower=$2 directory=$3 cassandra=$4
root=$directory/root
mount --make-rprivate /
mount -t overlay overlay -o "lowerdir=$lower,upperdir=$directory/upper,workdir=$directory/work" "$root"
mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
for node in null zero full random urandom tty; do
  : >"$root/dev/$node"
  mount --bind "/dev/$node" "$root/dev/$node"
done
if [ -e /dev/net/tun ]; then
  mkdir "$root/dev/net"
  : >"$root/dev/net/tun"
  mount --bind /dev/net/tun "$root/dev/net/tun"
fi
mkdir "$root/dev/pts" "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
mount -t tmpfs tmpfs "$root/run"
mount -t tmpfs tmpfs "$root/tmp"
# Small on purpose: a full disk is a fault that one can really have.
mount -t tmpfs -o size=64m,mode=755 tmpfs "$root/var/log"
if [ -d "$root/opt/cassandra/lib" ]; then
  mount --bind -o ro "$cassandra" "$root/opt/cassandra/lib"
fi
hostname "$name"
mkdir -p "$root/old"
cd "$root"
pivot_root . old
umount -l /old
exec /bin/bash /opt/lab/boot </dev/null
