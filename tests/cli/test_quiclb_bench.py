#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""quiclb bench: that it checks, measures and reports.  Not how fast it is."""

import collections
import json
import os
import re
import tempfile

import tap
from quiclb import T, refuse, run
from tap import equal

QUICK = ["bench", "--quick"]


def bench(*args):
    """Its table, and its figures."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "bench.json")
        status, out, err = run(*QUICK, *args, "--json", path)
        equal((status, err), (0, ""), "status")
        with open(path, encoding="ascii") as file:
            return out, json.load(file)


def full_name(row):
    return f"{row['group']}: {row['name']}"


def check_rows(rows, samples):
    for row in rows:
        equal(row["n"], samples, full_name(row))
        equal(row["unit"], "ns", full_name(row))
        figures = [row[x] for x in ("min", "first_quartile", "median",
                                    "third_quartile")]
        assert figures[0] > 0, row
        equal(figures, sorted(figures), full_name(row))
        assert row["cycles"] is None or row["cycles"] > 0, row
    names = collections.Counter(map(full_name, rows))
    equal([n for n, times in names.items() if times > 1], [], "rows twice")


def check_ratios(data):
    for ratio in data["ratios"]:
        over = data["rows"][ratio["numerator_row"]]["median"]
        under = data["rows"][ratio["denominator_row"]]["median"]
        if "difference" in ratio:
            want, got = over - under, ratio["difference"]
        else:
            want, got = over / under, ratio["ratio"]
        # the file has six digits of each
        assert abs(got - want) <= 1e-4 * (over + 1 + abs(want)), ratio
        goal = re.fullmatch(r"(<=|>=) ([0-9.]+)", ratio["goal"])
        if not goal:
            equal((ratio["goal"], ratio["met"]), ("", None), ratio["name"])
        else:
            limit = float(goal[2])
            met = got <= limit if goal[1] == "<=" else got >= limit
            equal(ratio["met"], met, ratio["name"])


def check_table(out, data):
    lines = out.splitlines()
    for row in data["rows"]:
        assert any(x.startswith(f"  {row['name']} ") for x in lines), row
    for ratio in data["ratios"]:
        assert any(x.startswith(f"  {ratio['name']} ") for x in lines), ratio


def test_plain():
    with T.case("bench_of_plain_measures_it"):
        out, data = bench("--only", "plain")
        check_rows(data["rows"], 3)
        check_ratios(data)
        check_table(out, data)
        names = set(map(full_name, data["rows"]))
        for way in ("inline", "exported", "EVP"):
            for what in ("decode, chain", "decode, loop", "encode, chain",
                         "encode, loop"):
                assert f"plain 3+4: {what}, {way}" in names, (what, way)
        groups = {n.split(": ")[0] for n in names}
        equal({g.split()[0] for g in groups},
              {"plain", "plain-07", "references"}, "groups")
    with T.case("bench_takes_as_many_samples_as_it_is_told"):
        _, data = bench("--only", "plain 3+4", "--repetitions", "7")
        check_rows(data["rows"], 7)


def ways(data):
    """What is measured of each codec, keyed ones and others."""
    found = collections.defaultdict(set)
    for row in data["rows"]:
        found[row["group"].split()[0]].add(row["name"])
    return found


def test_all():
    codecs = {c["name"]: c["keyed"] for c in json.loads(
        run("codecs", "--json")[1]) if "name" in c}
    with T.case("bench_measures_every_codec"):
        out, data = bench("--repetitions", "1")
        check_rows(data["rows"], 1)
        check_ratios(data)
        check_table(out, data)
        found = ways(data)
        equal(set(found) - {"references"}, set(codecs), "codecs")
        for codec, keyed in codecs.items():
            end = ", portable" if keyed else ""
            for what in ("decode, chain", "decode, loop", "encode, chain",
                         "encode, loop"):
                for way in ("inline", "exported"):
                    assert f"{what}, {way}{end}" in found[codec], (codec, what)
            assert f"decode, batch, exported{end}" in found[codec], codec
            assert "next, batch, exported, portable" in found[codec], codec
    with T.case("bench_uses_the_instructions_of_the_cpu"):
        names = {n for some in found.values() for n in some}
        if "encrypt 1 block, chain, aes" not in names:
            raise tap.Skip("no AES instructions here")
        for codec, keyed in codecs.items():
            for what in ("decode, chain, inline", "decode, batch, exported",
                         "encode, loop, exported"):
                equal(f"{what}, aes" in found[codec], keyed,
                      f"{codec}, {what}")


def test_goals():
    with T.case("bench_of_goals_has_each_with_its_rows"):
        out, data = bench("--only", "goal", "--repetitions", "1")
        check_ratios(data)
        check_table(out, data)
        used = {r[x] for r in data["ratios"]
                for x in ("numerator_row", "denominator_row")}
        equal(used, set(range(len(data["rows"]))), "rows")
        names = [r["name"] for r in data["ratios"]]
        equal(len(names), len(set(names)), "names of goals")
        assert "plain 3+4: decode, inline / load and mask" in names, names
    with T.case("bench_of_one_goal_has_two_rows"):
        _, data = bench("--only", "decode, inline / load and mask")
        equal((len(data["ratios"]), len(data["rows"])), (1, 2), "table")


def test_refused():
    refuse("bench_without_such_a_row_is_refused",
           "bench: nothing is named 'nonsense'",
           [*QUICK, "--only", "nonsense"])
    refuse("bench_argument_is_refused", "bench: unexpected argument 'x'",
           ["bench", "x"])
    for text in ("0", "100001", "x", "-1"):
        with T.case(f"bench_of_{text}_repetitions_is_refused"):
            status, out, err = run("bench", "--repetitions", text)
            equal((status, out, err.count("\n")), (2, "", 1), "result")
            assert err.startswith("quiclb: bench: --repetitions"), err
    with T.case("bench_without_room_for_its_figures_says_so"):
        status, _, err = run(*QUICK, "--only", "load and mask, chain",
                             "--json", "/nowhere/at/all")
        equal((status, err), (2, "quiclb: bench: cannot write "
                              "'/nowhere/at/all': No such file or "
                              "directory\n"), "result")


def main():
    test_plain()
    test_all()
    test_goals()
    test_refused()
    T.finish()


main()
