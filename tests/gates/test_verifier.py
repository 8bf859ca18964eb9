#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What this machine's kernel makes of the BPF programs, by each compiler, is
not above what programs.txt says: instructions, how many of them the verifier
walks, stack. TAP."""

import os
import sys

import programs
import tap


def main():
    if os.geteuid():
        tap.skip_all("needs root, to load BPF programs")
    t = tap.Tap()
    programs.check(t, programs.STEER)
    for name in programs.OBJECTS:
        # of `load`, bpf_loop(): Linux 5.17
        programs.check(t, name, everywhere=name != "load")
    for compiler in programs.missing():
        with t.case(f"all of them by {compiler}"):
            raise tap.Skip(f"{compiler} was not installed when this was built")
    return t.finish()


if __name__ == "__main__":
    sys.exit(main())
