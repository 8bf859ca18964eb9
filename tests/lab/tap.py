# SPDX-License-Identifier: BSD-2-Clause
"""Test Anything Protocol: one line per case, and the skip rules of the lab."""

import contextlib
import os
import shutil
import sys
import traceback

import isolate


class Skip(Exception):
    """This case cannot run here; the message says why."""


def note(text):
    for line in str(text).splitlines():
        print("# " + line, flush=True)


def equal(got, want, what):
    if got != want:
        raise AssertionError(f"{what}: got {got!r}, want {want!r}")


class Tap:
    """Counts cases; `with tap.case(name):` passes unless the block raises."""

    def __init__(self):
        self.count = 0
        self.failed = 0

    def line(self, good, name, suffix=""):
        self.count += 1
        self.failed += not good
        word = "ok" if good else "not ok"
        print(f"{word} {self.count} - {name}{suffix}", flush=True)

    @contextlib.contextmanager
    def case(self, name):
        try:
            yield
        except Skip as skip:
            self.line(not must_run(), name, f" # SKIP {skip}")
        except Exception as error:
            self.line(False, name)
            note(error if str(error) else repr(error))
            note("".join(traceback.format_tb(error.__traceback__)[-2:]))
        else:
            self.line(True, name)

    def finish(self):
        """Prints the plan; returns the exit status."""
        print(f"1..{self.count}", flush=True)
        return 1 if self.failed else 0


def must_run():
    """In CI a test that cannot run has failed."""
    return os.environ.get("CI") == "true"


def skip_all(reason):
    if must_run():
        print(f"Bail out! {reason}", flush=True)
        sys.exit(1)
    print(f"1..0 # SKIP {reason}", flush=True)
    sys.exit(0)


PROGRAMS = ("ip nft conntrack ethtool nsenter sysctl ss bpftool tcpdump "
            "openssl gtlsclient").split()


def isolated_or_skip():
    missing = [p for p in PROGRAMS if not shutil.which(p)]
    if missing:
        skip_all(f"not installed: {' '.join(missing)}")
    try:
        isolate.enter()
    except isolate.NoPrivilege as problem:
        skip_all(f"no privilege for the network lab: {problem}")
