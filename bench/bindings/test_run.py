#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""bench/bindings/run with benches that print what they are told: what it makes
of their samples, of missing ones and of broken ones.  TAP."""

import json
import pathlib
import subprocess
import sys
import tempfile

RUN = pathlib.Path(__file__).resolve().parent / "run"
BENCHES = {"C": "bench/bindings/bench_c", "C++": "bindings/cpp/bench",
           "Rust": "bindings/rust/bench"}
count = failed = 0


def case(good, name, detail=""):
    global count, failed
    count += 1
    failed += not good
    print(f"{'' if good else 'not '}ok {count} - {name}")
    if not good:
        for line in detail.splitlines():
            print("# " + line)


def line(language, *ns, codec="plain", operation="next"):
    return json.dumps({"language": language, "codec": codec,
                       "operation": operation, "ns": ns})


def run(benches, *args):
    """(status, output, errors, JSON) over fake benches: {language: script}."""
    with tempfile.TemporaryDirectory() as folder:
        build = pathlib.Path(folder)
        for language, script in benches.items():
            path = build / BENCHES[language]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("#!/bin/sh\n" + script, encoding="utf-8")
            path.chmod(0o755)
        file = build / "out.json"
        done = subprocess.run(
            [RUN, build, "--json", file, *args], text=True, timeout=120,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        found = json.loads(file.read_text()) if file.exists() else None
        return done.returncode, done.stdout, done.stderr, found


def prints(*lines):
    return "".join(f"echo '{text}'\n" for text in lines)


def figures():
    status, out, err, found = run({
        "C": prints(line("C", 1, 2, 3, 4, 5)),
        "C++": prints(line("C++", 2, 4, 6, 8, 10))}, "--rounds", "2")
    detail = out + err
    case(status == 0 and not err, "well_made_benches_are_compared", detail)
    cpp = [x.split() for x in out.splitlines() if x.startswith("  C++ ")]
    case(cpp == [["C++", "6.00", "ns", "4.00", "..", "8.00", "2.00", "2.000",
                  "+3.00"]], "table_has_median_quartiles_ratio_added", detail)
    rows = found["rows"]
    case([row["n"] for row in rows] == [10, 10], "rounds_are_merged", detail)
    case([(x["ratio"], x["numerator_row"], x["denominator_row"])
          for x in found["ratios"]] == [(2, 1, 0)], "json_has_ratio", detail)
    case("missing: Rust" in out and "missing: Go" in out
         and "missing: C++" not in out and "missing: Rust" in found["notes"],
         "missing_languages_are_named", detail)


def turns():
    """Each is told what to do, and they take turns, on one CPU."""
    note = 'echo "{0} $* $(nproc)" >>"$QUICLB_BUILD/log"\n'
    show = 'cat "$QUICLB_BUILD/log" >&2\n'
    status, out, err, _ = run({
        "C": note.format("C") + prints(line("C", 1)),
        "Rust": note.format("Rust") + show + prints(line("Rust", 1))},
        "--rounds", "2", "--samples", "3", "--calls", "70")
    # Rust shows what was logged so far: after C, then before C
    want = [f"{x} --samples 3 --calls 70 1"
            for x in ("C", "Rust", "C", "Rust", "Rust")]
    case(status == 0 and err.splitlines() == want, "benches_take_turns",
         out + err)


def broken():
    good = prints(line("C", 1))
    cases = {
        "no_c_bench": ({"C++": prints(line("C++", 1))}, 2, "bench_c"),
        "failing_bench": (
            {"C": good, "C++": prints(line("C++", 1)) + "exit 3\n"}, 1, "C++"),
        "no_json": ({"C": good, "Rust": "echo fast\n"}, 1, "Rust"),
        "nothing_printed": ({"C": good, "Rust": ":\n"}, 1, "Rust"),
        "no_samples": ({"C": good, "Rust": prints(line("Rust"))}, 1, "Rust"),
        "another_language": ({"C": good, "Rust": good}, 1, "Rust"),
        "row_that_c_has_not": (
            {"C": good, "Rust": prints(line("Rust", 1, codec="x"))}, 1, "x"),
    }
    for name, (benches, want, named) in cases.items():
        status, out, err, found = run(benches, "--rounds", "1")
        case(status == want and named in err and not found
             and "Traceback" not in err, name + "_is_refused", out + err)


def main():
    figures()
    turns()
    broken()
    print(f"1..{count}")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
