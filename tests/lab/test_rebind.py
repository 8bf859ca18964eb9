#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A NAT rebinding that makes the balancer choose another server: without
steering the connection is lost, with steering it lives. Two families, two
balancers, two ways to rebind, two places to steer from; and a VIP of another
family than the servers' own addresses."""

import lab as lab_module
import parts
import tap
import topology as topo
from lab import Lab

REBINDINGS = ("port", "address")


def expect(condition, what, download):
    if not condition:
        raise AssertionError(f"{what}: {download}")


def lives(lab, family, rebinding):
    got = lab.download(family, rebinding)
    if not got.ok:
        raise lab.error(f"the download failed: {got}")
    return got


def lost(lab, family, rebinding):
    """The other server got the packets, and they did the client no good."""
    got = lab.download(family, rebinding)
    expect(not got.ok, "the download survived", got)
    others = [n for name, n in got.received.items() if name != got.server]
    expect(any(others), "no packet went to another server", got)


def counted(lab, family, rebinding):
    """A download that lives, and what each steering box counted for it:
    box -> {reason: packets}."""
    before = {name: lab.verdicts(name) for name in lab.steering}
    got = lives(lab, family, rebinding)
    counts = {name: {reason: n - before[name].get(reason, 0)
                     for reason, n in lab.verdicts(name).items()}
              for name in lab.steering}
    return got, {name: {r: n for r, n in c.items() if n}
                 for name, c in counts.items()}


def count(verdicts, name, reason):
    return verdicts[name].get(reason, 0)


def steered_by_nobody(lab, family, rebinding):
    got, verdicts = counted(lab, family, rebinding)
    expect(count(verdicts, got.server, "local"), f"none local: {verdicts}",
           got)
    for name in verdicts:
        expect(not count(verdicts, name, "steered"),
               f"{name} steered: {verdicts}", got)


def steered_by_peer(lab, family, rebinding):
    """All packets reached one server's stack, the later ones from a peer."""
    got, verdicts = counted(lab, family, rebinding)
    expect(got.received[got.server] == sum(got.received.values()),
           "another server's stack got packets", got)
    peers = {s.mac: s.name for s in lab.pool if s.name != got.server}
    handed = [a for a in lab.arrivals(got.server, family) if a.mac in peers]
    expect(handed, "no packet came from a peer", got)
    expect({(a.address, a.port) for a in handed} == {got.bindings[-1]},
           "source address or port changed on the way", got)
    chosen = lab.home(family, got.bindings[-1])
    expect({peers[a.mac] for a in handed} == {chosen},
           "not from the server that the balancer chose", got)
    expect(count(verdicts, chosen, "steered") ==
           sum(a.packets for a in handed),
           f"{chosen} counts others than {got.server} got: {verdicts}", got)
    expect(count(verdicts, got.server, "local")
           >= count(verdicts, chosen, "steered"),
           f"{got.server} took them for another's: {verdicts}", got)
    expect(not count(verdicts, got.server, "steered"),
           f"the owner steered: {verdicts}", got)


def steered_by_balancer(lab, family, rebinding):
    """The other servers' interfaces saw nothing of it."""
    got, verdicts = counted(lab, family, rebinding)
    macs = {a.mac for a in lab.arrivals(got.server, family)}
    expect(macs == {topo.MAC["balancer"]}, "not all from the balancer", got)
    expect(got.received[got.server] == sum(got.received.values()),
           "another server got packets", got)
    expect(0 < count(verdicts, "balancer", "steered")
           <= got.received[got.server], f"verdicts: {verdicts}", got)
    expect(not count(verdicts, "balancer", "local"),
           f"a balancer has no server ID of its own: {verdicts}", got)


def needs(program):
    if not program.exists():
        raise tap.Skip(f"{program.name} is not built")


def without_steering(t, lab, family):
    label = f"{lab.balancer_kind} {family}"
    with t.case(f"{label}: lives without rebinding"):
        lives(lab, family, None)
    with t.case(f"{label}: lives when a rebinding changes no server"):
        lives(lab, family, "same-server")
    for rebinding in REBINDINGS:
        with t.case(f"{label}: lost when the {rebinding} changes"):
            lost(lab, family, rebinding)


def with_steering(t, lab, family, role, servers=None):
    """`servers`: the family of the servers' own addresses, if another."""
    real = role == "real-servers"
    after_change = steered_by_peer if real else steered_by_balancer
    mixed = f", {servers} servers" if servers else ""
    label = f"{lab.balancer_kind} {family}{mixed}, steered by {role}"
    with t.case(f"{label}: quic-steer comes up"):
        needs(lab_module.steer_program())
        lab.steer_up(role, servers or family)
    for rebinding in (None, *REBINDINGS):
        change = f"the {rebinding} changes" if rebinding else "nothing changes"
        with t.case(f"{label}: lives when {change}"):
            needs(lab_module.steer_program())
            needs(lab_module.project_server())
            if rebinding:
                after_change(lab, family, rebinding)
            else:
                (steered_by_nobody if real else lives)(lab, family, None)
    with t.case(f"{label}: lost again when quic-steer is down"):
        needs(lab_module.steer_program())
        lab.steer_down()
        lost(lab, family, "port")


def one_balancer(t, kind):
    with Lab(kind) as lab:
        for family in topo.FAMILIES:
            lab.start_servers(family)
            without_steering(t, lab, family)
            for role in ("real-servers", "balancer"):
                with_steering(t, lab, family, role)
            lab.stop_servers()


def mixed_families(t):
    """The steered packet is of one family, the next hop of the other."""
    with Lab("nft") as lab:
        for family, servers in (("v6", "v4"), ("v4", "v6")):
            lab.start_servers(family, servers)
            for role in ("real-servers", "balancer"):
                with_steering(t, lab, family, role, servers)
            lab.stop_servers()


if __name__ == "__main__":
    parts.main({
        "nft": lambda t: one_balancer(t, "nft"),
        "ecmp": lambda t: one_balancer(t, "ecmp"),
        "mixed": mixed_families,
    })
