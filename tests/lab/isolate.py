# SPDX-License-Identifier: BSD-2-Clause
"""Puts this process into namespaces of its own, so that nothing it makes can
outlive it or be seen by another copy. Knows nothing of the topology.

The caller stays outside as a thin parent that passes signals on; the work
goes on in a child that is process 1 of a new pid namespace. Whichever way the
parent goes (SIGKILL included), the kernel kills that child, with it everything
in the pid namespace, and with the last process the mounts and networks.
unshare(1) does the same but swallows SIGTERM and SIGINT sent to it alone.
"""

import ctypes
import os
import select
import signal
import sys

RUN_DIR = "/run/quiclb-lab"
NETNS_DIR = "/run/netns"
BPFFS = RUN_DIR + "/bpf"

CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWNET = 0x00020000, 0x20000000, 0x40000000
MS_PRIVATE, MS_REC = 1 << 18, 1 << 14
PR_SET_PDEATHSIG = 1
FORWARDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)

_libc = ctypes.CDLL(None, use_errno=True)


class NoPrivilege(Exception):
    """The kernel does not let us make the namespaces or mounts."""


def _check(result, what):
    if result != 0:
        error = ctypes.get_errno()
        raise NoPrivilege(f"{what}: {os.strerror(error)}")


def _mount(source, target, kind, flags=0):
    args = [None if s is None else s.encode() for s in (source, target, kind)]
    _check(_libc.mount(*args, ctypes.c_ulong(flags), None), f"mount {target}")


def _die_with(parent_pipe):
    """Be killed when the parent dies, also if it is dead by now."""
    _check(_libc.prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0), "prctl")
    if select.select([parent_pipe], [], [], 0)[0]:
        os._exit(1)


def end_with_parent():
    """For preexec_fn: SIGTERM when the thread that started us ends."""
    _check(_libc.prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0), "prctl")


def _private_mounts():
    _mount(None, "/", None, MS_PRIVATE | MS_REC)
    _mount("proc", "/proc", "proc")
    _mount("quiclb-lab", "/run", "tmpfs")
    for directory in (NETNS_DIR, RUN_DIR, BPFFS):
        os.mkdir(directory)
    _mount("bpf", BPFFS, "bpf")
    if os.path.isdir("/sys/fs/bpf"):
        _mount("bpf", "/sys/fs/bpf", "bpf")


def _stop(number, _frame):
    for forwarded in FORWARDED:
        signal.signal(forwarded, signal.SIG_IGN)
    sys.exit(128 + number)


def _wait_and_exit(child):
    """The parent's whole life: pass signals on, then end as the child did."""
    def forward(number, _frame):
        os.kill(child, number)

    for number in FORWARDED:
        signal.signal(number, forward)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, FORWARDED)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    os._exit(code if code >= 0 else 128 - code)


def enter():
    """Returns in the isolated child only. Raises NoPrivilege, in which case
    the caller should end (some namespaces may have been entered)."""
    if os.geteuid() != 0:
        raise NoPrivilege("needs root")
    sys.stdout.flush()
    sys.stderr.flush()
    _check(_libc.unshare(CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWPID), "unshare")
    report_read, report_write = os.pipe()
    alive_read, _alive_write = os.pipe()
    signal.pthread_sigmask(signal.SIG_BLOCK, FORWARDED)
    child = os.fork()
    if child:
        os.close(report_write)
        problem = os.read(report_read, 4096).decode()
        if problem:
            os.waitpid(child, 0)
            raise NoPrivilege(problem)
        _wait_and_exit(child)
    os.close(_alive_write)
    _become_init(alive_read, report_write)


def _become_init(alive_read, report_write):
    try:
        _die_with(alive_read)
        _private_mounts()
    except (NoPrivilege, OSError) as error:
        os.write(report_write, str(error).encode())
        os._exit(1)
    os.close(report_write)
    for number in FORWARDED:
        signal.signal(number, _stop)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, FORWARDED)
