# SPDX-License-Identifier: BSD-2-Clause
"""Ethernet frames, byte by byte: makes them, sends them from a namespace,
reads them back from a capture. Knows addresses and headers, but no lab."""

import collections
import ipaddress
import struct

IPV4, IPV6, UDP = 0x0800, 0x86dd, 17
SENDER = """
import socket, sys
with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as s:
    s.bind((sys.argv[1], 0))
    for line in sys.stdin:
        s.send(bytes.fromhex(line))
"""

Frame = collections.namedtuple(
    "Frame", "to source ttl address port payload checksums_good")


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


def parse(data):
    """A Frame, or None if it is not UDP in IP without tags."""
    kind, packet = struct.unpack("!H", data[12:14])[0], data[14:]
    if kind == IPV4 and packet[9] == UDP:
        size, ttl = 4 * (packet[0] & 15), packet[8]
        end = struct.unpack("!H", packet[2:4])[0]
        source, to = packet[12:16], packet[16:20]
        good = checksum(packet[:size]) == 0
    elif kind == IPV6 and packet[6] == UDP:
        size, ttl, good = 40, packet[7], True
        end = size + struct.unpack("!H", packet[4:6])[0]
        source, to = packet[8:24], packet[24:40]
    else:
        return None
    segment = packet[size:end]
    return Frame(mac_text(data[:6]), mac_text(data[6:12]), ttl,
                 str(ipaddress.ip_address(source)),
                 struct.unpack("!H", segment[:2])[0], segment[8:],
                 good and _udp_sum(source, to, segment) == 0)


class Capture:
    """A capture file that may still be growing; frames so far, parsed."""

    def __init__(self, path):
        self.path, self.offset, self.order, self.frames = path, 0, "<", []

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
            self.frames.append(parse(data[16:16 + size]))
            self.offset += 16 + size
            data = data[16 + size:]
        return [frame for frame in self.frames if frame]


def send(lab, name, frames, device="eth0"):
    """Puts frames on a wire from inside a namespace of the lab."""
    lab.exec(name, ["python3", "-ISc", SENDER, device],
             stdin="\n".join(f.hex() for f in frames))
