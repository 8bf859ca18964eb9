#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""quiclb decode without a configuration file: arguments and streams."""

import os
import pathlib
import subprocess
import tempfile

import tap
from quiclb import DECODE, FOUR, KEY, QUICLB, T, expect, line_error, refuse, run
from tap import equal


# ------------------------------------------------------------------ decode --

def test_decode(directory):
    expect("decode_takes_any_rotation", [*DECODE, *(
        f"{r << 5 | 7:02x}c4605e01020304" for r in range(7))], 0,
        "c4605e\n" * 7)
    expect("decode_reserved_rotation_is_unroutable",
           [*DECODE, "e7c4605e01020304"], 1,
           "unroutable: config rotation of all ones is reserved: unroutable\n")
    expect("decode_short_cid_is_unroutable", [*DECODE, "07c4605e010203"], 1,
           "unroutable: CID too short for its config\n")
    expect("decode_longer_cid_has_server_use_bytes",
           [*DECODE, "07c4605e01020304" + "ff" * 12], 0, "c4605e\n")
    expect("decode_goes_on_after_an_unroutable_cid",
           [*DECODE, "e0", "07c4605e01020304"], 1,
           "unroutable: config rotation of all ones is reserved: unroutable\n"
           "c4605e\n")
    expect("decode_goes_on_after_a_bad_cid",
           [*DECODE, "xx", "e0", "07c4605e01020304"], 2,
           "unroutable: config rotation of all ones is reserved: unroutable\n"
           "c4605e\n", "quiclb: decode: CID: 'xx': not hex digits\n")
    expect("decode_json_is_one_object_per_cid",
           [*DECODE, "--json", "27C4605E01020304", "07c4"], 1,
           '{"cid":"27c4605e01020304","rotation":1,"config":null,'
           '"tenant":null,"server_id":"c4605e","worker":null,'
           '"server_address":null}\n'
           '{"cid":"07c4","unroutable":"CID too short for its config"}\n')
    test_decode_layouts()
    path = directory / "decode.key"
    path.write_text(KEY)
    expect("decode_with_key_file",
           ["decode", *FOUR, "--key-file", str(path), "0767947d29be054a"], 0,
           "31441a\n")
    with T.case("key_is_removed_from_the_process_arguments"):
        check_arguments_of_process()


def test_decode_layouts():
    expect("decode_all_is_one_line",
           [*DECODE[:5], "--nonce-len", "8", "--worker-len", "2", "--all",
            "67c4605e0102030405060708", "67"], 1,
           "c4605e worker 0102 rotation 3\n"
           "unroutable: CID too short for its config\n")
    expect("decode_all_without_worker", [*DECODE, "--all",
                                         "67c4605e01020304"], 0,
           "c4605e rotation 3\n")
    expect("decode_worker_in_json",
           [*DECODE[:5], "--nonce-len", "8", "--worker-len", "2", "--json",
            "67c4605e0102030405060708"], 0,
           '{"cid":"67c4605e0102030405060708","rotation":3,"config":null,'
           '"tenant":null,"server_id":"c4605e","worker":"0102",'
           '"server_address":null}\n')
    with T.case("decode_finds_an_encrypted_worker"):
        args = ["--codec", "four-pass", "--key", KEY, "--nonce-len", "8"]
        cid = run("encode", *args, "--server-id", "aa", "--worker",
                  "beef")[1].strip()
        equal(run("decode", *args, "--server-id-len", "1", "--worker-len", "2",
                  "--all", cid), (0, "aa worker beef rotation 0\n", ""),
              "decoded")
    expect("decode_two_rotation_bits",
           ["decode", "--codec", "plain", "--rotation-bits", "2",
            "--server-id-len", "1", "--nonce-len", "4", "--all",
            "3faa01020304", "7faa01020304", "bfaa01020304", "c0aa01020304"], 1,
           "aa rotation 0\naa rotation 1\naa rotation 2\n"
           "unroutable: config rotation of all ones is reserved: unroutable\n")
    expect("decode_msquic_knows_no_reserved_octet",
           ["decode", "--codec", "msquic", "ffc0000201" + "00" * 9,
            "00c0000201" + "00" * 9], 0, "c0000201\n" * 2)
    expect("decode_mvfst_has_one_version",
           ["decode", "--codec", "mvfst-2", "--all", "80010203" + "00" * 4,
            "c0010203" + "00" * 4], 1, "010203 rotation 2\n"
           "unroutable: no config has this config rotation\n")
    expect("decode_preset", ["decode", "--codec", "aws-nlb", "--all",
                             "00" + "11" * 8 + "22" * 8,
                             "20" + "11" * 8 + "22" * 8], 1,
           "11" * 8 + " rotation 0\n"
           "unroutable: no config has this config rotation\n")
    expect("decode_envoy_with_its_worker_and_without",
           ["decode", "--codec", "envoy", "0bc4605e" + "00" * 8 + "07",
            "0bc4605e" + "00" * 8, "0bc4605e" + "00" * 7], 1,
           "c4605e\nc4605e\nunroutable: CID too short for its config\n")
    expect("decode_server_id_of_16",
           ["decode", "--codec", "plain-07", "--server-id-len", "16",
            "--nonce-len", "0", "00" + "a5" * 16], 0, "a5" * 16 + "\n")


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
        ("server_id_len_0", "--server-id-len: '0': must be 1..16",
         ["decode", "--server-id-len", "0", cid]),
        ("server_id_len_junk", "--server-id-len: '3x': not a decimal number",
         ["decode", "--server-id-len", "3x", cid]),
        ("rotation_bits_1", "--rotation-bits: '1': must be 2..3",
         ["decode", "--rotation-bits", "1", cid]),
        ("worker_len_19", "--worker-len: '19': must be 0..18",
         ["decode", "--worker-len", "19", cid]),
        ("worker_len_long", "codec plain, server ID 3, nonce 4, server-use 0 "
         "bytes: worker bytes must leave 4 bytes of the nonce",
         [*DECODE, "--worker-len", "1", cid]),
        ("preset_length", "--nonce-len: must be 8 bytes with codec nghttpx",
         ["decode", "--codec", "nghttpx", "--key", KEY, "--nonce-len", "9",
          cid]),
        ("all_with_json", "--all: not with --json, which says it already",
         [*DECODE, "--all", "--json", cid]),
        ("config_with_rotation_bits",
         "--rotation-bits: not with --config, which says it already",
         ["decode", "--config", "x", "--rotation-bits", "2", cid]),
        ("nonce_len_19", "--nonce-len: '19': must be 0..18",
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


def main():
    with tempfile.TemporaryDirectory() as name:
        test_decode(pathlib.Path(name))
    test_decode_errors()
    test_stream()
    T.finish()


main()
