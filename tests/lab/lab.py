#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The lab: network.py's network with QUIC servers, quic-steer, and a client
that downloads a file while its NAT rebinds. Judges nothing; the tests do.

As a program: `lab.py [--balancer KIND] [--servers N]` brings the lab up,
prints one line of JSON about it, and holds it until a signal comes.
"""

import argparse
import dataclasses
import filecmp
import json
import os
import signal
import time

import isolate
import tap
import topology as topo
from network import LabError, Network, build_path  # noqa: F401

SLOWNESS = int(os.environ.get("QUICLB_LAB_SLOWNESS", "1"))  # of the machine
DELAY = 1 * SLOWNESS        # seconds that the client waits before its request
IDLE_TIMEOUT = 3 * SLOWNESS  # seconds until it gives a silent connection up
REASONS = (
    "local steered from_peer decapsulated reserved no_config short_cid "
    "unknown_server server_down initial_passed not_quic truncated fragment "
    "ext_headers too_big no_neighbour other_host ttl overload icmp_steered "
    "not_vip"
).split()


class TooLate(LabError):
    """The client was to wait longer: nothing is known of the download."""


@dataclasses.dataclass
class Download:
    """What became of one download, and who had a part in it."""
    ok: bool            # complete, and identical to the original
    seconds: float
    server: str         # sent most packets
    received: dict      # server name -> VIP packets its stack got
    sent: dict          # server name -> packets it sent from the VIP
    exit_status: int
    bindings: list      # public (address, port) pairs used, in order


def steer_program():
    return build_path("tools", "quic-steer")


def project_server():
    return build_path("examples", "ngtcp2-server", "ngtcp2-server")


class Lab(Network):
    """One topology. Call isolate.enter() first."""

    def __init__(self, balancer_kind="nft", n_servers=2):
        super().__init__(balancer_kind, n_servers)
        self.steering = []
        self.leaves = {}  # top-level leaves of every configuration written

    def down(self):
        for name in list(self.steering):
            self.steer_down(name, check=False)
        super().down()

    # -- QUIC servers -----------------------------------------------------

    def certificate(self):
        key, cert = self.dir / "key.pem", self.dir / "cert.pem"
        if not cert.exists():
            self.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                      "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                      "-subj", "/CN=lab.test", "-keyout", key, "-out", cert])
        return key, cert

    @property
    def root(self):
        path = self.dir / "root"
        path.mkdir(exist_ok=True)
        return path

    def start_servers(self, family, servers=None):
        """The project's QUIC server on every real server, on the VIP of this
        family. `servers`: the family of the servers' own addresses, if
        another."""
        for s in self.pool:
            argv = self._server_argv(s, family, servers or family)
            self.spawn(s.name, argv, f"server-{s.name}")
        for s in self.pool:
            self.wait_for(lambda s=s: self._serving(s),
                          what=f"QUIC server on {s.name}")

    def stop_servers(self):
        for s in self.pool:
            self.stop(f"server-{s.name}")

    def _serving(self, server):
        log = f"server-{server.name}"
        if self.processes[log].poll() is not None:
            raise self.error(f"{log} ended")
        return self.exec(server.name, ["ss", "-Huln", "sport", "=",
                                       f":{topo.PORT}"]).stdout

    def _server_argv(self, server, family, servers):
        key, cert = self.certificate()
        config = self.write_config(server.name, server, servers)
        return [project_server(), "--config", config, "--listen", topo.VIP[family],
                "--port", topo.PORT, "--server-address",
                server.address[servers], "--cert", cert, "--key", key,
                "--root", self.root]

    # -- steering ---------------------------------------------------------

    def write_config(self, name, local, family, **changes):
        """`changes` replace top-level leaves of the configuration."""
        config = topo.steering_config(self.pool, local, family)
        config["quiclb:quic-lb"].update(self.leaves | changes)
        path = self.dir / f"{name}.json"
        path.write_text(json.dumps(config, indent=2))
        return path

    def steer(self, name, command, *arguments, **options):
        """Runs quic-steer inside a namespace, pins in a place of its own."""
        return self.exec(name, [steer_program(), command, "--bpffs",
                                self.bpffs / name, *arguments], **options)

    def steer_up(self, role="real-servers", family="v4", **changes):
        """Who steers: every real server, or the balancer in their place.
        `family`: of the servers' own addresses."""
        steered = {"real-servers": [(s.name, s) for s in self.pool],
                   "balancer": [("balancer", None)]}[role]
        for name, local in steered:
            self.steer_one_up(name, local, family, **changes)

    def steer_one_up(self, name, local, family, **changes):
        config = self.write_config(name, local, family, **changes)
        devices = [argument for device in self.layout.interfaces(name)
                   for argument in ("--interface", device)]
        self.steer(name, "up", "--config", config, *devices)
        self.steering.append(name)

    def steer_status(self, name):
        return json.loads(self.steer(name, "status", "--json").stdout)

    def verdicts(self, name):
        """Reason -> packets, over every VIP and interface of one box."""
        counts = dict.fromkeys(REASONS, 0)
        stats = self.steer(name, "stats", "--json").stdout
        _add_counts(counts, json.loads(stats))
        return {reason: n for reason, n in counts.items() if n}

    def steer_down(self, name=None, check=True):
        for one in [name] if name else list(self.steering):
            self.steer(one, "down", check=check)
            self.steering.remove(one)

    # -- the client -------------------------------------------------------

    def download(self, family, rebinding=None, size=300_000,
                 idle_timeout=IDLE_TIMEOUT, begin=None, delay=DELAY):
        """Downloads a random file of `size` bytes from the VIP. `rebinding`:
        None, or how the NAT rebinds after the handshake and before the
        request, see nat_rebind(), or a function to call then. `begin`: the
        server that the balancer picks at first, if it must be a certain one.
        `delay`: seconds that the client waits before its request."""
        original = self.root / f"file-{time.monotonic_ns()}"
        original.write_bytes(os.urandom(size))
        arrived = self.dir / "client" / original.name
        arrived.parent.mkdir(exist_ok=True)
        self.bindings_used = []
        self.nat_reset(family, begin)
        self.reset_counters()
        start = time.monotonic()
        client = self._start_client(family, original.name, arrived.parent,
                                    idle_timeout, delay)
        if rebinding:
            self._rebind(family, rebinding, start + delay)
        self.wait_for(lambda: client.poll() is not None,
                      delay + 10 * idle_timeout, "end of the client")
        return self._outcome(family, client, start, original, arrived)

    def _rebind(self, family, rebinding, request):
        """Between the handshake and the request, which is sent then."""
        try:
            self._wait_for_handshake(family, request - time.monotonic())
        except LabError as error:
            self.stop("client")
            raise TooLate(*error.args) from error
        if callable(rebinding):
            rebinding()
        else:
            self.nat_rebind(family, rebinding)
        if time.monotonic() > request:
            self.stop("client")
            raise TooLate(*self.error(
                "rebound too late: request was on its way").args)

    def _start_client(self, family, name, directory, idle_timeout,
                      delay=DELAY):
        vip = topo.VIP[family]
        host = f"[{vip}]" if family == "v6" else vip
        return self.spawn("client", [
            "gtlsclient", "-q", f"--timeout={idle_timeout}s",
            f"--handshake-timeout={idle_timeout}s",
            f"--delay-stream={delay}s", "--sni=lab.test",
            "--exit-on-all-streams-close", f"--download={directory}",
            vip, topo.PORT, f"https://{host}/{name}"], "client")

    def _wait_for_handshake(self, family, timeout):
        """A server has answered, and for a while nothing more was sent."""
        seen = []

        def quiet():
            seen.append(sum(self.sent(family).values()))
            return seen[-1] > 2 and len(seen) > 4 and len(set(seen[-4:])) == 1

        self.wait_for(quiet, timeout, "end of the handshake")

    def _outcome(self, family, client, start, original, arrived):
        sent = self.sent(family)
        same = arrived.exists() and filecmp.cmp(original, arrived, False)
        original.unlink()
        arrived.unlink(missing_ok=True)
        return Download(ok=same, seconds=time.monotonic() - start,
                        server=max(sent, key=sent.get),
                        received=self.received(family), sent=sent,
                        exit_status=client.returncode,
                        bindings=list(self.bindings_used))


