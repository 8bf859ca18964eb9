# SPDX-License-Identifier: BSD-2-Clause
"""Test Anything Protocol: one line per case, the plan at the end."""

import contextlib
import sys
import traceback


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
            self.line(True, name, f" # SKIP {skip}")
        except Exception as error:
            self.line(False, name)
            note(error if str(error) else repr(error))
            note("".join(traceback.format_tb(error.__traceback__)[-2:]))
        else:
            self.line(True, name)

    def finish(self):
        """Prints the plan; does not return."""
        print(f"1..{self.count}", flush=True)
        sys.exit(1 if self.failed else 0)
