#!/bin/sh
# Run by machine.py as process 1 of new namespaces: makes them a machine of its own and becomes its
# systemd. $1 is a folder to work in; the others stay visible.
set -eu
mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs "$1"
mkdir "$1/changes" "$1/work" "$1/root"
root=$1/root
mount -t overlay -o "lowerdir=/,upperdir=$1/changes,workdir=$1/work" overlay "$root"
shift

# In a container it is a mount of its own, which the view does not show.
cp --remove-destination /etc/hosts "$root/etc/hosts"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
for folder in "$@"; do
    mkdir -p "$root$folder"
    mount --bind "$folder" "$root$folder"
done

# What belongs to the kernel cannot be changed from in here: systemd knows it for a container by that.
mount -t proc proc "$root/proc"
mount --bind "$root/proc/sys" "$root/proc/sys"
mount -o remount,bind,ro "$root/proc/sys"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
mkdir "$root/dev/shm" "$root/dev/pts"
for device in null zero full random urandom tty; do
    touch "$root/dev/$device"
    mount --bind "/dev/$device" "$root/dev/$device"
done
mount -t devpts -o newinstance,ptmxmode=666,mode=620 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"

# Nothing of what this system starts: only the targets that every service refers to, and the journal.
mount -t tmpfs -o mode=755 tmpfs "$root/etc/systemd/system"
mkdir -p "$root/run/base-units" "$root/run/log/journal"
target() { printf '[Unit]\nDefaultDependencies=no\n%s\n' "$2" >"$root/run/base-units/$1.target"; }
target sysinit 'Wants=systemd-journald.service'
target basic 'Requires=sysinit.target'
target multi-user 'Requires=basic.target'
target sockets ''
target network ''
target shutdown 'RefuseManualStart=yes'
cp /lib/systemd/system/systemd-journald* "$root/run/base-units"

cd "$root"
pivot_root . mnt
umount -l /mnt
exec env container=test SYSTEMD_GENERATOR_PATH=/run/none SYSTEMD_ENVIRONMENT_GENERATOR_PATH=/run/none \
    /lib/systemd/systemd --unit=multi-user.target --log-target=journal --show-status=no
