#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What calls of the library cost, in instructions, is not above what
instructions.txt says. Counted by callgrind, so it is the same in every run.
TAP; a case for each codec."""

import pathlib
import re
import shutil
import sys

import counting
import figures
import tap


def recorded_for(built_by):
    table = figures.Table(*counting.TABLE)
    return {words[2:]: n for words, (n,) in table.rows.items()
            if words[:2] == built_by}


def compare(name, count, recorded):
    """What is wrong, or None; one of both numbers may be None."""
    if recorded is None:
        return f"{name}: {count}, and none recorded"
    if count is None:
        return f"{name}: {recorded} recorded, and nothing counts it"
    figures.note_progress(name, count, recorded)
    return figures.too_much(name, count, recorded)


def check_codec(t, codec, recorded, counts):
    with t.case(f"{codec}: no call costs more than recorded"):
        calls = [call for call in sorted(recorded.keys() | counts.keys())
                 if call[0] == codec]
        figures.insist([compare(" ".join(call), counts.get(call),
                                recorded.get(call)) for call in calls])


def cpu_has_aes():
    return bool(re.search(r"^(flags|Features)\s*:.*\baes\b",
                          pathlib.Path("/proc/cpuinfo").read_text(),
                          re.MULTILINE))


def without_aes(t, recorded):
    """Of what is recorded, what a CPU without AES instructions can do."""
    with t.case("by AES instructions"):
        raise tap.Skip("this CPU has none")
    return {call: n for call, n in recorded.items() if call[2] != "aes"}


def main():
    if not shutil.which("valgrind"):
        tap.skip_all("valgrind: not installed")
    if not counting.counter().exists():
        tap.skip_all("valgrind/callgrind.h was not there to build with")
    built_by = counting.built_by()
    recorded = recorded_for(built_by)
    if not recorded:
        print(f"1..0 # SKIP no figures for {' '.join(built_by)}")
        return 0
    t, counts = tap.Tap(), {}
    with t.case("every call did what it should, and was counted"):
        counts = counting.count()
    if t.failed:
        return t.finish()
    if not cpu_has_aes():
        recorded = without_aes(t, recorded)
    for codec in sorted({call[0] for call in recorded.keys() | counts.keys()}):
        check_codec(t, codec, recorded, counts)
    return t.finish()


if __name__ == "__main__":
    sys.exit(main())
