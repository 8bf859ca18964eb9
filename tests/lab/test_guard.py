#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The loop guard: servers that disagree about the owner of a server ID do not
bounce a packet, and when the guard does not know a peer's MAC address, TTL
ends it. IP forwarding is off on all real servers."""

import contextlib
import itertools
import time

import lab as lab_module
import parts
import tap
import topology as topo
from lab import Lab
from shots import Range
from tap import equal

# A next hop serves 50 jiffies, which is 0.5 s at 100 Hz: a second, and patience
# with a machine that does other things besides.
NEXT_HOP_ENDS = 1.0 * lab_module.SLOWNESS   # seconds
PATIENCE = 5 * NEXT_HOP_ENDS
ECHO_SERVER = """
import socket, sys
s = socket.create_server((sys.argv[1], 443), family=socket.AF_INET6
                         if ":" in sys.argv[1] else socket.AF_INET)
while True:
    c, _ = s.accept()
    with c:
        while data := c.recv(65536):
            c.sendall(data)
"""
ECHO_CLIENT = """
import os, socket, sys
text, back = os.urandom(100_000), b""
with socket.create_connection((sys.argv[1], 443), 5) as s:
    for i in range(0, len(text), 10_000):
        s.sendall(text[i:i + 10_000])
        while len(back) < i + 10_000:
            back += s.recv(65536)
assert back == text
"""


@contextlib.contextmanager
def steering(lab, servers, owners):
    """Every box steers by its own idea of who owns which server ID.
    `owners`: box -> {server ID: server}; `servers`: family of addresses."""
    try:
        for box, mapping in owners.items():
            lab.steer_one_up(box.name, box, servers, **{
                "server-pool": topo.server_pool(mapping, servers)})
        yield
    finally:
        lab.steer_down(check=False)


def agreeing(*boxes):
    return {box: {b.server_id: b for b in boxes} for box in boxes}


def disagreeing(*boxes):
    """Every box says of ID 0002 that the next box has it, and of ID 0001
    that it has it itself; all of them know all of them."""
    known = {f"ff{n:02x}": box for n, box in enumerate(boxes)}
    return {box: {**known, "0001": box,
                  "0002": boxes[(n + 1) % len(boxes)]}
            for n, box in enumerate(boxes)}


def ip_forwarding(lab, server):
    """Family -> what the kernel says of forwarding, but for lo's."""
    names = ["net.ipv4.ip_forward", "net.ipv4.conf.all.forwarding",
             "net.ipv4.conf.eth0.forwarding", "net.ipv6.conf.all.forwarding",
             "net.ipv6.conf.eth0.forwarding"]
    return lab.exec(server.name, ["sysctl", "-n", *names]).stdout.split()


def lo_forwarding(lab, server):
    return lab.exec(server.name, [
        "sysctl", "-n", "net.ipv4.conf.lo.forwarding",
        "net.ipv6.conf.lo.forwarding"]).stdout.split()


def expect_no_forwarding(lab):
    for server in lab.pool:
        equal(ip_forwarding(lab, server), ["0"] * 5, server.name)


def forwarding_is_off(t, lab):
    with t.case("IP forwarding is off, up allows it on lo alone"):
        for server in lab.pool:
            equal(lo_forwarding(lab, server), ["0", "0"], "lo before")
        with steering(lab, "v4", agreeing(*lab.pool)):
            expect_no_forwarding(lab)
            for server in lab.pool:
                equal(lo_forwarding(lab, server), ["1", "1"], "lo")
        expect_no_forwarding(lab)
        for server in lab.pool:
            equal(lo_forwarding(lab, server), ["0", "0"], "lo after")


# -- two servers that disagree ----------------------------------------------

