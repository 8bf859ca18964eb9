#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A NAT rebinding survived with the CIDs of every codec that was built, those
from elsewhere among them: the project's server issues them, the XDP program
of the server that the packets reach after the rebinding decodes them."""

import json
import os
import subprocess

import lab as lab_module
import parts
import tap
import test_rebind
import topology as topo
from lab import Lab
from network import build_path

KEY = topo.CID_CONFIG["cid-key"]

# Lengths of server ID and nonce where a codec does not take 2 and 8.
LENGTHS = {
    "single-pass": (8, 8), "block-07": (8, 8), "quicly": (8, 8),
    "msquic": (4, 9), "mvfst-2": (3, 8), "mvfst-3": (4, 8),
}

# The config rotation that is the version of a layout.
ROTATIONS = {"mvfst-1": 1, "mvfst-2": 2, "mvfst-3": 3}

N_PARTS = 2


def codecs():
    """Rows of `quiclb codecs`, without the presets; QUICLB_LAB_CODECS may name
    those that are wanted."""
    listed = subprocess.run(
        [build_path("tools", "quiclb"), "codecs", "--json"], check=True,
        capture_output=True, text=True, timeout=60).stdout
    wanted = os.environ.get("QUICLB_LAB_CODECS", "").split()
    return [row for row in json.loads(listed)
            if "number" in row and (not wanted or row["name"] in wanted)]


def leaves(codec, pool, family):
    """What the configuration says of CIDs and servers for this codec."""
    server_id_len, nonce_len = LENGTHS.get(codec["name"], (2, 8))
    config = {"name": "a", "codec": codec["name"],
              "config-rotation-bits": ROTATIONS.get(codec["name"], 0),
              "server-id-length": server_id_len, "nonce-length": nonce_len}
    if codec["keyed"]:
        config["cid-key"] = KEY
    owners = {f"{i + 1:02x}" * server_id_len: s for i, s in enumerate(pool)}
    return {"cid-configs": [config],
            "server-pool": topo.server_pool(owners, family)}


def survives(lab, codec, family):
    lab.leaves = leaves(codec, lab.pool, family)
    lab.start_servers(family)
    try:
        lab.steer_up("real-servers", family)
        test_rebind.steered_by_peer(lab, family, "port")
        lab.steer_down()
        test_rebind.lost(lab, family, "port")
    finally:
        lab.stop_servers()


def one_part(t, number):
    with Lab("nft") as lab:
        for i, codec in enumerate(codecs()):
            if i % N_PARTS != number:
                continue
            family = topo.FAMILIES[i // N_PARTS % len(topo.FAMILIES)]
            with t.case(f"{codec['name']} {family}: lives only if steered"):
                for program in (lab_module.steer_program(),
                                lab_module.project_server()):
                    if not program.exists():
                        raise tap.Skip(f"{program.name} is not built")
                survives(lab, codec, family)


if __name__ == "__main__":
    parts.main({f"codecs-{n}": lambda t, n=n: one_part(t, n)
                for n in range(N_PARTS)})
