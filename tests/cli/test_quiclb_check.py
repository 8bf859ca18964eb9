#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""quiclb check: summaries, warnings, and what it says of a broken file."""

import json
import pathlib
import tempfile

from config_files import (config, config_files, reads_config, tenants_config,
                          write)
from quiclb import KEY, T, expect, refuse, run
from tap import equal


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
           "config old: rotation 0 of 3 bits, four-pass, server ID 3, nonce 4, "
           "server-use 0, CID 8 bytes, encoded in the first octet, "
           "pool main\n"
           "config new: rotation 1 of 3 bits, four-pass, server ID 3, nonce 8, "
           "server-use 2, CID 14 bytes, pool main\n"
           "config small: rotation 1 of 3 bits, plain, server ID 1, nonce 8, "
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
              {"name": "main", "server_ids": 3, "local": 1, "not_up": []},
              "pool")
        equal(got["configs"][1], {
            "name": "new", "tenant": None, "rotation": 1, "rotation_bits": 3,
            "codec": "four-pass", "keyed": True, "server_id_len": 3,
            "nonce_len": 8, "worker_len": 0, "server_use_len": 2,
            "uncounted_len": 0, "cid_len": 14, "encode_length": False,
            "pool": "main"}, "config")
        equal(got["vips"][0], {
            "address": "198.51.100.1", "port": 443, "configs": ["old", "new"],
            "random_dcid_probability": 4.47e-08, "tenants": []}, "VIP")
    test_check_balancer(directory, one)
    test_check_states(directory, both)
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


def test_check_states(directory, both):
    tree = json.loads(pathlib.Path(both).read_text())
    rows = tree["quiclb:quic-lb"]["server-pool"][0]["server-id-mappings"]
    rows[0]["state"], rows[2]["state"] = "draining", "down"
    ids = sorted((row["server-id"].replace(":", "").lower(), row["state"],
                  row["server-address"]) for row in rows if "state" in row)
    path = write(directory / "states.json", tree)
    with T.case("check_says_which_servers_are_not_up"):
        status, out, _ = run("check", "--config", path)
        equal(status, 0, "status")
        equal(out.splitlines()[1:5], [
            "pool main: 3 server IDs, 1 local, 1 draining, 1 down",
            *(f"pool main: server ID {i} at {address} is {state}"
              for i, state, address in ids),
            "pool tiny: 3 server IDs, 0 local"], "summary")
    with T.case("check_json_says_which_servers_are_not_up"):
        pools = json.loads(run("check", "--config", path, "--json")[1])[
            "pools"]
        equal([pool["not_up"] for pool in pools],
              [[{"server_id": i, "address": address, "state": state}
                for i, state, address in ids], []], "pools")


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
        ("layout_rotation", {"codec": "mvfst-1"}),
        ("preset_length", {"codec": "nghttpx"}),
        ("rotation_bits", {"rotation-bits": 2}),
        ("worker", {"worker-length": 1}),
        ("uncounted", {"uncounted-length": 1}),
        ("overlap", {"config-rotation-bits": 1}),
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



# ---------------------------------------------------- tenants and families --

def test_check_tenants(directory):
    path = write(directory / "tenants.json", tenants_config())
    warning = ("VIP 198.51.100.1:443: a CID of tenant 'blue-inc' is taken for "
               "another tenant's with probability 1.53e-05: longer server IDs "
               "make it rarer")
    vip = "vip 198.51.100.1:443: "
    expect("check_tenants", ["check", "--config", path], 0,
           "role: real-server\npool red: 1 server IDs\n"
           "pool blue: 1 server IDs\n"
           "config red: tenant red-inc, rotation 0 of 3 bits, four-pass, "
           "server ID 2, nonce 8, worker 1 of it, server-use 0, CID 11 bytes, "
           "pool red\n"
           "config blue: tenant blue-inc, rotation 0 of 3 bits, four-pass, "
           "server ID 2, nonce 10, server-use 0, CID 13 bytes, pool blue\n"
           f"{vip}config red, blue; random DCID decodes to a server: "
           "3.81e-06\n"
           f"{vip}tenant red-inc: CID of red taken for another's: 0\n"
           f"{vip}tenant blue-inc: CID of blue taken for another's: "
           "1.53e-05\n",
           "quiclb: check: warning: CID config 'red': a nonce under 8 bytes "
           "may repeat after a restart\n"
           f"quiclb: check: warning: {warning}\n")
    with T.case("check_tenants_json"):
        got = json.loads(run("check", "--config", path, "--json")[1])
        equal(got["vips"][0]["tenants"], [
            {"tenant": "red-inc", "config": "red",
             "wrong_tenant_probability": 0},
            {"tenant": "blue-inc", "config": "blue",
             "wrong_tenant_probability": 1.53e-05}], "tenants")
        equal([c["tenant"] for c in got["configs"]], ["red-inc", "blue-inc"],
              "of configs")
        equal(got["warnings"][1], warning, "warning")
    test_check_clear_tenants(directory)


