#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Has the kernel's own tunnel devices send captured QUIC packets to a real
server, and captures what comes out of the wire there. For make.py, inside a
virtual machine: kernels without these devices are common.

    balancer, peer (eth0) ---- br0 in host, where 192.0.2.10 is

Prints one line per frame: kind of tunnel, sender, the packet's name as it was
given, the frame in hex.
"""

import json
import pathlib
import socket
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / "lab"))

import isolate  # noqa: E402

HOST = {4: "192.0.2.10", 6: "2001:db8:1::10"}
SENDERS = {"balancer": {4: "192.0.2.99", 6: "2001:db8:1::99"},
           "peer": {4: "192.0.2.20", 6: "2001:db8:1::20"}}
N_PACKETS = {"balancer": 3, "peer": 1}
CLIENT = {4: "198.51.100.7", 6: "2001:db8:7::7"}
VIP = {4: "203.0.113.80", 6: "2001:db8:80::80"}
# Device: family of the outer packet, of the inner one, arguments of ip(8). An
# ip6tnl puts a header with an option in front, unless it is told not to.
NO_OPTION = " encaplimit none"
DEVICES = {
    "ipip": (4, 4, "ipip"), "sit": (4, 6, "sit"),
    "ipip6": (6, 4, "ip6tnl mode ipip6" + NO_OPTION),
    "ip6ip6": (6, 6, "ip6tnl mode ip6ip6" + NO_OPTION),
    "ipip6-option": (6, 4, "ip6tnl mode ipip6"),
}
UDP = "encap {} encap-sport auto encap-dport 6080"
# What is behind the device's own arguments.
ENCAPSULATIONS = {
    "": "", "gue": UDP.format("gue"), "gue-csum": UDP.format("gue")
    + " encap-csum", "gue-remcsum": UDP.format("gue") + " encap-remcsum",
    "fou": UDP.format("fou"),
}


def run(*argv):
    done = subprocess.run(argv, text=True, capture_output=True, timeout=60,
                          check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(argv)}: {done.stderr}")


def ip(line, name=None):
    run("ip", *(["-n", name] if name else []), *line.split())


def build():
    ip("link add br0 address 02:00:00:00:00:01 type bridge stp_state 0")
    for n, (name, addresses) in enumerate(SENDERS.items()):
        ip(f"netns add {name}")
        ip(f"link add eth0 address 02:00:00:00:0a:0{n} netns {name} type veth "
           f"peer name {name}")
        run("nsenter", f"--net={isolate.NETNS_DIR}/{name}", "ethtool", "-K",
            "eth0", "tx", "off")
        ip(f"link set {name} master br0 up")
        for device in ("lo", "eth0"):
            ip(f"link set {device} up", name)
        ip(f"address add {addresses[4]}/24 dev eth0", name)
        ip(f"address add {addresses[6]}/64 dev eth0 nodad", name)
        ip(f"address add {CLIENT[4]}/32 dev lo", name)
        ip(f"address add {CLIENT[6]}/128 dev lo nodad", name)
    ip("link set br0 up")
    ip(f"address add {HOST[4]}/24 dev br0")
    ip(f"address add {HOST[6]}/64 dev br0 nodad")


# The sender, in its namespace: payloads in hex to the VIP.
SENDER = """
import socket, sys
client, vip, *payloads = sys.argv[1:]
family = socket.AF_INET6 if ":" in vip else socket.AF_INET
with socket.socket(family, socket.SOCK_DGRAM) as s:
    s.bind((client, 40007))
    for payload in payloads:
        s.sendto(bytes.fromhex(payload), (vip, 443))
"""


class Wire:
    """Tunnel packets for this host."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW,
                                    socket.htons(3))
        self.socket.bind(("br0", 3))

    def frame(self, payload):
        """The next one that ends with the payload."""
        self.socket.settimeout(5)
        while True:
            frame, sender = self.socket.recvfrom(4096)
            ours = sender[2] == socket.PACKET_HOST  # not ICMP errors of ours
            if ours and frame.endswith(payload):
                return frame


def tunnel(wire, sender, device, kind, packets):
    outer, inner, arguments = DEVICES[device]
    ip(f"link add tunnel type {arguments} local {SENDERS[sender][outer]} "
       f"remote {HOST[outer]} ttl 64 dev eth0 {ENCAPSULATIONS[kind]}", sender)
    ip("link set tunnel up", sender)
    ip(f"route add {VIP[inner]} dev tunnel src {CLIENT[inner]}", sender)
    sent = dict(list(packets.items())[:N_PACKETS[sender]])
    run("nsenter", f"--net={isolate.NETNS_DIR}/{sender}", "python3", "-ISc",
        SENDER, CLIENT[inner], VIP[inner], *sent.values())
    for name, payload in sent.items():
        frame = wire.frame(bytes.fromhex(payload))
        print("-".join(filter(None, (device, kind))), sender, name,
              frame.hex(), flush=True)
    ip("link delete tunnel", sender)


def main():
    packets = json.loads(pathlib.Path(sys.argv[1]).read_text())
    isolate.enter()
    build()
    time.sleep(1)
    wire = Wire()
    for device in DEVICES:
        for kind in ENCAPSULATIONS:
            for sender in SENDERS:
                tunnel(wire, sender, device, kind, packets)


if __name__ == "__main__":
    main()
