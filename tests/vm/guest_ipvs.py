#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The scenario that the project comes from, with the real IPVS in direct
routing. For test_ipvs.py, inside a virtual machine. TAP."""

import sys

import echo
import ipvs
import story
import tap

# Scheduler, and what changes on the client's way.
WITHOUT = (("rr", "port"), ("sh -b sh-port", "port"), ("sh", "network"))
WITH = (("rr", "port"), ("rr", "address"), ("sh -b sh-port", "port"),
        ("sh", "same-server"), ("sh", "address"), ("sh", "network"))


def one_change(t, lab, steering, scheduler, change):
    lab.schedule(scheduler, lab.family)
    judge = (story.stays if change == "same-server" else
             story.lives if steering else story.lost)
    return story.one_change(t, lab, judge, change, scheduler)


def connections_survive(t, lab):
    """Without steering they do not."""
    without = {key: one_change(t, lab, False, *key) for key in WITHOUT}
    lab.schedule("rr", lab.family)
    echoed = story.timed(t, "rr, not steered: TCP", echo.fetch, lab)
    lab.steer_up("real-servers", lab.family)
    for key in WITH:
        run = one_change(t, lab, True, *key)
        if run and without.get(key):
            story.compare(t, key[0], without[key], run)
    lab.schedule("rr", lab.family)
    story.timed(t, "rr, steered: TCP as without", echo.fetch_as, lab, echoed)
    lab.steer_down()
    lab.stop_servers()


def msquic(t, lab):
    story.msquic(lab)
    lab.start_servers(lab.family)
    lab.steer_up("real-servers", lab.family)
    story.timed(t, "rr, steered: msquic's CIDs, lives when the port changes",
                story.lives, lab, "port")
    lab.steer_down()
    lab.stop_servers()
    lab.leaves = {}


def ipv6(t, lab):
    lab.family = "v6"
    lab.start_servers(lab.family)
    without = story.one_change(t, lab, story.lost, "port", "IPv6, rr")
    lab.steer_up("real-servers", lab.family)
    run = story.one_change(t, lab, story.lives, "port", "IPv6, rr")
    if run and without:
        story.compare(t, "IPv6, rr", without, run)


def main():
    tap.isolated_or_skip()
    ipvs.require()
    t = tap.Tap()
    with ipvs.IpvsLab("rr") as lab:
        lab.start_servers(lab.family)
        echo.start(lab)
        connections_survive(t, lab)
        msquic(t, lab)
        ipv6(t, lab)
    sys.exit(t.finish())


if __name__ == "__main__":
    main()