def test_check_clear_tenants(directory):
    """In clear, a server ID of both is always taken for the first one's."""
    tree = tenants_config()
    root = tree["quiclb:quic-lb"]
    for row in root["cid-configs"]:
        del row["cid-key"]
    root["cid-configs"][0]["worker-length"] = 0
    for sid, want in (("bb02", 0), ("aa01", 0.5)):
        root["server-pool"][1]["server-id-mappings"][1:] = [
            {"server-id": sid, "server-address": "192.0.2.23"}]
        path = write(directory / "clear.json", tree)
        with T.case(f"check_clear_tenants_{sid}"):
            status, out, err = run("check", "--config", path, "--json")
            got = json.loads(out)["vips"][0]["tenants"][1]
            equal((status, got["wrong_tenant_probability"]), (0, want),
                  "probability")
            equal("is taken for another" in err, want > 0, "warning")


def test_check_families(directory):
    tree = config()
    root = tree["quiclb:quic-lb"]
    root["cid-configs"] = [
        {"name": "envoy", "codec": "envoy", "config-rotation-bits": 0,
         "server-pool": "main", "cid-key": KEY},
        {"name": "old", "codec": "four-pass-12", "config-rotation-bits": 1,
         "server-id-length": 3, "nonce-length": 8, "cid-key": KEY,
         "server-pool": "main"}]
    root["vip"] = [{"address": "198.51.100.1", "port": 443}]
    path = write(directory / "mixture.json", tree)
    expect("check_mixture_of_families_warns", ["check", "--config", path], 0,
           "role: real-server\npool main: 3 server IDs, 1 local\n"
           "pool tiny: 3 server IDs, 0 local\n"
           "config envoy: rotation 0 of 3 bits, four-pass, server ID 3, nonce "
           "8, server-use 1, CID 13 bytes, encoded in the first octet without "
           "the last 1, pool main\n"
           "config old: rotation 1 of 2 bits, four-pass-12, server ID 3, "
           "nonce 8, server-use 0, CID 12 bytes, pool main\n"
           "vip 198.51.100.1:443: config envoy, old; random DCID decodes to a "
           "server: 6.71e-08\n",
           "quiclb: check: warning: VIP 198.51.100.1:443: CID configs 'envoy' "
           "and 'old' have unroutable CIDs of different first octets: meant "
           "for a time of change only\n")
    root["server-pool"][0]["server-id-mappings"] = [
        {"server-id": "c0000211", "server-address": "192.0.2.17"}]
    del root["local-server-address"]
    root["cid-configs"] = [{"name": "ms", "codec": "msquic",
                            "server-pool": "main"}]
    path = write(directory / "msquic.json", tree)
    with T.case("check_codec_without_rotation"):
        status, out, err = run("check", "--config", path)
        equal((status, err), (0, ""), "status")
        assert ("config ms: any first octet, msquic, server ID 4, nonce 9, "
                "server-use 0, CID 14 bytes, pool main\n") in out, out
        assert "decodes to a server: 2.33e-10\n" in out, out


def main():
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        if reads_config(directory):
            test_check(directory)
            test_check_tenants(directory)
            test_check_families(directory)
    T.finish()


main()
