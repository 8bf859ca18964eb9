# SPDX-License-Identifier: BSD-2-Clause
"""Brings up the network of topology.py inside the namespaces of isolate.py,
runs programs in it, rebinds its NAT, and counts packets. Knows no QUIC.
"""

import collections
import json
import os
import pathlib
import shutil
import subprocess
import time

import isolate
import topology as topo

# nft, ethtool and others live where not every PATH looks.
os.environ["PATH"] = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parent.parent
TAIL_LINES = 12
PROBE = """
import socket, sys
family = socket.AF_INET6 if sys.argv[1] == "v6" else socket.AF_INET
for port in range(int(sys.argv[4]), int(sys.argv[5])):
    with socket.socket(family, socket.SOCK_DGRAM) as s:
        s.bind((sys.argv[2], port))
        s.sendto(b"probe", (sys.argv[3], 443))
"""

Arrival = collections.namedtuple("Arrival", "mac address port packets")


class LabError(Exception):
    """Something in the lab went wrong; carries the log tails."""


def build_path(*parts):
    build = os.environ.get("QUICLB_BUILD") or TOP / "build"
    return pathlib.Path(build).resolve().joinpath(*parts)


class Network:
    """One topology. Call isolate.enter() first."""

    layout = topo   # who is where; routed.py has another

    def __init__(self, balancer_kind="nft", n_servers=2):
        if balancer_kind not in topo.BALANCER_KINDS:
            raise ValueError(f"no balancer kind {balancer_kind!r}")
        self.balancer_kind = balancer_kind
        self.pool = self.layout.servers(n_servers)
        self.names = self.layout.namespaces(self.pool)
        self.dir = pathlib.Path(isolate.RUN_DIR, f"lab-{time.monotonic_ns()}")
        self.bpffs = pathlib.Path(isolate.BPFFS)
        self.processes = {}
        self.homes = {}
        self.binding = {}
        self.bindings_used = []

    def __enter__(self):
        try:
            self.up()
        except BaseException:
            self.down()
            raise
        return self

    def __exit__(self, *_):
        self.down()

    # -- up and down ------------------------------------------------------

    def up(self):
        self.dir.mkdir()
        for name in self.names:
            self.run(["ip", "netns", "add", name])
            self.exec(name, ["sysctl", "-q", "-w",
                             *topo.sysctls(name, self.balancer_kind)])
        self._batch([], self.layout.links(self.pool))
        batches = self.layout.batches(self.pool, self.balancer_kind)
        for name, lines in batches.items():
            self._batch(["-n", name], lines)
        for family in ("-4", "-6"):
            self._batch(["-n", "balancer", family], topo.mark_rules(self.pool))
        self._offloads_off()
        self._pass_on_bridge_ports()
        self._load_rules()
        self._find_homes()
        for family in topo.FAMILIES:
            self.nat_reset(family)

    def down(self):
        for process in self.processes.values():
            self._kill(process)
        self._keep_logs()
        for name in self.names:
            self.run(["ip", "netns", "delete", name], check=False)
        shutil.rmtree(self.dir, ignore_errors=True)

    def _batch(self, options, lines):
        self.run(["ip", *options, "-batch", "-"], stdin="\n".join(lines))

    def _offloads_off(self):
        for name in ["client"] + [s.name for s in self.pool]:
            self.exec(name, ["ethtool", "-K", "eth0", "tx", "off"])

    def _pass_on_bridge_ports(self):
        program = self._pass_program()
        for port in self.layout.steering_ports(self.pool):
            self.exec("lan", ["ip", "link", "set", "dev", port, "xdpdrv",
                              "obj", program, "sec", "xdp"])

    def _pass_program(self):
        built = build_path("tests", "lab", "xdp_pass.bpf.o")
        if built.exists():
            return str(built)
        output = pathlib.Path(isolate.RUN_DIR, built.name)
        if not output.exists():
            machine = os.uname().machine
            self.run(["clang", "-O2", "-g", "-target", "bpf", "-mcpu=v2",
                      f"-I/usr/include/{machine}-linux-gnu", "-c",
                      str(HERE / "xdp_pass.bpf.c"), "-o", str(output)])
        return str(output)

    def _load_rules(self):
        self._nft("client", topo.client_rules())
        self._nft("nat", topo.nat_rules())
        self._nft("balancer",
                  topo.balancer_rules(self.pool, self.balancer_kind))
        for s in self.pool:
            self._nft(s.name, topo.server_rules())

    def _nft(self, name, text):
        self.exec(name, ["nft", "-f", "-"], stdin=text)

    # -- programs ---------------------------------------------------------

    def run(self, argv, check=True, timeout=30, stdin=None):
        """Runs a program to its end, outside the lab's network."""
        try:
            result = subprocess.run(argv, input=stdin or "", text=True,
                                    capture_output=True, timeout=timeout,
                                    check=False)
        except subprocess.TimeoutExpired as expired:
            raise self.error(str(expired)) from expired
        if check and result.returncode != 0:
            raise self.error(f"{' '.join(map(str, argv))}: exit status "
                             f"{result.returncode}\n{result.stdout}"
                             f"{result.stderr}")
        return result

    @staticmethod
    def inside(name, argv):
        """Not `ip netns exec`: that hides /sys/fs/bpf."""
        return ["nsenter", f"--net={isolate.NETNS_DIR}/{name}", "--",
                *map(str, argv)]

    def exec(self, name, argv, **options):
        return self.run(self.inside(name, argv), **options)

    def spawn(self, name, argv, log):
        """Starts a program that is killed when the lab goes down; its output
        goes to the log of this name."""
        with open(self.log_path(log), "wb") as output:
            process = subprocess.Popen(self.inside(name, argv), stdout=output,
                                       stderr=output,
                                       stdin=subprocess.DEVNULL)
        self.processes[log] = process
        return process

    def stop(self, log):
        self._kill(self.processes.pop(log))

    @staticmethod
    def _kill(process):
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(2)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def wait_for(self, condition, timeout=5, what="condition"):
        deadline = time.monotonic() + timeout
        while not (result := condition()):
            if time.monotonic() > deadline:
                raise self.error(f"no {what} within {timeout} s")
            time.sleep(0.02)
        return result

    # -- logs -------------------------------------------------------------

    def log_path(self, log):
        return self.dir / f"{log}.log"

    def log(self, log):
        return self.log_path(log).read_text(errors="replace")

    def error(self, message):
        """A LabError with the end of every log."""
        tails = []
        for path in sorted(self.dir.glob("*.log")):
            lines = path.read_text(errors="replace").splitlines()
            tails += [f"-- {path.name}, last {TAIL_LINES} lines:"]
            tails += lines[-TAIL_LINES:]
        return LabError("\n".join([message.rstrip(), *tails]))

    def _keep_logs(self):
        keep = os.environ.get("QUICLB_LAB_KEEP")
        if keep and self.dir.exists():
            target = pathlib.Path(keep, self.dir.name)
            target.mkdir(parents=True, exist_ok=True)
            for path in self.dir.glob("*.*[gp]"):
                shutil.copy(path, target)

    # -- the NAT ----------------------------------------------------------

    def _find_homes(self):
        """Asks the balancer, by trying every binding, where each one leads:
        (family, address, port) -> server name."""
        for family in topo.FAMILIES:
            for address in topo.PUBLIC[family]:
                self.exec("nat", ["python3", "-ISc", PROBE, family, address,
                                  topo.VIP[family], topo.NAT_PORTS.start,
                                  topo.NAT_PORTS.stop])
        expected = (len(topo.FAMILIES) * len(topo.PUBLIC["v4"])
                    * len(topo.NAT_PORTS))
        self.wait_for(lambda: len(self._read_homes()) == expected,
                      what="answer about where the balancer sends each binding")
        self.reset_counters()

    def survey(self):
        """Asks anew: the balancer's choices have changed. Nobody steers."""
        self.homes.clear()
        self.reset_counters()
        self.exec("nat", ["conntrack", "-F"])   # probes need these ports
        self._find_homes()

    def _read_homes(self):
        for s in self.pool:
            for family in topo.FAMILIES:
                for a in self.arrivals(s.name, family):
                    self.homes[family, a.address, a.port] = s.name
        return self.homes

    def home(self, family, binding=None):
        """The server that the balancer picks for a binding."""
        return self.homes[(family, *(binding or self.binding[family]))]

    def _candidate(self, family, binding, rebinding):
        """The first other binding of this kind that the balancer sends to
        another server; for "same-server", to the same one; or None."""
        address, port = binding
        other = [a for a in topo.PUBLIC[family] if a != address]
        ports = [(address, p) for p in topo.NAT_PORTS if p != port]
        candidates = {"port": ports, "same-server": ports,
                      "address": [(a, port) for a in other]}[rebinding]
        stays = rebinding == "same-server"
        for candidate in candidates:
            same = self.home(family, candidate) == self.home(family, binding)
            if same == stays:
                return candidate
        return None

    def nat_reset(self, family, server=None):
        """Takes a binding from which every kind of rebinding is possible.
        `server`: which the balancer is to pick for it."""
        for port in topo.NAT_PORTS:
            binding = (topo.PUBLIC[family][0], port)
            if server in (None, self.home(family, binding)) and all(
                    self._candidate(family, binding, r)
                    for r in ("port", "address", "same-server")):
                return self.nat_bind(family, binding)
        raise self.error(f"no {family} binding that can change servers")

    def binding_to(self, family, server):
        """The first binding that the balancer sends to this server."""
        for address in topo.PUBLIC[family]:
            for port in topo.NAT_PORTS:
                if self.home(family, (address, port)) == server:
                    return address, port
        raise self.error(f"no {family} binding leads to {server}")

    def nat_bind(self, family, binding):
        """From now on the client's UDP to the VIP leaves from here; what was
        bound before is forgotten."""
        self._nft("nat", topo.nat_binding(family, *binding))
        self.exec("nat", ["conntrack", "-F"])
        self.binding[family] = binding
        self.bindings_used.append(binding)
        return binding

    def nat_rebind(self, family, rebinding):
        """`rebinding`: "port" or "address", either to another server than
        before; or "same-server", a new port that changes no server."""
        return self.nat_bind(family, self._candidate(
            family, self.binding[family], rebinding))

    def nat_rebind_port(self, family):
        return self.nat_rebind(family, "port")

    def nat_rebind_address(self, family):
        return self.nat_rebind(family, "address")

    # -- counting ---------------------------------------------------------

    def arrivals(self, server, family):
        """VIP packets that reached the stack, by (source MAC, address, port).
        The MAC tells who handed them over: balancer or another server."""
        listing = json.loads(self.exec(
            server, ["nft", "-j", "list", "set", "inet", "lab",
                     f"from_{family}"]).stdout)
        elements = listing["nftables"][-1]["set"].get("elem", [])
        return [Arrival(*e["elem"]["val"]["concat"],
                        e["elem"]["counter"]["packets"]) for e in elements]

    def received(self, family):
        return {s.name: sum(a.packets for a in self.arrivals(s.name, family))
                for s in self.pool}

    def sent(self, family):
        result = {}
        for s in self.pool:
            listing = json.loads(self.exec(
                s.name, ["nft", "-j", "list", "counter", "inet", "lab",
                         f"sent_{family}"]).stdout)
            result[s.name] = listing["nftables"][-1]["counter"]["packets"]
        return result

    def reset_counters(self):
        lines = [f"flush set inet lab from_{f}\nreset counter inet lab sent_{f}"
                 for f in topo.FAMILIES]
        for s in self.pool:
            self._nft(s.name, "\n".join(lines))

    def capture(self, name, device="eth0", expression="udp port 443"):
        """Starts tcpdump; returns the path that it writes to. Without -s the
        kernel's buffer has room for 32 frames only."""
        path = self.dir / f"{name}-{device}.pcap"
        log = f"tcpdump-{name}-{device}"
        self.spawn(name, ["tcpdump", "--immediate-mode", "-U", "-Z", "root",
                          "-s", "2048", "-B", "16384", "-i", device, "-w",
                          path, expression], log)
        self.wait_for(lambda: "listening on" in self.log(log),
                      what="tcpdump")
        return path