def expect_one_forward(shot, first, second, count=1, ttl=64):
    """The first box sends each packet on, the second passes it as the
    peer's: by the frames on the wire, both boxes' verdicts, and the stacks."""
    equal(shot.forwards, count, "forwards")
    ways = {(f.to, f.source, f.ttl) for f in shot.frames}
    equal(ways, {(first.mac, topo.MAC["balancer"], ttl),
                 (second.mac, first.mac, ttl - 1)}, "frames on the wire")
    equal(sum(f.source == first.mac for f in shot.frames), count,
          f"frames from {first.name}")
    assert all(f.checksums_good for f in shot.frames), "a bad checksum"
    verdicts = {name: v for name, v in shot.verdicts.items() if v}
    equal(verdicts, {first.name: {"steered": count},
                     second.name: {"from_peer": count}}, "verdicts")
    stacks = {name: n for name, n in shot.stacks.items() if n}
    equal(stacks, {second.name: count}, "arrivals at the stacks")


def two_disagree(t, shots, vip, servers):
    lab = shots.lab
    one, two = lab.pool
    label = f"two disagree, {vip} VIP, {servers} servers"
    with steering(lab, servers, disagreeing(one, two)):
        with t.case(f"{label}: one packet, one forward, either way"):
            expect_no_forwarding(lab)
            for first, second in ((one, two), (two, one)):
                shot = shots.shoot(vip, first.mac, "0002")
                expect_one_forward(shot, first, second)
        with t.case(f"{label}: 300 packets, 300 forwards, either way"):
            for first, second in ((one, two), (two, one)):
                shot = shots.shoot(vip, first.mac, "0002", count=300)
                expect_one_forward(shot, first, second, 300)
        with t.case(f"{label}: an ID that each calls its own stays"):
            shot = shots.shoot(vip, two.mac, "0001", count=10)
            equal(shot.forwards, 0, "forwards")
            equal(shot.verdicts, {"rs1": {}, "rs2": {"local": 10}}, "verdicts")
        with t.case(f"{label}: TTL 2 is enough for one forward"):
            shot = shots.shoot(vip, one.mac, "0002", ttl=2)
            expect_one_forward(shot, one, two, ttl=2)
        with t.case(f"{label}: TTL 1 is passed as it came"):
            shot = shots.shoot(vip, one.mac, "0002", ttl=1)
            equal([f.ttl for f in shot.frames], [1], "frames")
            equal(shot.verdicts, {"rs1": {"ttl": 1}, "rs2": {}}, "verdicts")
            equal(shot.stacks, {"rs1": 1, "rs2": 0}, "stacks")
        with t.case(f"{label}: what a peer's MAC sends is never steered"):
            shot = shots.shoot(vip, one.mac, "0002", source=two.mac)
            equal(shot.forwards, 0, "forwards")
            equal(shot.verdicts, {"rs1": {"from_peer": 1}, "rs2": {}},
                  "verdicts")
            # the bridge believed the forged source: let it learn again
            shots.shoot(vip, one.mac, "0001", sender="nat")
            lab.exec("rs2", ["ip", "neigh", "flush", "dev", "eth0"])


# -- the guard does not know the peers' MACs --------------------------------

def virtual_mac(server):
    """A VRRP address: any other would pass as other_host."""
    return f"00:00:5e:00:01:{server.number:02x}"


def set_neighbour(lab, box, server, family, mac, state):
    lab.exec(box.name, ["ip", "neigh", "replace", server.address[family],
                        "lladdr", mac, "dev", "eth0", "nud", state])


@contextlib.contextmanager
def virtual_macs(lab, family):
    """Every server is reached by a MAC address that it does not send from,
    as with VRRP; neighbour entries are the administrator's."""
    for server in lab.pool:
        lab.exec("lan", ["bridge", "fdb", "replace", virtual_mac(server),
                         "dev", server.name, "master", "static"])
    for box, server in itertools.permutations(lab.pool, 2):
        set_neighbour(lab, box, server, family, virtual_mac(server),
                      "permanent")
    try:
        yield
    finally:
        for box in lab.pool:
            lab.exec(box.name, ["ip", "neigh", "flush", "dev", "eth0", "nud",
                                "all"], check=False)


