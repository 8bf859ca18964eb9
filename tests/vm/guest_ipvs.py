#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The scenario that the project comes from, with the real IPVS: a handshake,
then a NAT that rebinds or a client that moves, and IPVS picks another server.
Every datagram is looked at on every wire. For test_ipvs.py, inside a virtual
machine. TAP."""

import collections
import contextlib
import json
import sys
import time

import hops
import ipvs
import lab as lab_module
import tap
import test_codecs
import topology as topo

FAMILY = "v4"
TTL = 64                # client and servers send with it

# Scheduler, and what changes on the client's way.
WITHOUT = (("rr", "port"), ("sh -b sh-port", "port"), ("sh", "network"))
WITH = (("rr", "port"), ("rr", "address"), ("sh -b sh-port", "port"),
        ("sh", "same-server"), ("sh", "address"), ("sh", "network"))

WHAT = {"same-server": "port"}  # of which sh takes no notice

TCP_CONNECTIONS, TCP_BYTES = 6, 100_000
SECONDS = 10 * lab_module.SLOWNESS
# Says its name, then sends everything back.
TCP_SERVER = """
import socketserver, sys
class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.sendall(sys.argv[3].encode() + b"\\n")
        while data := self.request.recv(65536):
            self.request.sendall(data)
socketserver.ThreadingTCPServer.allow_reuse_address = True
socketserver.ThreadingTCPServer((sys.argv[1], int(sys.argv[2])),
                                Echo).serve_forever()
"""
# [name, bytes that came back] of each connection.
TCP_CLIENT = """
import json, os, socket, sys, threading
def echo(connection, data):
    connection.sendall(data)
    connection.shutdown(socket.SHUT_WR)
told = []
for _ in range(int(sys.argv[3])):
    with socket.create_connection((sys.argv[1], int(sys.argv[2]))) as s:
        data = os.urandom(int(sys.argv[4]))
        threading.Thread(target=echo, args=(s, data)).start()
        with s.makefile("rb") as file:
            name, rest = file.readline().decode().strip(), file.read()
    told.append((name, len(rest) if rest == data else -1))
print(json.dumps(told))
"""

Run = collections.namedtuple("Run", "got trace old new rows connections")


def picked(binding, connections):
    return connections["UDP", *binding]


def scenario(lab, change):
    """One download across a change of the client's address, captured."""
    trace = hops.Trace(lab, FAMILY)
    before = lab.rows(FAMILY)
    moves = change == "network"
    try:
        fetch = lab.begin(FAMILY, trace.paths["bridge"],
                          (1 + moves) * lab_module.DELAY, moves)
        lab.nat_rebind(FAMILY, change)
        with lab.other_network(FAMILY) if moves else contextlib.nullcontext():
            lab.in_time(fetch)
            got = lab.finish(FAMILY, fetch)
    finally:
        trace.end()
    after = lab.rows(FAMILY)
    growth = {key: row._replace(made=row.made - before[key].made)
              for key, row in after.items()}
    return Run(got, trace, *got.bindings, growth, lab.connections())


def payloads(hops_seen):
    return [h.payload for h in hops_seen]


def expect_leg(seen, want_payloads, ttl, what):
    """These datagrams, no others, whole, and this many routers on the way."""
    if not seen:
        raise AssertionError(f"{what}: nothing")
    tap.equal(len(seen), len(want_payloads), f"{what}: datagrams")
    tap.equal(payloads(seen) == want_payloads, True, f"{what}: payloads")
    tap.equal({h.ttl for h in seen}, {ttl}, f"{what}: TTL")
    tap.equal([h for h in seen if not h.good], [], f"{what}: bad checksums")


def client_side(run, direction):
    """Datagrams at the client while the NAT had the old binding, and after:
    told apart by content."""
    trace = run.trace
    return [h for h in trace.hops["client"]
            if (h.to if direction == "up" else h.source) == trace.vip]


def handshake(run):
    """Client -> NAT -> IPVS -> server -> NAT -> client, before the change."""
    trace, owner = run.trace, run.got.server
    tap.equal(picked(run.old, run.connections), owner, "IPVS's choice")
    tap.equal(set(trace.between(run.old)),
              {("nat", "balancer"), ("balancer", owner), (owner, "nat")},
              "who talks to whom")
    first = trace.up("nat", "balancer", run.old)
    sent = client_side(run, "up")[:len(first)]
    tap.equal({(h.source[0], h.ttl) for h in sent},
              {(topo.CLIENT[FAMILY], TTL)}, "the client's source address")
    expect_leg(first, payloads(sent), TTL - 1, "NAT to balancer")
    expect_leg(trace.up("balancer", owner, run.old), payloads(sent), TTL - 2,
               "balancer to server")
    answers = trace.answered(owner, run.old)
    got = client_side(run, "down")[:len(answers)]
    expect_leg(answers, payloads(got), TTL, "server to NAT, directly")
    tap.equal({(h.to, h.ttl) for h in got}, {(sent[0].source, TTL - 1)},
              "the client's end of the same mapping")


def server_ids(run):
    """The server's CIDs carry its ID, and the client uses no others."""
    trace, owner = run.trace, run.got.server
    issued = trace.issued(owner, run.old)
    tap.equal(trace.owners(issued), [owner], "owner of the server's SCID")
    size = len(next(iter(issued)))
    used = trace.used(trace.up("nat", "balancer", run.old)
                      + trace.up("nat", "balancer", run.new), size)
    tap.equal(set(trace.owners(used)), {owner}, "owners of the DCIDs used")
    return size


