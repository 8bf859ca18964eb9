# SPDX-License-Identifier: BSD-2-Clause
"""quic-steer peer, for test_quic_steer.py: refusals, and what --save does to
the file.  `cli` is that module."""

import json
import os
import pathlib
import stat
import subprocess
import sys

from quiclb import SOURCE, T
from tap import equal

sys.path.append(str(SOURCE / "tests" / "lab"))
from steer_configs import (CONFIG, DIR, FAR, IDS, KEY, NEAR,  # noqa: E402
                           NOBODY_THERE, SELF, SIX, VIP4, bad, cid_config,
                           good, vip, write)
from steer_frames import datagram  # noqa: E402

NEW, NEW_ADDRESS = "0a0b09", "192.0.2.98"
WARN_NEW = ("quic-steer: peer: warning: server 192.0.2.98: no answer on x0: "
            "its packets pass as no_neighbour until it answers\n")
ACTIONS = "must be add, drain, down, up or del"
# As a person would write it: colons, a tab, a blank line, no final newline.
BY_HAND = """\
{
  "quiclb:quic-lb": {
    "local-server-address": ["192.0.2.11"],
    "cid-configs": [ { "name": "a", "config-rotation-bits": 0,
        "server-id-length": 3, "nonce-length": 8, "cid-key": "%s" } ],

    "server-pool": [
      {
        "name": "web",
        "server-id-mappings": [
          {
            "server-id": "0A:0b:01",
            "server-address": "192.0.2.11"
          },
\t  { "server-address":"192.0.2.12", "server-id":"0a0b02"},
          { "server-id": "0a0b03", "server-address": "198.51.100.2",
            "state": "up" }
        ]
      }
    ],
    "vip": [ { "address": "203.0.113.1", "port": 443 },
             { "address": "2001:db8:1::1", "port": 443 } ]
  }
}""" % KEY


def by_hand(name="hand.json"):
    return write(name, BY_HAND)


def servers(path):
    """ID -> (address, state), of the only pool in a file."""
    pool = json.loads(path.read_text())["quiclb:quic-lb"]["server-pool"][0]
    return {row["server-id"]: (row["server-address"], row.get("state", "up"))
            for row in pool["server-id-mappings"]}


def states(cli):
    """Address -> state, in the kernel."""
    return {s["address"]: s["state"] for s in cli.status_json()["servers"]}


# ------------------------------------------------------------- refusals --

def test_usage(cli):
    config = ["--config", good()]
    for name, args, line in (
        ("nothing", [], "what to do is missing: add, drain, down, up or del"),
        ("unknown_action", ["remove", NEAR], f"'remove': {ACTIONS}"),
        ("no_server_id", ["drain"], "the server ID is missing"),
        ("bad_server_id", ["drain", "0a0"],
         "server ID: '0a0': odd number of hex digits"),
        ("long_server_id", ["drain", "0a" * 17],
         f"server ID: '{'0a' * 17}': longer than 16 bytes"),
        ("add_without_address", ["add", NEW],
         "the server's address is missing"),
        ("add_bad_address", ["add", NEW, "here"],
         "address: must be an IPv4 or IPv6 address (got here)"),
        ("drain_with_address", ["drain", NEAR, "192.0.2.12"],
         "unexpected argument 192.0.2.12"),
        ("add_with_too_much", ["add", NEW, NEW_ADDRESS, "now", "at", "once"],
         "unexpected argument at"),
        ("pool_without_config", ["drain", NEAR, "--pool", "web"],
         "--pool needs --config: the kernel knows no names"),
        ("save_without_config", ["drain", NEAR, "--save"],
         "--save needs --config"),
        ("save_with_value", ["drain", NEAR, *config, "--save=now"],
         "option '--save' takes no value"),
        ("json", ["drain", NEAR, "--json"], "unknown option '--json'"),
    ):
        cli.refuse(f"peer_{name}_is_refused", ["peer", *args], 2,
                   f"peer: {line}")
    for action in ("drain", "down", "up", "del"):
        cli.refuse(f"peer_{action}_finds_nothing", ["peer", action, NEAR], 3,
                   f"peer: {cli.PINS}: nothing attached")
    cli.refuse("peer_add_finds_nothing", ["peer", "add", NEW, NEW_ADDRESS], 3,
               f"peer: {cli.PINS}: nothing attached")


