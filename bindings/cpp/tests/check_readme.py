#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""check_readme.py [--fix]: README.md shows the examples as they are compiled.

A block that begins with ```cpp FILE#PART is what FILE has between its lines
/* [PART] */ and /* [end] */.  With --fix it is copied there.
"""

import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parents[1]
README = HERE / "README.md"
BLOCK = re.compile(r"^```cpp (\S+)#(\w+)\n(.*?)^```$", re.M | re.S)


def part(match):
    name, which = match.group(1, 2)
    text = (HERE / name).read_text(encoding="utf-8")
    found = re.search(rf"^/\* \[{which}\] \*/\n(.*?)^/\* \[end\] \*/$", text,
                      re.M | re.S)
    if not found:
        sys.exit(f"{name} has no part {which}")
    return f"```cpp {name}#{which}\n{found.group(1)}```"


def main():
    text = README.read_text(encoding="utf-8")
    right, n = BLOCK.subn(part, text)
    if "--fix" in sys.argv[1:]:
        README.write_text(right, encoding="utf-8")
    elif right != text:
        sys.exit("README.md shows other code: check_readme.py --fix")
    if not n:
        sys.exit("README.md shows no code")
    print(f"{n} blocks")


if __name__ == "__main__":
    main()
