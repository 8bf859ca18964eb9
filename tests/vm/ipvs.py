# SPDX-License-Identifier: BSD-2-Clause
"""The lab of tests/lab with IPVS as its balancer, for UDP and TCP: by direct
routing, unless a test says otherwise. Each UDP binding of the NAT is a new one,
unless a test asks for bindings that IPVS sends to a certain server."""

import collections
import contextlib
import ipaddress
import os
import pathlib
import shutil
import signal
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lab"))

import hops  # noqa: E402
import lab as lab_module  # noqa: E402
import tap  # noqa: E402
import topology as topo  # noqa: E402

FIRST_PORT = 41_001
QUIET = 0.1 * lab_module.SLOWNESS    # seconds without a packet
MOVED = {"v4": "10.0.1.3", "v6": "fd00:1::3"}   # the client's other address
MOVES = 0.75            # of the time to its request: when it goes there
DELAY_CEILING = 25      # seconds; servers give a client up after 30
# Seconds that cost nothing where all is well: of a client, and of ourselves.
CLIENT_PATIENCE, PATIENCE = (n * lab_module.SLOWNESS for n in (45, 150))
SIZE = 300_000          # bytes of a download
PROTOCOLS = {"u": "UDP", "t": "TCP"}
# The NAT's addresses: with two alone, sh may send both to one server.
PUBLIC = {f: [*topo.PUBLIC[f], *more] for f, more in {
    "v4": ["198.51.100.4", "198.51.100.5"],
    "v6": ["2001:db8:1::4", "2001:db8:1::5"]}.items()}
SURVEYED = 8            # ports of each, to see where they lead
PROBE = """
import socket, sys
vip, first, end, *addresses = sys.argv[1:]
for source in [(a, p) for a in addresses for p in range(int(first), int(end))]:
    with socket.socket(socket.AF_INET6 if ":" in vip else socket.AF_INET,
                       socket.SOCK_DGRAM) as s:
        s.bind(source)
        s.sendto(b"probe", (vip, 443))
"""
# What the kernel says of a network namespace: file under /proc/PID/net, how
# UDP is told from the rest.
GOT, SENT = ("InDatagrams", "NoPorts"), ("OutDatagrams",)
COUNTERS = {"v4": ("snmp", "Udp:"), "v6": ("snmp6", "Udp6")}

# What IPVS says of a server. made: new connections.
Row = collections.namedtuple("Row", "method weight made")

# A download that has begun; its client stands still since the handshake.
Fetch = collections.namedtuple("Fetch", "original arrived client")


