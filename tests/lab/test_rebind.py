#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A NAT rebinding that makes the balancer choose another server: without
steering the connection is lost, with steering it lives. Two families, two
balancers, two ways to rebind, two places to steer from."""

import sys

import lab as lab_module
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


def steered_by_peer(lab, family, rebinding):
    """All packets reached one server's stack, the later ones from a peer."""
    got = lives(lab, family, rebinding)
    expect(got.received[got.server] == sum(got.received.values()),
           "another server's stack got packets", got)
    peers = {s.mac for s in lab.pool if s.name != got.server}
    handed = [a for a in lab.arrivals(got.server, family) if a.mac in peers]
    expect(handed, "no packet came from a peer", got)
    expect({(a.address, a.port) for a in handed} == {got.bindings[-1]},
           "source address or port changed on the way", got)


def steered_by_balancer(lab, family, rebinding):
    """The other servers' interfaces saw nothing of it."""
    got = lives(lab, family, rebinding)
    macs = {a.mac for a in lab.arrivals(got.server, family)}
    expect(macs == {topo.MAC["balancer"]}, "not all from the balancer", got)
    expect(got.received[got.server] == sum(got.received.values()),
           "another server got packets", got)


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


def with_steering(t, lab, family, role, judge):
    label = f"{lab.balancer_kind} {family}, steered by {role}"
    with t.case(f"{label}: quic-steer comes up"):
        needs(lab_module.steer_program())
        lab.steer_up(role, family)
    for rebinding in (None, *REBINDINGS):
        change = f"the {rebinding} changes" if rebinding else "nothing changes"
        with t.case(f"{label}: lives when {change}"):
            needs(lab_module.steer_program())
            needs(lab_module.project_server())
            (judge if rebinding else lives)(lab, family, rebinding)
    with t.case(f"{label}: lost again when quic-steer is down"):
        needs(lab_module.steer_program())
        lab.steer_down()
        lost(lab, family, "port")


def one_family(t, lab, family):
    program = lab_module.project_server()
    lab.start_servers(family, program if program.exists() else None)
    without_steering(t, lab, family)
    with_steering(t, lab, family, "real-servers", steered_by_peer)
    with_steering(t, lab, family, "balancer", steered_by_balancer)
    lab.stop_servers()


def main():
    tap.isolated_or_skip()
    t = tap.Tap()
    for kind in ("nft", "ecmp"):
        with Lab(kind) as lab:
            for family in topo.FAMILIES:
                one_family(t, lab, family)
    sys.exit(t.finish())


if __name__ == "__main__":
    main()