def two_pools(root):
    root["server-pool"].append({"name": "more", "server-id-mappings": [
        {"server-id": "01020304", "server-address": "192.0.2.12"}]})
    root["cid-configs"].append({"name": "b", "config-rotation-bits": 1,
                                "server-id-length": 4, "nonce-length": 8,
                                "server-pool": "more"})
    root["cid-configs"][0]["server-pool"] = "web"


def test_refusals(cli):
    config = ["--config", good()]
    other = "cid-configs or VIPs are not those in force: reload"
    longer = bad("longer", cid_config(**{"nonce-length": 9}))
    port = bad("port", vip(port=444))
    two = bad("two_pools", two_pools)
    for name, args, status, line in (
        ("unknown_server", ["drain", NEW], 1,
         f"server ID {NEW}: no server has it"),
        ("unknown_server_to_remove", ["del", NEW], 1,
         f"server ID {NEW}: no server has it"),
        ("server_that_is_there", ["add", NEAR, NEW_ADDRESS], 1,
         f"server ID {NEAR}: is there already"),
        ("short_server_id", ["drain", "0a0b"], 2,
         "server ID of 2 bytes: the pool's are of 3"),
        ("long_server_id", ["add", "0a0b0c0d", NEW_ADDRESS], 2,
         "server ID of 4 bytes: the pool's are of 3"),
        ("multicast", ["add", NEW, "ff02::1"], 2,
         "address: must be a unicast address (got ff02::1)"),
        ("any_address", ["add", NEW, "0.0.0.0"], 2,
         "address: must be a unicast address (got 0.0.0.0)"),
        ("unknown_pool", ["drain", NEAR, *config, "--pool", "web2"], 2,
         f"{good()}: /quic-lb/server-pool: no server-pool has this name "
         "(got web2)"),
        ("missing_file", ["drain", NEAR, "--config", DIR / "none.json"], 2,
         f"{DIR}/none.json: cannot open: No such file or directory"),
        ("missing_file_to_save",
         ["drain", NEAR, "--config", DIR / "none.json", "--save"], 2,
         f"{DIR}/none.json: cannot open: No such file or directory"),
        ("several_pools", ["drain", NEAR, "--config", two], 2,
         f"{two}: there are several pools: --pool says which"),
        ("file_with_more_pools",
         ["drain", NEAR, "--config", two, "--pool", "web"], 1,
         f"{two}: {other}"),
        ("file_with_another_config", ["drain", NEAR, "--config", longer], 1,
         f"{longer}: {other}"),
        ("file_with_another_vip", ["drain", NEAR, "--config", port], 1,
         f"{port}: {other}"),
        ("save_of_unknown_server", ["drain", NEW, *config, "--save"], 2,
         f"{good()}: {IDS}[server-id='{NEW}']: is not there"),
        ("save_of_known_server",
         ["add", NEAR, NEW_ADDRESS, *config, "--save"], 2,
         f"{good()}: {IDS}[server-id='{NEAR}']: is there already"),
        ("save_of_multicast", ["add", NEW, "224.0.0.5", *config, "--save"], 2,
         f"{good()}: {IDS}[server-id='{NEW}']/server-address: must be a "
         "unicast address (got 224.0.0.5)"),
        ("save_of_wrong_length",
         ["add", "0a0b0c0d", NEW_ADDRESS, *config, "--save"], 2,
         f"{good()}: {IDS}[server-id='0a0b0c0d']: server ID must be 3 bytes, "
         "the server-id-length of cid-configs 'a' (got 4)"),
    ):
        path, before = good(), good().read_text()
        with T.case(f"peer_{name}_is_refused"):
            state = cli.steering_state()
            cli.refused(["peer", *args], status, f"peer: {line}")
            equal(cli.steering_state(), state, "status")
            equal(path.read_text(), before, "file")
    cli.refuse("peer_without_privilege_names_what_it_needs",
               ["peer", "drain", NEAR], 1, f"peer: opening {cli.PINS}: "
               f"Permission denied {cli.ROOT_HINT}", cli.NOBODY)