class TooLate(Exception):
    """The client may have gone on before it was stopped."""


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

    method = "-g"       # of ipvsadm: how packets get to servers

    def __init__(self, scheduler="rr", n_servers=2, balanced=None):
        # ecmp: its routes to the VIP count for nothing once the balancer has
        # the VIP itself, and it marks no packets
        super().__init__("ecmp", n_servers)
        self.scheduler = scheduler
        self.balanced = self.pool[:balanced]
        self.next_port = FIRST_PORT
        self.surveyed = []      # (address, port, server), none used so far
        self.client_options = []
        self.delay = lab_module.DELAY   # from a handshake to a request
        self.counted = {}       # datagrams, at the last reset
        self.family = "v4"      # of the VIP that story.py looks at

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

    # Never less than PATIENCE: who waits here waits for a success.

    def wait_for(self, condition, timeout=5, what="condition"):
        return super().wait_for(condition, max(timeout, PATIENCE), what)

    def run(self, argv, check=True, timeout=30, stdin=None):
        return super().run(argv, check, max(timeout, PATIENCE), stdin)

    def outer(self, _sender, _receiver, _ttl):
        """The hops.Outer between these two: no tunnel here."""

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
            self.ipvsadm(*(f"-a -{p} {host(topo.VIP[f])} -r {to} -w 1 "
                           + self.method for p in PROTOCOLS))

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

    def rows(self, family, made):
        """(protocol, server) -> Row, for the VIP of this family. `made`:
        connections as connections() says. (IPVS's own counters are up to two
        seconds late.)"""
        counts = collections.Counter((key[0], server)
                                     for key, server in made.items())
        listing = self.exec("balancer", ["ipvsadm", "-Ln"]).stdout
        result, protocol = {}, None
        for words in map(str.split, listing.splitlines()):
            if words and words[0] in PROTOCOLS.values():
                ours = _unhost(words[1])[0] == topo.VIP[family]
                protocol = words[0] if ours else None
            elif words and words[0] == "->" and protocol:
                key = protocol, self._server_at(_unhost(words[1])[0])
                result[key] = Row(words[2], int(words[3]), counts[key])
        return result

    # -- servers ----------------------------------------------------------

    def _serving(self, server):
        log = f"server-{server.name}"
        if self.processes[log].poll() is not None:
            raise self.error(f"{log} ended")
        return "listening" in self.log(log)

    # Programs take long to start here: none for what the kernel counts itself.

    def _udp(self, family, what):
        """Server name -> datagrams so far, by its kernel."""
        file, mark = COUNTERS[family]
        result = {}
        for s in self.pool:
            pid = self.processes[f"server-{s.name}"].pid
            lines = pathlib.Path(f"/proc/{pid}/net/{file}").read_text().split(
                "\n")
            words = [line.split() for line in lines if line.startswith(mark)]
            counts = (dict(zip(*words)) if family == "v4" else
                      {w[0].removeprefix(mark): w[1] for w in words})
            result[s.name] = sum(int(counts[name]) for name in what)
        return result

    def _since(self, family, what):
        before = self.counted[family, what]
        return {name: n - before[name]
                for name, n in self._udp(family, what).items()}

    def received(self, family):
        return self._since(family, GOT)

    def sent(self, family):
        return self._since(family, SENT)

    def reset_counters(self):
        self.counted = {(f, what): self._udp(f, what)
                        for f in topo.FAMILIES for what in (GOT, SENT)}

    def steer_again(self, family, **changes):
        """All that steer go on by another configuration."""
        for s in self.pool:
            config = self.write_config(f"steer-{s.name}", s, family, **changes)
            self.steer(s.name, "reload", "--config", config)

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
        self.exec("nat", ["python3", "-ISc", PROBE, topo.VIP[family], first,
                          self.next_port, *PUBLIC[family]])
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
              server=None, patience=CLIENT_PATIENCE):
        """A download up to the end of the handshake, where its client stands
        still. `capture`: of what passes the bridge, a path. `moves`: the
        client then migrates by itself before its request. `server`: which
        IPVS is to pick, of those surveyed. `patience`: of the client, seconds
        without an answer. TooLate, if it may have gone on by then: it does
        `delay` after the handshake, or migrates after MOVES of that."""
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
        acts = time.monotonic() + delay * (MOVES if moves else 1)
        client = self._start_client(family, original.name, arrived.parent,
                                    max(patience, 2 * delay))
        self._wait_for_quiet(capture, self.binding[family])
        client.send_signal(signal.SIGSTOP)
        if time.monotonic() > acts:
            client.kill()
            raise TooLate(f"no end of the handshake within {delay} s")
        return Fetch(original, arrived, client)

    def _wait_for_quiet(self, capture, binding):
        """Until the client has sent a packet with a short header, which it
        does after its handshake, and then nobody any for QUIET seconds."""
        start = size = capture.stat().st_size
        since, done = 0, False

        def quiet():
            nonlocal size, since, done
            now = capture.stat().st_size
            if now != size:
                size, since = now, time.monotonic()
                done = done or hops.short_headers(capture, binding, start)
            return done and time.monotonic() - since > QUIET

        self.wait_for(quiet, PATIENCE, "end of the handshake")

    def go_on(self, fetch):
        """The client wakes up, and sends its request when it is time."""
        fetch.client.send_signal(signal.SIGCONT)

    def finish(self, family, fetch, hopeless=None):
        """What became of the download, a lab.Download. `hopeless`: a function
        that may say so before the client gives up."""
        start, client = time.monotonic(), fetch.client
        self.wait_for(lambda: (client.poll() is not None
                               or hopeless and hopeless()),
                      PATIENCE, "end of the client")
        if client.poll() is None:
            client.kill()
            client.wait()
        return self._outcome(family, client, start, fetch.original,
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
