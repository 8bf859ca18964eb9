# SPDX-License-Identifier: BSD-2-Clause
"""Runs `instructions` under callgrind and reads what it counted."""

import os
import pathlib
import re
import subprocess
import tempfile

import figures

SECONDS = 100
# libc chooses its memcpy by the CPU: everywhere the one that all CPUs have.
ENVIRONMENT = {
    "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX_Fast_Unaligned_Load,-AVX2,-ERMS,"
                      "-AVX512F,-AVX512VL",
    "LC_ALL": "C", "PATH": os.environ.get("PATH", "")}
CALLGRIND = ["valgrind", "-q", "--tool=callgrind", "--instr-atstart=no",
             "--combine-dumps=yes"]
# Not the "totals" at the end of a part: they have some of what was before.
PART = re.compile(r"^desc: Trigger: Client Request: (.*)$|^summary: (\d+)$",
                  re.MULTILINE)
TABLE = "instructions.txt", 5   # machine, compiler, codec, operation, path


class Failed(Exception):
    pass


def _run(argv):
    try:
        return subprocess.run(argv, env=ENVIRONMENT, timeout=SECONDS, text=True,
                              stdin=subprocess.DEVNULL, check=True,
                              capture_output=True).stdout
    except (OSError, subprocess.SubprocessError) as problem:
        words = getattr(problem, "stderr", None) or ""
        raise Failed(f"{problem}\n{words}") from problem


def counter():
    return figures.build() / "tests/gates/instructions"


def built_by():
    """(machine, compiler)"""
    return tuple(_run([counter()]).split())


def count():
    """(codec, operation, path) -> instructions"""
    with tempfile.TemporaryDirectory() as work:
        out = pathlib.Path(work, "out")
        _run([*CALLGRIND, f"--callgrind-out-file={out}", counter()])
        text = out.read_text()
    counts, name = {}, None
    for part, total in PART.findall(text):
        if part:
            name = part
        elif name:      # the last part is the end of the program
            counts[tuple(name.split())] = int(total)
            name = None
    return counts
