# SPDX-License-Identifier: BSD-2-Clause
"""Configurations for host.py's host: a good one, one with every policy, and
one for each rule that quic-steer must refuse by name."""

import copy
import json
import pathlib

import isolate
import topology as topo

DIR = pathlib.Path(isolate.RUN_DIR, "configs")
KEY = topo.CID_CONFIG["cid-key"]
VIP4, VIP6 = "203.0.113.1", "2001:db8:1::1"
SELF, NEAR, FAR, NOBODY_THERE, SIX = (f"0a0b{n:02x}" for n in range(1, 6))
SERVERS = {SELF: "192.0.2.11", NEAR: "192.0.2.12", FAR: "198.51.100.2",
           NOBODY_THERE: "192.0.2.99", SIX: "2001:db8::12"}

CONFIG = {"quiclb:quic-lb": {
    "role": "real-server",
    "local-server-address": ["192.0.2.11"],
    "server-pool": [{"name": "web", "server-id-mappings": [
        {"server-id": i, "server-address": a} for i, a in SERVERS.items()]}],
    "cid-configs": [{"name": "a", "config-rotation-bits": 0,
                     "server-id-length": 3, "nonce-length": 8,
                     "cid-key": KEY}],
    "vip": [{"address": VIP4, "port": 443}, {"address": VIP6, "port": 443}],
}}


def write(name, content):
    path = DIR / name
    path.write_text(content if isinstance(content, str)
                    else json.dumps(content))
    path.chmod(0o644)
    return path


def good():
    return write("good.json", CONFIG)


POLICY_VIPS = {     # port of VIP4 and what is said there
    "local": (8441, {}),
    "steer": (8442, {"server-down": "steer"}),
    "drop": (8443, {"server-down": "drop"}),
    "pass": (8444, {"initial": "pass"}),
    "demultiplex": (8445, {"demultiplex": True}),
}


def policies():
    """NEAR is down, FAR is draining, this host is down as well."""
    tree = copy.deepcopy(CONFIG)
    root = tree["quiclb:quic-lb"]
    states = {NEAR: "down", FAR: "draining", SELF: "down"}
    for row in root["server-pool"][0]["server-id-mappings"]:
        row.update({"state": states[row["server-id"]]}
                   if row["server-id"] in states else {})
    root["vip"] = [{"address": VIP4, "port": port, **leaves}
                   for port, leaves in POLICY_VIPS.values()]
    return write("policies.json", tree)


ROUTED, ROUTED6 = "0a0b06", "0a0b07"
BEHIND = {ROUTED: "198.18.7.2", ROUTED6: "2001:db8:7::2"}


def routed(encapsulation="gue", **leaves):
    """Two of the servers are behind a router."""
    tree = copy.deepcopy(CONFIG)
    root = tree["quiclb:quic-lb"]
    root.update(leaves)
    pool = root["server-pool"][0]
    pool["encapsulation"] = encapsulation
    pool["server-id-mappings"] = [
        {"server-id": i, "server-address": a}
        for i, a in {SELF: SERVERS[SELF], NEAR: SERVERS[NEAR],
                     **BEHIND}.items()]
    return write(f"routed_{encapsulation}_{len(leaves)}.json", tree)


def bad(name, change):
    """The good configuration after change(its root)."""
    tree = copy.deepcopy(CONFIG)
    change(tree["quiclb:quic-lb"])
    return write(f"{name}.json", tree)


def cid_config(**leaves):
    return lambda root: root["cid-configs"][0].update(leaves)


def vip(**leaves):
    return lambda root: root["vip"][0].update(leaves)


def state(word):
    return lambda root: root["server-pool"][0]["server-id-mappings"][
        0].update(state=word)


def twin(server_id):
    return lambda root: root["server-pool"][0]["server-id-mappings"].append(
        {"server-id": server_id, "server-address": "192.0.2.13"})


def elsewhere(root):
    """No local address, and no server that is this host."""
    del root["local-server-address"]
    root["server-pool"][0]["server-id-mappings"] = [
        {"server-id": NEAR, "server-address": "192.0.2.12"}]


