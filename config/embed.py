#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Writes a text file as a zero-terminated C array: embed.py IN OUT NAME."""
import sys


def main():
    source, target, name = sys.argv[1:]
    with open(source, "rb") as f:
        data = f.read() + b"\0"
    with open(target, "w", encoding="ascii") as f:
        f.write(f"static const char {name}[] = {{\n")
        for i in range(0, len(data), 16):
            f.write("\t" + ",".join(str(b) for b in data[i:i + 16]) + ",\n")
        f.write("};\n")


main()
