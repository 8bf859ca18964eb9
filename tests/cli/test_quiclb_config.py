#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""quiclb with a configuration file: decode, inspect, check."""

import json
import pathlib
import tempfile

from quiclb import (KEY, OTHER_KEY, T, expect, line_error, long_header, refuse,
                    run)
from tap import equal


# ------------------------------------------------------------------ config --

def config():
    return {"quiclb:quic-lb": {
        "role": "real-server",
        "local-server-address": ["192.0.2.11"],
        "server-pool": [
            {"name": "main", "server-id-mappings": [
                {"server-id": "ed793a", "server-address": "2001:db8::12"},
                {"server-id": "c4605e", "server-address": "192.0.2.11"},
                {"server-id": "31441a", "server-address": "192.0.2.13"}]},
            {"name": "tiny", "server-id-mappings": [
                {"server-id": f"{i:02x}", "server-address": f"192.0.2.{i}"}
                for i in (30, 20, 10)]}],
        "cid-configs": [
            {"name": "old", "config-rotation-bits": 0, "server-id-length": 3,
             "nonce-length": 4, "first-octet-encodes-cid-length": True,
             "cid-key": OTHER_KEY, "server-pool": "main"},
            {"name": "new", "config-rotation-bits": 1, "server-id-length": 3,
             "nonce-length": 8, "server-use-length": 2,
             "cid-key-file": "config.key", "server-pool": "main"},
            {"name": "small", "config-rotation-bits": 1,
             "server-id-length": 1, "nonce-length": 8,
             "server-pool": "tiny"}],
        "vip": [
            {"address": "198.51.100.1", "port": 443,
             "cid-configs": ["old", "new"]},
            {"address": "2001:db8::1", "port": 8443,
             "cid-configs": ["small"]}]}}


def write(path, tree):
    path.write_text(json.dumps(tree))
    return str(path)


def config_files(directory):
    """Paths: as above; without the second VIP."""
    (directory / "config.key").write_text(KEY + "\n")
    both = write(directory / "both.json", config())
    tree = config()
    tree["quiclb:quic-lb"]["vip"].pop()
    return both, write(directory / "one.json", tree)


V4 = ["--vip", "198.51.100.1:443"]
V6 = ["--vip", "[2001:db8::1]:8443"]
OLD_CID = "0720b1d07b359d3c"
SMALL_CID = "2014" + "00" * 8
NO_SERVER = "no server has this server ID"
NO_CONFIG = "no config has this config rotation"


def test_config_decode(directory):
    both, one = config_files(directory)
    expect("config_without_a_choice_needs_no_vip",
           ["decode", "--config", one, OLD_CID], 0, "ed793a\n")
    new = run("encode", "--codec", "four-pass", "--config-rotation", "1",
              "--server-id", "31441a", "--nonce-len", "8", "--key", KEY,
              "--server-use", "0102")[1].strip()
    expect("config_vip_picks_its_configs",
           ["decode", "--config", both, *V4, OLD_CID, new], 0,
           "ed793a\n31441a\n")
    expect("config_vip_of_ipv6_picks_its_configs",
           ["decode", "--config", both, *V6, SMALL_CID, OLD_CID], 1,
           f"14\nunroutable: {NO_CONFIG}\n")
    expect("config_unknown_server_is_unroutable",
           ["decode", "--config", both, *V6, "2015" + "00" * 8], 1,
           f"unroutable: {NO_SERVER}\n")
    expect("config_json_names_config_and_server",
           ["decode", "--config", one, "--json", new, OLD_CID, OLD_CID[:-1] +
            "d"], 1,
           f'{{"cid":"{new}","rotation":1,"config":"new","server_id":'
           '"31441a","server_address":"192.0.2.13"}\n'
           f'{{"cid":"{OLD_CID}","rotation":0,"config":"old","server_id":'
           '"ed793a","server_address":"2001:db8::12"}\n'
           f'{{"cid":"{OLD_CID[:-1]}d","unroutable":"{NO_SERVER}"}}\n')
    expect("config_stream", ["decode", "--config", one, "-"], 2,
           f"ed793a\nunroutable: {NO_CONFIG}\n",
           line_error(2, "'?': not hex digits"),
           f"{OLD_CID}\n?\n40\n")
    test_config_choice(both)


