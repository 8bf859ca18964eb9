#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""QUIC stacks of other languages, with CIDs from the bindings, through a NAT
rebinding: steered packets find the server that the handshake went to, and the
connection lives where the stack's server follows its client."""

import dataclasses
import subprocess

import lab as lab_module
import parts
import tap
import topology as topo
from lab import Lab
from network import build_path
from tap import equal

PATIENCE = 20 * lab_module.SLOWNESS     # seconds for what must come
NAME = "lab.test"
CURVE = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-days", "2"]
# without a length in the first octet: these servers' CIDs have one length
CID_CONFIG = topo.CID_CONFIG | {"first-octet-encodes-cid-length": False}


@dataclasses.dataclass(frozen=True)
class Stack:
    """`language`: of the binding. `follows`: the stack's server sends to where
    its client's packets come from now."""
    name: str
    language: str
    follows: bool

    def program(self, role):
        return build_path("bindings", self.language, f"echo-{role}")

    def missing(self):
        return [path for path in map(self.program, ("server", "client"))
                if not path.exists()]

    def argv(self, role):
        """Neither installed nor linked for the place it is in."""
        library = f"LD_LIBRARY_PATH={build_path('libquiclb')}"
        return ["env", library, self.program(role)]


STACKS = (Stack("quinn", "rust", True), Stack("quic-go", "go", False))


@dataclasses.dataclass
class Exchange:
    """What became of one connection, which asks twice."""
    answers: list       # lists of words: who answered, what was asked
    survived: bool
    exit_status: int
    bindings: list      # public (address, port): before, after
    received: dict      # server name -> VIP packets its stack got
    verdicts: dict      # box that steers -> {reason: packets}


class StackLab(Lab):
    """The servers and the client are those of one stack."""

    def __init__(self, stack):
        super().__init__("nft")
        self.stack = stack
        # CIDs alone are to tell: no memory of flows
        self.leaves = {"cid-configs": [CID_CONFIG], "steered-flows": 0}

    def certificate(self):
        """Of a CA of its own: some stacks take no server for one."""
        key, cert = self.dir / "key.pem", self.dir / "cert.pem"
        if not cert.exists():
            ca_key, ca = self.dir / "ca-key.pem", self.dir / "ca.pem"
            self.run(["openssl", "req", "-x509", *CURVE, "-subj", "/CN=lab CA",
                      "-keyout", ca_key, "-out", ca])
            self.run(["openssl", "req", "-x509", *CURVE, "-CA", ca, "-CAkey",
                      ca_key, "-subj", f"/CN={NAME}", "-addext",
                      f"subjectAltName=DNS:{NAME}", "-addext",
                      "basicConstraints=CA:FALSE", "-keyout", key, "-out",
                      cert])
        return key, cert

    def _server_argv(self, server, family, servers):
        key, cert = self.certificate()
        cid_key = self.dir / "cid.key"
        cid_key.write_text(CID_CONFIG["cid-key"] + "\n")
        return [*self.stack.argv("server"), "--listen", topo.VIP[family],
                "--port", topo.PORT, "--cert", cert, "--key", key,
                "--codec", CID_CONFIG["codec"], "--config-rotation",
                CID_CONFIG["config-rotation-bits"], "--server-id",
                server.server_id, "--nonce-len", CID_CONFIG["nonce-length"],
                "--key-file", cid_key]

    def start_client(self, family):
        vip = topo.VIP[family]
        host = f"[{vip}]" if family == "v6" else vip
        argv = [*self.stack.argv("client"), "--connect",
                f"{host}:{topo.PORT}", "--ca", self.dir / "ca.pem", "--name",
                NAME]
        with open(self.log_path("client"), "wb") as log:
            client = subprocess.Popen(self.inside("client", argv), stdout=log,
                                      stderr=log, stdin=subprocess.PIPE)
        self.processes["client"] = client
        return client

    def exchange(self, family, rebinding):
        """One connection, the NAT rebinding between its two answers."""
        self.bindings_used = []
        self.nat_reset(family)
        self.reset_counters()
        before = {name: self.verdicts(name) for name in self.steering}
        client = self.start_client(family)
        self.wait_for(lambda: self.answers() or client.poll() is not None,
                      PATIENCE, "first answer")
        if not self.answers():
            raise self.error("the client has ended without an answer")
        self._wait_for_handshake(family, PATIENCE)
        if rebinding:
            self.nat_rebind(family, rebinding)
        client.communicate(b"\n", PATIENCE)
        log = self.log("client").splitlines()
        return Exchange(
            answers=self.answers(), exit_status=client.returncode,
            survived="connection survived" in log,
            bindings=list(self.bindings_used), received=self.received(family),
            verdicts={name: self._since(name, then)
                      for name, then in before.items()})

    def answers(self):
        return [line.split()[2:] for line in self.log("client").splitlines()
                if line.startswith("answer ")]

    def _since(self, name, before):
        return {reason: n - before.get(reason, 0)
                for reason, n in self.verdicts(name).items()
                if n != before.get(reason, 0)}


