# SPDX-License-Identifier: BSD-2-Clause
"""The lab of tests/lab with IPVS in direct-routing mode as its balancer, for
UDP and TCP. Each UDP binding of the NAT is a new one, unless a test asks for
bindings that IPVS sends to a certain server."""

import collections
import contextlib
import ipaddress
import os
import pathlib
import shutil
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lab"))

import lab as lab_module  # noqa: E402
import network  # noqa: E402
import tap  # noqa: E402
import topology as topo  # noqa: E402

FIRST_PORT = 41_001
QUIET = 0.1 * lab_module.SLOWNESS    # seconds without a packet
MOVED = {"v4": "10.0.1.3", "v6": "fd00:1::3"}   # the client's other address
MOVES = 0.75            # of the time to its request: when it goes there
SIZE = 300_000          # bytes of a download
HANDSHAKE_BYTES = 3000  # no handshake has less, seen from the bridge
PROTOCOLS = {"u": "UDP", "t": "TCP"}
# The NAT's addresses: with two alone, sh may send both to one server.
PUBLIC = {f: [*topo.PUBLIC[f], *more] for f, more in {
    "v4": ["198.51.100.4", "198.51.100.5"],
    "v6": ["2001:db8:1::4", "2001:db8:1::5"]}.items()}
SURVEYED = 8            # ports of each, to see where they lead

# What IPVS says of a server. made: connections so far, with those that have
# ended.
Row = collections.namedtuple("Row", "method weight made")

# A download that has begun; its request goes out at this time.
Fetch = collections.namedtuple("Fetch", "original arrived client request")


def require():
    """Ends the test if there is no ipvsadm."""
    if not shutil.which("ipvsadm"):
        tap.skip_all("not installed: ipvsadm")


def host(address, port=topo.PORT):
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def _unhost(text):
    address, _, port = text.rpartition(":")
    return str(ipaddress.ip_address(address.strip("[]"))), int(port)