def test_config_choice(both):
    for name, line, args in (
        ("ambiguous", "--config: config rotation 1 is CID config 'new' or "
         "'small': choose a VIP with --vip", []),
        ("unknown", "--vip: '198.51.100.1:444': no such VIP in the "
         "configuration", ["--vip", "198.51.100.1:444"]),
    ) + tuple((f"bad_{n}", f"--vip: '{v}': must be ADDRESS:PORT or "
               "[ADDRESS]:PORT", ["--vip", v]) for n, v in enumerate((
                   "198.51.100.1", "198.51.100.1:", "198.51.100.1:0",
                   "198.51.100.1:65536", "198.51.100.1:443x", ":443",
                   "198.51.100.1:-1", "[198.51.100.1]:443", "[]:443",
                   "2001:db8::1:8443", "[2001:db8::1]8443",
                   "[2001:db8::1:8443", "a.example:443",
                   "[" + "0" * 60 + "]:1"))):
        for command in ("decode", "inspect"):
            refuse(f"{command}_vip_{name}_is_refused", f"{command}: {line}",
                   [command, "--config", both, *args, OLD_CID])


def test_config_many_servers(directory):
    tree = config()
    rows = [{"server-id": f"{i * 40503 % 65536:06x}",
             "server-address": f"10.0.{i >> 8}.{i & 255}"}
            for i in range(5000)]
    tree["quiclb:quic-lb"]["server-pool"][0]["server-id-mappings"] = rows
    tree["quiclb:quic-lb"]["local-server-address"] = ["10.0.0.1"]
    path = write(directory / "many.json", tree)
    with T.case("config_finds_each_of_5000_servers"):
        args = ["--codec", "four-pass", "--config-rotation", "0", "--nonce",
                "01020304", "--key", OTHER_KEY]
        sample = rows[::500]
        cids = [run("encode", *args, "--server-id", row["server-id"])[1]
                for row in sample]
        out = run("decode", "--config", path, *V4, "--json", "-",
                  stdin="".join(cids))[1]
        equal([json.loads(line)["server_address"]
               for line in out.splitlines()],
              [row["server-address"] for row in sample], "addresses")


def test_config_inspect(directory):
    both, one = config_files(directory)
    server = ("config: old\nserver ID: ed793a\n"
              "server address: 2001:db8::12\n")
    expect("inspect_config_long_header",
           ["inspect", "--config", one, long_header(1, OLD_CID) + "ffff"], 0,
           "header form: long\nfirst byte: 0xc0\n"
           "version: 0x00000001 (QUIC version 1)\n"
           f"DCID: {OLD_CID}\nconfig rotation: 0\n{server}")
    expect("inspect_config_short_header_knows_its_dcid",
           ["inspect", "--config", both, *V4, "40" + OLD_CID + "ffff"], 0,
           "header form: short\nfirst byte: 0x40\n"
           f"DCID: {OLD_CID}\nconfig rotation: 0\n{server}")
    expect("inspect_config_unroutable",
           ["inspect", "--config", one, long_header(1, "e0" * 8)], 1,
           "header form: long\nfirst byte: 0xc0\n"
           "version: 0x00000001 (QUIC version 1)\n"
           f"DCID: {'e0' * 8}\nconfig rotation: 7\n"
           "unroutable: config rotation 0b111 is reserved: unroutable\n")
    expect("inspect_config_long_header_without_dcid",
           ["inspect", "--config", one, long_header(1, "") + "00"], 1,
           "header form: long\nfirst byte: 0xc0\n"
           "version: 0x00000001 (QUIC version 1)\nDCID: none\n"
           "unroutable: CID too short for its config\n")
    expect("inspect_config_short_header_of_no_config",
           ["inspect", "--config", one, "--json", "4040"], 1,
           '{"header":"short","first_byte":64,"dcid":null,"rotation":2,'
           f'"unroutable":"{NO_CONFIG}"}}\n')
    expect("inspect_config_short_header_cut",
           ["inspect", "--config", one, "40" + OLD_CID[:14]], 1,
           "header form: short\nfirst byte: 0x40\n"
           f"DCID: {OLD_CID[:14]}\nconfig rotation: 0\n"
           "unroutable: CID too short for its config\n")
    expect("inspect_config_short_header_without_dcid",
           ["inspect", "--config", one, "40"], 1,
           "header form: short\nfirst byte: 0x40\n"
           "unroutable: CID too short for its config\n")
    expect("inspect_config_json",
           ["inspect", "--config", one, "--json", "40" + OLD_CID], 0,
           f'{{"header":"short","first_byte":64,"dcid":"{OLD_CID}",'
           '"rotation":0,"config":"old","server_id":"ed793a",'
           '"server_address":"2001:db8::12"}\n')


# ------------------------------------------------------------------- check --

SHORT = ("CID config 'old': a nonce under 8 bytes may repeat after a "
         "restart")
LIKELY = ("VIP [2001:db8::1]:8443: a random DCID decodes to a server with "
          "probability 0.00146: longer server IDs make it rarer")