def moved(run):
    """After the change IPVS picked another, to which the packets went."""
    trace, owner = run.trace, run.got.server
    other = picked(run.new, run.connections)
    tap.equal(other != owner, True, "IPVS picks another server")
    first = trace.up("nat", "balancer", run.new)
    expect_leg(first, payloads(first), TTL - 1, "NAT to balancer")
    expect_leg(trace.up("balancer", other, run.new), payloads(first), TTL - 2,
               "balancer to the other server")
    return other, payloads(first)


def lost(lab, change):
    run = scenario(lab, change)
    tap.equal(run.got.ok, False, "the download survived")
    handshake(run)
    server_ids(run)
    other, _ = moved(run)
    tap.equal(set(run.trace.between(run.new)) - {(other, "nat")},
              {("nat", "balancer"), ("balancer", other)},
              "who talks to whom")
    return run


def lives(lab, change):
    run = scenario(lab, change)
    if not run.got.ok:
        raise lab.error(f"the download failed: {run.got}")
    handshake(run)
    size = server_ids(run)
    steered(run)
    before, after = (set(run.trace.used(run.trace.up("nat", "balancer", b),
                                        size)) for b in (run.old, run.new))
    tap.equal(bool(before & after), change != "network",
              "the client goes on with the CID that it had")
    return run


def steered(run):
    """The other server sends each on to the owner, as it is but for MAC
    addresses and TTL; the owner answers the client directly, and believes in
    its new address: it sends more than three times what it got from there."""
    trace, owner = run.trace, run.got.server
    other, sent = moved(run)
    expect_leg(trace.up(other, owner, run.new), sent, TTL - 3,
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


def steered_count(lab):
    return {name: lab.verdicts(name).get("steered", 0)
            for name in lab.steering}


def tcp(lab):
    """TCP connections to the VIP: who served them with how many bytes."""
    before = lab.connections()
    told = json.loads(lab.exec("client", [
        "python3", "-ISc", TCP_CLIENT, topo.VIP[FAMILY], topo.PORT,
        TCP_CONNECTIONS, TCP_BYTES], timeout=SECONDS).stdout)
    made = [server for key, server in lab.connections().items()
            if key[0] == "TCP" and key not in before]
    tap.equal(sorted(name for name, _ in told), sorted(made),
              "served by the servers that IPVS picked")
    return collections.Counter(map(tuple, told))


def start_tcp(lab):
    for s in lab.pool:
        lab.spawn(s.name, ["python3", "-ISc", TCP_SERVER, topo.VIP[FAMILY],
                           topo.PORT, s.name], f"tcp-{s.name}")
        lab.wait_for(lambda s=s: lab.exec(s.name, [
            "ss", "-Htln", "sport", "=", f":{topo.PORT}"]).stdout,
            timeout=SECONDS, what="TCP server")


def compare(t, label, without, with_):
    """What IPVS says of itself is the same whether anybody steers or not."""
    with t.case(f"{label}: IPVS made the same connections, as without"):
        tap.equal(with_.rows, without.rows, "weights, and connections made")
        tap.equal({row.weight for row in with_.rows.values()}, {1}, "weights")


def timed(t, label, function, *arguments):
    """A case; returns what the function does, None if it fails."""
    start = time.monotonic()
    with t.case(label):
        result = function(*arguments)
        tap.note(f"{time.monotonic() - start:.0f} s")
        return result


def one_change(t, lab, steering, scheduler, change):
    lab.schedule(scheduler, FAMILY)
    judge = (stays if change == "same-server" else
             lives if steering else lost)
    label = (f"{scheduler}, {'' if steering else 'not '}steered: "
             f"{judge.__name__} when the {WHAT.get(change, change)} changes")
    return timed(t, label, judge, lab, change)


def connections_survive(t, lab):
    """Without steering they do not."""
    without = {key: one_change(t, lab, False, *key) for key in WITHOUT}
    lab.schedule("rr", FAMILY)
    echoed = timed(t, "rr, not steered: TCP", tcp, lab)
    lab.steer_up("real-servers", FAMILY)
    for key in WITH:
        run = one_change(t, lab, True, *key)
        if run and without.get(key):
            compare(t, key[0], without[key], run)
    lab.schedule("rr", FAMILY)
    with t.case("rr, steered: TCP as without"):
        before = steered_count(lab)
        tap.equal(tcp(lab), echoed, "connections by server and bytes")
        tap.equal(steered_count(lab), before, "packets steered")
    lab.steer_down()
    lab.stop_servers()


def msquic(t, lab):
    codec = next(c for c in test_codecs.codecs() if c["name"] == "msquic")
    lab.leaves = test_codecs.leaves(codec, lab.pool, FAMILY)
    lab.start_servers(FAMILY)
    lab.steer_up("real-servers", FAMILY)
    timed(t, "rr, steered: msquic's CIDs, lives when the port changes",
          lives, lab, "port")


def main():
    tap.isolated_or_skip()
    ipvs.require()
    t = tap.Tap()
    with ipvs.IpvsLab("rr") as lab:
        lab.start_servers(FAMILY)
        start_tcp(lab)
        connections_survive(t, lab)
        msquic(t, lab)
    sys.exit(t.finish())


if __name__ == "__main__":
    main()
