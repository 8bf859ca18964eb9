#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""quiclb encode, and decode on the vectors."""

import pathlib
import re
import tempfile

from quiclb import ENCODE, KEY, PLAIN, T, expect, refuse, run, vectors
from tap import equal


# ----------------------------------------------------------------- vectors --

def key_flags(row, directory):
    if not row["key"]:
        return []
    path = directory / "vector.key"
    path.write_text(row["key"] + "\n")
    return ["--key-file", str(path)]


def config_flags(row):
    flags = ["--codec", row["codec"], "--config-rotation", row["rotation"]]
    return flags + (["--rotation-bits", row["bits"]] if row["bits"] != "0"
                    else [])


def encode_vector(row, directory):
    args = ["encode", *config_flags(row), "--server-id", row["server_id"],
            *key_flags(row, directory)]
    args += ["--nonce", row["nonce"]] if row["nonce"] else ["--nonce-len", "0"]
    if row["length"]:
        args += ["--encode-length", "--uncounted", row["length"]]
    if row["first"]:
        args += ["--first-octet", row["first"]]
    if row["server_use"]:
        args += ["--server-use", row["server_use"]]
    equal(run(*args), (0, row["cid"] + "\n", ""), "CID")


def other_rotation(row):
    """A config rotation that the codec has, or None."""
    if row["bits"] == "0" or row["codec"].startswith("mvfst"):
        return None
    return str((int(row["rotation"]) + 1) % (2 ** int(row["bits"]) - 1))