def expect_ended_by_ttl(shot, ttl):
    """Forwards count down the TTL; whoever gets 1 keeps the packet."""
    equal(sorted(f.ttl for f in shot.frames), list(range(1, ttl + 1)),
          "TTLs on the wire")
    assert shot.forwards <= ttl, f"{shot.forwards} forwards with TTL {ttl}"
    total = {}
    for verdicts in shot.verdicts.values():
        for reason, n in verdicts.items():
            total[reason] = total.get(reason, 0) + n
    want = {"steered": ttl - 1, "ttl": 1}
    equal(total, {r: n for r, n in want.items() if n}, "verdicts")


def expect_heals(shots, vip, to, good, what):
    """Sends until good(port) holds, and says how long that took."""
    start = time.monotonic()
    while True:
        port = shots.send(vip, to, "0002", ttl=8)
        time.sleep(0.05 * lab_module.SLOWNESS)
        took = time.monotonic() - start
        if good(port):
            tap.note(f"{what} after {took:.2f} s")
            return
        if took > PATIENCE:
            raise shots.lab.error(f"not healed: {what}")


def guard_blind(t, shots, vip, servers):
    lab = shots.lab
    one, two = lab.pool[:2]
    owners = disagreeing(*lab.pool)
    label = f"{len(owners)} disagree, MACs stale, {vip} VIP, {servers} servers"
    with virtual_macs(lab, servers), steering(lab, servers, owners):
        for ttl in (1, 2, 3, 8, 64, 255):
            with t.case(f"{label}: TTL {ttl} is the bound"):
                expect_ended_by_ttl(
                    shots.shoot(vip, one.mac, "0002", ttl=ttl), ttl)
        with t.case(f"{label}: 50 packets of TTL 8 are 350 forwards"):
            shot = shots.shoot(vip, one.mac, "0002", ttl=8, count=50)
            equal(shot.forwards, 50 * 7, "forwards")
        for box, server in itertools.permutations(lab.pool, 2):
            set_neighbour(lab, box, server, servers, server.mac, "reachable")
        guard_returns(t, shots, vip, label)


def guard_returns(t, shots, vip, label):
    """The neighbours' MACs are right again. A box learns the MAC of each
    server that it sends to; of others, when it reads its file again."""
    lab = shots.lab
    one, two = lab.pool[:2]
    if len(lab.pool) > 2:
        with t.case(f"{label}: until reload, TTL is the bound"):
            time.sleep(NEXT_HOP_ENDS)
            shot = shots.shoot(vip, one.mac, "0002", ttl=8, count=5)
            assert shot.forwards <= 5 * 8, f"{shot.forwards} forwards"
        for box in lab.pool:
            lab.steer(box.name, "reload", "--config",
                      lab.dir / f"{box.name}.json")
    with t.case(f"{label}: the guard is back once the MACs are right"):
        expect_heals(shots, vip, one.mac,
                     lambda port: len(shots.crossed(port)) == 2,
                     f"{label}: guard is back")
        expect_one_forward(shots.shoot(vip, one.mac, "0002"), one, two)


@contextlib.contextmanager
def new_macs(lab, *servers):
    """Gives servers other MACs, and tells all neighbours (gratuitous ARP,
    unsolicited NA); yields server -> MAC."""
    macs = {s: topo.mac(0xb0 + s.number) for s in servers}
    for server, mac in macs.items():
        lab.exec(server.name, ["sysctl", "-qw",
                               "net.ipv4.conf.eth0.arp_notify=1",
                               "net.ipv6.conf.eth0.ndisc_notify=1"])
        set_mac(lab, server, mac)
    try:
        yield macs
    finally:
        for server in servers:
            set_mac(lab, server, server.mac)


def set_mac(lab, server, mac):
    lab.exec(server.name, ["ip", "link", "set", "eth0", "address", mac])
    for family in topo.FAMILIES:    # went with the MAC: the way back
        lab.exec(server.name, ["ip", "route", "replace", "default", "via",
                               topo.PUBLIC[family][0]])


def ping(lab, box, server, family):
    """Both then know each other's MAC."""
    lab.exec(box.name, ["python3", "-ISc", f"""
import socket
family = socket.AF_INET6 if {family!r} == "v6" else socket.AF_INET
socket.socket(family, socket.SOCK_DGRAM).sendto(
    b"", ({server.address[family]!r}, 9))"""])
    lab.wait_for(lambda: "lladdr" in lab.exec(
        box.name, ["ip", "neigh", "show", "to",
                   server.address[family]]).stdout, what="neighbour")


