#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Chromium by HTTP/3, its NAT rebinding between two fetches of one page: with
steering the second fetch uses the same connection, without it Chromium needs a
new one. Chromium's net-log says which connection, the servers say whose."""

import shutil

import browser
import lab as lab_module
import parts
import tap
from browser import BrowserLab
from tap import equal



def host_port(binding):
    address, port = binding
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def describe(got, directory):
    tap.note(f"{directory}: before.png after.png net-log.json")
    for row, session in zip(got.rows, got.sessions):
        where = (f"QUIC session {session.source}, first DCID "
                 f"{session.first_dcid}, server's CIDs "
                 f"{' '.join(session.server_cids)}" if session else "no session")
        tap.note(f"{row.file}: {row.answer} by {row.protocol or 'nothing'}, "
                 f"{where}")
    tap.note(f"second fetch {got.seconds:.1f} s; QUIC sessions "
             f"{sorted(got.known)}; accepted {got.accepted}; paths validated "
             f"{got.validated}")


def expect(condition, what, got):
    if not condition:
        raise AssertionError(f"{what}: {got}")


def answered(got, number):
    """The fetch came by HTTP/3, on a session of which the server that answered
    says that it accepted it."""
    row, session = got.rows[number], got.sessions[number]
    expect(row.file == browser.FILES[number], "another file", got)
    expect(row.answer in got.accepted, f"{row.file} has no answer", got)
    equal(row.protocol, "h3", f"protocol of {row.file}")
    expect(session, f"no QUIC session of {row.file} in the net-log", got)
    expect(set(session.server_cids) & set(got.accepted[row.answer]),
           f"{row.answer} accepted another connection than that of {row.file}",
           got)
    return row.answer


def one_connection(lab, family, got):
    """Both fetches on the only session, of the server that the balancer chose
    at first. Returns the server's name."""
    server = answered(got, 0)
    equal(server, lab.home(family, got.bindings[0]), "server")
    equal(answered(got, 1), server, "server of the second fetch")
    equal(got.sessions[1], got.sessions[0], "QUIC session")
    equal(list(got.known), [got.sessions[0].source], "QUIC sessions")
    equal({name: len(cids) for name, cids in got.accepted.items()},
          {s.name: int(s.name == server) for s in lab.pool},
          "connections accepted")
    return server


def stays(lab, family, got):
    server = one_connection(lab, family, got)
    equal(got.validated[server], [], "paths validated")


def moves(lab, family, got):
    """The rebinding reached the server, by whom the balancer chose then."""
    server = one_connection(lab, family, got)
    chosen = lab.home(family, got.bindings[1])
    expect(chosen != server, "the rebinding changes no server", got)
    expect(host_port(got.bindings[1]) in got.validated[server],
           "the new path is not validated", got)
    equal(got.received[chosen], 0, f"packets at the stack of {chosen}")
    who = chosen if chosen in lab.steering else "balancer"
    equal([name for name, n in got.steered.items() if n], [who], "who steered")


def moves_itself(lab, family, got):
    """By a CID that the server issued later, as a new path must have."""
    moves(lab, family, got)
    own = got.sessions[1].own_moves
    expect(own and not set(own) & set(got.sessions[1].server_cids),
           "Chromium has not moved by another CID", got)
    tap.note(f"moved by CID {' '.join(own)}")


def needs_another(lab, family, got):
    """The connection is lost: whatever answers the second fetch, it is not
    that."""
    server = answered(got, 0)
    chosen = lab.home(family, got.bindings[1])
    equal(server, lab.home(family, got.bindings[0]), "server")
    expect(got.received[chosen], f"no packet went to {chosen}", got)
    equal(got.validated[server], [], f"paths validated by {server}")
    if got.rows[1].answer in got.accepted:
        expect(got.sessions[1] != got.sessions[0], "the same session", got)
        equal(answered(got, 1), chosen, "server of the second fetch")


def fetch_twice(t, lab, family, by, rebinding, judge):
    """`by`: who steers, as a word of the case's name."""
    verb = "loses" if judge is needs_another else "keeps"
    change = f"the {rebinding} changes" if rebinding else "nothing changes"
    with t.case(f"{family}, {by}: {verb} its connection when {change}"):
        directory = lab.dir / "-".join(
            f"{family} {by} {rebinding or 'nothing'}".split())
        directory.mkdir()
        try:
            got = lab.visit(family, rebinding, directory)
        finally:
            kept = browser.keep(directory)
        describe(got, kept)
        judge(lab, family, got)


def one_family(t, family):
    with BrowserLab("nft") as lab:
        lab.start_servers(family)
        fetch_twice(t, lab, family, "not steered", None, stays)
        fetch_twice(t, lab, family, "not steered", "port", needs_another)
        for role in ("real-servers", "balancer"):
            lab.steer_up(role, family)
            for rebinding, judge in (("port", moves), ("address", moves),
                                     ("socket", moves_itself)):
                fetch_twice(t, lab, family, f"steered by {role}", rebinding,
                            judge)
            lab.steer_down()


def skip_unless_complete():
    if not shutil.which(browser.PROGRAM):
        tap.skip_all(f"not installed: {browser.PROGRAM}")
    for program in (lab_module.steer_program(), lab_module.project_server()):
        if not program.exists():
            tap.skip_all(f"{program.name} is not built")


if __name__ == "__main__":
    skip_unless_complete()
    parts.main({
        "v4": lambda t: one_family(t, "v4"),
        "v6": lambda t: one_family(t, "v6"),
    })
