# SPDX-License-Identifier: BSD-2-Clause
"""A download that goes on for as long as a test needs it, from rs1 by way of
rs2, which steers; and its packets gone astray to rs2's QUIC server, which
answers what it does not know by stateless resets. For test_resets.py."""

import contextlib
import os
import struct
import time

import frames
import lab as lab_module
import topology as topo
from lab import Lab

SIZE = 24_000_000 * lab_module.SLOWNESS     # bytes: minutes at RATE
RATE = ["rate", "800kbit", "burst", "4kb", "latency", "50ms"]
IDLE_TIMEOUT = 30 * lab_module.SLOWNESS     # seconds; none is to end by it
PATIENCE = 10 * lab_module.SLOWNESS         # seconds for what must come
DELAY = 3 * lab_module.SLOWNESS     # seconds from handshake to request
SEVERAL = 3     # packets of the client
ROTATION = 6    # codepoint 0b110: 0b11 of two rotation bits is reserved
CID_BYTES = 11
RESET_MIN_BYTES = 21    # RFC 9000 10.3


class StrayLab(Lab):
    """`reset_of`: whose tokens rs2 makes, as number in the pool."""

    def __init__(self, family, reset_of=1):
        super().__init__("nft")
        self.family, self.reset_of = family, self.pool[reset_of]
        self.owner, self.stray = self.pool
        self.leaves = {
            # each packet is decoded, and goes astray if that fails
            "memo-entries": 0,
            "steered-flows": 0,
            "cid-configs": [topo.CID_CONFIG
                            | {"config-rotation-bits": ROTATION}],
        } | self.vips(initial="pass")

    @staticmethod
    def vips(port=topo.PORT, **leaves):
        return {"vip": [{"address": topo.VIP[f], "port": port, **leaves}
                        for f in topo.FAMILIES]}

    def owners(self, address=None, **leaves):
        """The pool, in which rs1 has another address or more leaves."""
        pool = topo.server_pool({s.server_id: s for s in self.pool},
                                self.family)
        pool[0]["server-id-mappings"][0].update(
            {"server-address": address} if address else {}, **leaves)
        return {"server-pool": pool}

    def _server_argv(self, server, family, servers):
        key = self.dir / "reset.key"
        key.write_text(topo.CID_CONFIG["cid-key"][::-1])
        argv = super()._server_argv(server, family, servers)
        if server is self.stray:
            at = argv.index("--server-address") + 1
            argv[at] = self.reset_of.address[servers]
        return argv + ["--reset-key-file", key]

    def up(self):
        super().up()
        self.start_servers(self.family)
        self.steer_up("real-servers", self.family)
        self.wire = frames.Capture(self.capture("lan", "br0", (
            f"udp and (dst port {topo.PORT} or "
            f"(src port {topo.PORT} and ether src {self.stray.mac}))")))
        self.arrived = frames.Capture(self.capture(
            "client", "eth0", f"udp and src port {topo.PORT} and less 120"))

    # -- the download -----------------------------------------------------

    def begin(self):
        """A download from rs1, slowed down there, by a client whose NAT has
        rebound so that its packets come by rs2."""
        self.original = self.root / f"file-{time.monotonic_ns()}"
        self.original.write_bytes(os.urandom(SIZE))
        self.copy = self.dir / "client" / self.original.name
        self.copy.parent.mkdir(exist_ok=True)
        self.bindings_used = []
        self.nat_reset(self.family, self.owner.name)
        self.reset_counters()
        self.exec(self.owner.name, ["tc", "qdisc", "add", "dev", "eth0",
                                    "root", "tbf", *RATE])
        self.start = time.monotonic()
        self.client = self._start_client(
            self.family, self.original.name, self.copy.parent, IDLE_TIMEOUT,
            DELAY)
        self._rebind(self.family, "port", self.start + DELAY)
        self.goes_on()

    def finish(self):
        """Lets the rest come at once; returns a lab.Download."""
        self.full_speed()
        self.wait_for(self.ended, 6 * PATIENCE, "end of the download")
        return self.outcome()

    def outcome(self):
        return self._outcome(self.family, self.client, self.start,
                             self.original, self.copy)

    def full_speed(self):
        self.exec(self.owner.name, ["tc", "qdisc", "del", "dev", "eth0",
                                    "root"])

    def ended(self):
        return self.client.poll() is not None

    def traffic(self):
        """Client's packets that reached rs1, packets that rs1 sent."""
        return (self.received(self.family)[self.owner.name],
                self.sent(self.family)[self.owner.name])

    def until(self, condition, what):
        """Waits while the connection lives."""
        def met():
            if self.ended():
                raise self.error(f"the client has ended before {what}")
            return condition()

        self.wait_for(met, PATIENCE, what)

    def goes_on(self):
        """Packets go both ways between the client and rs1."""
        before = self.traffic()
        self.until(lambda: all(now >= then + SEVERAL for now, then
                               in zip(self.traffic(), before)),
                   "packets between client and rs1")

    def strayed(self):
        """Datagrams that reached rs2's stack."""
        return self.received(self.family)[self.stray.name]

    # -- steering on rs2 --------------------------------------------------

    @contextlib.contextmanager
    def wrong_file(self, **changes):
        self.file(**changes)
        try:
            yield
        finally:
            self.file()

    def file(self, **changes):
        """From now on rs2 steers by this file; nothing: the right one."""
        path = self.write_config(self.stray.name, self.stray, self.family,
                                 **changes)
        self.steer(self.stray.name, "reload", "--config", path)

    def reasons(self):
        """Reason -> packets of rs2, over all VIPs and interfaces."""
        status = self.steer_status(self.stray.name)
        counts = {}
        for row in status["vips"] + status["interfaces"]:
            for reason, n in row["packets"].items():
                counts[reason] = counts.get(reason, 0) + n
        return counts

    # -- resets -----------------------------------------------------------

    def resets(self):
        """How many rs2's server says that it has sent."""
        return self.log(f"server-{self.stray.name}").count("reset sent")

    def resets_on_wire(self):
        """The same, as a capture has them."""
        return {f.payload for f in self.wire.read()
                if f.source == self.stray.mac and f.port == topo.PORT}

    def resets_at_client(self):
        """Those that reached the client."""
        return self.resets_on_wire() & {
            f.payload for f in self.arrived.read()}

    # -- the client's packets ---------------------------------------------

    def packets(self, wanted):
        """Payloads that came from the balancer, oldest first."""
        return [f.payload for f in self.wire.read()
                if f.source == topo.MAC["balancer"] and wanted(f.payload)]

    def short(self):
        """The last 1-RTT packet of the client. Its fixed bit may be 0."""
        return self.packets(lambda p: not p[0] & 0x80)[-1]

    def initial(self):
        """The client's Initial, but to the CID that it has from rs1."""
        first = self.packets(lambda p: p[0] & 0xf0 == 0xc0)[0]
        cid = self.short()[1:1 + CID_BYTES]
        rest = first[6 + first[5]:]
        return (first[:5] + bytes([CID_BYTES]) + cid + rest).ljust(len(first),
                                                                   b"\0")

    def datagram(self, payload, ttl=64):
        """An IP packet from where the client is now."""
        address, port = self.binding[self.family]
        return frames.udp(address, topo.VIP[self.family], (port, topo.PORT),
                          payload, ttl)

    def inject(self, packets, source=topo.MAC["balancer"], to=None):
        """IP packets that the bridge hands to rs2. `source`: the MAC of who
        sent them to the bridge."""
        frames.send(self, "lan", [
            frames.ethernet(to or self.stray.mac, source, packet)
            for packet in packets], self.stray.name)