def guard_learns(t, shots, vip, servers):
    lab = shots.lab
    one, two = lab.pool
    label = f"both MACs changed after up, {vip} VIP, {servers} servers"
    owners = disagreeing(one, two)
    with steering(lab, servers, owners), new_macs(lab, one, two) as macs:
        with t.case(f"{label}: the guard learns, no bounce but the first"):
            ping(lab, one, two, servers)
            ping(lab, two, one, servers)
            shot = shots.shoot(vip, macs[one], "0002")
            equal(shot.verdicts, {"rs1": {"steered": 1, "from_peer": 1},
                                  "rs2": {"steered": 1}}, "first verdicts")
            equal([(f.source, f.ttl) for f in shot.frames],
                  [(topo.MAC["balancer"], 64), (macs[one], 63),
                   (macs[two], 62)], "first packet on the wire")
            for first, second in ((one, two), (two, one)):
                shot = shots.shoot(vip, macs[first], "0002", count=20)
                equal(shot.verdicts, {first.name: {"steered": 20},
                                      second.name: {"from_peer": 20}},
                      "verdicts")
                equal(shot.forwards, 20, "forwards")


# -- a server gets another MAC ----------------------------------------------

def mac_changes(t, shots, vip, servers):
    lab = shots.lab
    one, two = lab.pool
    label = f"the server's MAC changes, {vip} VIP, {servers} servers"
    with steering(lab, servers, agreeing(one, two)):
        with t.case(f"{label}: steered packets find it"):
            shot = shots.shoot(vip, one.mac, "0002", count=5)
            equal(shot.stacks, {"rs1": 0, "rs2": 5}, "before")
            with new_macs(lab, two) as macs:
                expect_heals(
                    shots, vip, one.mac,
                    lambda port: shots.stacks(vip, port)["rs2"] == 1,
                    f"{label}: first arrival")
                shot = shots.shoot(vip, one.mac, "0002", count=20)
                equal(shot.stacks, {"rs1": 0, "rs2": 20}, "after")
                equal({f.to for f in shot.frames}, {one.mac, macs[two]},
                      "MACs on the wire")


def peer_unresolved(t, shots, vip, servers):
    lab = shots.lab
    one, two = lab.pool
    label = f"no MAC for the server, {vip} VIP, {servers} servers"
    with steering(lab, servers, agreeing(one, two)):
        with t.case(f"{label}: packets pass where they are, none is lost"):
            lab.exec("lan", ["ip", "link", "set", "rs2", "down"])
            lab.exec("rs1", ["ip", "neigh", "flush", "dev", "eth0"])
            time.sleep(NEXT_HOP_ENDS)
            shot = shots.shoot(vip, one.mac, "0002", count=10)
            equal(shot.forwards, 0, "forwards")
            equal(shot.verdicts["rs1"], {"no_neighbour": 10}, "verdicts")
            equal(shot.stacks, {"rs1": 10, "rs2": 0}, "stacks")
            rows = lab.steer_status("rs1")["servers"]
            equal({r["address"]: r["reach"] for r in rows},
                  {one.address[servers]: "local",
                   two.address[servers]: "unresolved"}, "status")
        with t.case(f"{label}: reload asks for it again"):
            lab.exec("lan", ["ip", "link", "set", "rs2", "up"])
            lab.steer("rs1", "reload", "--config", lab.dir / "rs1.json")
            expect_heals(shots, vip, one.mac,
                         lambda port: shots.stacks(vip, port)["rs2"] == 1,
                         f"{label}: first arrival")


# -- more boxes -------------------------------------------------------------

