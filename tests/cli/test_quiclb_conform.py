#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""quiclb conform: each answer, and what malformed lines get."""

import subprocess

from quiclb import KEY, QUICLB, T, expect, refuse, run, vectors
from tap import equal

PLAIN = "encode plain 3 0 - 00 - 01 00000000 -"
FOUR = f"decode four-pass 3 0 0 {KEY} 3 4 0"
RESERVED = "config rotation of all ones is reserved: unroutable"
SHORT = "CID too short for its config"


def ask(*lines):
    """Its answers, one for each line."""
    status, out, err = run("conform", stdin="".join(f"{x}\n" for x in lines))
    equal((status, err), (0, ""), "status")
    assert out.endswith("\n") or not lines, out
    equal(out.count("\n"), len(lines), "answers")
    return out.splitlines()


def answers(name, *pairs):
    with T.case(f"conform_{name}"):
        for got, (line, want) in zip(ask(*(line for line, _ in pairs)), pairs,
                                     strict=True):
            equal(got, want, line)


def test_answers():
    version = run("--version")[1].split()[1]
    answers("hello", ("quiclb-conformance 1",
                      f"quiclb-conformance 1 quiclb {version}"),
            ("quiclb-conformance 2", "error unknown request"))
    answers("encode", (PLAIN, "ok 000100000000"),
            (f"encode four-pass 3 0 0 07 {KEY} 31441a 9c69c275 -",
             "ok 0767947d29be054a"),
            ("encode plain 3 0 1 00 - 01 00000000 0203",
             "ok 06010000000" + "00203"),
            ("encode nope 3 0 - 00 - 01 00000000 -", "unsupported"))
    answers("encode_refused",
            ("encode plain 3 7 - 00 - 01 00000000 -", "refused config rotation "
             "must be 0..6, of two rotation bits 0..2"),
            ("encode plain 0 0 - 00 - 01 00000000 -",
             "refused this codec has other rotation bits"),
            ("encode plain 3 0 - 00 - - 00000000 -",
             "refused server ID length must be 1..15 bytes"),
            (f"encode plain 3 0 - 00 {KEY} 01 00000000 -",
             "refused this codec takes no key"),
            ("encode four-pass 3 0 - 00 - 01 00000000 -",
             "refused this codec needs a key"),
            (f"encode four-pass 3 0 - 00 {KEY[:8]} 01 00000000 -",
             "refused this codec needs a key"),
            (f"encode plain 3 0 - 00 - 01 {'00' * 200} -",
             "refused nonce length must be 4..18 bytes"))
    answers("decode", (f"{FOUR} 0767947d29be054a", "ok 31441a"),
            (f"{FOUR} 0767947d29be05", f"unroutable {SHORT}"),
            (f"{FOUR} -", f"unroutable {SHORT}"),
            (f"{FOUR} e767947d29be054a", f"unroutable {RESERVED}"),
            (f"{FOUR} 4767947d29be054a", "ok 31441a"),
            ("decode mvfst-1 2 1 - - 2 5 0 2fbbc00000000000", "ok beef"),
            ("decode mvfst-1 2 0 - - 2 5 0 2fbbc00000000000", "refused config "
             "rotation must be the version of this codec's layout"),
            (f"decode four-pass 3 0 0 {KEY} 8 8 0 00",
             "refused server ID and nonce of 16 bytes need single-pass, not "
             "four-pass"),
            (f"decode nope 3 0 0 {KEY} 3 4 0 00", "unsupported"))
    with T.case("conform_vectors"):
        rows = list(vectors())
        got = ask(*(" ".join(["encode"] + [row[field] or "-" for field in (
            "codec bits rotation length first key server_id nonce "
            "server_use").split()]) for row in rows))
        equal(got, [f"ok {row['cid']}" for row in rows], "CIDs")


def test_malformed():
    answers("malformed", ("", "error unknown request"),
            ("hello", "error unknown request"), ("encode", WORDS := "error "
             "must have 10 words"), (PLAIN + " x", WORDS),
            (PLAIN.replace(" 00 ", "  "), "error not hex digits"),
            (PLAIN.replace(" 00 ", " 0 "), "error not hex digits"),
            (PLAIN.replace(" 00 ", " 0001 "),
             "error more than one first octet"),
            (PLAIN.replace(" 00000000", " 00:00:00:00"),
             "error not hex digits"),
            (PLAIN.replace(" 3 ", " x "), "error not a number from 0 to 255"),
            (PLAIN.replace(" 3 ", " 256 "),
             "error not a number from 0 to 255"),
            (PLAIN.replace(" 3 ", " -1 "), "error not a number from 0 to 255"),
            ("encode plain 3 0 -1 00 - 01 00000000 -",
             "error not a number from 0 to 255"),
            (f"{FOUR} " + "00" * 256, "error too many hex digits"),
            ("x" * 5000, "error too long"), (PLAIN, "ok 000100000000"))
    with T.case("conform_takes_lines_of_1024_bytes"):
        equal(ask("x" * 1024, "x" * 1025),
              ["error unknown request", "error too long"], "answers")
    with T.case("conform_zero_byte_is_malformed"):
        equal(run("conform", stdin=b"encode\0plain\n"),
              (0, "error unknown request\n", ""), "answer")


def test_stream():
    expect("conform_without_input_is_done", ["conform"], 0)
    expect("conform_last_line_needs_no_end", ["conform"], 0,
           "ok 000100000000\n", stdin=PLAIN)
    with T.case("conform_answers_at_once"):
        with subprocess.Popen([QUICLB, "conform"], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE) as child:
            for _ in range(10):
                child.stdin.write(f"{PLAIN}\n".encode())
                child.stdin.flush()
                equal(child.stdout.readline(), b"ok 000100000000\n", "line")
            child.stdin.close()
        equal(child.returncode, 0, "status")
    refuse("conform_argument_is_refused", "conform: unexpected argument 'x'",
           ["conform", "x"])
    refuse("conform_option_is_refused", "conform: unknown option '--json'",
           ["conform", "--json"])


def main():
    test_answers()
    test_malformed()
    test_stream()
    T.finish()


main()
