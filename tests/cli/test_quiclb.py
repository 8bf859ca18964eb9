#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""quiclb: what it does without a configuration file, and every error."""

import json
import os
import pathlib
import re
import signal
import subprocess
import tempfile

import tap
from quiclb import (KEY, QUICLB, SOURCE, T, expect, line_error, long_header,
                    refuse, run)
from tap import equal

COMMANDS = ["keygen", "codecs", "encode", "decode", "inspect", "check"]
PLAIN = ["--codec", "plain", "--config-rotation", "0"]
ENCODE = ["encode", *PLAIN, "--server-id", "c4605e"]
DECODE = ["decode", "--codec", "plain", "--server-id-len", "3",
          "--nonce-len", "4"]
FOUR = ["--codec", "four-pass", "--server-id-len", "3", "--nonce-len", "4"]


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


def test_man_page():
    with T.case("man_page_has_every_option_and_command"):
        page = (SOURCE / "docs/man/quiclb.1").read_text()
        for command in COMMANDS:
            assert f".It Cm {command}\n" in page, command
            for option in re.findall(r"--([a-z-]+)", run(command, "--help")[1]):
                assert f".It Fl -{option}" in page, option


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
    rows = re.findall(r'ROW\(\w+, \w+, (\d+), "([a-z0-9-]+)", ([01])\)',
                      (SOURCE / "include/quiclb/codec/list.h").read_text())
    with T.case("codecs_lists_all_of_the_library"):
        status, out, err = run("codecs")
        equal((status, err), (0, ""), "status")
        got = [(w[1], w[0], "0" if w[2] == "no" else "1")
               for w in map(str.split, out.splitlines())]
        equal(got, rows, "rows")
    with T.case("codecs_tells_the_length_rules"):
        out = run("codecs")[1]
        assert "together 5..15 or 17..19 bytes" in out, out
        assert "server ID 1..12, nonce 4..15, together 16 bytes" in out, out
    with T.case("codecs_json_is_the_same"):
        status, out, err = run("codecs", "--json")
        equal((status, err), (0, ""), "status")
        got = json.loads(out)
        equal([(str(c["number"]), c["name"], str(int(c["keyed"])))
               for c in got], rows, "rows")
        single = [c for c in got if c["name"] == "single-pass"][0]
        equal(single["sum_len"], [16], "sum of single-pass")
        equal(single["nonce_len"], {"min": 4, "max": 15}, "its nonce")
    refuse("codecs_takes_no_argument",
           "codecs: unexpected argument 'plain'", ["codecs", "plain"])
    refuse("flag_with_a_value_is_refused",
           "codecs: option '--json' takes no value", ["codecs", "--json=1"])


# ----------------------------------------------------------------- vectors --

def vectors():
    fields = ("name codec rotation length key server_id nonce server_use "
              "cid").split()
    for path in sorted((SOURCE / "tests/vectors").glob("*.txt")):
        for line in path.read_text().splitlines():
            if line.strip() and not line.startswith("#"):
                values = ["" if w == "-" else w for w in line.split()]
                yield dict(zip(fields, values, strict=True))


def key_flags(row, directory):
    if not row["key"]:
        return []
    path = directory / "vector.key"
    path.write_text(row["key"] + "\n")
    return ["--key-file", str(path)]


def encode_vector(row, directory):
    args = ["encode", "--codec", row["codec"], "--config-rotation",
            row["rotation"], "--server-id", row["server_id"], "--nonce",
            row["nonce"], *key_flags(row, directory)]
    if row["length"] == "1":
        args += ["--encode-length"]
    if row["server_use"]:
        args += ["--server-use", row["server_use"]]
    status, out, err = run(*args)
    equal((status, err), (0, ""), "status")
    got, want = bytearray.fromhex(out), bytearray.fromhex(row["cid"])
    if row["length"] == "0":
        got[0] &= 0xe0
        want[0] &= 0xe0
    equal(got.hex(), want.hex(), "CID")


