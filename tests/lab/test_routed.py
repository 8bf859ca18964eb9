#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Steering to servers behind a router: real downloads through tunnels that
the XDP program makes and takes off. By what crosses the wires, by the
counters, and by what the servers' stacks get. routed_guard.py has the loop
guard's part of it."""

import itertools

import lab as lab_module
import parts
import routed
import routed_guard
import tap
import topology as topo
import tunnels
from tap import equal
from tunnels import BALANCER, RoutedLab, Wires

ATTEMPTS = 4
MIXES = tuple(itertools.product(topo.FAMILIES, topo.FAMILIES))


class Site:
    """A routed lab, its wires, and downloads with all that is to be said
    about them."""

    def __init__(self, lab):
        self.lab = lab
        self.wires = Wires(lab)

    def patiently(self, download, delay=lab_module.DELAY):
        """download(delay), again with longer ones where the machine is too
        slow."""
        for _ in range(ATTEMPTS - 1):
            try:
                return download(delay)
            except lab_module.TooLate:
                tap.note(f"the machine is too slow for {delay} s")
                self.lab.restart_servers()
                delay *= 2
        return download(delay)

    def download(self, family, **how):
        """A download that lives; its verdicts: box -> {reason: packets}."""
        return self.patiently(lambda delay: self.once(family, delay, **how))

    def once(self, family, delay, **how):
        lab = self.lab
        before = lab.vip_verdicts(family)
        answers = {n: lab.answers(n) for n in ("balancer", "router")}
        self.wires.mark()
        got = lab.download(family, delay=delay, idle_timeout=max(
            lab_module.IDLE_TIMEOUT, 2 * delay), **how)
        if not got.ok:
            raise lab.error(f"the download failed: {got}")
        verdicts = {name: dict(counts - before[name])
                    for name, counts in lab.vip_verdicts(family).items()}
        tap.note(f"{got.received} {verdicts}")
        equal(lab.answers("balancer"), answers["balancer"],
              "answers by the balancer")
        assert lab.answers("router") > answers["router"], "no answers"
        return got, verdicts


def expect_verdicts(verdicts, first, owner, before):
    """`first` steered, `owner` took as much out of tunnels, nobody else did
    anything. `before`: reasons of what came before the binding changed."""
    equal(set(verdicts[first.name]) - before[first.name], {"steered"},
          f"verdicts of {first.name}")
    steered = verdicts[first.name]["steered"]
    equal(verdicts[owner.name].get("decapsulated"), steered,
          f"out of tunnels at {owner.name}: {verdicts}")
    equal(set(verdicts[owner.name]) - before[owner.name], {"decapsulated"},
          f"verdicts of {owner.name}")
    others = {name: v for name, v in verdicts.items()
              if v and name not in (first.name, owner.name)}
    equal(others, {}, "verdicts of others")
    return steered


def expect_arrivals(lab, family, got, owner, packets, bindings):
    """The owner's stack got all of it, `packets` from the router."""
    equal({n: v for n, v in got.received.items() if v},
          {owner.name: got.received[owner.name]}, "arrivals at other stacks")
    equal(got.server, owner.name, "who answered")
    handed = [a for a in lab.arrivals(owner.name, family)
              if a.mac == routed.router_mac(owner.segment)]
    equal(sum(a.packets for a in handed), packets, "arrivals by the router")
    equal({(a.address, a.port) for a in handed}, set(bindings),
          "client's addresses and ports")


def server_steers(site, family, rebinding):
    """rs1's connection, its later packets at rs2."""
    lab = site.lab
    owner, first = lab.pool
    got, verdicts = site.download(family, rebinding=rebinding,
                                  begin=owner.name)
    packets = expect_verdicts(
        verdicts, first, owner,
        {first.name: set(), owner.name: {"local"} | tunnels.FIRST})
    tunnels.expect_tunnelled(site.wires, first, owner, packets)
    expect_arrivals(lab, family, got, owner, packets, [got.bindings[-1]])


def balancer_tunnels(site, family, rebinding):
    """rs2's connection: the balancer has to go by the router all the time,
    wherever its own choice would have led."""
    lab = site.lab
    owner = lab.pool[1]
    got, verdicts = site.download(family, rebinding=rebinding,
                                  begin=owner.name)
    packets = expect_verdicts(
        verdicts, BALANCER, owner,
        {"balancer": tunnels.FIRST, owner.name: tunnels.FIRST})
    tunnels.expect_tunnelled(site.wires, BALANCER, owner, packets)
    expect_arrivals(lab, family, got, owner, packets, got.bindings)


def balancer_hands_over(site, family, rebinding):
    """rs1's connection: it is on the balancer's own segment."""
    lab = site.lab
    owner = lab.pool[0]
    got, verdicts = site.download(family, rebinding=rebinding,
                                  begin=owner.name)
    tunnels.expect_nothing_else(site.wires)
    equal(set(verdicts["balancer"]) - tunnels.FIRST, {"steered"}, "balancer")
    equal(set(verdicts[owner.name]) - tunnels.FIRST, {"local"}, owner.name)
    equal(verdicts[lab.pool[1].name], {}, "the other server")
    equal(verdicts[owner.name]["local"], verdicts["balancer"]["steered"],
          "local at the owner")
    equal({a.mac for a in lab.arrivals(owner.name, family)},
          {routed.balancer_mac(owner.segment)}, "who handed it over")


