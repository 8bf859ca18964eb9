#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""quiclb with a configuration file: decode and inspect."""

import json
import pathlib
import tempfile

from config_files import (ABSENT, config, config_files, reads_config,
                          tenants_config, write)
from quiclb import (KEY, OTHER_KEY, T, expect, line_error, long_header, refuse,
                    run)
from tap import equal

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
           f'{{"cid":"{new}","rotation":1,"config":"new","tenant":null,'
           '"server_id":"31441a","worker":null,"server_address":"192.0.2.13"}\n'
           f'{{"cid":"{OLD_CID}","rotation":0,"config":"old","tenant":null,'
           '"server_id":"ed793a","worker":null,"server_address":"2001:db8::12"}\n'
           f'{{"cid":"{OLD_CID[:-1]}d","unroutable":"{NO_SERVER}"}}\n')
    expect("config_stream", ["decode", "--config", one, "-"], 2,
           f"ed793a\nunroutable: {NO_CONFIG}\n",
           line_error(2, "'?': not hex digits"),
           f"{OLD_CID}\n?\n40\n")
    test_config_choice(both)


def test_config_choice(both):
    for name, line, args in (
        ("ambiguous", "--config: first octets 0x20..0x3f are of CID config "
         "'new' or 'small': choose a VIP with --vip", []),
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
           "unroutable: config rotation of all ones is reserved: unroutable\n")
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
           '"rotation":0,"config":"old","tenant":null,"server_id":"ed793a",'
           '"worker":null,"server_address":"2001:db8::12"}\n')


# ---------------------------------------------------------------- families --

def test_tenants(directory):
    path = write(directory / "tenants.json", tenants_config())
    four = ["--codec", "four-pass", "--config-rotation", "0"]
    red = run("encode", *four, "--server-id", "aa01", "--nonce-len", "8",
              "--worker", "07", "--key", KEY)[1].strip()
    blue = run("encode", *four, "--server-id", "bb01", "--nonce-len", "10",
               "--key", OTHER_KEY)[1].strip()
    expect("tenants_are_told_apart_by_their_servers",
           ["decode", "--config", path, red, blue, "00" * 13], 1,
           f"aa01\nbb01\nunroutable: {NO_SERVER}\n")
    expect("tenants_decode_all",
           ["decode", "--config", path, "--all", red, blue], 0,
           "aa01 worker 07 rotation 0 config red tenant red-inc server "
           "192.0.2.21\n"
           "bb01 rotation 0 config blue tenant blue-inc server 192.0.2.22\n")
    expect("tenants_decode_json", ["decode", "--config", path, "--json", red],
           0, f'{{"cid":"{red}","rotation":0,"config":"red",'
           '"tenant":"red-inc","server_id":"aa01","worker":"07",'
           '"server_address":"192.0.2.21"}\n')
    expect("tenants_inspect_short_header_of_unlike_lengths",
           ["inspect", "--config", path, "40" + blue + "ffff"], 0,
           f"header form: short\nfirst byte: 0x40\nDCID: {blue}\n"
           "config rotation: 0\nconfig: blue\ntenant: blue-inc\n"
           "server ID: bb01\nserver address: 192.0.2.22\n")
    expect("tenants_inspect_prints_worker",
           ["inspect", "--config", path, long_header(1, red)], 0,
           "header form: long\nfirst byte: 0xc0\n"
           f"version: 0x00000001 (QUIC version 1)\nDCID: {red}\n"
           "config rotation: 0\nconfig: red\ntenant: red-inc\n"
           "server ID: aa01\nworker: 07\nserver address: 192.0.2.21\n")


def families_config():
    """A VIP of two rotation bits, one of none."""
    tree = config()
    root = tree["quiclb:quic-lb"]
    del root["local-server-address"]
    root["server-pool"] = [
        {"name": name, "server-id-mappings": [
            {"server-id": sid, "server-address": address}]}
        for name, sid, address in (("a", "aa01", "192.0.2.21"),
                                   ("b", "c0000216", "192.0.2.22"))]
    root["cid-configs"] = [
        {"name": "two", "codec": "plain", "rotation-bits": 2,
         "config-rotation-bits": 1, "server-id-length": 2, "nonce-length": 8,
         "server-pool": "a"},
        {"name": "none", "codec": "msquic", "server-pool": "b"}]
    root["vip"] = [
        {"address": "198.51.100.1", "port": 443, "cid-configs": ["two"]},
        {"address": "198.51.100.2", "port": 443, "cid-configs": ["none"]}]
    return tree


def test_families(directory):
    path = write(directory / "families.json", families_config())
    two = ["--vip", "198.51.100.1:443"]
    none = ["--vip", "198.51.100.2:443"]
    expect("families_two_bits", ["decode", "--config", path, *two, "--all",
                                 "7faa01" + "00" * 8, "3faa01" + "00" * 8,
                                 "c0aa01" + "00" * 8], 1,
           "aa01 rotation 1 config two server 192.0.2.21\n"
           f"unroutable: {NO_CONFIG}\n"
           "unroutable: config rotation of all ones is reserved: unroutable\n")
    expect("families_no_bits", ["decode", "--config", path, *none,
                                "ffc0000216" + "00" * 9], 0, "c0000216\n")
    expect("families_inspect_has_the_configs_rotation",
           ["inspect", "--config", path, *two,
            long_header(1, "7faa01" + "00" * 8)], 0,
           "header form: long\nfirst byte: 0xc0\n"
           "version: 0x00000001 (QUIC version 1)\n"
           f"DCID: 7faa01{'00' * 8}\nconfig rotation: 1\nconfig: two\n"
           "server ID: aa01\nserver address: 192.0.2.21\n")
    expect("families_inspect_reads_reserved_octets_of_two_bits",
           ["inspect", "--config", path, *two, "--json",
            long_header(1, "e0" + "00" * 9)], 1,
           '{"header":"long","first_byte":192,"version":1,"version_name":'
           f'"QUIC version 1","dcid":"e0{"00" * 9}","rotation":3,'
           '"unroutable":"config rotation of all ones is reserved: unroutable"}\n')
    refuse("families_of_two_vips_need_a_choice",
           "decode: --config: first octets 0x40..0x5f are of CID config 'two' "
           "or 'none': choose a VIP with --vip",
           ["decode", "--config", path, "00"])
    tree = families_config()
    tree["quiclb:quic-lb"]["cid-configs"][1] = {
        "name": "none", "codec": "mvfst-3", "server-pool": "b"}
    path = write(directory / "reserved.json", tree)
    refuse("reserved_octets_of_two_vips_need_a_choice",
           "decode: --config: CID config 'none' does not go with those of "
           "another VIP: choose a VIP with --vip",
           ["decode", "--config", path, "00"])


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
        if reads_config(directory):
            test_config_decode(directory)
            test_config_many_servers(directory)
            test_config_inspect(directory)
            test_tenants(directory)
            test_families(directory)
        else:
            test_without_config(directory, ABSENT)
    T.finish()


main()
