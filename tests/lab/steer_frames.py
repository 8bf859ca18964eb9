# SPDX-License-Identifier: BSD-2-Clause
"""Frames that arrive at host.py's host, and what must become of them by
steer_configs.py's configurations."""

import subprocess

import frames
import host
from network import build_path
from steer_configs import (FAR, KEY, NEAR, NOBODY_THERE, POLICY_VIPS, SELF,
                           SIX, VIP4, VIP6)

OTHER_MAC = "02:00:00:00:00:21"    # of the interface y0
CLIENT4, CLIENT6 = "198.18.0.7", "2001:db8:2::7"


def cid(server_id, rotation=0):
    if len(server_id) != 6:
        return server_id    # a whole CID
    done = subprocess.run(
        [build_path("tools", "quiclb"), "encode", "--codec", "four-pass",
         "--config-rotation", str(rotation), "--server-id", server_id,
         "--nonce-len", "8", "--key", KEY], capture_output=True, check=True,
        text=True)
    return done.stdout.strip()


def datagram(server_id, family=4, payload=None, source=host.CLIENT_MAC,
             tags=(), port=443, **how):
    """A frame from a client to the VIP, its short header naming a server."""
    client, to = (CLIENT4, VIP4) if family == 4 else (CLIENT6, VIP6)
    if payload is None:
        payload = frames.short_header(cid(server_id))
    packet = frames.udp(client, to, (5000, port), payload, **how)
    return frames.ethernet(host.HOST_MAC, source, packet, tags)


def patched(frame, offset, data):
    return frame[:offset] + data + frame[offset + len(data):]


def with_options(frame, n):
    """An IPv6 frame with n headers of destination options, padding alone."""
    size = int.from_bytes(frame[18:20], "big") + 8 * n
    kinds = [60] * n + [17]
    headers = b"".join(bytes([kind, 0, 1, 4, 0, 0, 0, 0])
                       for kind in kinds[1:])
    return (frame[:18] + size.to_bytes(2, "big") + bytes(kinds[:1])
            + frame[21:54] + headers + frame[54:])


def reason_frames():
    """Name, frame, reason, VIP or None, by the good configuration."""
    four, six = f"{VIP4}:443", f"[{VIP6}]:443"
    yield "own_server_id", datagram(SELF), "local", four
    yield "own_server_id_v6", datagram(SELF, 6), "local", six
    yield "other_port", datagram(SELF, port=444), "not_vip", None
    yield "tcp", patched(datagram(SELF), 23, b"\x06"), "not_vip", None
    yield "arp", patched(datagram(SELF), 12, b"\x08\x06"), "not_vip", None
    yield "broadcast", patched(datagram(NEAR), 0, b"\xff" * 6), \
        "not_vip", None
    yield "shortest", bytes(14), "not_vip", None
    yield "longest", datagram(SELF).ljust(4096, b"\0"), "local", four
    yield "peer", datagram(NEAR, source=host.NEAR_MAC), "from_peer", four
    yield "another_hosts_mac", patched(datagram(NEAR), 0, frames.mac_bytes(
        OTHER_MAC)), "other_host", four
    yield "rotation_7", datagram("e0" + "11" * 11), "reserved", four
    yield "rotation_3", datagram(NEAR, payload=frames.short_header(
        cid(NEAR, 3))), "no_config", four
    yield "long_header_cid_of_3_bytes", datagram("", payload=(
        frames.long_header("000102"))), "short_cid", four
    yield "long_header_without_cid", datagram("", payload=(
        frames.long_header(""))), "short_cid", four
    yield "short_header_cut", datagram("", payload=b"\x40" + bytes(11)), \
        "short_cid", four
    yield "unknown_server_id", datagram("0a0bff"), "unknown_server", four
    yield "cut_behind_udp", datagram(SELF)[:42], "truncated", None
    yield "cut_in_ip", datagram(SELF, 6)[:50], "truncated", None
    yield "empty_datagram", datagram("", payload=b""), "truncated", four
    yield "first_fragment", patched(datagram(SELF), 20, b"\x20\x00"), \
        "fragment", None
    yield "later_fragment_v6", patched(datagram(SELF, 6), 20, b"\x2c"), \
        "fragment", None
    yield "five_options_headers", with_options(datagram(SELF, 6), 5), \
        "ext_headers", None
    yield "four_options_headers", with_options(datagram(SELF, 6), 4), \
        "local", six
    yield "server_without_mac", datagram(NOBODY_THERE), "no_neighbour", four
    yield "tagged_to_another_interface", datagram(
        FAR, tags=[(0x8100, 0x2007)]), "no_neighbour", four
    yield "own_icmp_error", icmp_error(SELF), "local", four
    yield "icmp_error_about_a_short_quote", icmp_error(NEAR, quoted=28), \
        "short_cid", four
    yield "icmp_error_about_nobodys", icmp_error("", scid=cid("0a0bff")), \
        "unknown_server", four
    yield "icmp_echo", icmp_error(NEAR, kind=8), "not_vip", None
    yield "tunnel_of_a_stranger", in_tunnel(datagram(SELF),
                                            source="198.51.100.77"), \
        "not_vip", None
    yield "tunnel_to_another_port", in_tunnel(datagram(SELF), port=6081), \
        "not_vip", None
    yield "tunnel_to_another_host", in_tunnel(datagram(SELF),
                                              to="192.0.2.12"), \
        "not_vip", None
    yield "tunnel_with_something_else", in_tunnel(datagram(SELF, port=444)), \
        "not_vip", None
    yield "ttl_1", datagram(NEAR, ttl=1), "ttl", four
    yield "hop_limit_1", datagram(NEAR, 6, ttl=1), "ttl", six


