#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What this machine's kernel makes of the XDP program and of every command of
quic-steer. For test_load.py, inside a virtual machine; on the machine itself
it works too. TAP.

    peer 192.0.2.12 (eth0) ---- 192.0.2.11 (eth0), a real server, steering
"""

import json
import os
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "lab"), str(HERE.parent / "gates")]

import frames  # noqa: E402
import isolate  # noqa: E402
import programs  # noqa: E402
import tap  # noqa: E402

BUILD = pathlib.Path(os.environ.get("QUICLB_BUILD",
                                    HERE.parent.parent / "build"))
PINS = isolate.BPFFS + "/quic-steer"
VIP, PORT = "203.0.113.80", 443
OWN, PEER = "192.0.2.11", "192.0.2.12"
OWN_MAC, PEER_MAC = "02:00:00:00:00:11", "02:00:00:00:00:12"
CLIENT, CLIENT_MAC = "198.51.100.1", "02:00:00:00:00:c1"
KEY = "8f95f09245765f80256934e50c66207f"
NONCE = "9c69c275f8c1be1d"
OF_OWN, OF_PEER, NEW = "0a01", "0a02", "0a03"   # server IDs
COUNT = 20
FRAMES_FROM_INTERFACES = 5, 15  # of BPF_PROG_TEST_RUN: XDP with a context
SYSCTL = "/proc/sys/net/ipv4/conf/lo/forwarding"
LINKS = f"""
link set lo up
link add eth0 address {OWN_MAC} type veth peer name eth0 netns peer \
address {PEER_MAC}
link set eth0 up
address add {OWN}/24 dev eth0
address add {VIP}/32 dev lo
"""
# Sends COUNT times a frame; counts what comes with the wanted MAC addresses,
# until that many, or nothing for a second.
PEER_PROGRAM = """
import socket, sys
with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)) as s:
    s.bind(("eth0", 3))
    for _ in range(int(sys.argv[1])):
        s.send(bytes.fromhex(sys.argv[2]))
    s.settimeout(1)
    seen = 0
    try:
        while seen < int(sys.argv[1]):
            frame = s.recv(2048)
            seen += frame[:14].hex() == sys.argv[3] + "0800"
    except TimeoutError:
        pass
