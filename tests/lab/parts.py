# SPDX-License-Identifier: BSD-2-Clause
"""A test in parts: each has a process and labs of its own, and two run at a
time, since labs mostly wait. Their cases come out as one test's, in order.
`test_x.py PART` runs one part alone."""

import os
import re
import subprocess
import sys
import tempfile
import time

import isolate
import tap

AT_ONCE = min(2, os.cpu_count() or 1)


class Part:
    """One part at work, its output in a file."""

    def __init__(self, name):
        self.name = name
        self.output = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            [sys.executable, sys.argv[0], name], stdout=self.output,
            preexec_fn=isolate.end_with_parent)

    def report(self, t):
        """Passes the cases on, once it has ended."""
        status = self.process.wait()
        self.output.seek(0)
        planned, before, failed = None, t.count, t.failed
        for line in self.output.read().splitlines():
            case = re.fullmatch(r"(not )?ok \d+ - (.*?)( # SKIP .*)?", line)
            plan = re.fullmatch(r"1\.\.(\d+)( # SKIP .*)?", line)
            if case:
                t.line(not case[1], case[2], case[3] or "")
            elif plan:
                planned = int(plan[1])
                if plan[2]:
                    t.line(True, self.name, plan[2])
                    return
            else:
                print(line, flush=True)
        if planned != t.count - before or status != (t.failed > failed):
            t.line(False, f"{self.name}: ended early, exit status {status}")


def run_all(names):
    """Starts the next as soon as one has ended; reports in order."""
    t = tap.Tap()
    waiting, begun = list(names), []
    for name in names:
        while waiting and name not in [part.name for part in begun]:
            _begin_more(waiting, begun)
        part = next(part for part in begun if part.name == name)
        while part.process.poll() is None:
            _begin_more(waiting, begun)
            time.sleep(0.05)
        part.report(t)
    return t.finish()


def _begin_more(waiting, begun):
    running = sum(part.process.poll() is None for part in begun)
    while waiting and running < AT_ONCE:
        begun.append(Part(waiting.pop(0)))
        running += 1


def run_one(function):
    tap.isolated_or_skip()
    t = tap.Tap()
    function(t)
    return t.finish()


def main(parts):
    """`parts`: name -> function that takes a tap.Tap. Does not return."""
    if len(sys.argv) > 1:
        sys.exit(run_one(parts[sys.argv[1]]))
    sys.exit(run_all(parts))