# -------------------------------------------------------------- changes --

def done(cli, *args, warning=""):
    equal(cli.run("peer", *args), (0, "", warning), f"peer {args}")


def test_changes(cli):
    with T.case("peer_states_are_told_and_followed"):
        done(cli, "drain", FAR)
        done(cli, "down", NEAR, "--config", good(), "--pool", "web")
        got = states(cli)
        equal((got["192.0.2.12"], got["198.51.100.2"], got["192.0.2.11"]),
              ("down", "draining", "up"), "states")
        text = cli.run("status")[1]
        assert "server         192.0.2.12  down  ok  x0  " in text, text
        cli.HOST.send(datagram(NEAR))
        cli.wait_for(lambda: cli.vip_packets() == {"server_down": 1},
                     "packet of a server that is down")
        done(cli, "up", NEAR)
        cli.HOST.send(datagram(NEAR))
        cli.wait_for(lambda: cli.vip_packets() ==
                     {"server_down": 1, "steered": 1}, "steered packet")
        equal(cli.status_json()["generation"], 1, "generation")
    with T.case("peer_add_and_del_change_the_servers"):
        done(cli, "add", "0A:0B:09", NEW_ADDRESS, warning=WARN_NEW)
        equal(states(cli).get(NEW_ADDRESS), "up", "new server")
        done(cli, "del", NEW)
        equal(NEW_ADDRESS in states(cli), False, "new server")
    with T.case("reload_puts_in_force_what_the_file_says"):
        cli.run("reload", "--config", good())
        equal(set(states(cli).values()), {"up"}, "states")
    with T.case("peer_del_of_the_last_server_is_refused"):
        for server_id in (NEAR, FAR, NOBODY_THERE, SIX):
            done(cli, "del", server_id)
        cli.refused(["peer", "del", SELF], 1, f"peer: server ID {SELF}: is the "
                    "last one of its pool")
        cli.run("reload", "--config", good())
    with T.case("peer_of_one_of_several_pools"):
        path = bad("two_pools", two_pools)
        cli.run("reload", "--config", path)
        cli.refused(["peer", "down", "01020304"], 2, "peer: there are several "
                    "pools: --pool and --config say which")
        done(cli, "down", "01020304", "--config", path, "--pool", "more")
        row = next(s for s in cli.status_json()["servers"]
                   if s["address"] == "192.0.2.12")
        equal((row["state"], row["states"]),
              ("down", {"up": 1, "draining": 0, "down": 1}), "states")
        cli.run("reload", "--config", good())


# ----------------------------------------------------------------- save --

def edits():
    """Name, arguments, what of BY_HAND becomes what."""
    last = '"198.51.100.2",\n            "state": "up" }'
    yield "state_that_is_there", ["drain", FAR], (
        '"state": "up"', '"state": "draining"')
    yield "state_that_is_not_there", ["down", NEAR], (
        '"server-id":"0a0b02"}', '"server-id":"0a0b02", "state":"down"}')
    yield "state_on_a_line_of_its_own", ["down", SELF], (
        '"server-address": "192.0.2.11"\n',
        '"server-address": "192.0.2.11",\n            "state": "down"\n')
    yield "new_server", ["add", NEW, NEW_ADDRESS], (
        last, last + ',\n          { "server-id": "0a0b09", '
        '"server-address": "192.0.2.98" }')
    yield "server_removed", ["del", NEAR], (
        ',\n\t  { "server-address":"192.0.2.12", "server-id":"0a0b02"}', "")
    yield "first_server_removed_but_not_this_host", ["del", FAR], (
        ',\n          { "server-id": "0a0b03", "server-address": '
        f'{last}', "")
    yield "state_that_it_has", ["up", NEAR], ("", "")