class IpvsLab(lab_module.Lab):
    """`scheduler`: what follows ipvsadm's -s. `balanced`: how many of the
    servers IPVS knows at first; all, if not said."""

    def __init__(self, scheduler="rr", n_servers=2, balanced=None):
        # ecmp: its routes to the VIP count for nothing once the balancer has
        # the VIP itself, and it marks no packets
        super().__init__("ecmp", n_servers)
        self.scheduler = scheduler
        self.balanced = self.pool[:balanced]
        self.next_port = FIRST_PORT
        self.surveyed = []      # (address, port, server), none used so far
        self.client_options = []

    # -- the balancer -----------------------------------------------------

    def ipvsadm(self, *lines):
        self.exec("balancer", ["ipvsadm", "-R"], stdin="\n".join(lines) + "\n")

    def _services(self, line):
        """`line` for every VIP and protocol, with {vip} filled in."""
        return [line.format(vip=f"-{p} {host(topo.VIP[f])}", family=f)
                for f in topo.FAMILIES for p in PROTOCOLS]

    def _load_rules(self):
        super()._load_rules()
        self._batch(["-n", "balancer"], [
            f"address add {topo.VIP[f]}/{topo.WHOLE[f]} dev lo"
            for f in topo.FAMILIES])
        self.ipvsadm(*self._services("-A {vip} -s " + self.scheduler))
        for server in self.balanced:
            self.balance(server)

    def schedule(self, scheduler, family):
        """Another scheduler from now on. What sh picks is known before."""
        self.scheduler = scheduler
        self.ipvsadm(*self._services("-E {vip} -s " + scheduler))
        self.surveyed = []
        if scheduler.startswith("sh"):
            self.survey(family)

    def balance(self, server):
        for f in topo.FAMILIES:
            to = host(server.address[f])
            self.ipvsadm(*(f"-a -{p} {host(topo.VIP[f])} -r {to} -g -w 1"
                           for p in PROTOCOLS))

    def unbalance(self, server):
        for f in topo.FAMILIES:
            to = host(server.address[f])
            self.ipvsadm(*(f"-d -{p} {host(topo.VIP[f])} -r {to}"
                           for p in PROTOCOLS))

    def _server_at(self, address):
        return next(s.name for s in self.pool if address in s.address.values())

    def connections(self):
        """IPVS's connection table: (protocol, address, port) -> server."""
        listing = self.exec("balancer", ["ipvsadm", "-Lnc"]).stdout
        rows = [line.split() for line in listing.splitlines()]
        return {(r[0], *_unhost(r[3])): self._server_at(_unhost(r[5])[0])
                for r in rows if r and r[0] in PROTOCOLS.values()}

    def _listing(self, family, *options):
        """((protocol, server), words) of the servers of this family's VIP, as
        `ipvsadm -Ln` says."""
        listing = self.exec("balancer", ["ipvsadm", "-Ln", *options]).stdout
        protocol = None
        for words in map(str.split, listing.splitlines()):
            if words and words[0] in PROTOCOLS.values():
                ours = _unhost(words[1])[0] == topo.VIP[family]
                protocol = words[0] if ours else None
            elif words and words[0] == "->" and protocol:
                server = self._server_at(_unhost(words[1])[0])
                yield (protocol, server), words[2:]

    def rows(self, family):
        """(protocol, server) -> Row, for the VIP of this family."""
        made = dict(self._listing(family, "--stats", "--exact"))
        return {key: Row(words[0], int(words[1]), int(made[key][0]))
                for key, words in self._listing(family)}

    # -- the NAT ----------------------------------------------------------

    def _find_homes(self):
        """Before the first packet nobody knows; see home()."""
        self._batch(["-n", "nat"], [
            f"address add {a}/{topo.PREFIX[f]} dev eth0"
            for f in topo.FAMILIES for a in PUBLIC[f][2:]])

    def home(self, family, binding=None):
        return self.connections()["UDP", *(binding or self.binding[family])]

    def survey(self, family):
        """Has IPVS pick a server for some bindings; from now on only these
        are used."""
        first = self.next_port
        self.next_port += SURVEYED
        for address in PUBLIC[family]:
            self.exec("nat", ["python3", "-ISc", network.PROBE, family,
                              address, topo.VIP[family], first,
                              self.next_port])
        picked = self.connections()
        self.surveyed = [(address, port, picked["UDP", address, port])
                         for address in PUBLIC[family]
                         for port in range(first, self.next_port)]

    def take(self, what, wanted):
        """A surveyed binding of which wanted(address, server) is true."""
        for found in self.surveyed:
            if wanted(found[0], found[2]):
                self.surveyed.remove(found)
                return found[:2]
        raise self.error(f"IPVS has no such binding: {what}")

    def _fresh(self, address):
        self.next_port += 1
        return address, self.next_port

    def nat_reset(self, family, server=None):
        first = PUBLIC[family][0]
        binding = (self.take(server, lambda address, picked: address == first
                             and server in (None, picked))
                   if self.surveyed else self._fresh(first))
        return self.nat_bind(family, binding)

    def nat_lead(self, family, server):
        """Rebinds so that IPVS picks this server."""
        return self.nat_bind(family, self.take(
            server, lambda _, picked: picked == server))

    def _candidate(self, family, binding, rebinding):
        """Not surveyed: IPVS decides when the first packet comes."""
        keeps_address = rebinding in ("port", "same-server")
        if not self.surveyed:
            return self._fresh(binding[0] if keeps_address
                               else PUBLIC[family][1])
        here = self.home(family, binding)
        return self.take(rebinding, lambda address, server:
                         (address == binding[0]) == keeps_address
                         and (server == here) == (rebinding == "same-server"))

    # -- the client -------------------------------------------------------

    def spawn(self, name, argv, log):
        more = self.client_options if log == "client" else []
        return super().spawn(name, [*argv, *more], log)

    def begin(self, family, capture, delay=lab_module.DELAY, moves=False,
              server=None):
        """A download up to the end of the handshake; `delay` later follows
        the request. `capture`: of what passes the bridge, a path. `moves`:
        the client migrates by itself before it. `server`: which IPVS is to
        pick, of those surveyed."""
        original = self.root / f"file-{time.monotonic_ns()}"
        original.write_bytes(os.urandom(SIZE))
        arrived = self.dir / "client" / original.name
        arrived.parent.mkdir(exist_ok=True)
        self.bindings_used = []
        self.nat_reset(family, server)
        self.reset_counters()
        changes = [f"--change-local-addr={int(1000 * MOVES * delay)}ms"]
        self.client_options = ([f"--delay-stream={int(1000 * delay)}ms"]
                               + changes * moves)
        client = self._start_client(family, original.name, arrived.parent,
                                    max(lab_module.IDLE_TIMEOUT, 2 * delay))
        quiet = self._quiet_since(capture)
        return Fetch(original, arrived, client,
                     quiet + delay * (MOVES if moves else 1))

    def _quiet_since(self, capture):
        """Waits for the end of the handshake: packets, then none for QUIET
        seconds. When the last came."""
        sizes, since = [capture.stat().st_size], time.monotonic()

        def quiet():
            nonlocal since
            if capture.stat().st_size != sizes[-1]:
                sizes.append(capture.stat().st_size)
                since = time.monotonic()
            return (sizes[-1] - sizes[0] > HANDSHAKE_BYTES
                    and time.monotonic() - since > QUIET)

        self.wait_for(quiet, 5 * lab_module.SLOWNESS, "end of the handshake")
        return since

    def in_time(self, fetch):
        if time.monotonic() > fetch.request:
            raise self.error("too late: the request was on its way")

    def finish(self, family, fetch):
        """What became of the download, a lab.Download."""
        start = time.monotonic()
        self.wait_for(lambda: fetch.client.poll() is not None,
                      20 * lab_module.IDLE_TIMEOUT, "end of the client")
        return self._outcome(family, fetch.client, start, fetch.original,
                             fetch.arrived)

    @contextlib.contextmanager
    def other_network(self, family):
        """The client has another address, to use when it migrates."""
        address = f"{MOVED[family]}/{topo.PREFIX[family]} dev eth0"
        route = f"route replace default via {topo.CLIENT_SIDE[family]} src "
        self._batch(["-n", "client"], ["address add " + address,
                                       route + MOVED[family]])
        try:
            yield
        finally:
            self._batch(["-n", "client"], [route + topo.CLIENT[family],
                                           "address del " + address])
