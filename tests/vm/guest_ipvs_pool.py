#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A third server joins and leaves, in IPVS and in quic-steer's configuration,
in either order, each time while a connection changes its address. For
test_ipvs.py, inside a virtual machine. TAP."""

import sys

import ipvs
import lab as lab_module
import tap
import topology as topo

FAMILY = "v4"
# the steps between take their time
DELAY = min(4 * lab_module.DELAY, ipvs.DELAY_CEILING)


class Pool:
    """Servers rs1 and rs2, and rs3 that comes and goes."""

    def __init__(self, lab):
        self.lab = lab
        self.third = lab.pool[2]
        self.capture = lab.capture("lan", "br0")

    def steer(self, servers):
        """From now on these are the servers that each of these knows."""
        lab = self.lab
        owners = {s.server_id: s for s in servers}
        leaves = {"server-pool": topo.server_pool(owners, FAMILY)}
        for s in servers:
            if s.name in lab.steering:
                config = lab.write_config(f"steer-{s.name}", s, FAMILY,
                                          **leaves)
                lab.steer(s.name, "reload", "--config", config)
            else:
                lab.steer_one_up(s.name, s, FAMILY, **leaves)

    def join_here(self):
        self.steer(self.lab.pool)

    def join_ipvs(self):
        self.lab.balance(self.third)

    def leave_here(self):
        """Its own program stays, and knows how to send on to the others, as
        long as IPVS may send it packets: see leave()."""
        self.steer(self.lab.pool[:2])

    def leave_ipvs(self):
        self.lab.unbalance(self.third)

    def leave(self):
        if self.third.name in self.lab.steering:
            self.lab.steer_down(self.third.name)

    def migrate(self, server, picked, before=(), after=()):
        """A download from this server; steps; the NAT rebinds, and IPVS picks
        the other; more steps once that has got packets. The download must
        live. Returns how many packets went up the stack of which others."""
        lab = self.lab
        lab.survey(FAMILY)
        fetch = lab.begin(FAMILY, self.capture, DELAY, server=server)
        for step in before:
            step()
        if before:
            lab.survey(FAMILY)
            lab.reset_counters()
        lab.nat_lead(FAMILY, picked)
        lab.go_on(fetch)
        if after:
            lab.wait_for(lambda: lab.received(FAMILY)[picked], 2 * DELAY,
                         f"packets to {picked}")
        for step in after:
            step()
        got = lab.finish(FAMILY, fetch)
        if not got.ok or got.server != server:
            raise lab.error(f"the download failed: {got}")
        if not lab.verdicts(picked).get("steered"):
            raise lab.error(f"{picked} has sent nothing on: {got}")
        return [name for name, n in got.received.items()
                if n and name != server]


def one(t, pool, label, *migration, strays=(), then=()):
    with t.case(label):
        tap.equal(pool.migrate(*migration), list(strays),
                  "others whose stack got packets")
        for step in then:
            step()


def check(t, pool):
    third = pool.third.name
    one(t, pool, "joins here, then in IPVS, which picks it for a connection",
        "rs1", third, (pool.join_here, pool.join_ipvs))
    one(t, pool, "leaves IPVS, then here: its connection is sent on to it",
        third, "rs2", (pool.leave_ipvs,), then=(pool.leave_here, pool.leave))
    one(t, pool, "has left both: the others' connections live", "rs1", "rs2")
    one(t, pool, "joins in IPVS, which picks it for a connection, then here",
        "rs2", third, (pool.join_ipvs,), (pool.join_here,), strays=[third])
    one(t, pool, "leaves here, then IPVS, which picked it for a connection",
        "rs1", third, (pool.leave_here,), then=(pool.leave_ipvs, pool.leave))
    one(t, pool, "has left both again: the others' connections live", "rs2",
        "rs1")


def main():
    tap.isolated_or_skip()
    ipvs.require()
    t = tap.Tap()
    with ipvs.IpvsLab("rr", n_servers=3, balanced=2) as lab:
        lab.start_servers(FAMILY)
        pool = Pool(lab)
        pool.leave_here()
        check(t, pool)
    sys.exit(t.finish())


if __name__ == "__main__":
    main()
