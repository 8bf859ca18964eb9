# SPDX-License-Identifier: BSD-2-Clause
"""The figures beside this file: how they are read and renewed, and how far
what is counted now may be from them. A row is words that say what was counted,
then numbers."""

import os
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lab"))

import tap  # noqa: E402

SLACK = 0.02    # a figure may be that much above the recorded one
LOWER = 0.05    # and if it is that much below, the recorded one should follow
RENEW = "scripts/gates update BUILD"


def build():
    named = os.environ.get("QUICLB_BUILD")
    return pathlib.Path(named or HERE.parent.parent / "build").resolve()


class Table:
    """`rows`: words -> numbers. `n_words`: in a row."""

    def __init__(self, name, n_words):
        self.path = HERE / name
        self.n_words = n_words
        lines = self.path.read_text().splitlines()
        self.head = [line for line in lines if line.startswith("#")]
        self.rows = dict(self.row(line) for line in lines
                         if line and not line.startswith("#"))

    def row(self, line):
        words = line.split()
        return (tuple(words[:self.n_words]),
                tuple(map(int, words[self.n_words:])))

    def renew(self, rows, stale):
        """Puts these rows in the place of those that stale(words) is true
        of. Yields a line for each change."""
        old = {words: n for words, n in self.rows.items() if stale(words)}
        for words in sorted(old.keys() | rows.keys()):
            if old.get(words) != rows.get(words):
                yield change(words, old.get(words), rows.get(words))
        self.rows = {w: n for w, n in self.rows.items() if not stale(w)} | rows
        self.path.write_text("\n".join([*self.head, "", *self._lines()]) + "\n")

    def _lines(self):
        cells = [(*words, *map(str, numbers))
                 for words, numbers in self.rows.items()]
        widths = [max(map(len, column)) for column in zip(*cells)]
        for row in sorted(cells, key=natural):
            yield " ".join(
                cell.ljust(width) if i < self.n_words else cell.rjust(width)
                for i, (cell, width) in enumerate(zip(row, widths))).rstrip()


def natural(words):
    """6.12 comes behind 6.1, and what holds for any other behind all."""
    return [(word == "any", [(p.isdigit(), int(p) if p.isdigit() else 0, p)
                             for p in word.replace("-", ".").split(".")])
            for word in words]


def change(words, old, new):
    def text(numbers):
        return " ".join(map(str, numbers)) if numbers else "-"
    share = ""
    if old and new and len(old) == 1:
        share = f" ({100 * new[0] / old[0] - 100:+.1f} %)"
    return f"{' '.join(words)}: {text(old)} -> {text(new)}{share}"


def too_much(what, got, recorded, slack=SLACK):
    """Why that is too much, or None."""
    if got <= recorded * (1 + slack):
        return None
    by = f"{100 * got / recorded - 100:.1f} % over" if recorded else "over"
    return f"{what}: {got}, {by} the recorded {recorded}"


def note_progress(what, got, recorded):
    if got < recorded * (1 - LOWER):
        tap.note(f"{what}: {got}, {100 - 100 * got / recorded:.1f} % below the "
                 f"recorded {recorded}: `{RENEW}` would keep it there")


def insist(complaints):
    complaints = [c for c in complaints if c]
    if complaints:
        raise AssertionError("\n".join(
            [*complaints, f"If it must be: `{RENEW}`, and say why."]))