def three_disagree(t, shots, vip):
    lab = shots.lab
    one, two, three = lab.pool
    ring = ((one, two), (two, three), (three, one))
    label = f"three disagree in a ring, {vip}"
    with steering(lab, vip, disagreeing(one, two, three)):
        with t.case(f"{label}: one forward wherever it comes in"):
            expect_no_forwarding(lab)
            for first, second in ring:
                shot = shots.shoot(vip, first.mac, "0002", count=20)
                expect_one_forward(shot, first, second, 20)
    with steering(lab, vip, {box: {"0001": box, "0002": after}
                             for box, after in ring}):
        with t.case(f"{label}, none knows who comes before: TTL ends it"):
            for ttl in (1, 2, 3, 4, 64):
                expect_ended_by_ttl(
                    shots.shoot(vip, one.mac, "0002", ttl=ttl), ttl)
    guard_blind(t, shots, vip, vip)


def balancer_in_the_pool(t, shots, vip):
    lab = shots.lab
    one, two = lab.pool
    balancer = topo.Balancer()
    label = f"the balancer is a server too, {vip}"
    with steering(lab, vip, agreeing(one, two, balancer)):
        with t.case(f"{label}: it steers straight to the owner"):
            shot = shots.shoot(vip, balancer.mac, "0002", count=10,
                               sender="nat")
            equal(shot.verdicts, {"rs1": {}, "rs2": {"local": 10},
                                  "balancer": {"steered": 10}}, "verdicts")
            equal(shot.stacks, {"rs1": 0, "rs2": 10}, "stacks")
        with t.case(f"{label}: what it balances away does not come back"):
            shot = shots.shoot(vip, balancer.mac, balancer.server_id,
                               count=10, sender="nat")
            equal(shot.verdicts, {"rs1": {"from_peer": 10}, "rs2": {},
                                  "balancer": {"local": 10}}, "verdicts")
            equal(shot.forwards, 10, "forwards")
        with t.case(f"{label}: a server steers to it"):
            shot = shots.shoot(vip, two.mac, balancer.server_id, sender="nat")
            equal(shot.verdicts["rs2"], {"steered": 1}, "verdicts")
            equal(shot.verdicts["balancer"], {"local": 1}, "verdicts")


# -- TCP --------------------------------------------------------------------

def tcp_passes(t, lab, role):
    for server in lab.pool:
        for vip in topo.FAMILIES:
            lab.spawn(server.name, ["python3", "-ISc", ECHO_SERVER,
                                    topo.VIP[vip]], f"echo-{vip}-{server.name}")
    lab.steer_up(role)
    for vip in topo.FAMILIES:
        with t.case(f"TCP to the same VIP and port, {vip}, {role} steer"):
            boxes = list(lab.steering)
            before = {b: lab.verdicts(b) for b in boxes}
            lab.wait_for(lambda vip=vip: lab.exec(
                "client", ["python3", "-ISc", ECHO_CLIENT, topo.VIP[vip]],
                check=False).returncode == 0, what="echo over TCP")
            moved = {reason for b in boxes
                     for reason, n in lab.verdicts(b).items()
                     if n != before[b].get(reason, 0)}
            equal(moved, {"not_vip"}, "reasons that moved")
    lab.steer_down()
    for log in [log for log in lab.processes if log.startswith("echo-")]:
        lab.stop(log)


def two_servers(t, vip):
    with Lab("nft") as lab:
        shots = Range(lab)
        for servers in topo.FAMILIES:
            two_disagree(t, shots, vip, servers)
            mac_changes(t, shots, vip, servers)
            guard_learns(t, shots, vip, servers)
            peer_unresolved(t, shots, vip, servers)
            guard_blind(t, shots, vip, servers)


def three_servers(t):
    with Lab("nft", n_servers=3) as lab:
        shots = Range(lab)
        for vip in topo.FAMILIES:
            three_disagree(t, shots, vip)


def others(t):
    with Lab("nft") as lab:
        forwarding_is_off(t, lab)
        for role in ("real-servers", "balancer"):
            tcp_passes(t, lab, role)
    with Lab("map") as lab:
        shots = Range(lab)
        for vip in topo.FAMILIES:
            balancer_in_the_pool(t, shots, vip)


if __name__ == "__main__":
    parts.main({
        "two servers, v4": lambda t: two_servers(t, "v4"),
        "two servers, v6": lambda t: two_servers(t, "v6"),
        "three servers": three_servers,
        "others": others,
    })