def test_edits(cli):
    for name, args, (old, new) in edits():
        with T.case(f"peer_save_{name}_changes_nothing_else"):
            path = by_hand()
            path.chmod(0o640)
            os.chown(path, 12, 34)
            cli.run("reload", "--config", path)
            warning = WARN_NEW if args[0] == "add" else ""
            done(cli, *args, "--config", path, "--save", warning=warning)
            want = BY_HAND.replace(old, new, 1) if old else BY_HAND
            equal(path.read_text(), want, "the file")
            after = path.stat()
            equal((stat.S_IMODE(after.st_mode), after.st_uid, after.st_gid),
                  (0o640, 12, 34), "mode and owner")
            equal([p.name for p in DIR.glob("hand.json*")], ["hand.json"],
                  "files")
            kernel = states(cli)
            cli.run("reload", "--config", path)
            equal(states(cli), kernel, "states behind a reload of the file")


def only_server(root):
    root["server-pool"][0]["server-id-mappings"] = [
        {"server-id": SELF, "server-address": "192.0.2.11"}]


def test_layouts(cli):
    """Files that nobody laid out."""
    for indent in (None, 1, 4):
        with T.case(f"peer_save_with_indent_{indent}"):
            tree = json.dumps(CONFIG, indent=indent)
            path = write("layout.json", tree)
            cli.run("reload", "--config", path)
            args = ["--config", path, "--save"]
            for words, warning in ((["add", NEW, NEW_ADDRESS], WARN_NEW),
                                   (["drain", NEW], ""), (["down", SELF], ""),
                                   (["del", NEAR], ""), (["up", SELF], "")):
                done(cli, *words, *args, warning=warning)
            got = servers(path)
            equal((got[NEW], got[SELF], NEAR in got),
                  ((NEW_ADDRESS, "draining"), ("192.0.2.11", "up"), False),
                  "servers")
            done(cli, "del", NEW, *args)
            tree = json.loads(path.read_text())
            assert path.read_text().startswith(
                json.dumps(tree, indent=indent)[:40]), path.read_text()
    with T.case("peer_save_beside_the_only_server"):
        path = bad("only", only_server)
        before = path.read_text()
        cli.run("reload", "--config", path)
        args = ["--config", path, "--save"]
        cli.refused(["peer", "del", SELF, *args], 2,
                    f"peer: {path}: {IDS}: at least one is needed")
        done(cli, "add", NEW, NEW_ADDRESS, *args, warning=WARN_NEW)
        equal(servers(path), {SELF: ("192.0.2.11", "up"),
                              NEW: (NEW_ADDRESS, "up")}, "servers")
        done(cli, "del", NEW, *args)
        equal(path.read_text(), before, "the file")
    with T.case("peer_save_that_no_reload_would_take_is_refused"):
        path = bad("unnamed", lambda root: root.pop("local-server-address"))
        cli.run("reload", "--config", path)
        cli.refused(["peer", "del", SELF, "--config", path, "--save"], 2,
                    f"peer: {path}: /quic-lb/role: real-server, but no "
                    "server-address is an address of this host (set "
                    "local-server-address, or role balancer)")
        cli.run("reload", "--config", good())
        cli.refused(["peer", "del", SELF, "--config", good(), "--save"], 2,
                    f"peer: {good()}: /quic-lb/local-server-address: must be "
                    "the server-address of a server in some pool (got "
                    "192.0.2.11)")
    with T.case("peer_save_with_prefixed_names"):
        text = json.dumps(CONFIG).replace('"server-pool"',
                                          '"quiclb:server-pool"')
        path = write("prefix.json", text)
        cli.run("reload", "--config", path)
        done(cli, "drain", NEAR, "--config", path, "--save")
        equal(path.read_text(), text.replace(
            '"192.0.2.12"', '"192.0.2.12", "state": "draining"'), "the file")


# ------------------------------------------------- saves that go wrong --