def test_check(directory):
    both, one = config_files(directory)
    expect("check_prints_a_summary_and_warns", ["check", "--config", both], 0,
           "role: real-server\n"
           "pool main: 3 server IDs, 1 local\n"
           "pool tiny: 3 server IDs, 0 local\n"
           "config old: rotation 0, four-pass, server ID 3, nonce 4, "
           "server-use 0, CID 8 bytes, encoded in the first octet, "
           "pool main\n"
           "config new: rotation 1, four-pass, server ID 3, nonce 8, "
           "server-use 2, CID 14 bytes, pool main\n"
           "config small: rotation 1, plain, server ID 1, nonce 8, "
           "server-use 0, CID 10 bytes, pool tiny\n"
           "vip 198.51.100.1:443: config old, new; "
           "random DCID decodes to a server: 4.47e-08\n"
           "vip [2001:db8::1]:8443: config small; "
           "random DCID decodes to a server: 0.00146\n",
           f"quiclb: check: warning: {SHORT}\n"
           f"quiclb: check: warning: {LIKELY}\n")
    with T.case("check_json_says_the_same"):
        status, out, err = run("check", "--config", both, "--json")
        equal((status, len(err.splitlines())), (0, 2), "status, warnings")
        got = json.loads(out)
        equal(got["warnings"], [SHORT, LIKELY], "warnings")
        equal(got["role"], "real-server", "role")
        equal(got["pools"][0],
              {"name": "main", "server_ids": 3, "local": 1}, "pool")
        equal(got["configs"][1], {
            "name": "new", "rotation": 1, "codec": "four-pass", "keyed": True,
            "server_id_len": 3, "nonce_len": 8, "server_use_len": 2,
            "cid_len": 14, "encode_length": False, "pool": "main"}, "config")
        equal(got["vips"][0], {
            "address": "198.51.100.1", "port": 443, "configs": ["old", "new"],
            "random_dcid_probability": 4.47e-08}, "VIP")
    test_check_balancer(directory, one)
    test_check_errors(directory)


def test_check_balancer(directory, one):
    tree = json.loads(pathlib.Path(one).read_text())
    root = tree["quiclb:quic-lb"]
    root["role"] = "balancer"
    del root["local-server-address"]
    root["cid-configs"][0]["nonce-length"] = 8
    path = write(directory / "balancer.json", tree)
    with T.case("check_without_cause_warns_of_nothing"):
        status, out, err = run("check", "--config", path)
        equal((status, err), (0, ""), "status")
        assert out.startswith("role: balancer\npool main: 3 server IDs\n"), out


def test_check_errors(directory):
    missing = str(directory / "missing.json")
    refuse("check_without_config_is_refused", "check: --config is missing",
           ["check"])
    refuse("check_argument_is_refused", "check: unexpected argument 'x'",
           ["check", "x"])
    refuse("check_missing_file_is_refused",
           f"check: --config: {missing}: No such file or directory",
           ["check", "--config", missing])
    for name, change in (
        ("bad_rotation", {"config-rotation-bits": 7}),
        ("bad_length", {"nonce-length": 17}),
        ("bad_codec", {"codec": "rot13"}),
        ("bad_key", {"cid-key": KEY + "00"}),
        ("key_as_codec", {"codec": KEY}),
        ("key_as_file", {"cid-key-file": KEY}),
        ("unkeyed_codec", {"codec": "plain"}),
    ):
        tree = config()
        row = tree["quiclb:quic-lb"]["cid-configs"][0]
        if "cid-key-file" in change:
            del row["cid-key"]
        row.update(change)
        path = write(directory / f"{name}.json", tree)
        with T.case(f"check_{name}_says_no_in_one_line"):
            check_says(path)
    broken = directory / "broken.json"
    broken.write_text("{")
    with T.case("check_broken_json_says_no_in_one_line"):
        check_says(str(broken))


def check_says(path):
    """1 from check, 2 from others; the same one line about the file."""
    for command, args, want in (("check", [], 1), ("check", ["--json"], 1),
                                ("decode", ["00"], 2), ("inspect", ["00"], 2)):
        status, out, err = run(command, "--config", path, *args)
        equal((status, out, err.count("\n")), (want, "", 1), command)
        assert err.startswith(f"quiclb: {command}: {path}: "), err


def test_without_config(directory, why):
    path = write(directory / "config.json", config())
    for command, args, status in (("check", [], 1), ("decode", ["00"], 2),
                                  ("inspect", ["00"], 2)):
        expect(f"{command}_without_libyang_says_so",
               [command, "--config", path, *args], status, "",
               f"quiclb: {command}: {why}\n")


def main():
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        why = "this build reads no configuration: libyang was absent"
        probe = config_files(directory)[0]
        if why in run("check", "--config", probe)[2]:
            test_without_config(directory, why)
        else:
            test_config_decode(directory)
            test_config_many_servers(directory)
            test_config_inspect(directory)
            test_check(directory)
    T.finish()


main()
