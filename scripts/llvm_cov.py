# SPDX-License-Identifier: BSD-2-Clause
"""What clang's source coverage counted, by line: for scripts/coverage and
scripts/fuzz."""

import json
import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent
FLAGS = '-fprofile-instr-generate -fcoverage-mapping'


def merge_profiles(raw, data):
    subprocess.run(['llvm-profdata-14', 'merge', '-o', data, *raw], check=True)


def export(programs, data):
    """{'files': ..., 'functions': ...}, as llvm-cov has them."""
    text = subprocess.run(
        ['llvm-cov-14', 'export', f'-instr-profile={data}', programs[0]] +
        [f'-object={p}' for p in programs[1:]],
        check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    return json.loads(text)['data'][0]


def name_of(filename, build):
    """A name from the root of the tree."""
    return os.path.relpath(os.path.normpath(build / filename), ROOT)


def line_counts(segments, text):
    """{line: count}; the preprocessor's own lines and gaps have none."""
    counts, before, at = {}, None, 0
    for line in range(1, len(text) + 1):
        starts = []
        while at < len(segments) and segments[at][0] == line:
            starts.append(segments[at])
            at += 1
        # line, column, count, has count, region begins here, is a gap
        around = [s[2] for s in ([before] if before else [])
                  if s[3] and not s[5]]
        around += [s[2] for s in starts if s[3] and s[4] and not s[5]]
        if around and not text[line - 1].lstrip().startswith('#'):
            counts[line] = max(around)
        before = starts[-1] if starts else before
    return counts


def merge_counts(counts, more):
    for line, count in more.items():
        counts[line] = max(count, counts.get(line, 0))
