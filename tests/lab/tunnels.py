# SPDX-License-Identifier: BSD-2-Clause
"""The lab of routed.py, what crosses its bridges, and what must be true of a
packet that quic-steer sent to a server behind the router."""

import collections
import json

import frames
import routed
import topology as topo
from lab import Lab
from tap import equal

OUTER_TTL = 64
BALANCER = routed.Balancer()
VIPS = {frames.plain(address) for address in topo.VIP.values()}
# no answers: they take the same wires, and are many
ARRIVING = "not (" + " or ".join(
    f"src host {topo.VIP[f]}" for f in topo.FAMILIES) + ")"
# what may become of a client's first packets: it made their DCID up
FIRST = {"unknown_server", "no_config", "reserved", "short_cid"}
ANSWERS = """
table inet answers {
	counter passed { }
	chain prerouting {
		type filter hook prerouting priority filter;
""" + "".join(f"\t\t{topo.NFT_IP[f]} saddr {topo.VIP[f]} counter name passed\n"
              for f in topo.FAMILIES) + "\t}\n}\n"
DATAGRAMS = """
import socket, sys
for address in sys.argv[1:]:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    socket.socket(family, socket.SOCK_DGRAM).sendto(b"", (address, 9))"""


class RoutedLab(Lab):
    """Servers in segments, a router between them."""

    def __init__(self, n_servers=2, segments=None):
        self.layout = routed.Layout(segments or n_servers)
        super().__init__("map", n_servers)

    def _load_rules(self):
        super()._load_rules()
        for name in ("balancer", "router"):
            self._nft(name, ANSWERS)

    def up(self):
        super().up()
        self.talk_to_router()

    def talk_to_router(self):
        """Every box has traffic of its own by its router, as boxes have, and
        knows the router's MAC address from that."""
        for box in (BALANCER, *self.pool):
            beyond = routed.gateway(0 if box.segment else 2)
            self.exec(box.name, ["python3", "-ISc", DATAGRAMS,
                                 *beyond.values()])
            for router in routed.gateway(box.segment).values():
                self.wait_for(lambda b=box, r=router: "lladdr" in self.exec(
                    b.name, ["ip", "neigh", "show", "to", r]).stdout,
                    what=f"router's MAC address on {box.name}")

    def start_servers(self, family, servers=None):
        self.serving = (family, servers)
        super().start_servers(family, servers)

    def restart_servers(self):
        """They forget the connections that they had."""
        self.stop_servers()
        self.start_servers(*self.serving)

    def choose_among(self, pool):
        """From now on the balancer picks these servers only."""
        self._nft("balancer", "flush table inet lab" + topo.balancer_rules(
            pool, self.balancer_kind))

    def answers(self, name):
        """Packets from the VIP that came by here."""
        listing = json.loads(self.exec(name, [
            "nft", "-j", "list", "counter", "inet", "answers",
            "passed"]).stdout)
        return listing["nftables"][-1]["counter"]["packets"]

    def use(self, kind, servers, owners=None):
        """From now on configurations say: this encapsulation, servers by
        their addresses of this family."""
        self.kind, self.servers = kind, servers
        self.leaves["server-pool"] = self.pool_of(
            owners or {s.server_id: s for s in self.pool})

    def pool_of(self, owners):
        pool = topo.server_pool(owners, self.servers)
        pool[0]["encapsulation"] = self.kind
        return pool

    def steer_one_up(self, name, local, family, **changes):
        """As it was, or from now on, by another configuration: loading the
        program takes longer than anything else here."""
        if name not in self.steering:
            return super().steer_one_up(name, local, family, **changes)
        config = self.write_config(name, local, family, **changes)
        return self.steer(name, "reload", "--config", config)

    def box_up(self, box, **changes):
        """A server or the balancer steers; they know each other."""
        tunnels = list(topo.BALANCER.values())
        if box is BALANCER:
            self.steer_one_up(box.name, None, self.servers,
                              **{"tunnel-address": tunnels, **changes})
        else:
            self.steer_one_up(box.name, box, self.servers,
                              **{"tunnel-peer": tunnels, **changes})

    def vip_verdicts(self, family):
        """Box -> {reason: packets to this VIP}."""
        result = {}
        for name in self.steering:
            vips = self.steer_status(name)["vips"]
            row = next(v for v in vips if v["address"] == topo.VIP[family])
            result[name] = collections.Counter(row["packets"])
        return result


