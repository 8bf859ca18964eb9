# SPDX-License-Identifier: BSD-2-Clause
"""Many packets at once at servers of a routed lab that disagree about who owns
which server ID, and what must become of each of them."""

import collections
import dataclasses
import itertools

import frames
import routed
import shots
import topology as topo
from tap import equal
from tunnels import OUTER_TTL, Wires

TTL = 64
COPIES = 2      # of every packet: one of them may not do for both
PASSED = {"local", "from_peer", "decapsulated", "no_neighbour"}

# hops: (from, to) in order. end: (box, reason), or None where a packet is
# lost: tunnels that nobody takes off.
Way = collections.namedtuple("Way", "hops end")


@dataclasses.dataclass(frozen=True)
class Gone:
    """An address that a server had once; nobody has it now."""
    segment: int
    name = "gone"

    @property
    def address(self):
        return routed.host(self.segment, 99)


@dataclasses.dataclass
class Beliefs:
    """`owners`: box -> {server ID: who has it}. `strangers`: boxes whose
    tunnels nobody takes for a peer's."""
    owners: dict
    strangers: set = dataclasses.field(default_factory=set)

    def trusts(self, box, sender):
        return (sender in self.owners[box].values()
                and sender not in self.strangers)

    def way(self, box, server_id):
        """What the loop guard allows for a packet that comes to this box."""
        hops, came = [], None
        while True:
            by_router = came and came.segment != box.segment
            if by_router:
                return Way(hops, (box, "decapsulated")
                           if self.trusts(box, came) else None)
            owner = self.owners[box][server_id]
            if owner is box:
                return Way(hops, (box, "local"))
            if came in self.owners[box].values():
                return Way(hops, (box, "from_peer"))
            if isinstance(owner, Gone) and owner.segment == box.segment:
                return Way(hops, (box, "no_neighbour"))
            hops = [*hops, (box, owner)]
            if isinstance(owner, Gone):
                return Way(hops, None)
            came, box = box, owner


def all_ways(boxes, choices):
    """Every way to disagree: one server ID for each. `choices`: box -> whom
    it may take for the owner."""
    combinations = itertools.product(*[choices[box] for box in boxes])
    owners = {box: {} for box in boxes}
    for number, combination in enumerate(combinations):
        for box, owner in zip(boxes, combination):
            owners[box][f"01{number:02x}"] = owner
    return owners


class Volleys(shots.Range):
    """A Range that sees all bridges of a routed lab."""

    def __init__(self, lab):
        self.lab, self.port, self.cids = lab, shots.FIRST_PORT, {}
        self.wires = Wires(lab)
        self.captures = self.wires.captures

    def cid(self, server_id):
        if server_id not in self.cids:
            self.cids[server_id] = super().cid(server_id)
        return self.cids[server_id]

    def packet(self, family, server_id, ttl=TTL):
        """With a source port of its own, which is returned as well."""
        self.port += 1
        return self.port, frames.udp(
            topo.PUBLIC[family][0], topo.VIP[family], (self.port, topo.PORT),
            frames.short_header(self.cid(server_id)), ttl)

    def shoot_at(self, family, box, server_id, **how):
        """One shot at a box, by whoever hands it VIP packets."""
        segment = box.segment
        if box.name == "balancer":
            how |= {"sender": "nat"}
        else:
            how |= {"device": f"eth{segment}",
                    "source": routed.balancer_mac(segment)}
        mac = topo.MAC["balancer"] if box.name == "balancer" else box.mac
        return self.shoot(family, mac, server_id, **how)

    def fire(self, family, targets):
        """Sends COPIES of a packet to each (box, server ID) as the balancer
        would. Port -> (box, server ID), in order."""
        fired, wires = {}, {}
        for box, server_id in targets:
            port, packet = self.packet(family, server_id)
            fired[port] = (box, server_id)
            wires.setdefault(box.segment, []).append(frames.ethernet(
                box.mac, routed.balancer_mac(box.segment), packet))
        for segment, sent in wires.items():
            frames.send(self.lab, "balancer", sent * COPIES, f"eth{segment}")
        return fired

    def from_boxes(self, ports):
        """Frames of these ports, but for those that the balancer or the
        router sent."""
        macs = {s.mac for s in self.lab.pool}
        return [f for c in self.captures for f in c.read()
                if f.port in ports and f.source in macs]

    def hops_seen(self, ports):
        """Port -> multiset of (from, to), by names."""
        by_mac = {s.mac: s.name for s in self.lab.pool}
        by_address = {frames.plain(s.address[self.lab.servers]): s.name
                      for s in [*self.lab.pool, *map(Gone, (1, 2))]}
        seen = collections.defaultdict(collections.Counter)
        for f in self.from_boxes(ports):
            to = (by_address.get(f.outer.to) if f.outer
                  else by_mac.get(f.to, f.to))
            seen[f.port][by_mac[f.source], to] += 1
        return seen

    def arrived(self, family, ports):
        """Port -> multiset of servers whose stacks got it."""
        seen = collections.defaultdict(collections.Counter)
        for s in self.lab.pool:
            for a in self.lab.arrivals(s.name, family):
                if a.port in ports:
                    seen[a.port][s.name] += a.packets
        return seen

    def expect(self, family, beliefs):
        """Sends to every box a packet for every server ID: each must take the
        way that the guard allows, by wires, counters and stacks. Returns the
        number of packets and of forwards."""
        targets = [(box, server_id) for box, owners in beliefs.owners.items()
                   for server_id in owners]
        before = self.lab.vip_verdicts(family)
        fired = self.fire(family, targets)
        self.quiet(lambda: [f for c in self.captures for f in c.read()])
        after = self.lab.vip_verdicts(family)
        ways = {port: beliefs.way(*target) for port, target in fired.items()}
        self._expect_hops(ways, fired)
        self._expect_arrivals(family, ways, fired)
        verdicts = {name: {r: n for r, n in (after[name] - was).items()}
                    for name, was in before.items()}
        equal(verdicts, _verdicts(ways, verdicts), "verdicts")
        self._expect_headers(ways)
        return COPIES * len(fired), COPIES * sum(
            len(way.hops) for way in ways.values())

    def _expect_hops(self, ways, fired):
        seen = self.hops_seen(fired)
        for port, way in ways.items():
            want = collections.Counter()
            for one, other in way.hops:
                want[one.name, other.name] += COPIES
            equal(dict(seen[port]), dict(want),
                  f"forwards, {_say(fired[port])}")

    def _expect_arrivals(self, family, ways, fired):
        seen = self.arrived(family, fired)
        for port, way in ways.items():
            got = {way.end[0].name: COPIES} if way.end else {}
            equal(dict(seen[port]), got, f"stacks, {_say(fired[port])}")

    def _expect_headers(self, ways):
        for f in self.from_boxes(ways):
            senders = [one.mac for one, _ in ways[f.port].hops]
            equal(f.ttl, TTL - 1 - senders.index(f.source), "TTL")
            assert f.checksums_good, f"a bad checksum: {f}"
            if f.outer:
                equal((f.outer.kind, f.outer.ttl, f.outer.good),
                      (self.lab.kind, OUTER_TTL, True), "outer header")


def _say(target):
    box, server_id = target
    return f"ID {server_id} that came to {box.name}"


def _verdicts(ways, boxes):
    total = {name: collections.Counter() for name in boxes}
    for way in ways.values():
        for one, _ in way.hops:
            total[one.name]["steered"] += COPIES
        if way.end:
            assert way.end[1] in PASSED
            total[way.end[0].name][way.end[1]] += COPIES
    return {name: dict(counts) for name, counts in total.items()}
