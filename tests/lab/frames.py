# SPDX-License-Identifier: BSD-2-Clause
"""Ethernet frames, byte by byte: makes them, sends them from a namespace,
reads them back from a capture. Knows addresses and headers, but no lab."""

import collections
import ipaddress
import struct

IPV4, IPV6, UDP = 0x0800, 0x86dd, 17
IN_IP = {4: 4, 41: 6}   # protocol: the version of the packet behind it
GUE_PORT = 6080
FLOW_PORTS = range(0xc000, 0x10000)     # sources of GUE
DF = 0x4000
SENDER = """
import socket, sys
with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as s:
    s.bind((sys.argv[1], 0))
    for line in sys.stdin:
        s.send(bytes.fromhex(line))
"""

# address, port: of the source. destination: the same of the other end.
# outer: an Outer, where it came in a tunnel; all but to and source are then
# of the packet inside.
Frame = collections.namedtuple(
    "Frame", "to source ttl address port payload checksums_good destination "
    "outer", defaults=[None])
# kind: "gue" or "ipip". good: all that is said about it elsewhere is so.
Outer = collections.namedtuple("Outer", "kind source to ttl good")
# A packet: good is that of its header; df of an IPv4 one.
_Ip = collections.namedtuple("_Ip", "protocol ttl source to good df rest")


def mac_bytes(text):
    return bytes.fromhex(text.replace(":", ""))


def mac_text(data):
    return data.hex(":")


def checksum(data):
    """The Internet checksum (RFC 1071); 0 over data that has a good one."""
    total = sum(struct.unpack(f"!{len(data) // 2}H", data[:len(data) & ~1]))
    total += data[-1] << 8 if len(data) % 2 else 0
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def _udp_sum(source, to, segment):
    pseudo = source + to + struct.pack("!LL", len(segment), UDP)
    return checksum(pseudo + segment)


def udp(source, to, ports, payload, ttl=64, options=b""):
    """An IP packet with a UDP datagram; `options` of IPv4."""
    source, to = (ipaddress.ip_address(a).packed for a in (source, to))
    segment = struct.pack("!HHHH", *ports, 8 + len(payload), 0) + payload
    total = _udp_sum(source, to, segment) or 0xffff
    segment = segment[:6] + struct.pack("!H", total) + segment[8:]
    if len(source) == 16:
        return struct.pack("!LHBB", 6 << 28, len(segment), UDP,
                           ttl) + source + to + segment
    size = 20 + len(options)
    header = struct.pack("!BBHHHBBH", 0x40 + size // 4, 0,
                         size + len(segment), 0, 0, ttl, UDP, 0)
    header += source + to + options
    return (header[:10] + struct.pack("!H", checksum(header)) + header[12:]
            + segment)


def ethernet(to, source, packet, tags=()):
    """`tags`: (ethertype, tag control information) of VLANs, outer first."""
    kind = IPV6 if packet[:1] and packet[0] >> 4 == 6 else IPV4
    head = b"".join(struct.pack("!HH", *tag) for tag in tags)
    return (mac_bytes(to) + mac_bytes(source) + head
            + struct.pack("!H", kind) + packet)


def short_header(cid, size=60):
    """A QUIC packet with a short header: nothing behind the CID means
    anything to whoever has not its keys."""
    return (b"\x40" + bytes.fromhex(cid)).ljust(size, b"\x55")


def long_header(cid, version=1, size=60):
    cid = bytes.fromhex(cid)
    return (struct.pack("!BLB", 0xc0, version, len(cid))
            + cid).ljust(size, b"\x55")


def _ip(kind, packet):
    if kind == IPV4:
        size, end = 4 * (packet[0] & 15), struct.unpack("!H", packet[2:4])[0]
        return _Ip(packet[9], packet[8], packet[12:16], packet[16:20],
                   checksum(packet[:size]) == 0,
                   struct.unpack("!H", packet[6:8])[0] == DF, packet[size:end])
    if kind == IPV6:
        end = 40 + struct.unpack("!H", packet[4:6])[0]
        return _Ip(packet[6], packet[7], packet[8:24], packet[24:40],
                   True, True, packet[40:end])
    return None


def _datagram(data, ip, outer=None):
    ports = struct.unpack("!HH", ip.rest[:4])
    return Frame(mac_text(data[:6]), mac_text(data[6:12]), ip.ttl,
                 str(ipaddress.ip_address(ip.source)), ports[0], ip.rest[8:],
                 ip.good and _udp_sum(ip.source, ip.to, ip.rest) == 0,
                 (str(ipaddress.ip_address(ip.to)), ports[1]), outer)


def parse(data):
    """A Frame, or None if it is not UDP in IP without tags."""
    ip = _ip(struct.unpack("!H", data[12:14])[0], data[14:])
    return _datagram(data, ip) if ip and ip.protocol == UDP else None


def _out_of_tunnel(ip):
    """Kind of the tunnel, packet inside, whether the headers agree; or None:
    it is no tunnel."""
    if ip.protocol in IN_IP:
        return "ipip", ip.rest, IN_IP[ip.protocol] == ip.rest[0] >> 4
    if ip.protocol != UDP:
        return None
    source, to, size, total = struct.unpack("!HHHH", ip.rest[:8])
    if to != GUE_PORT:
        return None
    return "gue", ip.rest[8:], (source in FLOW_PORTS and not total
                                and size == len(ip.rest))


def unwrap(data):
    """As parse(), but of what a tunnel carries (GUE of variant 1, or IP in
    IP), with the outer header beside it."""
    ip = _ip(struct.unpack("!H", data[12:14])[0], data[14:])
    inside = _out_of_tunnel(ip) if ip else None
    if not inside:
        return parse(data)
    kind, packet, good = inside
    inner = _ip({4: IPV4, 6: IPV6}.get(packet[0] >> 4), packet)
    if not inner or inner.protocol != UDP:
        return None
    outer = Outer(kind, str(ipaddress.ip_address(ip.source)),
                  str(ipaddress.ip_address(ip.to)), ip.ttl,
                  good and ip.good and ip.df
                  and len(packet) == _size(inner))
    return _datagram(data, inner, outer)


def _size(ip):
    return len(ip.rest) + (20 if len(ip.source) == 4 else 40)


class Capture:
    """A capture file that may still be growing; frames so far, parsed."""

    def __init__(self, path, reader=parse):
        self.path, self.offset, self.order, self.frames = path, 0, "<", []
        self.reader = reader

    def read(self):
        with open(self.path, "rb") as file:
            file.seek(self.offset)
            data = file.read()
        if not self.offset and len(data) >= 24:
            little = data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1")
            self.order = "<" if little else ">"
            data = data[24:]
            self.offset = 24
        while len(data) >= 16:
            size = struct.unpack(self.order + "L", data[8:12])[0]
            if len(data) < 16 + size:
                break
            self.frames.append(self.reader(data[16:16 + size]))
            self.offset += 16 + size
            data = data[16 + size:]
        return [frame for frame in self.frames if frame]


def send(lab, name, frames, device="eth0"):
    """Puts frames on a wire from inside a namespace of the lab."""
    lab.exec(name, ["python3", "-ISc", SENDER, device],
             stdin="\n".join(f.hex() for f in frames))


def plain(address):
    """An address as frames have it."""
    return str(ipaddress.ip_address(address))
