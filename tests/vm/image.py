# SPDX-License-Identifier: BSD-2-Clause
"""Makes the initial RAM file system of the virtual machine: busybox, kernel
modules in the order to load them, and a script that shows the command the
host's root, read-only, with a layer in memory above it. Runs nothing.
"""

import lzma
import re
import shlex
import stat

# To see the root.
ROOT_MODULES = "virtio_pci virtio_console 9pnet_virtio 9p overlay".split()
# libcrc32c wants it without naming it.
UNNAMED_MODULES = ["crc32c_generic"]
# What the lab and its balancers use. Kernels differ in what is built in and
# what there is, so one that is missing is no error here.
MODULES = """
veth bridge dummy 8021q ipip sit fou fou6 ip6_tunnel
nf_tables nft_chain_nat nft_nat nft_masq nft_ct nft_hash nft_numgen nft_counter
nft_objref nf_conntrack_netlink
ip_vs ip_vs_rr ip_vs_sh
""".split()
PORT = "/dev/vport0p1"      # the one serial port that vm.py gives the machine
DONE = "quiclb-vm: exit status "

INIT = f"""#!/bin/busybox sh
b=/bin/busybox
$b mount -t devtmpfs dev /dev
$b mount -t proc proc /proc
$b mount -t sysfs sys /sys
for module in /modules/*; do $b insmod $module; done
$b mount -t 9p -o ro,trans=virtio,version=9p2000.L,msize=524288,cache=loose \\
	root /lower
$b mount -t tmpfs layer /layer
$b mkdir /layer/upper /layer/work
cd /layer
$b mount -t overlay -o lowerdir=/lower,upperdir=upper,workdir=work over /root
$b mount -t proc proc /root/proc
$b mount -t sysfs sys /root/sys
$b mount -t bpf bpf /root/sys/fs/bpf
$b mount -t cgroup2 cgroup2 /root/sys/fs/cgroup
$b mount -t devtmpfs dev /root/dev
$b mkdir -p /root/dev/shm
$b mount -t tmpfs shm /root/dev/shm
$b mount -t tmpfs run /root/run
$b ip link set lo up
$b cp /command /root/run/command
while ! $b test -c {PORT}; do $b sleep 0.05; done
# a pipe between: not every program is content with a port as its output
$b mkfifo /pipe
$b cat /pipe >{PORT} &
exec 3>/pipe
$b setsid $b chroot /root /bin/sh /run/command </dev/null >&3 2>&3 3>&-
echo "
{DONE}$?" >&3
exec 3>&-
$b sleep 60
$b poweroff -f
"""


def initramfs(kernel, busybox, argv, environment, directory):
    """The bytes of a cpio archive that runs argv in this directory."""
    archive = _Archive()
    for name in ("bin dev dev/shm lower layer modules proc root sys").split():
        archive.directory(name)
    archive.node("dev/console", stat.S_IFCHR | 0o600, 5, 1)
    archive.file("bin/busybox", busybox.read_bytes(), 0o755)
    archive.file("init", INIT.encode(), 0o755)
    archive.file("command", _script(argv, environment, directory).encode())
    for i, (name, content) in enumerate(_modules(kernel)):
        archive.file(f"modules/{i:03}-{name}.ko", content)
    return archive.end()


def _script(argv, environment, directory):
    lines = [f"export {name}={shlex.quote(value)}"
             for name, value in environment.items()]
    lines += [f"cd {shlex.quote(str(directory))} || exit 126",
              "exec " + shlex.join(argv)]
    return "\n".join(lines) + "\n"


def _modules(kernel):
    """(name, content) of all modules, each after those that it depends on."""
    files, done = kernel.modules, {}

    def add(name):
        if name in done or name not in files:
            return
        content = files[name].read_bytes()
        if files[name].suffix == ".xz":
            content = lzma.decompress(content)
        for other in _depends(content):
            add(other)
        done[name] = content

    for name in ROOT_MODULES + UNNAMED_MODULES + MODULES:
        add(name)
    return done.items()


def _depends(content):
    """What the module itself names, in its section .modinfo."""
    found = re.search(rb"\0depends=([^\0]*)\0", content)
    names = found[1].decode().split(",") if found else []
    return [name.replace("-", "_") for name in names if name]


class _Archive:
    """A cpio archive of the "newc" kind, as in the kernel's
    Documentation/driver-api/early-userspace/buffer-format.rst."""

    def __init__(self):
        self.parts = []
        self.inode = 0

    def _entry(self, name, mode, content=b"", major=0, minor=0):
        self.inode += 1
        fields = (self.inode, mode, 0, 0, 1, 0, len(content), 0, 0, major,
                  minor, len(name) + 1, 0)
        head = b"070701" + b"".join(b"%08x" % f for f in fields)
        for part in (head + name.encode() + b"\0", content):
            self.parts.append(part + bytes(-len(part) % 4))

    def directory(self, name):
        self._entry(name, stat.S_IFDIR | 0o755)

    def node(self, name, mode, major, minor):
        self._entry(name, mode, major=major, minor=minor)

    def file(self, name, content, mode=0o644):
        self._entry(name, stat.S_IFREG | mode, content)

    def end(self):
        self._entry("TRAILER!!!", 0)
        return b"".join(self.parts)
