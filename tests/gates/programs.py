# SPDX-License-Identifier: BSD-2-Clause
"""Runs `programs` of each compiler and holds what the verifier made of BPF
programs against programs.txt. For this directory, and for tests/vm under other
kernels."""

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
# meson.build has the list too; the build's own may be another.
COMPILERS = "clang-14", "clang-16", "clang-19"
STEER = "quic_steer"            # as quic-steer loads it
OBJECTS = "codec", "load"       # of tests/bpf


def loader(compiler=None):
    """Of the build's own compiler, or of another one."""
    name = f"programs-{compiler}" if compiler else "programs"
    return figures.build() / "tests/gates" / name


def loaders():
    """The build's own first, then those of other compilers."""
    return [path for path in map(loader, (None, *COMPILERS)) if path.exists()]


def compiler_of(path):
    return subprocess.run([path], stdin=subprocess.DEVNULL, text=True,
                          capture_output=True, timeout=SECONDS,
                          check=True).stdout.strip()


def missing():
    """Compilers that were not there when it was built."""
    found = {compiler_of(path).removesuffix("-other") for path in loaders()}
    return [compiler for compiler in COMPILERS if compiler not in found]


def argument(path, name):
    """What that loader calls a program or an object."""
    if name == STEER:
        return name
    if path == loader():
        return figures.build() / f"tests/bpf/{name}.bpf.o"
    compiler = path.name.removeprefix("programs-")
    return path.with_name(f"{name}.bpf-{compiler}.o")


def rows(output):
    table = figures.Table(*TABLE)
    return dict(table.row(line) for line in output.splitlines())


class Refused(Exception):
    """It does not load; the message is what libbpf and the kernel said."""


def load(path, name):
    """Rows of a program, or of the programs of an object."""
    done = subprocess.run([path, argument(path, name)],
                          stdin=subprocess.DEVNULL, text=True,
                          capture_output=True, timeout=SECONDS, check=False)
    if done.returncode == NO_PRIVILEGE:
        raise tap.Skip("no privilege to load BPF programs")
    if done.returncode:
        raise Refused(f"{name} does not load\n{done.stderr}")
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


def check(t, name, everywhere=True):
    """A case for each compiler: it loads, and no program in it costs more than
    recorded."""
    for path in loaders():
        with t.case(f"{name} by {compiler_of(path)} loads, and costs no more "
                    "than recorded"):
            try:
                found = load(path, name)
            except Refused as words:
                if everywhere or kernel_is_recorded():
                    raise
                raise tap.Skip(str(words).splitlines()[0]) from None
            for words, got in found.items():
                judge(words, got)