# -- what must be true of an exchange ----------------------------------------

def expect(condition, what, got):
    if not condition:
        raise AssertionError(f"{what}: {got}")


def owner(lab, family, got):
    """The server that the balancer chose at first; its ID must be in every
    answer."""
    name = lab.home(family, got.bindings[0])
    server = next(s for s in lab.pool if s.name == name)
    expect(got.answers, "no answer", got)
    equal(got.answers, [[server.server_id, word] for word in
                        ("one", "two")][:len(got.answers)], "answers")
    expect(got.received[name], f"no packet reached {name}", got)
    return server


def survived(got):
    expect(got.survived and len(got.answers) == 2 and got.exit_status == 0,
           "the connection is lost", got)


def lives(lab, family):
    got = lab.exchange(family, None)
    owner(lab, family, got)
    survived(got)


def lost(lab, family):
    """The other server got the packets, and did the client no good."""
    got = lab.exchange(family, "port")
    server, chosen = owner(lab, family, got), lab.home(family, got.bindings[1])
    expect(not got.survived and len(got.answers) == 1 and got.exit_status == 1,
           "the connection survived", got)
    expect(chosen != server.name and got.received[chosen],
           "no packet went to another server", got)


def steered(lab, family, role):
    """Whoever had the packets steered them all to the owner, their source
    unchanged."""
    got = lab.exchange(family, "port")
    server = owner(lab, family, got)
    equal(got.received[server.name], sum(got.received.values()),
          f"packets at the stack of {server.name}, of all")
    chosen = lab.home(family, got.bindings[1])
    expect(chosen != server.name, "the rebinding changes no server", got)
    who = chosen if role == "real-servers" else "balancer"
    mac = {s.name: s.mac for s in lab.pool} | topo.MAC
    after = [a for a in lab.arrivals(server.name, family)
             if (a.address, a.port) == got.bindings[1]]
    expect(after, "no packet came after the rebinding", got)
    equal({a.mac for a in after}, {mac[who]}, "MAC that they came from")
    n_steered = {name: n["steered"] for name, n in got.verdicts.items()
                 if "steered" in n}
    equal(list(n_steered), [who], "who steered")
    # the balancer steers before the rebinding, too
    n_after = sum(a.packets for a in after)
    expect(n_steered[who] == n_after or
           (who == "balancer" and n_steered[who] > n_after),
           f"{n_after} packets after the rebinding, others steered", got)
    if lab.stack.follows:
        survived(got)
    tap.note(f"{n_after} packets steered after the rebinding, connection "
             + ("survived" if got.survived else "lost"))


def one_part(t, stack, family):
    label = f"{stack.name} {family}"
    missing = " ".join(str(path) for path in stack.missing())
    if missing:
        with t.case(label):
            raise tap.Skip(f"not built: {missing}")
    else:
        with StackLab(stack) as lab:
            lab.start_servers(family)
            cases(t, lab, family, label)


def cases(t, lab, family, label):
    with t.case(f"{label}: lives without rebinding"):
        lives(lab, family)
    with t.case(f"{label}: lost when the port changes"):
        lost(lab, family)
    outcome = "lives" if lab.stack.follows else "packets find their server"
    for role in ("real-servers", "balancer"):
        with t.case(f"{label}, steered by {role}: {outcome} when the port "
                    "changes"):
            lab.steer_up(role, family)
            steered(lab, family, role)
        lab.steer_down()


if __name__ == "__main__":
    if not lab_module.steer_program().exists():
        tap.skip_all(f"{lab_module.steer_program().name} is not built")
    parts.main({f"{stack.name}-{family}":
                lambda t, stack=stack, family=family:
                one_part(t, stack, family)
                for stack in STACKS for family in topo.FAMILIES})
