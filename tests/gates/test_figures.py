#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What becomes of figures: which ones are too much, and how rows are renewed.
TAP."""

import pathlib
import sys
import tempfile

import figures
import tap

TEXT = """# two words, two numbers

6.1  a 100 5
6.12 a 200 5
any  a 900 9
"""


def limits(t):
    with t.case("2 % over is not too much, one more is"):
        tap.equal(figures.too_much("x", 1020, 1000), None, "2 %")
        tap.equal("1021" in figures.too_much("x", 1021, 1000), True, "more")
        tap.equal(figures.too_much("x", 1, 1000), None, "less")
    with t.case("without slack one over is too much"):
        tap.equal(figures.too_much("x", 1000, 1000, 0), None, "equal")
        tap.equal("1001" in figures.too_much("x", 1001, 1000, 0), True, "more")
        tap.equal("1" in figures.too_much("x", 1, 0, 0), True, "over none")


def complaints(t):
    with t.case("one complaint among others is enough"):
        figures.insist([None, None])
        try:
            figures.insist([None, "this", None])
        except AssertionError as error:
            tap.equal("this" in str(error), True, "says which")
        else:
            raise AssertionError("nothing was said")


def renews(t):
    with t.case("rows are renewed in place, the others and the head stay"), \
            tempfile.TemporaryDirectory() as directory:
        path = pathlib.Path(directory, "table.txt")
        path.write_text(TEXT)
        table = figures.Table(path, 2)
        told = list(table.renew({("6.12", "a"): (210, 6), ("6.2", "b"): (1, 1)},
                                lambda words: words[0] == "6.12"))
        tap.equal(told, ["6.12 a: 200 5 -> 210 6", "6.2 b: - -> 1 1"], "told")
        tap.equal(path.read_text(), """# two words, two numbers

6.1  a 100 5
6.2  b   1 1
6.12 a 210 6
any  a 900 9
""", "the file")


def main():
    t = tap.Tap()
    limits(t)
    complaints(t)
    renews(t)
    return t.finish()


if __name__ == "__main__":
    sys.exit(main())
