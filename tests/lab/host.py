# SPDX-License-Identifier: BSD-2-Clause
"""One host for quic-steer's command line: two interfaces, a neighbour behind
each, and what of the host a command might have changed. The host is this
process's own network namespace, so call isolate.enter() first.

    near 192.0.2.12, 2001:db8::12 -- x0 [host] y0 -- far 198.51.100.2
                                     192.0.2.11, 2001:db8::11
"""

import json
import os
import pathlib
import subprocess

import frames
import isolate

SYSCTLS = [f"net.{ip}.conf.{scope}.forwarding" for ip in ("ipv4", "ipv6")
           for scope in ("lo", "all", "x0", "y0")]
LINKS = """
link set lo up
link add x0 address 02:00:00:00:00:11 type veth peer name x0 netns near \
address 02:00:00:00:00:12
link add y0 address 02:00:00:00:00:21 type veth peer name y0 netns far \
address 02:00:00:00:00:22
link set x0 up
link set y0 up
address add 192.0.2.11/24 dev x0
address add 2001:db8::11/64 dev x0 nodad
address add 198.51.100.1/24 dev y0
"""
NEAR = """
link set x0 up
address add 192.0.2.12/24 dev x0
address add 2001:db8::12/64 dev x0 nodad
"""
FAR = """
link set y0 up
address add 198.51.100.2/24 dev y0
"""
NEAR_MAC, FAR_MAC = "02:00:00:00:00:12", "02:00:00:00:00:22"
HOST_MAC, CLIENT_MAC = "02:00:00:00:00:11", "02:00:00:00:00:c1"


def run(argv, stdin="", check=True):
    done = subprocess.run(list(map(str, argv)), input=stdin, text=True,
                          capture_output=True, timeout=30, check=False)
    if check and done.returncode:
        raise RuntimeError(f"{argv}: {done.stderr or done.stdout}")
    return done


def inside(name, argv):
    return ["nsenter", f"--net={isolate.NETNS_DIR}/{name}", "--", *argv]


class Host:
    """`pass_program`: an XDP object that passes everything. Without one on
    the neighbour's end, veth drops what XDP sends."""

    def __init__(self, pass_program):
        self.pass_program = pass_program
        os.environ["PATH"] += ":/usr/sbin:/sbin"
        run(["sysctl", "-qw", "net.ipv6.conf.default.accept_dad=0",
             "net.ipv6.conf.default.router_solicitations=0"])
        for name in ("near", "far"):
            run(["ip", "netns", "add", name])
        run(["ip", "-batch", "-"], LINKS)
        run(["ip", "-n", "near", "-batch", "-"], NEAR)
        run(["ip", "-n", "far", "-batch", "-"], FAR)
        self.set_pass("near", "x0", True)
        self.set_pass("far", "y0", True)

    def exec(self, name, argv, stdin=""):
        return run(inside(name, argv), stdin)

    def set_pass(self, name, device, on):
        """The program at a neighbour's end."""
        self.exec(name, ["ip", "link", "set", device, "xdpdrv"]
                  + (["obj", self.pass_program, "sec", "xdp"] if on
                     else ["off"]))

    def set_foreign_program(self, device, on):
        run(["ip", "link", "set", device, "xdpdrv"]
            + (["obj", self.pass_program, "sec", "xdp"] if on else ["off"]))

    def send(self, *packets):
        """Frames that arrive at the host's x0."""
        frames.send(self, "near", packets, "x0")

    def state(self, pin_dir):
        """Whatever a command that fails must leave as it is. Ordinary
        neighbour entries come and go by themselves: those that are kept."""
        links = json.loads(run(["ip", "-j", "link"]).stdout)
        neighbours = json.loads(run(["ip", "-j", "neigh", "show", "nud",
                                     "all"]).stdout)
        pins = pathlib.Path(pin_dir)
        return {
            "xdp": {k["ifname"]: k["xdp"]["prog"]["id"] for k in links
                    if "prog" in k.get("xdp", {})},
            "pins": sorted((p.name, p.stat().st_ino, p.stat().st_mode)
                           for p in pins.iterdir()) if pins.exists() else None,
            "sysctls": run(["sysctl", "-n", *SYSCTLS]).stdout.split(),
            "neighbours": sorted(
                (n["dst"], n["dev"], "managed" in n, "PERMANENT" in n["state"])
                for n in neighbours
                if ("managed" in n or "PERMANENT" in n["state"])
                and not n["dst"].startswith("fe80:")),
        }
