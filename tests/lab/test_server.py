#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The server on ngtcp2, whole: several workers, Retry, another CID config
while connections live, and a preferred address. Each by a connection that
lives through it, and by the same one lost without."""

import re
import signal

import lab as lab_module
import parts
import tap
import topology as topo
from lab import Lab
from tap import equal

N_WORKERS = 16  # a rebinding stays with its worker once in so many times
WORKERS = topo.CID_CONFIG | {"name": "workers", "nonce-length": 9,
                             "worker-length": 1}
NEXT = WORKERS | {"name": "next", "config-rotation-bits": 1,
                  "cid-key": topo.CID_CONFIG["cid-key"][::-1]}
OWN_ADDRESS = object()  # among a server's options: its own
CUT = """
add chain inet lab cut {{ type filter hook forward priority filter; }}
add rule inet lab cut {ip} daddr {vip} udp dport {port} drop
"""


class ServerLab(Lab):
    """`options`: more of the server's command line; `client`: of the
    client's."""

    def __init__(self, family, *options, configs=(topo.CID_CONFIG,)):
        super().__init__("nft")
        self.family, self.options, self.client = family, options, []
        self.leaves = {"cid-configs": list(configs)}

    def _server_argv(self, server, family, servers):
        own = [server.address[servers] if option is OWN_ADDRESS else option
               for option in self.options]
        return super()._server_argv(server, family, servers) + own

    def _start_client(self, family, name, directory, idle_timeout,
                      delay=lab_module.DELAY):
        run, self.spawn = self.spawn, lambda where, argv, log: run(
            where, argv[:1] + self.client + argv[1:], log)
        try:
            return super()._start_client(family, name, directory,
                                         idle_timeout, delay)
        finally:
            self.spawn = run

    def lives(self, rebinding=None, **options):
        got = self.download(self.family, rebinding, **options)
        if not got.ok:
            raise self.error(f"the download failed: {got}")
        return got

    def lost(self, rebinding=None):
        got = self.download(self.family, rebinding)
        if got.ok:
            raise self.error(f"the download survived: {got}")
        return got

    def logs(self):
        return "".join(self.log(f"server-{s.name}") for s in self.pool)

    def rotations(self):
        """Config rotations of the first CIDs that servers gave so far."""
        octets = re.findall(r"connection accepted ([0-9a-f]{2})", self.logs())
        return {int(octet, 16) >> 5 for octet in octets}

    def reload(self):
        """Boxes first, then servers, as the draft has it."""
        for s in self.pool:
            config = self.write_config(s.name, s, self.family)
            self.steer(s.name, "reload", "--config", config)

    def hang_up(self):
        """SIGHUP to all servers; waits for what they say."""
        said = len(re.findall("CID config (un)?changed", self.logs()))
        for s in self.pool:
            self.processes[f"server-{s.name}"].send_signal(signal.SIGHUP)
        self.wait_for(lambda: len(re.findall("CID config (un)?changed",
                                             self.logs())) == said + 2,
                      what="answer to SIGHUP")


def needs():
    for program in (lab_module.steer_program(), lab_module.project_server()):
        if not program.exists():
            raise tap.Skip(f"{program.name} is not built")


# -- workers -----------------------------------------------------------------

def handed_over(lab):
    """Datagrams, as the workers say when they end."""
    lab.stop_servers()
    counts = re.findall(r"worker \d+ handed over (\d+) datagrams", lab.logs())
    return sum(map(int, counts))


def workers(t):
    family = "v4"
    options = ["--workers", N_WORKERS]
    with t.case("several workers: connections find their worker again"):
        needs()
        with ServerLab(family, *options, configs=[WORKERS]) as lab:
            lab.start_servers(family)
            lab.steer_up("real-servers", family)
            for rebinding in ("port", "address"):
                for server in lab.pool:
                    lab.lives(rebinding, begin=server.name)
            got = handed_over(lab)
            tap.note(f"{got} datagrams handed over")
            equal(got > 0, True, "handed over")
    with t.case("several workers without worker bytes are refused"):
        needs()
        with ServerLab(family, *options) as lab:
            argv = lab._server_argv(lab.pool[0], family, family)
            done = lab.exec("rs1", argv, check=False)
            equal((done.returncode, done.stderr.count("worker-length")),
                  (1, 1), "exit status, lines that name the rule")


# -- Retry -------------------------------------------------------------------

def retry(t):
    for family in topo.FAMILIES:
        with t.case(f"Retry {family}: the connection has CIDs of its server"):
            needs()
            with ServerLab(family, "--retry") as lab:
                lab.start_servers(family)
                lab.steer_up("real-servers", family)
                lab.lives("port")


# -- rotation ----------------------------------------------------------------

def rotation(t):
    family = "v6"
    with ServerLab(family, "--workers", 2, configs=[WORKERS]) as lab:
        with t.case("another CID config: a connection from before lives, and "
                    "moves"):
            needs()
            lab.start_servers(family)
            lab.steer_up("real-servers", family)

            def rotate():
                lab.leaves = {"cid-configs": [WORKERS, NEXT]}
                lab.reload()
                lab.hang_up()
                lab.nat_rebind(family, "port")
            lab.lives(rotate, delay=2 * lab_module.DELAY,
                      idle_timeout=2 * lab_module.IDLE_TIMEOUT)
            equal(lab.rotations(), {0}, "config rotations of CIDs")
        with t.case("another CID config: new connections have CIDs of it"):
            lab.lives("port")
            equal(lab.rotations(), {0, 1}, "config rotations of CIDs")
        with t.case("a configuration that did not change changes nothing"):
            lab.hang_up()
            equal(lab.logs().count("CID config unchanged"), 2, "said so")
            lab.lives("port")
        with t.case("a configuration that is wrong changes nothing"):
            lab.leaves = {"cid-configs": [WORKERS, NEXT | {
                "name": "third", "codec": "plain"}]}
            for s in lab.pool:
                lab.write_config(s.name, s, family)
                lab.processes[f"server-{s.name}"].send_signal(signal.SIGHUP)
            lab.wait_for(lambda: lab.logs().count("ngtcp2-server:") >= 2,
                         what="complaint")
            lab.lives("port")


# -- preferred address -------------------------------------------------------

def cut(lab):
    """Nothing reaches the VIP any more."""
    lab._nft("nat", CUT.format(ip=topo.NFT_IP[lab.family], port=topo.PORT,
                               vip=topo.VIP[lab.family]))


def mend(lab):
    lab._nft("nat", "delete chain inet lab cut")


def preferred(t):
    for family in topo.FAMILIES:
        with ServerLab(family, "--preferred-address", OWN_ADDRESS,
                       "--preferred-port", 4433) as lab:
            with t.case(f"preferred address {family}: the client goes on "
                        "there when nothing reaches the VIP"):
                needs()
                lab.start_servers(family)
                lab.lives(lambda: cut(lab))
                mend(lab)
            with t.case(f"preferred address {family}: lost by a client that "
                        "does not go there"):
                lab.client = ["--no-preferred-addr"]
                lab.lost(lambda: cut(lab))
                mend(lab)


if __name__ == "__main__":
    parts.main({
        "workers": workers,
        "retry": retry,
        "rotation": rotation,
        "preferred": preferred,
    })