# -- what the client's packets can be made into -----------------------------

def fragments(packet):
    """The two halves of an IP packet, without options."""
    if packet[0] >> 4 == 6:
        return _fragments6(packet)
    cut, rest = 20 + 24, b""
    for offset, flags, data in ((0, 0x2000, packet[20:cut]),
                                (3, 0, packet[cut:])):
        head = (packet[:2] + struct.pack("!HHH", 20 + len(data), 0x1234,
                                         flags | offset)
                + packet[8:10] + b"\0\0" + packet[12:20])
        total = struct.pack("!H", frames.checksum(head))
        rest += head[:10] + total + head[12:] + data
    return [rest[:cut], rest[cut:]]


def _fragments6(packet):
    halves = []
    for offset, more, data in ((0, 1, packet[40:64]), (24, 0, packet[64:])):
        head = struct.pack("!BBHL", packet[6], 0, offset | more, 0x1234)
        halves.append(packet[:4] + struct.pack("!HB", 8 + len(data), 44)
                      + packet[7:40] + head + data)
    return halves


def with_options(packet, count):
    """An IPv6 packet behind so many headers of destination options."""
    pad = b"\x01\x04" + bytes(4)    # PadN
    chain = b"".join(bytes([following, 0]) + pad for following in
                     [60] * (count - 1) + [packet[6]])
    size = struct.unpack("!H", packet[4:6])[0] + len(chain)
    return (packet[:4] + struct.pack("!HB", size, 60) + packet[7:40] + chain
            + packet[40:])


def longer_than_udp_says(packet):
    """Its UDP header wants 100 bytes more than the IP packet has."""
    at = (20 if packet[0] >> 4 == 4 else 40) + 4
    size = struct.unpack("!H", packet[at:at + 2])[0] + 100
    return packet[:at] + struct.pack("!H", size) + packet[at + 2:]