def decode_vector(row, directory):
    args = ["decode", "--codec", row["codec"], "--server-id-len",
            str(len(row["server_id"]) // 2), "--nonce-len",
            str(len(row["nonce"]) // 2), *key_flags(row, directory)]
    if row["bits"] != "0":
        args += ["--rotation-bits", row["bits"]]
    want = (0, row["server_id"] + "\n", "")
    equal(run(*args, row["cid"]), want, "argument")
    equal(run(*args, "-", stdin=row["cid"] + "\n"), want, "stream")
    equal(run(*args, "--config-rotation", row["rotation"], row["cid"]), want,
          "its own rotation")
    other = other_rotation(row)
    if other:
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


def test_layouts():
    """What a codec or preset knows may be left out."""
    nodes = ["--codec", "quicly", "--key", KEY]
    for name, args, pattern in (
        ("rotation", ["--codec", "plain", "--server-id", "c4605e",
                      "--nonce", "01020304", "--encode-length"],
         "07c4605e01020304"),
        ("two_rotation_bits", [*PLAIN, "--rotation-bits", "2",
                               "--config-rotation", "2", "--server-id", "aa",
                               "--nonce", "01020304", "--first-octet", "05"],
         "85aa01020304"),
        ("first_octet", [*PLAIN, "--config-rotation", "3", "--server-id", "aa",
                         "--nonce", "01020304", "--first-octet", "ff"],
         "7faa01020304"),
        ("msquic", ["--codec", "msquic", "--server-id", "c0000201"],
         "[0-9a-f]{2}c0000201[0-9a-f]{18}"),
        ("mvfst_1", ["--codec", "mvfst-1", "--server-id", "beef", "--nonce",
                     "0102030405", "--first-octet", "00"], "6fbbc0[0-9a-f]{10}"),
        ("mvfst_2", ["--codec", "mvfst-2", "--server-id", "0102ff"],
         "[89ab][0-9a-f]0102ff[0-9a-f]{8}"),
        ("mvfst_3", ["--codec", "mvfst-3", "--server-id", "0102ff04"],
         "[c-f][0-9a-f]0102ff04[0-9a-f]{6}"),
        ("quicly", [*nodes, "--server-id", "0000000000000001"], "[0-9a-f]{32}"),
        ("aws_nlb", ["--codec", "aws-nlb", "--server-id", "0011223344556677"],
         "[01][0-9a-f]0011223344556677[0-9a-f]{16}"),
        ("nghttpx", ["--codec", "nghttpx", "--key", KEY, "--config-rotation",
                     "1", "--server-id", "0011223344556677"],
         "[23][0-9a-f]{33}"),
        ("envoy", ["--codec", "envoy", "--server-id", "c4605e"],
         "0bc4605e[0-9a-f]{18}"),
        ("envoy_worker", ["--codec", "envoy", "--server-id", "c4605e",
                          "--server-use", "07"], "0bc4605e[0-9a-f]{16}07"),
        ("envoy_single_pass", ["--codec", "envoy", "--server-id", "c4605e",
                               "--nonce-len", "13", "--key", KEY],
         "10[0-9a-f]{34}"),
        ("worker", [*PLAIN, "--server-id", "aa", "--nonce-len", "8",
                    "--worker", "0102"], "[01][0-9a-f]aa0102[0-9a-f]{12}"),
        ("uncounted", [*PLAIN, "--server-id", "aa", "--nonce", "01020304",
                       "--server-use", "0506", "--uncounted", "1",
                       "--encode-length"], "06aa010203040506"),
        ("nonce_of_none", ["--codec", "plain-07", "--server-id", "aabb",
                           "--nonce-len", "0", "--first-octet", "3f"],
         "3faabb"),
        ("server_id_of_16", ["--codec", "plain-07", "--server-id", "a5" * 16,
                             "--nonce-len", "3"],
         "[0-3][0-9a-f](a5){16}[0-9a-f]{6}"),
    ):
        with T.case(f"encode_{name}"):
            status, out, err = run("encode", *args)
            equal((status, err), (0, ""), "status")
            assert re.fullmatch(pattern + "\n", out), out
    with T.case("encode_server_use_is_the_encoders"):
        lines = run(*ENCODE, "--nonce-len", "8", "--server-use", "0102",
                    "--count", "300")[1].split()
        equal(len(set(lines)), 300, "distinct")
        equal({line[-4:] for line in lines}, {"0102"}, "server use")


def test_layout_errors():
    for name, line, args in (
        ("aws_nlb_server_id", "--server-id-len: must be 8 bytes with codec "
         "aws-nlb", ["--codec", "aws-nlb", "--server-id", "aa"]),
        ("aws_nlb_rotation", "--config-rotation: must be 0 with codec aws-nlb",
         ["--codec", "aws-nlb", "--server-id", "00" * 8, "--config-rotation",
          "1"]),
        ("nghttpx_nonce", "--nonce-len: must be 8 bytes with codec nghttpx",
         ["--codec", "nghttpx", "--server-id", "00" * 8, "--nonce-len", "7"]),
        ("nghttpx_without_key", "codec single-pass, server ID 8, nonce 8, "
         "server-use 0 bytes: this codec needs a key",
         ["--codec", "nghttpx", "--server-id", "00" * 8]),
        ("envoy_server_use", "--server-use: must be 1 bytes with codec envoy",
         ["--codec", "envoy", "--server-id", "aa", "--server-use", "0102"]),
        ("envoy_uncounted", "--uncounted: must be 1 bytes with codec envoy",
         ["--codec", "envoy", "--server-id", "aa", "--uncounted", "0"]),
        ("msquic_server_id", "codec msquic, server ID 3, nonce 9, server-use 0 "
         "bytes: this codec's layout has other lengths, see quiclb codecs",
         ["--codec", "msquic", "--server-id", "aabbcc"]),
        ("msquic_length", "codec msquic, server ID 4, nonce 9, server-use 0 "
         "bytes: this codec's first octet has no room for the CID length",
         ["--codec", "msquic", "--server-id", "aabbccdd", "--encode-length"]),
        ("mvfst_rotation", "codec mvfst-1, server ID 2, nonce 5, server-use 0 "
         "bytes: config rotation must be the version of this codec's layout",
         ["--codec", "mvfst-1", "--server-id", "aabb", "--config-rotation",
          "0"]),
        ("rotation_bits", "codec four-pass-12, server ID 1, nonce 8, "
         "server-use 0 bytes: this codec has other rotation bits",
         ["--codec", "four-pass-12", "--server-id", "aa", "--nonce-len", "8",
          "--rotation-bits", "3", "--key", KEY]),
        ("rotation_bits_4", "--rotation-bits: '4': must be 2..3",
         ["--rotation-bits", "4"]),
        ("rotation_3_of_two_bits", "codec plain, server ID 1, nonce 8, "
         "server-use 0 bytes: config rotation must be 0..6, of two rotation "
         "bits 0..2", ["--codec", "plain", "--server-id", "aa", "--nonce-len",
                       "8", "--rotation-bits", "2", "--config-rotation", "3"]),
        ("uncounted_alone", "codec plain, server ID 3, nonce 4, server-use 1 "
         "bytes: uncounted bytes are server-use bytes of a CID that encodes "
         "its length", [*ENCODE, "--nonce-len", "4", "--server-use", "00",
                        "--uncounted", "1"]),
        ("uncounted_more", "codec plain, server ID 3, nonce 4, server-use 1 "
         "bytes: uncounted bytes are server-use bytes of a CID that encodes "
         "its length", [*ENCODE, "--nonce-len", "4", "--server-use", "00",
                        "--uncounted", "2", "--encode-length"]),
        ("worker_long", "codec plain, server ID 3, nonce 8, server-use 0 "
         "bytes: worker bytes must leave 4 bytes of the nonce",
         [*ENCODE, "--nonce-len", "8", "--worker", "00" * 5]),
        ("worker_with_nonce", "--worker: not with --nonce, whose first bytes "
         "it is", [*ENCODE, "--nonce", "00" * 8, "--worker", "00"]),
        ("first_octet_long", "--first-octet: '0102': longer than 1 bytes",
         [*ENCODE, "--first-octet", "0102"]),
    ):
        refuse(f"encode_{name}_is_refused", f"encode: {line}",
               ["encode", *args] if args[0] != "encode" else args)


def test_encode_errors():
    key_rule = "encode: --key: must be 16 bytes, 32 hex digits"
    keyed = ["encode", "--codec", "four-pass", "--config-rotation", "0",
             "--server-id", "c4605e", "--nonce-len", "4"]
    for name, line, args in (
        ("without_codec", "--codec is missing",
         ["encode", "--config-rotation", "0", "--server-id", "aa"]),
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
        ("nonce_len_3", "codec plain, server ID 3, nonce 3, server-use 0 bytes: "
         "nonce length must be 4..18 bytes", [*ENCODE, "--nonce-len", "3"]),
        ("nonce_len_19", "--nonce-len: '19': must be 0..18",
         [*ENCODE, "--nonce-len", "19"]),
        ("server_id_odd", "--server-id: 'abc': odd number of hex digits",
         ["encode", "--server-id", "abc"]),
        ("server_id_no_hex", "--server-id: '0x12': not hex digits",
         ["encode", "--server-id", "0x12"]),
        ("server_id_colons", "--server-id: 'ab::cd': not hex digits",
         ["encode", "--server-id", "ab::cd"]),
        ("server_id_empty", "--server-id: '': no hex digits",
         ["encode", "--server-id", ""]),
        ("server_id_long", f"--server-id: '{'00' * 17}': longer than 16 bytes",
         ["encode", "--server-id", "00" * 17]),
        ("server_id_of_16_plain", "codec plain, server ID 16, nonce 4, "
         "server-use 0 bytes: server ID length must be 1..15 bytes",
         ["encode", *PLAIN, "--server-id", "00" * 16, "--nonce-len", "4"]),
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


def main():
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        test_vectors(directory)
        test_encode(directory)
    test_layouts()
    test_layout_errors()
    test_encode_errors()
    T.finish()


main()
