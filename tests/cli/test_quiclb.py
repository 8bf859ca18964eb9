#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""quiclb: the program itself, keygen, codecs, inspect, and its output."""

import json
import os
import re
import signal
import subprocess

import tap
from quiclb import (DECODE, ENCODE, KEY, QUICLB, SOURCE, T, expect,
                    long_header, refuse, run)
from tap import equal

COMMANDS = ["keygen", "codecs", "encode", "decode", "inspect", "check",
            "bench", "conform"]


# ------------------------------------------------------------ the program --

def test_program():
    with T.case("help_lists_every_command"):
        status, out, err = run("--help")
        equal((status, err), (0, ""), "status")
        equal(re.findall(r"^  ([a-z]+) ", out, re.M), COMMANDS, "commands")
    for command in COMMANDS:
        with T.case(f"{command}_help_explains_it"):
            status, out, err = run(command, "--help")
            equal((status, err), (0, ""), "status")
            assert out.startswith(f"usage: quiclb {command}"), out
            assert max(map(len, out.splitlines())) <= 80, "too wide"
    with T.case("key_options_recommend_key_file"):
        for command in ("encode", "decode"):
            assert "--key-file is better" in run(command, "--help")[1]
    with T.case("version_is_that_of_the_header"):
        text = (SOURCE / "include/quiclb/version.h").read_text()
        numbers = re.findall(r"VERSION_[MP]\w+ (\d+)", text)
        equal(run("--version"),
              (0, "quiclb " + ".".join(numbers) + "\n", ""), "version")
    refuse("no_command_is_refused",
           "no command given; see quiclb --help", [])
    refuse("unknown_command_is_refused",
           "unknown command 'plan'; see quiclb --help", ["plan"])
    refuse("option_before_the_command_shows_no_value",
           "unknown command '--key'; see quiclb --help",
           ["--key=" + "5e" * 16, "decode"])


def test_man_page():
    with T.case("man_page_has_every_option_and_command"):
        page = (SOURCE / "docs/man/quiclb.1").read_text()
        for command in COMMANDS:
            assert f".It Cm {command}\n" in page, command
            for option in re.findall(r"--([a-z-]+)", run(command, "--help")[1]):
                assert f".It Fl -{option}" in page, option


def test_configuration_page():
    page = (SOURCE / "docs/configuration.md").read_text()
    with T.case("configuration_page_has_every_leaf"):
        text = (SOURCE / "yang/quiclb.yang").read_text()
        for leaf in re.findall(r"^ +leaf(?:-list)? ([a-z-]+) {", text, re.M):
            assert f"| `{leaf}` |" in page, leaf
    with T.case("configuration_page_has_every_codec_and_preset"):
        text = (SOURCE / "include/quiclb/codec/list.h").read_text()
        for name in re.findall(r'(?:ROW|PRESET)\(.*"([a-z0-9-]+)"', text):
            assert f"`{name}`" in page, name
    with T.case("configuration_page_has_every_error_of_the_schema"):
        text = (SOURCE / "yang/quiclb.yang").read_text()
        for words in re.findall(r'error-message\s+"([^"]+)"', text):
            start = " ".join(words.split()[:4])
            assert start in page, start


# ------------------------------------------------------------------ keygen --

def test_keygen():
    with T.case("keygen_prints_a_new_key_each_time"):
        keys = [run("keygen") for _ in range(20)]
        for status, out, err in keys:
            assert re.fullmatch(r"[0-9a-f]{32}\n", out), out
            equal((status, err), (0, ""), "status")
        equal(len({out for _, out, _ in keys}), 20, "different keys")
    refuse("keygen_takes_no_argument",
           "keygen: unexpected argument", ["keygen", KEY])
    refuse("keygen_takes_no_option",
           "keygen: unknown option '--json'", ["keygen", "--json"])


# ------------------------------------------------------------------ codecs --

