# SPDX-License-Identifier: BSD-2-Clause
"""What captures of the lab say: each datagram to or from a VIP as it crossed
the bridge, by whom it was sent to whom, in which tunnel, and the CIDs in it."""

import collections
import json
import pathlib
import struct
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lab"))

import frames  # noqa: E402
import lab as lab_module  # noqa: E402
import topology as topo  # noqa: E402

LONG = 0x80             # first bit of a long header
IP = {frames.IPV4: (12, 4), frames.IPV6: (8, 16)}   # of addresses: at, bytes
IN_IP = {4: frames.IPV4, 41: frames.IPV6}   # protocol: what it carries
FILE_HEADER = 24        # bytes
GUE_BYTES = 4           # variant 0, without options: the kernel's
# What may be on its way to a VIP, for tcpdump.
ON_THE_WAY = (f"udp port {topo.PORT} or udp port {frames.GUE_PORT} "
              "or ip proto 4 or ip6 proto 41")

# sender, receiver: who put the frame on the wire, and for whom it is. outer:
# an Outer, if it came in a tunnel; the rest is of the packet inside.
Hop = collections.namedtuple(
    "Hop", "sender receiver ttl source to payload good outer")
# kind: "ipip" or "gue".
Outer = collections.namedtuple("Outer", "kind source to ttl")


def _records(path, start=0):
    """The frames in a pcap file that this machine wrote, or still writes;
    from one that begins at this offset."""
    data, at = pathlib.Path(path).read_bytes(), max(start, FILE_HEADER)
    while at + 16 <= len(data):
        size = struct.unpack("=8xL4x", data[at:at + 16])[0]
        if at + 16 + size > len(data):
            break
        yield data[at + 16:at + 16 + size]
        at += 16 + size


def _destination(data):
    """(address, port) of a frame that frames.parse() understood."""
    kind, packet = struct.unpack("!H", data[12:14])[0], data[14:]
    at, size = IP[kind]
    address = packet[at + size:at + 2 * size]
    udp = 4 * (packet[0] & 15) if kind == frames.IPV4 else 40
    return (str(frames.ipaddress.ip_address(address)),
            struct.unpack("!H", packet[udp + 2:udp + 4])[0])


def _unwrap(data):
    """(Outer or None, the frame as it would be without the tunnel)."""
    kind, packet = struct.unpack("!H", data[12:14])[0], data[14:]
    at, size = IP[kind]
    header = 4 * (packet[0] & 15) if kind == frames.IPV4 else 40
    protocol, ttl = ((packet[9], packet[8]) if kind == frames.IPV4
                     else (packet[6], packet[7]))
    name, inside = "ipip", packet[header:]
    if protocol == frames.UDP and struct.unpack(
            "!H", inside[2:4])[0] == frames.GUE_PORT:
        name, protocol, inside = "gue", inside[9], inside[8 + GUE_BYTES:]
    if protocol not in IN_IP:
        return None, data
    outer = Outer(name, *(str(frames.ipaddress.ip_address(
        packet[a:a + size])) for a in (at, at + size)), ttl)
    return outer, data[:12] + struct.pack("!H", IN_IP[protocol]) + inside


def read(path, names, start=0):
    """The Hops in a capture, in order. `names`: MAC -> name."""
    result = []
    for data in _records(path, start):
        outer, data = _unwrap(data)
        f = frames.parse(data)
        if f:
            result.append(Hop(names.get(f.source), names.get(f.to), f.ttl,
                              (f.address, f.port), _destination(data),
                              f.payload, f.checksums_good, outer))
    return result


def long_header(payload):
    """(DCID, SCID) of a packet with a long header, else None."""
    if not payload[0] & LONG:
        return None
    to = 6 + payload[5]
    return payload[6:to], payload[to + 1:to + 1 + payload[to]]


def short_headers(path, source, start):
    """How many packets with a short header came from there."""
    return sum(h.source == source and not h.payload[0] & LONG
               for h in read(path, {}, start))


class Trace:
    """Two captures of one connection: at the client, and on the bridge."""

    def __init__(self, lab, family, expression=ON_THE_WAY):
        self.lab, self.vip = lab, (topo.VIP[family], topo.PORT)
        self.names = {m: n for n, m in topo.MAC.items()} | {
            s.mac: s.name for s in lab.pool}
        self.paths = {"client": lab.capture("client", "eth0", expression),
                      "bridge": lab.capture("lan", "br0", expression)}
        self.hops = {}

    def so_far(self, binding):
        """How many datagrams IPVS has handed to a server from this binding."""
        return sum(h.source == binding and h.sender == "balancer"
                   for h in read(self.paths["bridge"], self.names))

    def end(self):
        """Stops the captures and reads them."""
        for place, device in (("client", "eth0"), ("lan", "br0")):
            self.lab.stop(f"tcpdump-{place}-{device}")
        self.hops = {place: read(path, self.names)
                     for place, path in self.paths.items()}

    def up(self, sender, receiver, binding):
        """Datagrams to the VIP from this binding, between these two."""
        return [h for h in self.hops["bridge"]
                if (h.sender, h.receiver, h.source, h.to)
                == (sender, receiver, binding, self.vip)]

    def down(self, sender, receiver, binding):
        return [h for h in self.hops["bridge"]
                if (h.sender, h.receiver, h.source, h.to)
                == (sender, receiver, self.vip, binding)]

    def answered(self, sender, binding):
        """What was sent to a binding before the last that came from it: after
        that the NAT may have had another."""
        bridge = self.hops["bridge"]
        end = max(i for i, h in enumerate(bridge) if h.source == binding)
        return [h for h in bridge[:end] if (h.sender, h.receiver, h.source,
                h.to) == (sender, "nat", self.vip, binding)]

    def between(self, binding):
        """(sender, receiver) -> how many frames, either direction."""
        return collections.Counter(
            (h.sender, h.receiver) for h in self.hops["bridge"]
            if binding in (h.source, h.to))

    # -- connection IDs ---------------------------------------------------

    def issued(self, server, binding):
        """The SCIDs in what the server sent, which it chose."""
        headers = [long_header(h.payload)
                   for h in self.down(server, "nat", binding)]
        return {h[1] for h in headers if h}

    def used(self, hops, cid_len):
        """The DCIDs of packets with short headers, in order."""
        return [h.payload[1:1 + cid_len] for h in hops
                if not h.payload[0] & LONG]

    def owners(self, cids):
        """Who has the server IDs in these CIDs, as `quiclb decode` says:
        a list of server names, or of its complaints."""
        config = self.lab.dir / f"{self.lab.pool[0].name}.json"
        told = self.lab.run(
            [lab_module.build_path("tools", "quiclb"), "decode", "--config",
             config, "-"], check=False,
            stdin="".join(c.hex() + "\n" for c in cids)).stdout
        names = _server_ids(json.loads(config.read_text()), self.lab.pool)
        return [names.get(line, line) for line in told.splitlines()]


def _server_ids(config, pool):
    """Server ID -> name of the server."""
    names = {a: s.name for s in pool for a in s.address.values()}
    return {m["server-id"]: names[m["server-address"]]
            for p in config["quiclb:quic-lb"]["server-pool"]
            for m in p["server-id-mappings"]}
