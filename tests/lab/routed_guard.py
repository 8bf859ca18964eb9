# SPDX-License-Identifier: BSD-2-Clause
"""Single packets at servers behind a router, for test_routed.py: servers that
disagree, a balancer that is a server, MTU, and the way to the router. Nobody
forwards more often than the loop guard, or at worst TTL, allows."""

import collections

import routed
import tap
import topology as topo
import tunnels
from tap import equal
from tunnels import BALANCER, RoutedLab
from volleys import TTL, Beliefs, Gone, Volleys, all_ways

MIXES = (("gue", "v4", "v4"), ("gue", "v6", "v6"),
         ("ipip", "v4", "v6"), ("ipip", "v6", "v4"))


def believe(lab, beliefs, changes=None):
    """Every server steers by its own beliefs. `changes`: box -> leaves."""
    for box, owners in beliefs.owners.items():
        lab.steer_one_up(box.name, box, lab.servers, **{
            "server-pool": lab.pool_of(owners), **(changes or {}).get(box, {})})


def expect_all(volleys, vip, beliefs, changes=None):
    believe(volleys.lab, beliefs, changes)
    packets, forwards = volleys.expect(vip, beliefs)
    tap.note(f"{packets} packets, {forwards} forwards")


def disagree(t, volleys, kind, vip, servers):
    lab = volleys.lab
    lab.use(kind, servers)
    boxes = tuple(lab.pool)
    label = f"three disagree, {kind}, {vip} VIP, {servers} servers"
    everyone = all_ways(boxes, dict.fromkeys(boxes, [*boxes, Gone(2)]))
    with t.case(f"{label}: every way to, and an address that is gone"):
        expect_all(volleys, vip, Beliefs(everyone))
    after = {box: boxes[(n + 1) % 3] for n, box in enumerate(boxes)}
    with t.case(f"{label}: none knows who comes before"):
        expect_all(volleys, vip, Beliefs(all_ways(boxes, {
            box: [box, after[box]] for box in boxes})))
    moved = boxes[0]
    address = routed.host(moved.segment, 77)[servers]
    changes = {moved: {"tunnel-address": [address]}}
    everyone = all_ways(boxes, dict.fromkeys(boxes, boxes))
    with t.case(f"{label}: a tunnel's source that nobody knows"):
        expect_all(volleys, vip, Beliefs(everyone, {moved}), changes)
    with t.case(f"{label}: the same, named as tunnel-peer"):
        expect_all(volleys, vip, Beliefs(everyone), {
            **{box: {"tunnel-peer": [address]} for box in boxes}, **changes})
    with t.case(f"{label}: each takes the one before for a balancer that "
                "encapsulates"):
        ring_of_balancers(volleys, vip, boxes, after)


def ring_of_balancers(volleys, vip, boxes, after):
    """The worst that tables can say. Nobody is a peer to the one after, so
    that only TTL ends it: the outer one."""
    lab = volleys.lab
    before = {later: box for box, later in after.items()}
    beliefs = Beliefs({box: {"0102": after[box], "0103": box}
                       for box in boxes})
    changes = {box: {"tunnel-balancer": [before[box].address[lab.servers]]}
               for box in boxes}
    believe(lab, beliefs, changes)
    shot = volleys.shoot_at(vip, boxes[0], "0102")
    tunnelled = [f for f in shot.frames if f.outer]
    total = sum(map(collections.Counter, shot.verdicts.values()),
                collections.Counter())
    tap.note(f"{dict(total)}")
    equal(sorted(f.outer.ttl for f in tunnelled),
          list(range(1, tunnels.OUTER_TTL + 1)), "TTLs on the wire")
    equal({f.ttl for f in tunnelled}, {TTL - 1}, "TTL of the inner packet")
    macs = {box.mac for box in boxes}
    equal(total, {"steered": sum(f.source in macs for f in tunnelled),
                  "ttl": 1}, "verdicts")


def disagreements(t):
    with RoutedLab(3, segments=2) as lab:
        volleys = Volleys(lab)
        for kind, vip, servers in MIXES:
            disagree(t, volleys, kind, vip, servers)


# -- the balancer is a server, too ------------------------------------------

def serve(lab, balancer):
    """Everybody agrees, and the balancer has a server ID."""
    boxes = [*lab.pool, balancer]
    lab.use(lab.kind, lab.servers, {b.server_id: b for b in boxes})
    for box in boxes:
        lab.steer_one_up(box.name, box, lab.servers)