def test_codecs():
    text = (SOURCE / "include/quiclb/codec/list.h").read_text()
    rows = re.findall(r'ROW\(\w+, \w+, (\d+), "([a-z0-9-]+)", ([01]), \w+\)',
                      text)
    presets = re.findall(r'PRESET\("([a-z-]+)", ', text)
    with T.case("codecs_lists_all_of_the_library"):
        status, out, err = run("codecs")
        equal((status, err), (0, ""), "status")
        words = [line.split() for line in out.splitlines()]
        got = [(w[1], w[0], "0" if w[2] == "no" else "1")
               for w in words if w[1] != "preset:"]
        equal(got, rows, "rows")
        equal([w[0] for w in words if w[1] == "preset:"], presets, "presets")
    with T.case("codecs_tells_the_length_rules"):
        out = run("codecs")[1]
        assert "together 5..15 or 17..19 bytes" in out, out
        assert "server ID 1..12, nonce 4..15, together 16 bytes" in out, out
        for line in (
            "four-pass      3  key      rotation bits 3, rotation 0..6, server "
            "ID 1..15, nonce 4..18, together 5..15 or 17..19 bytes",
            "plain-07       7  no key   rotation bits 2, rotation 0..2, server "
            "ID 1..16, nonce 0..18, together 1..19 bytes",
            "msquic        10  no key   rotation bits 0, rotation 0, server ID "
            "4, nonce 9, together 13 bytes",
            "mvfst-3       13  no key   rotation bits 2, rotation 3, server ID "
            "4, nonce 3..15, together 7..19 bytes",
            "aws-nlb      preset: plain, server ID 8, nonce 8, rotation 0",
            "nghttpx      preset: single-pass, server ID 8, nonce 8",
            "envoy        preset: the draft's codecs, server ID 3, nonce 8, "
            "server-use 1, uncounted 1, length encoded",
        ):
            assert line + "\n" in out, line
    with T.case("codecs_json_is_the_same"):
        status, out, err = run("codecs", "--json")
        equal((status, err), (0, ""), "status")
        got = json.loads(out)
        equal([(str(c["number"]), c["name"], str(int(c["keyed"])))
               for c in got if "name" in c], rows, "rows")
        equal([c["preset"] for c in got if "preset" in c], presets, "presets")
        single = [c for c in got if c.get("name") == "single-pass"][0]
        equal(single["rotation_bits"], [3, 2], "its rotation bits")
        equal(single["rotation"], {"min": 0, "max": 6}, "its rotations")
        equal([c["rotation"] for c in got if c.get("name") == "mvfst-2"],
              [{"min": 2, "max": 2}], "rotation of mvfst-2")
        equal(got[-1], {"preset": "envoy", "codec": None, "rotation": None,
                        "server_id_len": 3, "nonce_len": 8,
                        "server_use_len": 1, "uncounted_len": 1,
                        "encode_length": True}, "envoy")
        equal(single["sum_len"], [16], "sum of single-pass")
        equal(single["nonce_len"], {"min": 4, "max": 15}, "its nonce")
    refuse("codecs_takes_no_argument",
           "codecs: unexpected argument 'plain'", ["codecs", "plain"])
    refuse("flag_with_a_value_is_refused",
           "codecs: option '--json' takes no value", ["codecs", "--json=1"])


# ------------------------------------------------------------------ output --

