#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""IPVS in tunnelling mode, IP in IP and GUE, and a NAT that rebinds: the other
server sends the balancer's tunnel on to the owner. For test_ipvs.py, inside a
virtual machine. TAP."""

import sys

import echo
import ipvs
import ipvs_tunnel
import story
import tap
import topology as topo

# Kind, family of VIP and servers, what changes on the client's way.
CASES = (("ipip", "v4", ("port", "address", "network")),
         ("gue", "v4", ("port",)),
         ("ipip", "v6", ("port",)), ("gue", "v6", ("port",)))


def one_kind(t, lab, kind, changes):
    label = f"{kind}, IP{lab.family}, rr"
    lab.tunnel_by(kind)
    without = story.one_change(t, lab, story.lost, "port", label)
    lab.steer_up("real-servers", lab.family,
                 **{"tunnel-balancer": [topo.BALANCER[lab.family]]})
    for change in changes:
        run = story.one_change(t, lab, story.lives, change, label)
        if run and without and change == "port":
            story.compare(t, label, without, run)


def tcp(t, lab):
    """What steers now does not touch TCP in tunnels."""
    lab.schedule("rr", lab.family)
    with t.case(f"{lab.kind}, rr: TCP, steered as not"):
        lab.steer_down()
        echoed = echo.fetch(lab)
        lab.steer_up("real-servers", lab.family,
                     **{"tunnel-balancer": [topo.BALANCER[lab.family]]})
        echo.fetch_as(lab, echoed)


def unnamed(t, lab):
    """tunnel-balancer is what makes the difference."""
    with t.case("ipip, rr: lost if the balancer is not named"):
        lab.steer_again(lab.family)
        story.lost(lab, "port")


def main():
    tap.isolated_or_skip()
    ipvs.require()
    t, serving = tap.Tap(), None
    with ipvs_tunnel.TunnelLab("rr") as lab:
        echo.start(lab)
        for kind, lab.family, changes in CASES:
            if serving not in (None, lab.family):
                lab.stop_servers()
            if serving != lab.family:
                lab.start_servers(lab.family)
            serving = lab.family
            one_kind(t, lab, kind, changes)
            if (kind, lab.family) == ("ipip", "v4"):
                tcp(t, lab)
                unnamed(t, lab)
            lab.steer_down()
    sys.exit(t.finish())


if __name__ == "__main__":
    main()
