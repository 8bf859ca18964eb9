#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The XDP program and the kernel's own tunnels: each takes out what the other
has put in. For test_tunnels.py, inside a virtual machine. TAP.

    192.0.2.11 (eth0), steers ---- near, router, far ---- eth0 (198.18.0.12)

The router is the client too, and a balancer that encapsulates. Behind it is
the other server, which has nothing but the kernel.
"""

import collections
import contextlib
import ctypes
import functools
import json
import os
import pathlib
import socket
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lab"))

import frames  # noqa: E402
import isolate  # noqa: E402
import tap  # noqa: E402

BUILD = pathlib.Path(os.environ.get("QUICLB_BUILD",
                                    HERE.parent.parent / "build"))
PINS = isolate.BPFFS + "/quic-steer"
VIP = {4: "203.0.113.80", 6: "2001:db8:80::80"}
# By namespace; each as if it were the client's.
CLIENT = {"router": {4: "198.51.100.7", 6: "2001:db8:7::7"},
          "other": {4: "198.51.100.8", 6: "2001:db8:7::8"}}
OWN = {4: "192.0.2.11", 6: "2001:db8:1::11"}
NEAR = {4: "192.0.2.254", 6: "2001:db8:1::fe"}
FAR = {4: "198.18.0.254", 6: "2001:db8:2::fe"}
OTHER = {4: "198.18.0.12", 6: "2001:db8:2::12"}
BITS = {4: "24", 6: "64"}
# By family of the server's address.
OF_OWN, OF_OTHER = {4: "0a01", 6: "0b01"}, {4: "0a02", 6: "0b02"}
KEY = "8f95f09245765f80256934e50c66207f"
PORT, CLIENT_PORT, GUE_PORT, COUNT = 443, 40007, 6080, 10
LIBC = ctypes.CDLL(None)
FAMILIES = (4, 6)
LINKS = """
link add eth0 address 02:00:00:00:00:11 type veth peer name near netns router
link add far netns router type veth peer name eth0 netns other
"""
# Device: families outside and inside, arguments of ip(8).
DEVICES = {
    "ipip": (4, 4, "ipip"), "sit": (4, 6, "sit"),
    "ipip6": (6, 4, "ip6tnl mode ipip6 encaplimit none"),
    "ip6ip6": (6, 6, "ip6tnl mode ip6ip6 encaplimit none"),
    "ipip6 with an option": (6, 4, "ip6tnl mode ipip6"),
}
UDP = f"encap {{}} encap-sport auto encap-dport {GUE_PORT}"
ENCAPSULATIONS = {
    "": "", "gue": UDP.format("gue"),
    "gue, checksum": UDP.format("gue") + " encap-csum",
    "gue, remote checksum": UDP.format("gue") + " encap-remcsum",
    "fou": UDP.format("fou"),
}
SECONDS = 5     # that a receiver waits for what has been sent


def inside(name, argv):
    enter = ["nsenter", f"--net={isolate.NETNS_DIR}/{name}"] if name else []
    return [*enter, *map(str, argv)]


def run(argv, name=None, stdin=""):
    done = subprocess.run(inside(name, argv), input=stdin, text=True,
                          capture_output=True, timeout=120, check=False)
    if done.returncode:
        raise AssertionError(f"{argv}: exit status {done.returncode}\n"
                             f"{done.stderr}{done.stdout}")
    return done.stdout


def ip(name, *lines):
    run(["ip", "-batch", "-"], name, "\n".join(lines) + "\n")


def steer(command, *arguments):
    return run([BUILD / "tools/quic-steer", command, "--bpffs", PINS,
                *arguments])


def settings(name):
    keys = [f"net.{i}.conf.{c}.{k}" for c in ("all", "default") for i, k in
            (("ipv4", "rp_filter=0"), ("ipv4", "send_redirects=0"),
             ("ipv6", "accept_dad=0"))]
    keys += [f"net.ipv4.ip_forward={int(name == 'router')}",
             f"net.ipv6.conf.all.forwarding={int(name == 'router')}"]
    run(["sysctl", "-q", "-w", *keys], name)


def build():
    for name in ("router", "other"):
        run(["ip", "netns", "add", name])
    for name in (None, "router", "other"):
        settings(name)
    ip(None, *LINKS.strip().splitlines())
    ends = ((None, "eth0", OWN), ("router", "near", NEAR),
            ("router", "far", FAR), ("other", "eth0", OTHER))
    for name, device, addresses in ends:
        ip(name, "link set lo up", f"link set {device} up",
           *(f"address add {addresses[f]}/{BITS[f]} dev {device}"
             for f in FAMILIES))
        run(["ethtool", "-K", device, "tx", "off"], name)
    for f in FAMILIES:
        ip(None, f"route add default via {NEAR[f]}",
           f"address add {VIP[f]} dev lo")
        ip("other", f"route add default via {FAR[f]}")
        for name, addresses in CLIENT.items():
            ip(name, f"address add {addresses[f]} dev lo")
    # a program at the far end: without, veth drops what XDP_TX sends
    run(["ip", "link", "set", "near", "xdpdrv", "obj",
         BUILD / "tests/lab/xdp_pass.bpf.o", "sec", "xdp"], "router")


def configure(encapsulation):
    mappings = [{"server-id": ids[f], "server-address": addresses[f]}
                for f in FAMILIES
                for ids, addresses in ((OF_OWN, OWN), (OF_OTHER, OTHER))]
    path = pathlib.Path(isolate.RUN_DIR, "lb.json")
    path.write_text(json.dumps({"quiclb:quic-lb": {
        "tunnel-balancer": list(NEAR.values()),
        "server-pool": [{"name": "web", "encapsulation": encapsulation,
                         "server-id-mappings": mappings}],
        "cid-configs": [{
            "name": "a", "config-rotation-bits": 0, "codec": "four-pass",
            "server-id-length": 2, "nonce-length": 8, "cid-key": KEY}],
        "vip": [{"address": VIP[f], "port": PORT} for f in FAMILIES]}}))
    return path


@functools.cache
def packet(server_id):
    cid = run([BUILD / "tools/quiclb", "encode", "--codec", "four-pass",
               "--config-rotation", 0, "--server-id", server_id,
               "--nonce-len", 8, "--key", KEY]).strip()
    return frames.short_header(cid, 600)


def verdicts():
    stats = json.loads(steer("stats", "--json"))
    return sum((collections.Counter(vip["packets"]) for vip in stats["vips"]),
               collections.Counter())


@contextlib.contextmanager
def network(name):
    """This thread is in another network namespace, meanwhile."""
    path = f"{isolate.NETNS_DIR}/{name}" if name else "/proc/self/ns/net"
    with open("/proc/self/ns/net", "rb") as back, open(path, "rb") as there:
        LIBC.setns(there.fileno(), isolate.CLONE_NEWNET)
        try:
            yield
        finally:
            LIBC.setns(back.fileno(), isolate.CLONE_NEWNET)


def socket_in(name, family, address, port):
    """It stays in the namespace where it was made."""
    with network(name):
        made = socket.socket(socket.AF_INET6 if family == 6
                             else socket.AF_INET, socket.SOCK_DGRAM)
    made.settimeout(SECONDS)
    made.bind((address, port))
    return made


def travels(sender, family, data, receiver):
    """How many of COUNT datagrams the receiver gets at the VIP, whole and from
    the client."""
    client = CLIENT[sender][family], CLIENT_PORT
    seen = 0
    with socket_in(sender, family, *client) as out, \
            socket_in(receiver, family, VIP[family], PORT) as to:
        for _ in range(COUNT):
            out.sendto(data, (VIP[family], PORT))
        with contextlib.suppress(TimeoutError):
            while seen < COUNT:
                got, source = to.recvfrom(2048)
                seen += (got, source[:2]) == (data, client)
    return seen


def expect(sender, family, data, receiver, reason):
    before = verdicts()
    got = travels(sender, family, data, receiver)
    tap.equal((got, dict(verdicts() - before)), (COUNT, {reason: COUNT}),
              "datagrams that arrived, and verdicts")


class Tunnel:
    """A tunnel device of the kernel, to the server that steers."""

    def __init__(self, name, source, device, encapsulation):
        outer, self.inner, arguments = DEVICES[device]
        self.name, self.outer = name, outer
        ip(name, f"link add tunnel type {arguments} local {source[outer]} "
           f"remote {OWN[outer]} ttl 64 {ENCAPSULATIONS[encapsulation]}",
           "link set tunnel up",
           f"route add {VIP[self.inner]} dev tunnel "
           f"src {CLIENT[name][self.inner]}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        ip(self.name, "link delete tunnel")


def kinds(leave_out):
    """Over IPv6 the kernel's UDP headers have a checksum anyway."""
    return [(d, e) for d, (outer, _, _) in DEVICES.items()
            for e in ENCAPSULATIONS
            if e != leave_out and (outer == 4 or e != "gue, checksum")
            and ("option" not in d or e in ("", "gue"))]