def expect_shot(shot, verdicts, stack, what):
    equal({n: v for n, v in shot.verdicts.items() if v}, verdicts, what)
    equal({n: v for n, v in shot.stacks.items() if v}, stack, what)


def balancer_serves(t, volleys, kind, vip, servers):
    lab = volleys.lab
    lab.use(kind, servers)
    one, two, _ = lab.pool
    label = f"the balancer is a server, {kind}, {vip} VIP, {servers} servers"
    near = routed.NearBalancer()
    with t.case(f"{label}: one forward to others, and from others"):
        serve(lab, near)
        expect_shot(volleys.shoot_at(vip, near, two.server_id, count=10),
                    {"balancer": {"steered": 10}, "rs2": {"decapsulated": 10}},
                    {"rs2": 10}, "to a server behind the router")
        expect_shot(volleys.shoot_at(vip, near, one.server_id, count=10),
                    {"balancer": {"steered": 10}, "rs1": {"local": 10}},
                    {"rs1": 10}, "to a server on its segment")
        expect_shot(volleys.shoot_at(vip, near, near.server_id, count=10),
                    {"balancer": {"local": 10}, "rs1": {"from_peer": 10}},
                    {"rs1": 10}, "its own, that it balances away")
        expect_shot(volleys.shoot_at(vip, two, near.server_id, count=10),
                    {"rs2": {"steered": 10}, "balancer": {"decapsulated": 10},
                     "rs1": {"from_peer": 10}}, {"rs1": 10}, "its own, by rs2")
    far = BALANCER
    with t.case(f"{label}: on none of their segments, TTL is the bound"):
        serve(lab, far)
        for ttl in (5, 64):
            come_back(volleys, vip, far, ttl)


def come_back(volleys, vip, balancer, ttl):
    """It balances its own packet away, and gets it back by the router: no MAC
    address tells rs1 that a peer sent it."""
    shot = volleys.shoot_at(vip, balancer, balancer.server_id, ttl=ttl)
    back = shot.verdicts["balancer"].get("decapsulated", 0)
    tap.note(f"TTL {ttl}: {back} times back, {shot.verdicts}")
    equal(shot.verdicts["rs1"].get("steered", 0), back, "steered by rs1")
    plain = [f.ttl for f in shot.frames if not f.outer]
    equal(sorted(plain, reverse=True), sorted(set(plain), reverse=True),
          "TTLs on the wire")
    assert back <= (ttl - 1) / 2, f"{back} times with TTL {ttl}"


# -- the way to the router --------------------------------------------------

def router_resolved(t, volleys, servers):
    lab = volleys.lab
    lab.use("gue", servers)
    one, two, _ = lab.pool
    for box in (one, BALANCER):
        with t.case(f"{box.name} comes up without its router's MAC address, "
                    f"{servers} servers: it steers"):
            lab.exec(box.name, ["ip", "neigh", "flush", "dev", "eth0"])
            try:
                lab.box_up(box)
                shot = volleys.shoot_at("v4", box, two.server_id)
                equal(shot.verdicts[box.name], {"steered": 1}, "verdicts")
            finally:
                lab.steer_down(check=False)
                lab.talk_to_router()


def longest(t, volleys, kind, vip, servers):
    """What fits to the byte goes, what is longer passes where it is."""
    lab = volleys.lab
    lab.use(kind, servers)
    one, two, _ = lab.pool
    headers = {"v4": 20, "v6": 40}
    room = (routed.MTU - headers[servers] - {"gue": 8, "ipip": 0}[kind]
            - headers[vip] - 8)
    with t.case(f"MTU, {kind}, {vip} VIP, {servers} servers"):
        for box in lab.pool:
            lab.box_up(box)
        shot = volleys.shoot_at(vip, one, two.server_id, size=room)
        expect_shot(shot, {"rs1": {"steered": 1},
                           "rs2": {"decapsulated": 1}}, {"rs2": 1}, "fits")
        shot = volleys.shoot_at(vip, one, two.server_id, size=room + 1)
        expect_shot(shot, {"rs1": {"too_big": 1}}, {"rs1": 1}, "too long")


def single_packets(t):
    with RoutedLab(3, segments=2) as lab:
        volleys = Volleys(lab)
        for servers in topo.FAMILIES:
            router_resolved(t, volleys, servers)
        for mix in MIXES:
            longest(t, volleys, *mix)
        for mix in MIXES[1:3]:
            balancer_serves(t, volleys, *mix)