ROW = "/quic-lb/cid-configs[name='a']"
IDS = "/quic-lb/server-pool[name='web']/server-id-mappings"
BAD_CONFIGS = (     # name, change, what the line says behind the file's name
    ("server_id_too_long", cid_config(**{"server-id-length": 16}),
     f"{ROW}/server-id-length: server ID length must be 1..15 bytes (got 16)"),
    ("nonce_too_short", cid_config(**{"nonce-length": 3}),
     f"{ROW}/nonce-length: nonce length must be 4..18 bytes (got 3)"),
    ("sum_too_long", cid_config(**{"nonce-length": 17}),
     f"{ROW}/nonce-length: server ID and nonce must not exceed 19 bytes "
     "(got 3 + 17)"),
    ("rotation_of_7", cid_config(**{"config-rotation-bits": 7}),
     f"{ROW}/config-rotation-bits: config rotation must be 0..6 (got 7)"),
    ("short_key", cid_config(**{"cid-key": KEY[:-2]}),
     f"{ROW}/cid-key: key must be 16 bytes: 32 hex digits, with or without "
     "colons between bytes"),
    ("no_key_file", lambda root: (
        root["cid-configs"][0].pop("cid-key"),
        root["cid-configs"][0].update({"cid-key-file": "none.key"})),
     f"{ROW}/cid-key-file: cannot open: No such file or directory (got "
     f"{DIR}/none.key)"),
    ("duplicate_server_id", twin(NEAR),
     f"{IDS}[server-id='{NEAR}']: is there twice"),
    ("duplicate_server_id_in_capitals", twin(NEAR.upper()),
     f"{IDS}[server-id='{NEAR}']: is there twice, as entries 2 and 6"),
    ("vip_no_address", vip(address="vip.example"),
     "/quic-lb/vip/address: must be an IPv4 or IPv6 address "
     "(got vip.example)"),
    ("vip_port_0", vip(port=0),
     f"/quic-lb/vip[address='{VIP4}']/port: port must be 1..65535 "
     "(got 0)"),
    ("unknown_state", state("dead"),
     f"{IDS}[server-id='{SELF}']/state: must be up, draining or down (got "
     "dead)"),
    ("unknown_policy", vip(**{"server-down": "pass"}),
     f"/quic-lb/vip[address='{VIP4}'][port='443']/server-down: must be local, "
     "steer or drop (got pass)"),
    ("memo_of_63", lambda root: root.update({"memo-entries": 63}),
     "/quic-lb/memo-entries: memo entries must be 0 or 64..1048576 (got 63)"),
    ("decode_rate_of_0", lambda root: root.update({"cold-decode-rate": 0}),
     "/quic-lb/cold-decode-rate: cold decode rate must be 1..1000000000 "
     "(got 0)"),
    ("flows_of_63", lambda root: root.update({"steered-flows": 63}),
     "/quic-lb/steered-flows: steered flows must be 0 or 64..16777216 "
     "(got 63)"),
    ("gue_port_0", lambda root: root.update({"gue-port": 0}),
     "/quic-lb/gue-port: port must be 1..65535 (got 0)"),
    ("multicast_tunnel", lambda root: root.update(
        {"tunnel-peer": ["224.0.0.1"]}),
     "/quic-lb/tunnel-peer: must be a unicast address (got 224.0.0.1)"),
    ("multicast_prefix", lambda root: root.update(
        {"tunnel-peer": ["224.0.0.0/8"]}),
     "/quic-lb/tunnel-peer: must be a unicast address (got 224.0.0.0/8)"),
    ("tunnel_of_33_bits", lambda root: root.update(
        {"tunnel-balancer": ["172.16.0.0/33"]}),
     "/quic-lb/tunnel-balancer: must be an IPv4 or IPv6 address or prefix "
     "(got 172.16.0.0/33)"),
    ("ipip_source_no_prefix", lambda root: root.update(
        {"ipip-source": ["100.64.3.1"]}),
     "/quic-lb/ipip-source: must be an IPv4 or IPv6 prefix (got 100.64.3.1)"),
    ("two_ipip_sources", lambda root: root.update(
        {"ipip-source": ["100.64.3.0/24", "100.64.4.0/24"]}),
     "/quic-lb/ipip-source: at most one of each family is allowed (got 2)"),
    ("unknown_too_big", vip(**{"too-big": "drop"}),
     f"/quic-lb/vip[address='{VIP4}'][port='443']/too-big: must be pass or "
     "answer (got drop)"),
    ("unknown_encapsulation", lambda root: root["server-pool"][0].update(
        encapsulation="gre"),
     "/quic-lb/server-pool[name='web']/encapsulation: must be gue, ipip or "
     "none (got gre)"),
    ("vip_of_unknown_config", vip(**{"cid-configs": ["b"]}),
     f"/quic-lb/vip[address='{VIP4}'][port='443']/cid-configs[.='b']: no "
     "cid-configs has this name (got b)"),
    ("no_vip", lambda root: root.pop("vip"),
     "/quic-lb/vip: at least one is needed"),
    ("unknown_leaf", lambda root: root.update(vips=[]),
     "line 1: /quic-lb/vips: unknown name"),
    ("local_in_no_pool",
     lambda root: root.update({"local-server-address": ["192.0.2.77"]}),
     "/quic-lb/local-server-address: must be the server-address of a server "
     "in some pool (got 192.0.2.77)"),
    ("host_in_no_pool", elsewhere,
     "/quic-lb/role: real-server, but no server-address is an address of "
     "this host (set local-server-address, or role balancer)"),
)
BAD_FILES = (       # name, path, what the line says
    ("missing_file", DIR / "none.json", "cannot open: No such file or "
     "directory"),
    ("directory", DIR, "is neither a regular file nor a pipe"),
)


def bad_configurations():
    """Name, file, line."""
    for name, path, line in BAD_FILES:
        yield name, path, f"{path}: {line}"
    path = write("malformed.json", '{"quiclb:quic-lb": {')
    yield "malformed_json", path, (
        f"{path}: line 1: not valid JSON: ")
    for name, change, line in BAD_CONFIGS:
        path = bad(name, change)
        yield name, path, f"{path}: {line}"