class Wires:
    """What has crossed every bridge of a lab, in one list per segment."""

    def __init__(self, lab):
        self.lab = lab
        self.captures = [
            frames.Capture(lab.capture("lan", bridge, ARRIVING), frames.unwrap)
            for bridge in lab.layout.bridges()]
        self.marks = {}

    def mark(self):
        """From now on frames() forgets what was before."""
        self.marks = {n: len(seen) for n, seen in self._read().items()}

    def _read(self):
        return {n: c.read() for n, c in enumerate(self.captures)}

    def frames(self):
        """Segment -> frames."""
        return {n: seen[self.marks.get(n, 0):]
                for n, seen in self._read().items()}

    def tunnels(self, segment):
        return [f for f in self.frames()[segment] if f.outer]


def identities(seen):
    """What steering must not touch, as a multiset; TTLs beside it."""
    return collections.Counter(
        (f.address, f.port, f.destination, f.payload, f.ttl) for f in seen)


def aged(seen):
    """The same, one TTL later."""
    return collections.Counter(
        (f.address, f.port, f.destination, f.payload, f.ttl - 1) for f in seen)


def same(got, want, what):
    """Of multisets; says how many differ, not every byte of them."""
    if got != want:
        raise AssertionError(
            f"{what}: {sum(got.values())} packets, want {sum(want.values())}; "
            f"{sum((got - want).values())} that should not be there, "
            f"{sum((want - got).values())} missing; TTLs "
            f"{sorted({k[-1] for k in got})}, want "
            f"{sorted({k[-1] for k in want})}")


def expect_outer(seen, lab, first, owner, ttl):
    """Every frame's outer header is as the tunnel's, `ttl` left."""
    addresses = frames.plain(first.address[lab.servers]), frames.plain(
        owner.address[lab.servers])
    equal({(f.outer.kind, f.outer.source, f.outer.to, f.outer.ttl)
           for f in seen}, {(lab.kind, *addresses, ttl)}, "outer headers")
    assert all(f.outer.good for f in seen), "a bad outer header"
    assert all(f.checksums_good for f in seen), "a bad inner checksum"


def expect_tunnelled(wires, first, owner, packets):
    """`first` put `packets` of what it got in tunnels to `owner`, the router
    brought them there, and nothing else took that way."""
    lab = wires.lab
    before, after = first.segment, owner.segment
    lab.wait_for(lambda: len(wires.tunnels(after)) >= packets,
                 what="frames in the capture")
    into, out = wires.tunnels(before), wires.tunnels(after)
    equal((len(into), len(out)), (packets, packets), "frames in tunnels")
    equal({(f.source, f.to) for f in into},
          {(first.mac, routed.router_mac(before))}, "MACs to the router")
    equal({(f.source, f.to) for f in out},
          {(routed.router_mac(after), owner.mac)}, "MACs from the router")
    expect_outer(into, lab, first, owner, OUTER_TTL)
    expect_outer(out, lab, first, owner, OUTER_TTL - 1)
    same(identities(out), identities(into), "beyond the router")
    payloads = {f.payload for f in into}
    plain = [f for f in wires.frames()[before]
             if not f.outer and f.to == first.mac and f.payload in payloads]
    same(identities(into), aged(plain), f"from {first.name}")
    expect_nothing_else(wires, {before, after})


def expect_nothing_else(wires, ways=frozenset()):
    """No tunnel on other segments, and nothing for the VIP that the router
    took as it was."""
    for segment, seen in wires.frames().items():
        router = routed.router_mac(segment)
        stray = [f for f in seen if (f.outer and segment not in ways) or (
            not f.outer and f.destination[0] in VIPS
            and router in (f.to, f.source))]
        equal(stray, [], f"stray frames on br{segment}")
