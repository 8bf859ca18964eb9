# SPDX-License-Identifier: BSD-2-Clause
"""What the runner prints: a table for people, TAP for test harnesses."""

from collections import Counter
from collections.abc import Iterable

from kit.questions import Result

SHOWN = 5  # failures of one test; a broken cipher would fill the screen


class Report:
    """Counts per codec, and prints failures as they come."""

    def __init__(self, tap: bool) -> None:
        self.tap = tap
        self.failed = False
        self.counts: dict[str, Counter[str]] = {}
        self._tests = 0

    def note(self, text: str) -> None:
        """For the reader only."""
        for line in text.splitlines():
            print(f"# {line}" if self.tap else line, flush=True)

    def test(self, name: str, passed: bool, skip: str = "") -> None:
        """One test that is not a request."""
        self._tests += 1
        self.failed |= not passed
        word = "ok" if passed else "not ok"
        if self.tap:
            reason = f" # SKIP {skip}" if skip and passed else ""
            print(f"{word} {self._tests} - {name}{reason}", flush=True)
        elif not passed:
            print(f"FAILED {name}", flush=True)

    def check(self, codec: str, name: str, results: Iterable[Result],
              rows: bool = False) -> None:
        """One test made of requests; rows: they count as one."""
        done = [result for result in results if not result.void]
        if not done:
            return
        bad = [r for r in done if not r.passed and not r.unsupported]
        missing = sum(r.unsupported for r in done)
        counts = self.counts.setdefault(codec, Counter())
        if rows:
            kind = ("failed" if bad else
                    "unsupported" if missing else "passed")
            counts[kind] += 1
        else:
            counts["failed"] += len(bad)
            counts["unsupported"] += missing
            counts["passed"] += len(done) - len(bad) - missing
        skip = (f"unsupported ({missing} of {len(done)} requests)"
                if missing else "")
        self.test(name, not bad, skip)
        self._failures(bad)

    def single(self, name: str, result: Result) -> None:
        """One request about no codec."""
        self.test(name, result.passed)
        self._failures([] if result.passed else [result])

    def _failures(self, bad: list[Result]) -> None:
        for result in bad[:SHOWN]:
            self.note(f"  request:  {result.request}\n"
                      f"  expected: {result.expected}\n"
                      f"  got:      {result.got}")
        if len(bad) > SHOWN:
            self.note(f"  and {len(bad) - SHOWN} more")

    def broken(self, doing: str, why: str) -> None:
        """The program can be asked nothing more."""
        self.test(doing, False)
        self.note(f"  {why}")
        if self.tap:
            print(f"Bail out! {why}", flush=True)

    def finish(self) -> None:
        """The table, the plan."""
        self.note(f"{'codec':14}{'passed':>8}{'failed':>8}"
                  f"{'unsupported':>13}")
        for codec, counts in self.counts.items():
            self.note(f"{codec:14}{counts['passed']:8}{counts['failed']:8}"
                      f"{counts['unsupported']:13}")
        if self.tap:
            print(f"1..{self._tests}", flush=True)
        else:
            print("FAILED" if self.failed else "passed", flush=True)
