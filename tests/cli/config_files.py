# SPDX-License-Identifier: BSD-2-Clause
"""Configuration files for the tests of quiclb."""

import json

from quiclb import KEY, OTHER_KEY, run

ABSENT = "this build reads no configuration: libyang was absent"


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


def tenants_config():
    """Two tenants share config rotation 0 of one VIP; none has the other."""
    tree = config()
    root = tree["quiclb:quic-lb"]
    del root["local-server-address"]
    root["server-pool"] = [
        {"name": name, "server-id-mappings": [
            {"server-id": sid, "server-address": address}]}
        for name, sid, address in (("red", "aa01", "192.0.2.21"),
                                   ("blue", "bb01", "192.0.2.22"))]
    root["cid-configs"] = [
        {"name": "red", "tenant": "red-inc", "server-id-length": 2,
         "nonce-length": 8, "worker-length": 1, "cid-key": KEY,
         "config-rotation-bits": 0, "server-pool": "red"},
        {"name": "blue", "tenant": "blue-inc", "server-id-length": 2,
         "nonce-length": 10, "cid-key": OTHER_KEY, "config-rotation-bits": 0,
         "server-pool": "blue"}]
    root["vip"] = [{"address": "198.51.100.1", "port": 443}]
    return tree


def reads_config(directory):
    """Whether the build under test has libyang."""
    return ABSENT not in run("check", "--config",
                             config_files(directory)[0])[2]
