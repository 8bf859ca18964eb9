#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What this machine's kernel makes of the BPF programs is not above what
programs.txt says: instructions, how many of them the verifier walks, stack.
TAP."""

import os
import sys

import figures
import programs
import tap


def main():
    if os.geteuid():
        tap.skip_all("needs root, to load BPF programs")
    t = tap.Tap()
    programs.check(t, programs.STEER, "quic_steer")
    objects = figures.build() / "tests/bpf"
    programs.check(t, objects / "codec.bpf.o", "codec.bpf.o")
    # bpf_loop(): Linux 5.17
    programs.check(t, objects / "load.bpf.o", "load.bpf.o", everywhere=False)
    return t.finish()


if __name__ == "__main__":
    sys.exit(main())
