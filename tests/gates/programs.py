# SPDX-License-Identifier: BSD-2-Clause
"""Runs `programs` and holds what the verifier made of BPF programs against
programs.txt. For this directory, and for tests/vm under other kernels."""

import os
import re
import subprocess

import figures
import tap

SECONDS = 500
NO_PRIVILEGE = 77
TABLE = "programs.txt", 3       # kernel, compiler, program
COLUMNS = "instructions", "verified", "bytes of stack"
# Of a stack that the kernel adds up in steps of 32 bytes, none is slack.
SLACK = figures.SLACK, figures.SLACK, 0
ANY = "any"
STEER = "quic_steer"            # as quic-steer loads it


def loader():
    return figures.build() / "tests/gates/programs"


def rows(output):
    table = figures.Table(*TABLE)
    return dict(table.row(line) for line in output.splitlines())


class Refused(Exception):
    """It does not load; the message is what libbpf and the kernel said."""


def load(what):
    """Rows of a program, or of the programs of an object."""
    done = subprocess.run([loader(), what], stdin=subprocess.DEVNULL, text=True,
                          capture_output=True, timeout=SECONDS, check=False)
    if done.returncode == NO_PRIVILEGE:
        raise tap.Skip("no privilege to load BPF programs")
    if done.returncode:
        raise Refused(f"{what} does not load\n{done.stderr}")
    return rows(done.stdout)


def judge(words, got):
    recorded = figures.Table(*TABLE).rows
    tap.note(" ".join([*words, *map(str, got)]))
    if words in recorded:
        most, slack = recorded[words], SLACK
        for column, n, limit in zip(COLUMNS, got, most):
            figures.note_progress(f"{words[2]}: {column}", n, limit)
    else:
        tap.note("no row for this kernel and compiler in programs.txt")
        most, slack = recorded[ANY, ANY, ANY], (0, 0, 0)
    figures.insist([figures.too_much(f"{words[2]}: {column}", *numbers)
                    for column, *numbers in zip(COLUMNS, got, most, slack)])


def kernel_is_recorded():
    series = re.match(r"\d+\.\d+", os.uname().release)[0]
    return any(words[0] == series for words in figures.Table(*TABLE).rows)


def check(t, what, name, everywhere=True):
    """A case: it loads, and no program in it costs more than recorded."""
    with t.case(f"{name} loads, and costs no more than recorded"):
        try:
            found = load(what)
        except Refused as words:
            if everywhere or kernel_is_recorded():
                raise
            raise tap.Skip(str(words).splitlines()[0]) from None
        for words, got in found.items():
            judge(words, got)
