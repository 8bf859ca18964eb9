# SPDX-License-Identifier: BSD-2-Clause
"""What the scenario is, told hop by hop: a handshake, then a NAT that rebinds
or a client that moves, and IPVS picks another server. Every datagram is looked
at on every wire. lab.family says which VIP."""

import collections
import contextlib
import time

import hops
import ipvs
import lab as lab_module
import tap
import test_codecs
import topology as topo

TTL = 64                # client and servers send with it
INSIDE = TTL - 2        # left in a tunnel: NAT and balancer took theirs
ATTEMPTS = 4            # of a client without an answer

# What changes on the client's way, where its name does not say it.
WHAT = {"same-server": "port"}  # of which sh takes no notice

Run = collections.namedtuple("Run", "got trace old new rows connections")


def picked(binding, connections):
    return connections["UDP", *binding]


def scenario(lab, change, **options):
    """One download across a change of the client's address, captured. If the
    machine is too slow, clients have more time from now on."""
    while True:
        try:
            return _scenario(lab, change, **options)
        except ipvs.TooLate as late:
            tap.note(late)
            lab.delay *= 2
            if lab.delay > ipvs.DELAY_CEILING:
                raise


def _scenario(lab, change, hopeless=None, **options):
    trace = hops.Trace(lab, lab.family)
    before = lab.connections()
    moves = change == "network"
    try:
        fetch = lab.begin(lab.family, trace.paths["bridge"],
                          (1 + moves) * lab.delay, moves, **options)
        lab.nat_rebind(lab.family, change)
        with lab.other_network(lab.family) if moves else (
                contextlib.nullcontext()):
            lab.go_on(fetch)
            got = lab.finish(lab.family, fetch,
                             hopeless and (lambda: hopeless(trace)))
    finally:
        trace.end()
    after = lab.connections()
    made = {key: after[key] for key in after.keys() - before.keys()}
    return Run(got, trace, *got.bindings, lab.rows(lab.family, made), after)


def payloads(hops_seen):
    return [h.payload for h in hops_seen]


def expect_leg(seen, want_payloads, left, what):
    """These datagrams, no others, whole, and this is left(), TTL and outer
    header."""
    if not seen:
        raise AssertionError(f"{what}: nothing")
    tap.equal(len(seen), len(want_payloads), f"{what}: datagrams")
    tap.equal(payloads(seen) == want_payloads, True, f"{what}: payloads")
    tap.equal({(h.ttl, h.outer) for h in seen}, {left},
              f"{what}: TTL, and outer header")
    tap.equal([h for h in seen if not h.good], [], f"{what}: bad checksums")


def plain(ttl):
    return ttl, None


def left(lab, sender, receiver, ttl):
    """TTL and outer header between these two: in a tunnel, the outer header
    has the TTL that a packet would have there."""
    outer = lab.outer(sender, receiver, ttl)
    return INSIDE if outer else ttl, outer


def client_side(run):
    """Datagrams at the client, from it and to where it began."""
    seen, vip = run.trace.hops["client"], run.trace.vip
    up = [h for h in seen if h.to == vip]
    return up, [h for h in seen if (h.source, h.to) == (vip, up[0].source)]


def handshake(lab, run):
    """Client -> NAT -> IPVS -> server -> NAT -> client, before the change."""
    trace, owner = run.trace, run.got.server
    tap.equal(picked(run.old, run.connections), owner, "IPVS's choice")
    tap.equal(set(trace.between(run.old)),
              {("nat", "balancer"), ("balancer", owner), (owner, "nat")},
              "who talks to whom")
    first = trace.up("nat", "balancer", run.old)
    up, down = client_side(run)
    sent = up[:len(first)]
    tap.equal({(h.source[0], h.ttl) for h in sent},
              {(topo.CLIENT[lab.family], TTL)}, "the client's source address")
    expect_leg(first, payloads(sent), plain(TTL - 1), "NAT to balancer")
    expect_leg(trace.up("balancer", owner, run.old), payloads(sent),
               left(lab, "balancer", owner, TTL - 2), "balancer to server")
    answers = trace.answered(owner, run.old)
    got = down[:len(answers)]
    expect_leg(answers, payloads(got), plain(TTL), "server to NAT, directly")
    tap.equal({h.ttl for h in got}, {TTL - 1}, "NAT to the client: TTL")


def server_ids(run):
    """The server's CIDs carry its ID, and the client uses no others."""
    trace, owner = run.trace, run.got.server
    issued = trace.issued(owner, run.old)
    tap.equal(len(issued), 1, "SCIDs of the server")
    size = len(next(iter(issued)))
    used = trace.used(trace.up("nat", "balancer", run.old)
                      + trace.up("nat", "balancer", run.new), size)
    tap.equal(set(trace.owners([*issued, *used])), {owner},
              "owners of the server's SCID, and of the DCIDs used")
    return size