def test_output():
    full = "/dev/full"
    for name, args in (
        ("keygen", ["keygen"]), ("codecs", ["codecs"]), ("help", ["--help"]),
        ("encode", [*ENCODE, "--nonce-len", "8", "--count", "1000000000"]),
        ("decode", [*DECODE, "07c4605e01020304"]),
        ("stream", [*DECODE, "-"]), ("inspect", ["inspect", "400102"]),
    ):
        with T.case(f"{name}_full_device_is_an_error"):
            if not os.path.exists(full):
                raise tap.Skip("no /dev/full")
            with open(full, "wb") as out:
                done = subprocess.run([QUICLB, *args], stdout=out,
                                      input=b"07c4605e01020304\n" * 100000,
                                      stderr=subprocess.PIPE, timeout=60,
                                      check=False)
            word = "" if name == "help" else f"{args[0]}: "
            equal((done.returncode, done.stderr.decode()),
                  (2, f"quiclb: {word}standard output: No space left on "
                   "device\n"), "result")
    for ignored in (False, True):
        with T.case("reader_that_leaves_ends_it_quietly"
                    + ("_with_sigpipe_ignored" if ignored else "")):
            check_early_close(ignored)


def check_early_close(ignored):
    args = [QUICLB, *ENCODE, "--nonce-len", "8", "--count", "1000000000"]
    with subprocess.Popen(args, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE,
                          restore_signals=not ignored) as child:
        child.stdout.readline()
        child.stdout.close()
        err = child.stderr.read()
    equal(err, b"", "stderr")
    equal(child.returncode, 2 if ignored else -signal.SIGPIPE, "status")


# ----------------------------------------------------------------- inspect --

def test_inspect():
    dcid = "27c4605e01020304"
    head = "header form: long\nfirst byte: 0xc0\n"
    tail = f"DCID: {dcid}\nconfig rotation: 1\n"
    for version, name in ((1, "QUIC version 1"),
                          (0x6b3343cf, "QUIC version 2"),
                          (0, "Version Negotiation"),
                          (0xfaceb002, "unknown")):
        expect(f"inspect_long_header_version_{version:#x}",
               ["inspect", long_header(version, dcid) + "00"], 0,
               f"{head}version: 0x{version:08x} ({name})\n{tail}")
    expect("inspect_long_header_without_dcid",
           ["inspect", long_header(1, "")], 0,
           head + "version: 0x00000001 (QUIC version 1)\nDCID: none\n")
    expect("inspect_long_header_dcid_of_255_bytes",
           ["inspect", long_header(1, "e0" + "11" * 254)], 0,
           head + "version: 0x00000001 (QUIC version 1)\n"
           f"DCID: e0{'11' * 254}\nconfig rotation: 7\n")
    expect("inspect_short_header", ["inspect", "41" + dcid + "ff"], 0,
           "header form: short\nfirst byte: 0x41\nconfig rotation: 1\n")
    expect("inspect_one_byte", ["inspect", "00"], 0,
           "header form: short\nfirst byte: 0x00\n")
    expect("inspect_json_long", ["inspect", "--json", long_header(1, dcid)], 0,
           '{"header":"long","first_byte":192,"version":1,"version_name":'
           f'"QUIC version 1","dcid":"{dcid}","rotation":1}}\n')
    expect("inspect_json_short", ["inspect", "41" + dcid, "--json"], 0,
           '{"header":"short","first_byte":65,"dcid":null,"rotation":1}\n')
    expect("inspect_largest_payload", ["inspect", "40" + "00" * 60000], 0,
           "header form: short\nfirst byte: 0x40\nconfig rotation: 0\n")
    for name, line, args in (
        ("nothing", "no packet given", []),
        ("two", "unexpected argument '41'", ["40", "41"]),
        ("odd", "packet: '400': odd number of hex digits", ["400"]),
        ("empty", "packet: '': no hex digits", [""]),
        ("cut_header",
         "packet: 5 bytes end before the header or its DCID does",
         ["c000000001"]),
        ("cut_dcid", "packet: 13 bytes end before the header or its DCID does",
         [long_header(1, dcid)[:-2]]),
        ("vip_alone", "--vip: only with --config", ["--vip", "1", "40"]),
    ):
        refuse(f"inspect_{name}_is_refused", f"inspect: {line}",
               ["inspect", *args])


def main():
    test_program()
    test_man_page()
    test_configuration_page()
    test_keygen()
    test_codecs()
    test_output()
    test_inspect()
    T.finish()


main()