ETHERNET, PEER = 14, "198.51.100.2"     # FAR's address


def in_tunnel(frame, gue=True, source=PEER, to="192.0.2.11", port=6080):
    """A frame's packet in GUE or IP in IP over IPv4."""
    packet = frame[ETHERNET:]
    outer = frames.udp(source, to, (50000, port), packet)
    if not gue:
        kind = 4 if packet[0] >> 4 == 4 else 41
        size = (20 + len(packet)).to_bytes(2, "big")
        head = outer[:2] + size + outer[4:9] + bytes([kind, 0, 0]) + outer[12:20]
        total = frames.checksum(head).to_bytes(2, "big")
        outer = head[:10] + total + head[12:] + packet
    return frames.ethernet(host.HOST_MAC, host.CLIENT_MAC, outer)


def icmp_error(server_id, family=4, quoted=None, kind=None, scid=None):
    """A router's error about a long header that a server sent from the VIP;
    the quote may be cut, or have another type."""
    vip, client = (VIP4, CLIENT4) if family == 4 else (VIP6, CLIENT6)
    issued = bytes.fromhex(scid if scid is not None else cid(server_id))
    payload = (b"\xe0\0\0\0\x01\x04abcd" + bytes([len(issued)])
               + issued).ljust(100, b"\x55")
    sent = frames.udp(vip, client, (443, 5000), payload)[:quoted]
    kind = kind or {4: 3, 6: 1}[family]
    message = bytes([kind]) + bytes(7) + sent
    carrier = frames.udp("198.18.0.1" if family == 4 else "2001:db8:2::1",
                         vip, (0, 0), message[8:])
    size = 20 if family == 4 else 40
    head = patched(carrier[:size], 9 if family == 4 else 6,
                   b"\x01" if family == 4 else b"\x3a")
    if family == 4:
        head = patched(head, 10, b"\0\0")
        head = patched(head, 10, frames.checksum(head).to_bytes(2, "big"))
    return frames.ethernet(host.HOST_MAC, host.CLIENT_MAC, head + message)


def tunnel_frames():
    """Name, frame, VIP, frame as it leaves: what is taken out of tunnels."""
    for family, vip in ((4, f"{VIP4}:443"), (6, f"[{VIP6}]:443")):
        for name, gue in (("gue", True), ("ipip", False)):
            # whosever it is: the peer has decided
            for whose, server_id in (("own", SELF), ("anothers", NEAR)):
                frame = datagram(server_id, family)
                yield (f"{whose}_v{family}_in_{name}",
                       in_tunnel(frame, gue), vip, frame)


def icmp_frames():
    """Name, frame, verdict, VIP, offset of TTL: errors that are sent on."""
    four, six = f"{VIP4}:443", f"[{VIP6}]:443"
    yield "unreachable", icmp_error(NEAR), "TX", four, "near", 22
    yield "time_exceeded", icmp_error(NEAR, kind=11), "TX", four, "near", 22
    yield "for_the_other", icmp_error(FAR), "REDIRECT", four, "far", 22
    yield "too_big_v6", icmp_error(NEAR, 6, kind=2), "TX", six, "near", 21


