#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Runs a command under another Linux kernel: `vm.py 6.1 -- COMMAND...`.

The virtual machine has this machine's files, read-only, with a layer in memory
above them, and no network. The command runs as root there, in the current
directory; its output comes out here, its exit status is this program's. 124:
the time was up; 125: no such machine here.
"""

import argparse
import ctypes
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import threading

import image
import kernels

QEMU = "qemu-system-x86_64"
# All there is, but for what is slow to emulate: kernels copy pages by string
# instructions if they are said to be fast.
CPU = "max,la57=off,erms=off,fsrm=off,smap=off,smep=off"
# The time stamp counter is as good as the host's; other clocks are slow here.
BOOT = "console=ttyS0 quiet panic=-1 oops=panic mitigations=off tsc=reliable"
SECONDS = 600
TIME_UP, NO_MACHINE = 124, 125
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
KEPT = ("CI", "QUICLB_BUILD", "QUICLB_LAB_SLOWNESS", "QUICLB_LAB_KEEP",
        "PYTHONDONTWRITEBYTECODE")
KERNEL_LOG_LINES = 60
PR_SET_PDEATHSIG = 1


class NoMachine(Exception):
    """The virtual machine cannot be run here; the message says why."""


def require():
    """Raises NoMachine, or returns the path of a static busybox."""
    if not shutil.which(QEMU):
        raise NoMachine(f"{QEMU}: not installed")
    busybox = shutil.which("busybox")
    # an interpreter would have to come from the root that it is to mount
    if not busybox or b"/ld-linux" in pathlib.Path(busybox).read_bytes():
        raise NoMachine("busybox-static: not installed")
    return pathlib.Path(busybox)


def environment(changes):
    """A clean one: the host's own may name what the guest does not have."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return {"PATH": PATH, "HOME": "/root", "TMPDIR": "/tmp",
            "LC_ALL": "C.UTF-8", **kept, **changes}


def _qemu(kernel, work):
    accelerator = os.environ.get("QUICLB_VM_ACCEL", "tcg,thread=multi")
    return [
        QEMU, "-nodefaults", "-display", "none", "-no-reboot", "-nic", "none",
        "-accel", accelerator, "-cpu", CPU, "-smp", "2",
        "-m", os.environ.get("QUICLB_VM_MEMORY", "2G"),
        "-kernel", kernel.image, "-initrd", work / "initramfs",
        "-append", BOOT,
        "-serial", f"file:{work}/kernel.log",
        "-chardev", "file,id=out,path=/dev/stdout", "-device", "virtio-serial",
        "-device", "virtserialport,chardev=out,name=out",
        "-fsdev", "local,id=root,path=/,security_model=none,readonly=on,"
                  "multidevs=remap",
        "-device", "virtio-9p-pci,fsdev=root,mount_tag=root",
    ]


def _die_with_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)


class _TimeUp(Exception):
    pass


def _stream(process, output):
    """Copies lines until the one with the exit status, which it returns, or
    until the machine ends: None. An empty line before the status is ours."""
    held = b""
    for line in process.stdout:
        if line.startswith(image.DONE.encode()):
            output.write(held[:-1])
            output.flush()
            return int(line[len(image.DONE):])
        output.write(held)
        output.flush()
        held = line
    output.write(held)
    output.flush()
    return None


def _watch(argv, seconds, output):
    process = subprocess.Popen(argv, stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE,
                               preexec_fn=_die_with_parent)
    late = threading.Event()

    def kill():
        late.set()
        process.kill()

    clock = threading.Timer(seconds, kill)
    clock.start()
    try:
        status = _stream(process, output)
    finally:
        clock.cancel()
        process.kill()
        process.wait()
    if status is None and late.is_set():
        raise _TimeUp()
    return status


def _kernel_log(work):
    path = work / "kernel.log"
    text = path.read_text(errors="replace") if path.exists() else ""
    return "\n".join(text.splitlines()[-KERNEL_LOG_LINES:])


def run(series, argv, seconds=SECONDS, output=None, changes=None):
    """Runs argv under the kernel and returns its exit status. `output`: a
    binary file for what it prints, else our standard output. `changes`: to
    its environment. Raises NoMachine or kernels.Unavailable."""
    output = output or sys.stdout.buffer
    busybox = require()
    kernel = kernels.find(series)
    with tempfile.TemporaryDirectory(prefix="quiclb-vm-") as work:
        work = pathlib.Path(work)
        (work / "initramfs").write_bytes(image.initramfs(
            kernel, busybox, argv, environment(changes or {}), os.getcwd()))
        try:
            status = _watch(_qemu(kernel, work), seconds, output)
        except _TimeUp:
            print(f"vm.py: not done in {seconds} s; the kernel said last:\n"
                  + _kernel_log(work), file=sys.stderr)
            return TIME_UP
        if status is None:
            raise NoMachine("it ended without a word; the kernel said last:\n"
                            + _kernel_log(work))
        return status


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--timeout", type=int, default=SECONDS,
                        metavar="SECONDS", help=f"default {SECONDS}")
    parser.add_argument("kernel", help="series: " + " ".join(kernels.SERIES))
    parser.add_argument("command", nargs="+")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        return run(options.kernel, options.command, options.timeout)
    except (NoMachine, kernels.Unavailable) as problem:
        print(f"vm.py: {problem}", file=sys.stderr)
        return NO_MACHINE


if __name__ == "__main__":
    sys.exit(main())