def one_mix(t, site, kind, vip, servers):
    lab = site.lab
    one, two = lab.pool
    rebinding = {"v4": "port", "v6": "address"}[vip]
    label = f"{kind}, {vip} VIP, {servers} servers"
    lab.use(kind, servers)
    lab.start_servers(vip, servers)
    for box in (one, two, BALANCER):
        lab.box_up(box)
    with t.case(f"{label}: balancer and servers steer, it tunnels"):
        balancer_tunnels(site, vip, rebinding)
    if vip == servers:
        with t.case(f"{label}: to its own segment the balancer does not"):
            balancer_hands_over(site, vip, rebinding)
    lab.steer_down(one.name)
    with t.case(f"{label}: the balancer and the owner steer"):
        balancer_tunnels(site, vip, rebinding)
    lab.steer_down("balancer")
    lab.box_up(one)
    with t.case(f"{label}: the servers steer"):
        server_steers(site, vip, rebinding)
    lab.stop_servers()


def without_steering(t, site, family):
    lab = site.lab
    lab.start_servers(family)
    with t.case(f"{family}: lost without steering"):
        got = site.patiently(lambda delay: lab.download(
            family, "port", delay=delay, begin="rs1"))
        assert not got.ok, f"the download survived: {got}"
        assert got.received["rs2"], f"no packet went to rs2: {got}"
    lab.stop_servers()


def one_kind(t, kind):
    with RoutedLab() as lab:
        site = Site(lab)
        without_steering(t, site, {"gue": "v4", "ipip": "v6"}[kind])
        for vip, servers in MIXES:
            one_mix(t, site, kind, vip, servers)


# -- servers that go --------------------------------------------------------

def drained(t, site, family):
    lab = site.lab
    one, two, three = lab.pool
    lab.choose_among([one, two])
    lab.survey()
    without_three = dict(lab.homes)
    lab.choose_among(lab.pool)
    lab.survey()
    for box in lab.pool:
        lab.box_up(box)

    def change(action, balanced):
        for box in lab.pool:
            lab.steer(box.name, "peer", action, three.server_id)
        lab.choose_among(balanced)

    def begin(delay):
        change("up", lab.pool)
        return site.once(family, delay, begin=three.name,
                         rebinding=lambda: change("drain", [one, two]))

    with t.case(f"{family}: a download at a draining server goes on"):
        got, verdicts = site.patiently(begin, 2 * lab_module.DELAY)
        for box in lab.pool:
            assert "  draining  " in lab.steer(box.name, "status").stdout
        chosen = next(s for s in (one, two) if verdicts[s.name])
        packets = verdicts[chosen.name]["steered"]
        equal(verdicts[chosen.name], {"steered": packets}, chosen.name)
        assert got.received[three.name] == sum(got.received.values()), got
        arrived = [a.packets for a in lab.arrivals(three.name, family)
                   if a.mac in (chosen.mac, routed.router_mac(three.segment))]
        equal(sum(arrived), packets, "arrivals from there")
    with t.case(f"{family}: new ones are elsewhere, and move there"):
        lab.homes = without_three
        got, verdicts = site.download(family, rebinding="port")
        assert got.server in (one.name, two.name), got
        equal((verdicts[three.name], got.received[three.name]), ({}, 0),
              "packets at the draining server")
        assert verdicts[got.server].get("decapsulated"), verdicts
    lab.steer_down()
    lab.choose_among(lab.pool)
    lab.survey()


def killed(t, site, family):
    lab = site.lab
    one, two, three = lab.pool
    for box in lab.pool:
        lab.box_up(box)

    def kill():
        lab.processes[f"server-{three.name}"].kill()
        lab.exec("lan", ["ip", "link", "set", three.name, "down"])
        lab.nat_bind(family, lab.binding_to(family, two.name))

    with t.case(f"{family}: a server dies while another's download moves"):
        moved(site, family, one, two, kill)
    with t.case(f"{family}: and one that begins after that"):
        moved(site, family, two, one, lambda: lab.nat_bind(
            family, lab.binding_to(family, one.name)))


def moved(site, family, owner, first, rebind):
    """A download that begins at `owner` and goes on at `first`."""
    lab = site.lab
    got, verdicts = site.download(family, rebinding=rebind, begin=owner.name)
    packets = expect_verdicts(
        verdicts, first, owner,
        {first.name: set(), owner.name: {"local"} | tunnels.FIRST})
    tunnels.expect_tunnelled(site.wires, first, owner, packets)
    expect_arrivals(lab, family, got, owner, packets, [got.bindings[-1]])


def servers_go(t, kind, family):
    with RoutedLab(3, segments=2) as lab:
        site = Site(lab)
        lab.use(kind, family)
        lab.start_servers(family)
        drained(t, site, family)
        killed(t, site, family)


if __name__ == "__main__":
    parts.main({
        "gue": lambda t: one_kind(t, "gue"),
        "ipip": lambda t: one_kind(t, "ipip"),
        "disagreements": routed_guard.disagreements,
        "single packets": routed_guard.single_packets,
        "servers go, v4": lambda t: servers_go(t, "ipip", "v4"),
        "servers go, v6": lambda t: servers_go(t, "gue", "v6"),
    })