def policy_frames():
    """Name, frame, verdict, reason, VIP, by the configuration with policies.
    What is steered goes to x0 or y0, whichever its server is on."""
    def row(name, policy, payload, verdict, reason):
        port = POLICY_VIPS[policy][0]
        return (f"{name}_{policy}", datagram("", payload=payload, port=port),
                verdict, reason, f"{VIP4}:{port}")

    def initial(server_id, token=b"\0", kind=0, version=1):
        head = frames.long_header(cid(server_id), version, 0)
        return (bytes([0xc0 | kind << 4]) + head[1:] + b"\0"
                + token).ljust(60, b"\x55")

    down, drains, own = (frames.short_header(cid(i))
                         for i in (NEAR, FAR, SELF))
    for policy in POLICY_VIPS:
        verdict, reason = {"steer": ("TX", "steered"),
                           "drop": ("DROP", "server_down")}.get(
                               policy, ("PASS", "server_down"))
        yield row("server_down", policy, down, verdict, reason)
        yield row("server_draining", policy, drains, "REDIRECT", "steered")
        yield row("own_server_down", policy, own, "PASS", "local")
    for name, payload in (
        ("initial", initial(FAR)),
        ("initial_of_nobody", initial("0a0bff")),
        ("initial_v2", initial(FAR, kind=1, version=0x6b3343cf)),
        ("0_rtt", initial(FAR, kind=1)),
    ):
        yield row(name, "pass", payload, "PASS", "initial_passed")
    for name, payload in (
        ("initial_after_retry", initial(FAR, b"\x20")),
        ("handshake", initial(FAR, kind=2)),
        ("unknown_version", initial(FAR, version=0x1a2a3a4a)),
    ):
        yield row(name, "pass", payload, "REDIRECT", "steered")
    yield row("initial", "local", initial(FAR), "REDIRECT", "steered")
    yield row("stun", "demultiplex", b"\0\x01" + bytes(18), "PASS",
              "not_quic")
    yield row("grease", "demultiplex", b"\0" + drains[1:], "PASS",
              "not_quic")
    yield row("grease", "local", b"\0" + drains[1:], "REDIRECT", "steered")


def steered_frames():
    """Name, frame, interface, action, which way it leaves, offset of TTL."""
    vlans = [(0x88a8, 0x0064), (0x8100, 0x2007)]
    return (
        ("same_interface", datagram(NEAR), "x0", "TX", "near", 22),
        ("other_interface", datagram(FAR), "x0", "REDIRECT", "far", 22),
        ("arrived_on_the_other", patched(datagram(FAR), 0, frames.mac_bytes(
            OTHER_MAC)), "y0", "TX", "far", 22),
        ("v6", datagram(NEAR, 6), "x0", "TX", "near", 21),
        ("v6_server_of_v4_vip", datagram(SIX), "x0", "TX", "near", 22),
        ("v6_to_v4_server", datagram(FAR, 6), "x0", "REDIRECT", "far", 21),
        ("long_header", datagram("", payload=frames.long_header(cid(NEAR))),
         "x0", "TX", "near", 22),
        ("unknown_version", datagram("", payload=frames.long_header(
            cid(NEAR), 0xdabadaba)), "x0", "TX", "near", 22),
        ("ip_options", datagram(NEAR, options=b"\x01" * 8), "x0", "TX",
         "near", 22),
        ("vlan", datagram(NEAR, tags=vlans[1:]), "x0", "TX", "near", 26),
        ("two_vlans", datagram(NEAR, 6, tags=vlans), "x0", "TX", "near", 29),
    )


def steered(frame, to, ttl_at):
    """The frame with other MACs and one hop less, a good header checksum."""
    macs = {"near": (host.NEAR_MAC, host.HOST_MAC),
            "far": (host.FAR_MAC, OTHER_MAC)}[to]
    left = patched(frame, 0, b"".join(map(frames.mac_bytes, macs)))
    left = patched(left, ttl_at, bytes([frame[ttl_at] - 1]))
    start = ttl_at - 8
    if frame[start] >> 4 != 4:
        return left
    size = 4 * (frame[start] & 15)
    left = patched(left, start + 10, b"\0\0")
    total = frames.checksum(left[start:start + size])
    return patched(left, start + 10, total.to_bytes(2, "big"))