def kernel_to_program(t):
    """Nobody but the program can have taken these out: no tunnel device and no
    port for GUE is there. The peers' tunnels are the program's own; what the
    kernel has besides, remote checksums, is not for it."""
    for device, encapsulation in kinds("gue, remote checksum"):
        with t.case(f"kernel to program: {device}, {encapsulation}"), \
                Tunnel("other", OTHER, device, encapsulation) as tunnel:
            expect("other", tunnel.inner, packet(OF_OTHER[tunnel.outer]),
                   None, "decapsulated")


def open_kernels_tunnels():
    """The other server then takes out whatever comes, for the VIP."""
    ip("other", *(f"link set {d} up" for d in ("tunl0", "sit0", "ip6tnl0")),
       *(f"address add {VIP[f]} dev lo" for f in FAMILIES))
    # at first it takes IPv6 only
    run(["ip", "-6", "tunnel", "change", "ip6tnl0", "mode", "any"], "other")
    for family in ("-4", "-6"):
        run(["ip", family, "fou", "add", "port", str(GUE_PORT), "gue"],
            "other")


def program_to_kernel(t, encapsulation):
    steer("reload", "--config", configure(encapsulation))
    for inner in FAMILIES:
        ip("router", f"route replace {VIP[inner]} via {OWN[inner]}")
        for outer in FAMILIES:
            with t.case(f"program to kernel: {encapsulation}, IPv{inner} in "
                        f"IPv{outer}"):
                expect("router", inner, packet(OF_OTHER[outer]), "other",
                       "steered")
        ip("router", f"route delete {VIP[inner]}")


def kernel_to_kernel(t):
    """A balancer's tunnel that ends at the wrong server: the program sends it
    on to the right one, whose kernel takes it out."""
    for device, encapsulation in kinds(None):
        with t.case(f"kernel to kernel: {device}, {encapsulation}"), \
                Tunnel("router", NEAR, device, encapsulation) as tunnel:
            expect("router", tunnel.inner, packet(OF_OTHER[tunnel.outer]),
                   "other", "steered")


def main():
    tap.isolated_or_skip()
    tap.note(f"Linux {os.uname().release}")
    t = tap.Tap()
    build()
    steer("up", "--config", configure("gue"), "--interface", "eth0")
    kernel_to_program(t)
    open_kernels_tunnels()
    for encapsulation in ("gue", "ipip"):
        program_to_kernel(t, encapsulation)
    kernel_to_kernel(t)
    steer("down")
    sys.exit(t.finish())


if __name__ == "__main__":
    main()