print(seen)
"""
PEER_LINKS = f"link set eth0 up\naddress add {PEER}/24 dev eth0\n"


def run(argv, stdin="", ok=(0,)):
    done = subprocess.run(list(map(str, argv)), input=stdin, text=True,
                          capture_output=True, timeout=120, check=False)
    if done.returncode not in ok:
        raise AssertionError(f"{' '.join(map(str, argv))}: exit status "
                             f"{done.returncode}\n{done.stderr}{done.stdout}")
    return done.stdout


def steer(command, *arguments, **options):
    return run([BUILD / "tools/quic-steer", command, *arguments], **options)


class Machine:
    """The two ends of the wire, and a configuration."""

    def __init__(self):
        run(["ip", "netns", "add", "peer"])
        run(["ip", "-batch", "-"], LINKS)
        run(["ip", "-n", "peer", "-batch", "-"], PEER_LINKS)
        # a program at the far end: without, veth drops what XDP_TX sends
        run(["ip", "-n", "peer", "link", "set", "eth0", "xdpdrv", "obj",
             BUILD / "tests/lab/xdp_pass.bpf.o", "sec", "xdp"])
        self.config = pathlib.Path(isolate.RUN_DIR, "lb.json")
        self.configure(OF_PEER)

    def configure(self, of_peer):
        mappings = [{"server-id": server_id, "server-address": address}
                    for server_id, address in ((OF_OWN, OWN), (of_peer, PEER))]
        self.config.write_text(json.dumps({"quiclb:quic-lb": {
            "server-pool": [{"name": "web", "server-id-mappings": mappings}],
            "cid-configs": [{
                "name": "a", "config-rotation-bits": 0, "codec": "four-pass",
                "first-octet-encodes-cid-length": True, "server-id-length": 2,
                "nonce-length": 8, "cid-key": KEY}],
            "vip": [{"address": VIP, "port": PORT}]}}))

    def frame(self, server_id):
        cid = run([BUILD / "tools/quiclb", "encode", "--codec", "four-pass",
                   "--config-rotation", 0, "--server-id", server_id, "--nonce",
                   NONCE, "--encode-length", "--key", KEY]).strip()
        # a flow of its own: one that was steered takes unknown CIDs along
        packet = frames.udp(CLIENT, VIP, (40001 + int(server_id, 16), PORT),
                            frames.short_header(cid))
        return frames.ethernet(OWN_MAC, CLIENT_MAC, packet)

    def explain(self, server_id, *arguments, ok=(0,)):
        return json.loads(steer(
            "explain", self.frame(server_id).hex(), "--config", self.config,
            "--json", *arguments, ok=ok))

    def send(self, server_id):
        """COUNT frames from the peer's end; returns how many came back to it
        with its MAC address, that is, steered."""
        told = run(["nsenter", f"--net={isolate.NETNS_DIR}/peer", "--",
                    "python3", "-ISc", PEER_PROGRAM, COUNT,
                    self.frame(server_id).hex(),
                    (PEER_MAC + OWN_MAC).replace(":", "")])
        return int(told)

    def verdicts(self):
        stats = json.loads(steer("stats", "--json", "--bpffs", PINS))
        return {reason: n for vip in stats["vips"]
                for reason, n in vip["packets"].items() if n}


def up(t, machine):
    with t.case("up, in native mode"):
        steer("up", "--config", machine.config, "--interface", "eth0",
              "--bpffs", PINS)
        status = json.loads(steer("status", "--json", "--bpffs", PINS))
        tap.equal([i["mode"] for i in status["interfaces"]], ["native"], "mode")
        tap.equal({s["address"]: s["reach"] for s in status["servers"]},
                  {OWN: "local", PEER: "ok"}, "servers")


def kernel():
    return tuple(map(int, re.match(r"(\d+)\.(\d+)",
                                   os.uname().release).groups()))


def expect_steered(told, verdict):
    tap.equal((told["verdict"], told["reason"], told["frame"][:24]),
              (verdict, "steered", (PEER_MAC + OWN_MAC).replace(":", "")),
              "told")


def explain(t, machine):
    with t.case("explain: steered to the peer"):
        expect_steered(machine.explain(OF_PEER), "REDIRECT")
    arguments = ("--interface", "eth0")
    if kernel() < FRAMES_FROM_INTERFACES:
        with t.case("explain --interface: refused, the kernel cannot"):
            steer("explain", machine.frame(OF_PEER).hex(), "--config",
                  machine.config, *arguments, ok=(1,))
    else:
        with t.case("explain --interface: steered to the peer"):
            expect_steered(machine.explain(OF_PEER, *arguments), "TX")
    with t.case("explain: local, and unknown server"):
        tap.equal(machine.explain(OF_OWN)["reason"], "local", "own ID")
        tap.equal(machine.explain(NEW, ok=(1,))["reason"], "unknown_server",
                  "an ID of nobody")


def steers(t, machine):
    with t.case("packets are steered, and counted once, by reason"):
        before = machine.verdicts()
        tap.equal(before, {}, "before, explain counted elsewhere")
        tap.equal(machine.send(OF_PEER), COUNT, "frames sent on to the peer")
        machine.send(OF_OWN)
        machine.send(NEW)
        tap.equal(machine.verdicts(), {"steered": COUNT, "local": COUNT,
                                       "unknown_server": COUNT}, "verdicts")


def reload(t, machine):
    with t.case("reload: the new server ID is known, the old one is not"):
        machine.configure(NEW)
        steer("reload", "--config", machine.config, "--bpffs", PINS)
        tap.equal(machine.send(NEW), COUNT, "frames sent on to the peer")
        machine.send(OF_PEER)
        tap.equal(machine.verdicts(),
                  {"steered": 2 * COUNT, "local": COUNT,
                   "unknown_server": 2 * COUNT}, "verdicts")


def down(t):
    with t.case("down: nothing is left"):
        steer("down", "--bpffs", PINS)
        link = json.loads(run(["ip", "-j", "link", "show", "eth0"]))[0]
        tap.equal((link.get("xdp"), os.path.exists(PINS),
                   pathlib.Path(SYSCTL).read_text()), (None, False, "0\n"),
                  "program, pins, sysctl")


def main():
    tap.isolated_or_skip()
    tap.note(f"Linux {os.uname().release}")
    t = tap.Tap()
    programs.check(t, programs.STEER)
    machine = Machine()
    up(t, machine)
    explain(t, machine)
    steers(t, machine)
    reload(t, machine)
    down(t)
    sys.exit(t.finish())


if __name__ == "__main__":
    main()
