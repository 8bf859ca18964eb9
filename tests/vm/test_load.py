#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The XDP program, quic-steer and one rebinding under other kernels, each in a
virtual machine: `test_load.py [SERIES...]`. A kernel that cannot be had here
is a skip, as is everything without an emulator."""

import collections
import io
import os
import pathlib
import re
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lab"))

import kernels  # noqa: E402
import tap  # noqa: E402
import vm  # noqa: E402

# Programs for the machine; kernels; seconds that each program may take; how
# much slower than this machine, which may be slow itself, for the lab's waiting
# times, with exceptions by kernel.
Suite = collections.namedtuple("Suite", "programs series seconds slowness "
                               "exceptions", defaults=({},))
# 5.10 takes twice as long as later kernels for anything to do with processes.
LOAD = Suite(("guest_load.py", "guest_rebind.py"), kernels.SERIES, 240, 6,
             {"5.10": 12})


def build():
    named = os.environ.get("QUICLB_BUILD")
    return pathlib.Path(named or HERE.parent.parent / "build").resolve()


def report(t, series, name, output, status):
    """Passes on what the program in the machine printed."""
    failed, planned, count = 0, None, 0
    for line in output.splitlines():
        case = re.fullmatch(r"(not )?ok \d+ - (.*?)( # SKIP .*)?", line)
        plan = re.fullmatch(r"1\.\.(\d+)(?: # SKIP (.*))?", line)
        if case:
            t.line(not case[1], f"{series}: {case[2]}", case[3] or "")
            count, failed = count + 1, failed + bool(case[1])
        elif plan:
            planned = int(plan[1])
            if plan[2]:
                t.line(not tap.must_run(), f"{series}: {name}",
                       f" # SKIP {plan[2]}")
        else:
            tap.note(line.removeprefix("# "))
    if planned != count or status != (failed > 0):
        t.line(False, f"{series}: {name} ended early, exit status {status}")


# The kernel rewrites code while other CPUs run it, which no real CPU minds; the
# emulator has been seen to run half of it. No code of ours is there.
EMULATORS_FAULTS = ("RIP: 0010:bpf_dispatcher_xdp_func", "Oops: int3")


def run(t, suite, series, name):
    try:
        run_once(t, suite, series, name)
    except vm.NoMachine as problem:
        if not any(fault in str(problem) for fault in EMULATORS_FAULTS):
            raise
        tap.note(f"{series}: {name} once more: the emulator ran a function "
                 "that was being rewritten")
        run_once(t, suite, series, name)


def run_once(t, suite, series, name):
    output, start = io.BytesIO(), time.monotonic()
    slowness = (suite.exceptions.get(series, suite.slowness)
                * int(os.environ.get("QUICLB_LAB_SLOWNESS", "1")))
    status = vm.run(series, ["python3", str(HERE / name)], suite.seconds,
                    output, {"QUICLB_BUILD": str(build()),
                             "PYTHONDONTWRITEBYTECODE": "1",
                             "QUICLB_LAB_SLOWNESS": str(slowness)})
    report(t, series, name, output.getvalue().decode(errors="replace"), status)
    tap.note(f"{series}: {name} {time.monotonic() - start:.0f} s")


def one_kernel(t, suite, series):
    try:
        kernels.find(series)
    except kernels.Unavailable as reason:
        t.line(not tap.must_run(), series, f" # SKIP {reason}")
        return
    for name in suite.programs:
        try:
            run(t, suite, series, name)
        except vm.NoMachine as problem:
            t.line(False, f"{series}: {name}")
            tap.note(problem)


def main(suite=LOAD):
    try:
        vm.require()
    except vm.NoMachine as reason:
        tap.skip_all(reason)
    if not (build() / "tools/quic-steer").exists():
        tap.skip_all("quic-steer: not built")
    t = tap.Tap()
    for series in sys.argv[1:] or suite.series:
        one_kernel(t, suite, series)
    sys.exit(t.finish())


if __name__ == "__main__":
    main()