def decode_vector(row, directory):
    args = ["decode", "--codec", row["codec"], "--server-id-len",
            str(len(row["server_id"]) // 2), "--nonce-len",
            str(len(row["nonce"]) // 2), *key_flags(row, directory)]
    want = (0, row["server_id"] + "\n", "")
    equal(run(*args, row["cid"]), want, "argument")
    equal(run(*args, "-", stdin=row["cid"] + "\n"), want, "stream")
    equal(run(*args, "--config-rotation", row["rotation"], row["cid"]), want,
          "its own rotation")
    other = str((int(row["rotation"]) + 1) % 7)
    equal(run(*args, "--config-rotation", other, row["cid"]),
          (1, "unroutable: no config has this config rotation\n", ""),
          "another rotation")


def test_vectors(directory):
    for row in vectors():
        with T.case(f"vector_{row['name']}_encodes"):
            encode_vector(row, directory)
        with T.case(f"vector_{row['name']}_decodes"):
            decode_vector(row, directory)


# ------------------------------------------------------------------ encode --

def test_encode(directory):
    with T.case("encode_count_gives_that_many_distinct_cids"):
        status, out, err = run(*ENCODE, "--nonce-len", "4", "--count", "1000")
        equal((status, err), (0, ""), "status")
        lines = out.splitlines()
        equal(len({line[2:] for line in lines}), 1000, "distinct")
        assert all(re.fullmatch(r"[01][0-9a-f]c4605e[0-9a-f]{8}", line)
                   for line in lines), lines[0]
    with T.case("encode_then_decode_gives_the_server_id"):
        args = ["--codec", "four-pass", "--key", KEY, "--nonce-len", "8"]
        cids = run("encode", *args, "--config-rotation", "5", "--server-id",
                   "A1:b2:C3", "--count", "50")[1]
        equal(run("decode", *args, "--server-id-len", "3", *cids.split()),
              (0, "a1b2c3\n" * 50, ""), "decoded")
    with T.case("encode_server_use_is_the_end_of_every_cid"):
        lines = run(*ENCODE, "--nonce-len", "4", "--count", "5",
                    "--server-use", "0102", "--encode-length")[1].split()
        assert all(re.fullmatch(r"09c4605e[0-9a-f]{8}0102", line)
                   for line in lines), lines
        equal(run(*ENCODE, "--nonce", "04050607", "--encode-length",
                  "--server-use", "0102"),
              (0, "09c4605e040506070102\n", ""), "with a nonce")
    with T.case("encode_without_length_has_random_low_bits"):
        out = run(*ENCODE, "--nonce-len", "4", "--count", "200")[1]
        assert len({line[:2] for line in out.split()}) > 8, out
    with T.case("encode_nonce_and_matching_nonce_len_agree"):
        equal(run(*ENCODE, "--nonce", "04050607", "--nonce-len", "4",
                  "--encode-length", "--count", "1"),
              (0, "07c4605e04050607\n", ""), "CID")
    test_key_file(directory)


def test_key_file(directory):
    args = ["encode", "--codec", "four-pass", "--config-rotation", "0",
            "--server-id", "31441a", "--nonce", "9c69c275",
            "--encode-length"]
    want = (0, "0767947d29be054a\n", "")
    colons = ":".join(re.findall("..", KEY))
    for name, text in (("plain", KEY), ("newline", KEY + "\n"),
                       ("crlf", KEY + "\r\n"), ("colons", colons + "\n"),
                       ("upper_case", KEY.upper())):
        path = directory / name
        path.write_text(text)
        expect(f"key_file_with_{name}_is_read",
               [*args, "--key-file", str(path)], *want)
    expect("key_with_colons_is_read", [*args, "--key", colons], *want)
    rule = ("must hold a key of 16 bytes: 32 hex digits, with or without "
            "colons between bytes")
    for name, text in (("short", KEY[:30]), ("long", KEY + "00"),
                       ("odd", KEY[:31]), ("no_hex", "g" * 32),
                       ("empty", ""), ("two_lines", KEY + "\n\n"),
                       ("zero_byte", KEY + "\0")):
        path = directory / name
        path.write_text(text)
        refuse(f"key_file_{name}_is_refused",
               f"encode: --key-file: '{path}' {rule}",
               [*args, "--key-file", str(path)])
    missing = directory / "missing"
    refuse("key_file_missing_is_refused",
           f"encode: --key-file: '{missing}' cannot open: No such file or "
           "directory", [*args, "--key-file", str(missing)])
    refuse("key_file_named_like_a_key_is_not_quoted",
           "encode: --key-file: takes the name of a file, not the key itself",
           [*args, "--key-file", KEY])


def test_encode_errors():
    key_rule = "encode: --key: must be 16 bytes, 32 hex digits"
    keyed = ["encode", "--codec", "four-pass", "--config-rotation", "0",
             "--server-id", "c4605e", "--nonce-len", "4"]
    for name, line, args in (
        ("without_codec", "--codec is missing",
         ["encode", "--config-rotation", "0", "--server-id", "aa"]),
        ("without_rotation", "--config-rotation is missing",
         ["encode", "--codec", "plain", "--server-id", "aa"]),
        ("without_server_id", "--server-id is missing", ["encode", *PLAIN]),
        ("without_nonce", "--nonce or --nonce-len is missing", ENCODE),
        ("unknown_codec", "--codec: 'rot13': unknown codec; see quiclb codecs",
         ["encode", "--codec", "rot13"]),
        ("rotation_7", "--config-rotation: '7': must be 0..6",
         ["encode", "--config-rotation", "7"]),
        ("rotation_signed", "--config-rotation: '-1': not a decimal number",
         ["encode", "--config-rotation", "-1"]),
        ("rotation_plus", "--config-rotation: '+1': not a decimal number",
         ["encode", "--config-rotation=+1"]),
        ("rotation_blank", "--config-rotation: ' 1': not a decimal number",
         ["encode", "--config-rotation= 1"]),
        ("rotation_hex", "--config-rotation: '0x1': not a decimal number",
         ["encode", "--config-rotation", "0x1"]),
        ("rotation_empty", "--config-rotation: '': not a decimal number",
         ["encode", "--config-rotation", ""]),
        ("count_zero",
         "--count: '0': must be 1..18446744073709551615",
         ["encode", "--count", "0"]),
        ("count_overflow", "--count: '18446744073709551616': must be "
         "1..18446744073709551615",
         ["encode", "--count", "18446744073709551616"]),
        ("nonce_with_count", "--count: '2': with --nonce must be 1, a nonce is "
         "never used twice", [*ENCODE, "--nonce", "01020304", "--count", "2"]),
        ("nonce_of_another_length", "--nonce: 4 bytes, but --nonce-len is 5",
         [*ENCODE, "--nonce", "01020304", "--nonce-len", "5"]),
        ("nonce_len_3", "--nonce-len: '3': must be 4..18",
         [*ENCODE, "--nonce-len", "3"]),
        ("server_id_odd", "--server-id: 'abc': odd number of hex digits",
         ["encode", "--server-id", "abc"]),
        ("server_id_no_hex", "--server-id: '0x12': not hex digits",
         ["encode", "--server-id", "0x12"]),
        ("server_id_colons", "--server-id: 'ab::cd': not hex digits",
         ["encode", "--server-id", "ab::cd"]),
        ("server_id_empty", "--server-id: '': no hex digits",
         ["encode", "--server-id", ""]),
        ("server_id_long", f"--server-id: '{'00' * 16}': longer than 15 bytes",
         ["encode", "--server-id", "00" * 16]),
        ("nonce_long", f"--nonce: '{'00' * 19}': longer than 18 bytes",
         ["encode", "--nonce", "00" * 19]),
        ("sum_long", "codec plain, server ID 3, nonce 17, server-use 0 bytes: "
         "server ID and nonce must not exceed 19 bytes",
         [*ENCODE, "--nonce-len", "17"]),
        ("server_use_long", "codec plain, server ID 3, nonce 16, server-use 1 "
         "bytes: CID with server-use bytes must not exceed 20 bytes",
         [*ENCODE, "--nonce-len", "16", "--server-use", "00"]),
        ("single_pass_length", "codec single-pass, server ID 3, nonce 4, "
         "server-use 0 bytes: single-pass needs server ID and nonce to total "
         "16 bytes", [*keyed, "--codec", "single-pass", "--key", KEY]),
        ("key_absent", "codec four-pass, server ID 3, nonce 4, server-use 0 "
         "bytes: this codec needs a key", keyed),
        ("key_too_many", "codec plain, server ID 3, nonce 4, server-use 0 "
         "bytes: this codec takes no key",
         [*ENCODE, "--nonce-len", "4", "--key", KEY]),
        ("stray_argument", "unexpected argument: there are only options",
         [*keyed, KEY]),
        ("unknown_option", "unknown option '--kye'",
         ["encode", f"--kye={KEY}"]),
        ("unknown_short_option", "unknown option '-k'", ["encode", f"-k{KEY}"]),
        ("missing_value", "option '--key' needs a value", ["encode", "--key"]),
    ):
        refuse(f"encode_{name}_is_refused", f"encode: {line}", args)
    for name, key in (("short", KEY[:30]), ("long", KEY + "00"),
                      ("odd", KEY[:31]), ("no_hex", KEY[:31] + "x"),
                      ("empty", "")):
        refuse(f"encode_key_{name}_is_refused_unquoted", key_rule,
               [*keyed, "--key", key])


# ------------------------------------------------------------------ decode --

def test_decode(directory):
    expect("decode_takes_any_rotation", [*DECODE, *(
        f"{r << 5 | 7:02x}c4605e01020304" for r in range(7))], 0,
        "c4605e\n" * 7)
    expect("decode_reserved_rotation_is_unroutable",
           [*DECODE, "e7c4605e01020304"], 1,
           "unroutable: config rotation 0b111 is reserved: unroutable\n")
    expect("decode_short_cid_is_unroutable", [*DECODE, "07c4605e010203"], 1,
           "unroutable: CID too short for its config\n")
    expect("decode_longer_cid_has_server_use_bytes",
           [*DECODE, "07c4605e01020304" + "ff" * 12], 0, "c4605e\n")
    expect("decode_goes_on_after_an_unroutable_cid",
           [*DECODE, "e0", "07c4605e01020304"], 1,
           "unroutable: config rotation 0b111 is reserved: unroutable\n"
           "c4605e\n")
    expect("decode_goes_on_after_a_bad_cid",
           [*DECODE, "xx", "e0", "07c4605e01020304"], 2,
           "unroutable: config rotation 0b111 is reserved: unroutable\n"
           "c4605e\n", "quiclb: decode: CID: 'xx': not hex digits\n")
    expect("decode_json_is_one_object_per_cid",
           [*DECODE, "--json", "27C4605E01020304", "07c4"], 1,
           '{"cid":"27c4605e01020304","rotation":1,"config":null,'
           '"server_id":"c4605e","server_address":null}\n'
           '{"cid":"07c4","unroutable":"CID too short for its config"}\n')
    path = directory / "decode.key"
    path.write_text(KEY)
    expect("decode_with_key_file",
           ["decode", *FOUR, "--key-file", str(path), "0767947d29be054a"], 0,
           "31441a\n")
    with T.case("key_is_removed_from_the_process_arguments"):
        check_arguments_of_process()


def check_arguments_of_process():
    if not os.path.exists("/proc/self/cmdline"):
        raise tap.Skip("no /proc")
    with subprocess.Popen([QUICLB, "decode", *FOUR, "--key", KEY, "-"],
                          stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as child:
        child.stdin.write(b"0767947d29be054a\n")
        child.stdin.flush()
        equal(child.stdout.readline(), b"31441a\n", "answer at once")
        cmdline = pathlib.Path(f"/proc/{child.pid}/cmdline").read_bytes()
        child.stdin.close()
    assert KEY.encode() not in cmdline, cmdline


def test_decode_errors():
    cid = "07c4605e01020304"
    for name, line, args in (
        ("without_cid", "no CID given; - reads them from standard input",
         DECODE),
        ("without_codec", "--codec is missing", ["decode", cid]),
        ("without_server_id_len", "--server-id-len is missing",
         ["decode", "--codec", "plain", cid]),
        ("without_nonce_len", "--nonce-len is missing",
         ["decode", "--codec", "plain", "--server-id-len", "3", cid]),
        ("server_id_len_0", "--server-id-len: '0': must be 1..15",
         ["decode", "--server-id-len", "0", cid]),
        ("server_id_len_junk", "--server-id-len: '3x': not a decimal number",
         ["decode", "--server-id-len", "3x", cid]),
        ("nonce_len_19", "--nonce-len: '19': must be 4..18",
         ["decode", "--nonce-len", "19", cid]),
        ("key_absent", "codec four-pass, server ID 3, nonce 4, server-use 0 "
         "bytes: this codec needs a key", ["decode", *FOUR, cid]),
        ("two_keys", "--key and --key-file: only one of them",
         ["decode", *FOUR, "--key", KEY, "--key-file", "KEYFILE", cid]),
        ("vip_without_config", "--vip: only with --config",
         [*DECODE, "--vip", "192.0.2.1:443", cid]),
        ("config_with_codec",
         "--codec: not with --config, which says it already",
         ["decode", "--config", "x", "--codec", "plain", cid]),
        ("odd_cid", "CID: '07c': odd number of hex digits", [*DECODE, "07c"]),
        ("empty_cid", "CID: '': no hex digits", [*DECODE, ""]),
        ("long_cid", f"CID: '{'00' * 21}': longer than 20 bytes",
         [*DECODE, "00" * 21]),
        ("cid_with_newline", "CID: 'aa?bb': not hex digits",
         [*DECODE, "aa\nbb"]),
        ("cid_with_escape", "CID: '?[31m': not hex digits",
         [*DECODE, "\033[31m"]),
        ("unknown_option", "unknown option '--bogus'",
         [*DECODE, "--bogus", cid]),
    ):
        if "KEYFILE" in args:
            with tempfile.NamedTemporaryFile("w") as key:
                key.write(KEY)
                key.flush()
                args = [key.name if a == "KEYFILE" else a for a in args]
                refuse(f"decode_{name}_is_refused", f"decode: {line}", args)
            continue
        refuse(f"decode_{name}_is_refused", f"decode: {line}", args)


# ------------------------------------------------------------------ stream --

def test_stream():
    good = "07c4605e01020304"
    stream = [*DECODE, "-"]
    expect("stream_empty_is_done", stream, 0)
    expect("stream_without_final_newline", stream, 0, "c4605e\n", stdin=good)
    expect("stream_blanks_are_skipped", stream, 0, "c4605e\n" * 2,
           stdin=f"\n  \n\t{good} \r\n\r\n\n{good}\n\n")
    expect("stream_unroutable_gives_1", stream, 1,
           "c4605e\nunroutable: CID too short for its config\nc4605e\n",
           stdin=f"{good}\n07\n{good}\n")
    expect("stream_bad_line_is_named_and_skipped", stream, 2,
           "c4605e\nc4605e\n", line_error(2, "'zz': not hex digits") +
           line_error(4, "'07c': odd number of hex digits"),
           f"{good}\nzz\n{good}\n07c\n")
    expect("stream_bad_line_outweighs_unroutable", stream, 2,
           "unroutable: CID too short for its config\n",
           line_error(1, "'x': not hex digits"), "x\n07\n")
    expect("stream_zero_byte_is_bad", stream, 2, "c4605e\n",
           line_error(1, "'07c4605e01020304?': not hex digits"),
           f"{good}\0\n{good}\n".encode())
    expect("stream_two_cids_on_a_line_are_bad", stream, 2, "",
           line_error(1, "'07 07': not hex digits"), "07 07\n")
    expect("stream_21_bytes_are_too_long", stream, 2, "",
           line_error(1, f"'{'00' * 21}': longer than 20 bytes"),
           "00" * 21 + "\n")
    expect("stream_20_bytes_with_colons_fit", stream, 0, "c4605e\n",
           stdin=":".join(["07", "c4", "60", "5e"] + ["01"] * 16) + "\n")
    expect("stream_long_line_is_one_error", stream, 2, "c4605e\n",
           line_error(1, "longer than 127 characters"),
           "07" * 500000 + "\n" + good + "\n")
    expect("stream_hidden_tail_is_seen", stream, 2, "",
           line_error(1, "longer than 127 characters"),
           good + " " * 200 + "zz\n")
    expect("stream_twice_meets_its_end", [*DECODE, "-", good, "-"], 0,
           "c4605e\n" * 2, stdin=good + "\n")
    test_stream_length(stream)
    test_stream_device(stream)


def test_stream_length(stream):
    with T.case("stream_of_10000_lines"):
        ids = [f"{i * 7919 % 2**24:06x}" for i in range(10000)]
        lines = "".join(f"{(i % 7) << 5:02x}{sid}{i:08x}\n"
                        for i, sid in enumerate(ids))
        equal(run(*stream, stdin=lines),
              (0, "".join(sid + "\n" for sid in ids), ""), "server IDs")
    with T.case("stream_answers_each_line_at_once"):
        with subprocess.Popen([QUICLB, *stream], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE) as child:
            for i in range(100):
                child.stdin.write(f"07{i:06x}01020304\n".encode())
                child.stdin.flush()
                equal(child.stdout.readline(), f"{i:06x}\n".encode(), "line")
            child.stdin.close()
        equal(child.returncode, 0, "status")


def test_stream_device(stream):
    with T.case("stream_that_cannot_be_read_is_an_error"):
        stdin = os.open("/", os.O_RDONLY | os.O_DIRECTORY)
        done = subprocess.run([QUICLB, *stream], stdin=stdin,
                              capture_output=True, check=False)
        os.close(stdin)
        equal((done.returncode, done.stdout, done.stderr),
              (2, b"", b"quiclb: decode: standard input: Is a directory\n"),
              "result")


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
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        test_program()
        test_man_page()
        test_keygen()
        test_codecs()
        test_vectors(directory)
        test_encode(directory)
        test_encode_errors()
        test_decode(directory)
        test_decode_errors()
    test_stream()
    test_output()
    test_inspect()
    T.finish()


main()