def moved(lab, run):
    """After the change IPVS picked another, to which the packets went."""
    trace, owner = run.trace, run.got.server
    other = picked(run.new, run.connections)
    tap.equal(other != owner, True, "IPVS picks another server")
    first = trace.up("nat", "balancer", run.new)
    expect_leg(first, payloads(first), plain(TTL - 1), "NAT to balancer")
    expect_leg(trace.up("balancer", other, run.new), payloads(first),
               left(lab, "balancer", other, TTL - 2),
               "balancer to the other server")
    return other, payloads(first)


def lost(lab, change, **options):
    """The client gives up: nobody answers it any more."""
    run = scenario(lab, change,
                   **{"patience": lab_module.IDLE_TIMEOUT, **options})
    tap.equal(run.got.ok, False, "the download survived")
    handshake(lab, run)
    server_ids(run)
    other, _ = moved(lab, run)
    tap.equal(set(run.trace.between(run.new)) - {(other, "nat")},
              {("nat", "balancer"), ("balancer", other)},
              "who talks to whom")
    return run


def unanswered(lab, change):
    """As lost(), but not until the client gives up: it is enough that the
    other server got several datagrams and nobody sent anything."""
    def hopeless(trace):
        return trace.so_far(lab.binding[lab.family]) >= ATTEMPTS

    return lost(lab, change, patience=ipvs.CLIENT_PATIENCE, hopeless=hopeless)


def lives(lab, change):
    run = scenario(lab, change)
    if not run.got.ok:
        raise lab.error(f"the download failed: {run.got}")
    handshake(lab, run)
    size = server_ids(run)
    steered(lab, run)
    before, after = (set(run.trace.used(run.trace.up("nat", "balancer", b),
                                        size)) for b in (run.old, run.new))
    tap.equal(bool(before & after), change != "network",
              "the client goes on with the CID that it had")
    return run


def steered(lab, run):
    """The other server sends each on to the owner, as it is but for MAC
    addresses and TTL, or in the tunnel that it came in; the owner answers the
    client directly, and believes in its new address: it sends more than three
    times what it got from there."""
    trace, owner = run.trace, run.got.server
    other, sent = moved(lab, run)
    expect_leg(trace.up(other, owner, run.new), sent,
               left(lab, other, owner, TTL - 3),
               "the other server to the owner")
    tap.equal(set(trace.between(run.new)),
              {("nat", "balancer"), ("balancer", other), (other, owner),
               (owner, "nat")}, "who talks to whom")
    answers = trace.down(owner, "nat", run.new)
    tap.equal({(h.ttl, h.good) for h in answers}, {(TTL, True)}, "answers")
    tap.equal(run.got.received[other], 0, "datagrams up the other's stack")
    size_up, size_down = (sum(map(len, p)) for p in (sent, payloads(answers)))
    tap.equal(size_down > 3 * size_up, True, "the new path is valid")


def stays(lab, change):
    """IPVS picks the same server again: nobody has anything to steer."""
    run = scenario(lab, change)
    if not run.got.ok:
        raise lab.error(f"the download failed: {run.got}")
    tap.equal(picked(run.new, run.connections), run.got.server,
              "IPVS's choice")
    tap.equal(set(run.trace.between(run.new)),
              {("nat", "balancer"), ("balancer", run.got.server),
               (run.got.server, "nat")}, "who talks to whom")


# -- cases ------------------------------------------------------------------

def timed(t, label, function, *arguments):
    """A case; returns what the function does, None if it fails."""
    start = time.monotonic()
    with t.case(label):
        result = function(*arguments)
        tap.note(f"{time.monotonic() - start:.0f} s")
        return result


def one_change(t, lab, judge, change, label):
    """`label`: of the balancer."""
    steering = "steered" if lab.steering else "not steered"
    return timed(t, f"{label}, {steering}: {judge.__name__} when the "
                 f"{WHAT.get(change, change)} changes", judge, lab, change)


def compare(t, label, without, with_):
    """What IPVS says of itself is the same whether anybody steers or not."""
    with t.case(f"{label}: IPVS made the same connections, as without"):
        tap.equal(with_.rows, without.rows, "weights, and connections made")
        tap.equal({row.weight for row in with_.rows.values()}, {1}, "weights")


def msquic(lab):
    """From now on servers and steering use msquic's CIDs."""
    codec = next(c for c in test_codecs.codecs() if c["name"] == "msquic")
    lab.leaves = test_codecs.leaves(codec, lab.pool, lab.family)