def _add_counts(counts, tree):
    """Finds the counters wherever they stand in a status."""
    branches = tree.values() if isinstance(tree, dict) else tree
    if isinstance(tree, dict):
        for key in counts.keys() & tree.keys():
            counts[key] += tree[key] if isinstance(tree[key], int) else 0
    for branch in branches:
        if isinstance(branch, (dict, list)):
            _add_counts(counts, branch)


def describe(lab):
    """What a watcher outside needs to see that nothing is left behind."""
    ports = json.loads(lab.exec("lan", ["ip", "-j", "link"]).stdout)
    return {
        "pid_namespace": os.stat("/proc/self/ns/pid").st_ino,
        "network_namespaces": [os.stat("/proc/self/ns/net").st_ino] + [
            os.stat(f"{isolate.NETNS_DIR}/{n}").st_ino for n in lab.names],
        "programs": [p["xdp"]["prog"]["id"] for p in ports
                     if "prog" in p.get("xdp", {})],
        "names": sorted(os.listdir(isolate.NETNS_DIR)),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--balancer", choices=topo.BALANCER_KINDS,
                        default="nft")
    parser.add_argument("--servers", type=int, default=2)
    parser.add_argument("--fail", action="store_true",
                        help="raise an error once the lab is up")
    parser.add_argument("--once", action="store_true",
                        help="take the lab down as soon as it is up")
    options = parser.parse_args()
    tap.isolated_or_skip()
    with Lab(options.balancer, options.servers) as lab:
        print(json.dumps(describe(lab)), flush=True)
        if options.fail:
            raise lab.error("failing, as asked")
        if not options.once:
            signal.pause()


if __name__ == "__main__":
    main()