def test_failing_saves(cli):
    cli.run("reload", "--config", good())
    with T.case("peer_save_into_a_read_only_directory_changes_nothing"):
        mount = pathlib.Path(DIR, "read-only")
        mount.mkdir()
        (mount / "lb.json").write_text(json.dumps(CONFIG))
        for command in (["mount", "--bind", mount, mount],
                        ["mount", "-o", "remount,bind,ro", mount]):
            subprocess.run(command, check=True, timeout=10)
        before = cli.steering_state()
        try:
            cli.refused(["peer", "down", NEAR, "--config", mount / "lb.json",
                         "--save"], 1, f"peer: {mount}/lb.json: not saved: "
                        "making a file beside it: Read-only file system")
        finally:
            subprocess.run(["umount", mount], check=True, timeout=10)
        equal(cli.steering_state(), before, "status")
        equal([p.name for p in mount.iterdir()], ["lb.json"], "files")
    with T.case("peer_save_that_cannot_rename_says_what_differs"):
        # a mount point cannot be renamed over
        path = write("mounted.json", CONFIG)
        subprocess.run(["mount", "--bind", good(), path], check=True,
                       timeout=10)
        try:
            equal(cli.run("peer", "drain", NEAR, "--config", path, "--save"),
                  (1, "", f"quic-steer: peer: {path}: not saved: changed in "
                   "the kernel only: renaming: Device or resource busy\n"),
                  "result")
        finally:
            subprocess.run(["umount", path], check=True, timeout=10)
        equal(states(cli)["192.0.2.12"], "draining", "state")
        equal(servers(path)[NEAR][1], "up", "state in the file")
        equal([p.name for p in DIR.glob("mounted.json*")], ["mounted.json"],
              "files")
        done(cli, "up", NEAR)
    with T.case("peer_save_to_what_is_no_file_is_refused"):
        cli.refused(["peer", "drain", NEAR, "--config", "/dev/null", "--save"],
                    2, "peer: /dev/null: --save needs a regular file")
    with T.case("peer_that_fails_in_the_kernel_leaves_the_file"):
        path = bad("ahead", lambda root: root["server-pool"][0][
            "server-id-mappings"].append(
                {"server-id": NEW, "server-address": NEW_ADDRESS}))
        before = path.read_text()
        cli.refused(["peer", "drain", NEW, "--config", path, "--save"], 1,
                    f"peer: server ID {NEW}: no server has it")
        equal(path.read_text(), before, "the file")
        equal([p.name for p in DIR.glob("ahead.json*")], ["ahead.json"],
              "files")


def test_links_and_lists(cli):
    with T.case("peer_save_follows_a_symbolic_link"):
        path = write("real.json", CONFIG)
        link = DIR / "link.json"
        link.symlink_to("real.json")
        done(cli, "drain", NEAR, "--config", link, "--save")
        assert link.is_symlink(), "the link went"
        equal(servers(path)[NEAR][1], "draining", "state")
        done(cli, "up", NEAR)
    with T.case("peer_save_keeps_the_access_list"):
        path = write("list.json", CONFIG)
        # user::rw- user:12:r-- group::--- mask::r-- other::---
        entries = ((1, 6, 2**32 - 1), (2, 4, 12), (4, 0, 2**32 - 1),
                   (16, 4, 2**32 - 1), (32, 0, 2**32 - 1))
        acl = (2).to_bytes(4, "little") + b"".join(
            tag.to_bytes(2, "little") + bits.to_bytes(2, "little")
            + who.to_bytes(4, "little") for tag, bits, who in entries)
        os.setxattr(path, "system.posix_acl_access", acl)
        done(cli, "drain", NEAR, "--config", path, "--save")
        equal(os.getxattr(path, "system.posix_acl_access"), acl, "the list")
        done(cli, "up", NEAR)


def test_peer(cli):
    test_usage(cli)
    with cli.attached():
        test_refusals(cli)
        test_changes(cli)
        test_edits(cli)
        test_layouts(cli)
        test_failing_saves(cli)
        test_links_and_lists(cli)
        cli.run("reload", "--config", good())
        equal(cli.vip_packets(VIP4), {"server_down": 1, "steered": 1},
              "packets")
