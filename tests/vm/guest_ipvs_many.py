#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""100 connections through a NAT that rebinds them all, four servers behind
IPVS: none is lost with steering; without, all that IPVS sends to another
server are, three of four. For test_ipvs.py, inside a virtual machine. TAP."""

import collections
import os
import sys
import time

import hops
import ipvs
import lab as lab_module
import tap
import topology as topo

FAMILY = "v4"
N_SERVERS, N_BATCHES, BATCH = 4, 10, 10
PORTS = 100             # of the NAT for a batch, before and after
# from handshake to request
DELAY = min(4 * lab_module.SLOWNESS, ipvs.DELAY_CEILING)
TIMEOUT = DELAY + 2 * lab_module.SLOWNESS
SIZE = 20_000
CID_BYTES = (1 + topo.CID_CONFIG["server-id-length"]
             + topo.CID_CONFIG["nonce-length"])

# lost, moved: how many connections; steered: packets.
Outcome = collections.namedtuple("Outcome", "lost moved steered")


class Clients:
    """Batches of clients, each with an address of its own, by which the NAT
    rebinds one while those before it are at their downloads."""

    def __init__(self, lab, first_port):
        self.lab, self.first_port = lab, first_port
        self.ranges, self.clients = {}, []
        self.original = lab.root / f"many-{first_port}"
        self.original.write_bytes(os.urandom(SIZE))

    def _bind(self, batch, again):
        """The NAT's ports for a batch; what was bound before is forgotten."""
        first = self.first_port + (2 * batch + again) * PORTS
        self.ranges[_address(batch)] = first
        rules = "".join(
            f"add rule inet lab postrouting ip saddr {address} meta l4proto "
            f"udp snat ip to {topo.PUBLIC[FAMILY][0]}:{port}-"
            f"{port + PORTS - 1}\n" for address, port in self.ranges.items())
        self.lab._nft("nat", "flush chain inet lab postrouting\n" + rules)
        self.lab.exec("nat", ["conntrack", "-D", "-s", _address(batch)],
                      check=False)

    def start(self, batch):
        """Up to the end of the handshakes; then their NAT rebinds."""
        lab, accepted = self.lab, self._accepted()
        self._bind(batch, False)
        lab._batch(["-n", "client"], [
            f"address replace {_address(batch)}/24 dev eth0",
            f"route replace default via {topo.CLIENT_SIDE[FAMILY]} "
            f"src {_address(batch)}"])
        begun = time.monotonic()
        for n in range(BATCH):
            self._start_one(batch * BATCH + n)
        lab.wait_for(lambda: self._accepted() == accepted + BATCH,
                     DELAY, "connections")
        time.sleep(lab_module.SLOWNESS / 2)
        self._bind(batch, True)
        if time.monotonic() - begun > DELAY:
            raise lab.error("too late: the requests were on their way")

    def _accepted(self):
        return sum(self.lab.log(f"server-{s.name}").count("accepted")
                   for s in self.lab.pool)

    def _start_one(self, number):
        lab, vip = self.lab, topo.VIP[FAMILY]
        directory = lab.dir / f"{self.first_port}-{number}"
        directory.mkdir()
        process = lab.spawn("client", [
            "gtlsclient", "-q", f"--timeout={TIMEOUT}s",
            f"--delay-stream={DELAY}s", "--sni=lab.test",
            "--exit-on-all-streams-close", f"--download={directory}", vip,
            topo.PORT, f"https://{vip}/{self.original.name}"], "clients")
        self.clients.append((process, directory / self.original.name))

    def lost(self):
        """Waits for all; how many have not got the file."""
        self.lab.wait_for(lambda: all(p.poll() is not None
                                      for p, _ in self.clients),
                          DELAY + 10 * TIMEOUT, "end of the clients")
        content = self.original.read_bytes()
        return sum(not (path.exists() and path.read_bytes() == content)
                   for _, path in self.clients)


def _address(batch):
    return f"10.0.1.{10 + batch}"


def after_rebinding(trace, clients):
    """Of each new binding the first datagram, from which its owner can be
    told. `trace`: with hops to the VIP only."""
    first = {}
    for h in trace.hops["bridge"]:
        slot = (h.source[1] - clients.first_port) // PORTS
        if slot % 2 and h.sender == "nat":
            first.setdefault(h.source, h.payload)
    return first


def moved(lab, trace, clients):
    """How many connections IPVS sent to another server than their owner."""
    first = after_rebinding(trace, clients)
    tap.equal(len(first), len(clients.clients), "bindings after the change")
    owners = trace.owners([payload[1:1 + CID_BYTES]
                           for payload in first.values()])
    picked = lab.connections()
    return sum(picked["UDP", *binding] != owner
               for binding, owner in zip(first, owners))


def run(lab, first_port):
    trace = hops.Trace(lab, FAMILY, "udp dst port 443")
    clients = Clients(lab, first_port)
    for batch in range(N_BATCHES):
        clients.start(batch)
    lost = clients.lost()
    trace.end()
    names = {s.name for s in lab.pool}
    return Outcome(lost, moved(lab, trace, clients), sum(
        h.sender in names and h.receiver in names
        for h in trace.hops["bridge"]))


def told(lab, first_port, label):
    start = time.monotonic()
    got = run(lab, first_port)
    tap.note(f"{label}: {got.lost} of {N_BATCHES * BATCH} lost; IPVS sent "
             f"{got.moved} to another server; {got.steered} datagrams sent on;"
             f" {time.monotonic() - start:.0f} s")
    return got


def main():
    tap.isolated_or_skip()
    ipvs.require()
    t, most = tap.Tap(), N_BATCHES * BATCH // 2
    with ipvs.IpvsLab("rr", N_SERVERS) as lab:
        lab.start_servers(FAMILY)
        with t.case("100 connections, not steered: those that IPVS sends to "
                    "another server are lost, most"):
            got = told(lab, 20_000, "not steered")
            tap.equal((got.lost, got.steered), (got.moved, 0),
                      "connections lost, datagrams sent on")
            tap.equal(got.lost > most, True, "most are lost")
        with t.case("100 connections, steered: none is lost"):
            lab.steer_up("real-servers", FAMILY)
            got = told(lab, 30_000, "steered")
            tap.equal((got.lost, got.moved > most, got.steered > most),
                      (0, True, True), "none lost, most moved")
    sys.exit(t.finish())


if __name__ == "__main__":
    main()
