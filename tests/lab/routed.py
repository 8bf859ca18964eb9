# SPDX-License-Identifier: BSD-2-Clause
"""The network of topology.py with its servers on L2 segments of their own and
a router between them, on paper: text for ip(8) and sysctl(8). Runs nothing.

    client --- nat --- br0 ---------- balancer
                        |              |    |
                      router ------- br1   br2 ...
                        | |           |     |
                        | +--- br1   rs1   rs2
                        +----- br2

The balancer has a leg on every segment and hands VIP packets over unchanged,
as IPVS direct routing does. Answers go by the router to the NAT, past the
balancer. From server to server a packet goes by the router, too; and so does
what the balancer sends to a server's own address, but for those on its own
segment, the first. To the router the VIP is behind the balancer.
"""

import dataclasses

import topology as topo
from topology import FAMILIES, PREFIX, WHOLE

OWN_SEGMENT = 1     # the balancer's
MTU = 1600          # room for tunnels around what a client may send


def host(segment, number):
    """Family -> address of a host on a segment; br0 is segment 0."""
    return {"v4": f"198.51.{100 + segment}.{number}",
            "v6": f"2001:db8:1:{segment or ''}::{number}".replace(":::", "::")}


@dataclasses.dataclass(frozen=True)
class Server(topo.Server):
    segment: int

    @property
    def address(self):
        return host(self.segment, 10 + self.number)


class Balancer(topo.Balancer):
    segment = 0


class NearBalancer(Balancer):
    """By its address on its own segment of servers."""
    segment, address = OWN_SEGMENT, host(OWN_SEGMENT, 3)
    mac = topo.mac(0x30 + OWN_SEGMENT)


ROUTER = host(0, 4)


def net(segment, family):
    return {"v4": f"198.51.{100 + segment}.0/24",
            "v6": f"2001:db8:1:{segment}::/64"}[family]


def gateway(segment):
    return host(segment, 1) if segment else ROUTER


def balancer_mac(segment):
    return topo.mac(0x30 + segment)


def router_mac(segment):
    return topo.mac(0x40 + segment)


class Layout:
    """`segments`: how many there are; servers take them in turn."""

    def __init__(self, segments):
        self.segments = range(1, segments + 1)

    def servers(self, count):
        return [Server(n + 1, n % len(self.segments) + 1)
                for n in range(count)]

    def namespaces(self, pool):
        return topo.namespaces(pool) + ["router"]

    def bridges(self):
        return ["br0"] + [f"br{n}" for n in self.segments]

    def steering_ports(self, pool):
        return (topo.steering_ports(pool)
                + [f"balancer{n}" for n in self.segments])

    def interfaces(self, name):
        return ["eth0"] + [f"eth{n}" for n in self.segments
                           if name == "balancer"]

    def links(self, pool):
        legs = [topo.veth("router", "eth0", "lan", "router", router_mac(0),
                          MTU)]
        for n in self.segments:
            legs += [topo.veth(name, f"eth{n}", "lan", f"{name}{n}", mac(n),
                               MTU)
                     for name, mac in (("balancer", balancer_mac),
                                       ("router", router_mac))]
        return topo.links(pool, MTU) + legs

    def batches(self, pool, kind):
        result = topo.batches(pool, kind)
        result.update({s.name: _server_batch(s) for s in pool})
        result.update(lan=self._lan_batch(pool), router=self._router_batch(),
                      balancer=self._balancer_batch(pool))
        return result

    def _lan_batch(self, pool):
        ports = {"br0": ["nat", "balancer", "router"]}
        for n in self.segments:
            ports[f"br{n}"] = [f"balancer{n}", f"router{n}"] + [
                s.name for s in pool if s.segment == n]
        return [line for bridge, members in ports.items()
                for line in topo.bridge(bridge, members)]

    def _router_batch(self):
        lines = topo.links_up("eth0", *[f"eth{n}" for n in self.segments])
        for f in FAMILIES:
            lines.append(topo.add_address(f, ROUTER[f], "eth0", PREFIX[f]))
            lines += [topo.add_address(f, gateway(n)[f], f"eth{n}", PREFIX[f])
                      for n in self.segments]
            lines.append(f"route add {topo.VIP[f]}/{WHOLE[f]} "
                         f"via {topo.BALANCER[f]}")
        return lines

    def _balancer_batch(self, pool):
        lines = topo.links_up("eth0", *[f"eth{n}" for n in self.segments])
        for f in FAMILIES:
            lines.append(topo.add_address(f, topo.BALANCER[f], "eth0",
                                          PREFIX[f]))
            lines.append(topo.add_address(f, host(OWN_SEGMENT, 3)[f],
                                          f"eth{OWN_SEGMENT}", PREFIX[f]))
            lines.append(f"route add default via {topo.PUBLIC[f][0]}")
            # first: IPv6 refuses an onlink way that contradicts another
            lines += [f"route add default via {s.address[f]} "
                      f"dev eth{s.segment} onlink table {100 + s.number}"
                      for s in pool]
            lines += [f"route add {net(n, f)} via {ROUTER[f]}"
                      for n in self.segments if n != OWN_SEGMENT]
        return lines


def _server_batch(server):
    lines = topo.links_up("eth0")
    for f in FAMILIES:
        lines.append(topo.add_address(f, server.address[f], "eth0", PREFIX[f]))
        lines.append(topo.add_address(f, topo.VIP[f], "lo", WHOLE[f]))
        lines.append(f"route add default via {gateway(server.segment)[f]}")
    return lines
