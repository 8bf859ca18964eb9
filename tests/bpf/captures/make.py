#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Makes the captures of QUIC clients, and of the kernel's ICMP errors about
what servers send to them: `make.py [NAME...]`. Needs `scripts/setup capture`
and a build with the tools and examples/ngtcp2-server.

In the network of tests/lab, with one real server: who captures is this
server. A file holds what arrives there for the VIP, nothing else; the table
beside it holds what tshark says of each frame and, from `quiclb decode`, the
server ID. Chromium and the keys are random: no run gives the same files.
"""

import os
import pathlib
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parent.parent.parent
sys.path.insert(0, str(TOP / "tests" / "lab"))

import frames  # noqa: E402
import lab as lab_module  # noqa: E402
import pcap  # noqa: E402
import tap  # noqa: E402
import topology as topo  # noqa: E402

CONFIG = HERE / "lb.json"
PROGRAMS = pathlib.Path(os.environ.get("QUICLB_CAPTURE", "/tmp/captures"))
SERVER = "rs1"
SIZE, LARGE = 3000, 100_000_000     # bytes of files
PAGE = "<!doctype html>" + "".join(
    f"<script src=/file{n}.js></script>" for n in range(4))
# Server address in lb.json by family of the VIP: another than the one that
# tests steer from.
OWNER = {"v4": "192.0.2.20", "v6": "2001:db8:1::20"}
SECONDS = 20
LIMIT = 30              # frames of a file
RANGE = f"{topo.NAT_PORTS.start}-{topo.NAT_PORTS.stop - 1}"


class Site(lab_module.Lab):
    """The lab with one real server, whose configuration is lb.json."""

    def __init__(self):
        super().__init__("nft", n_servers=1)
        self.keys = None

    def _find_homes(self):
        """With one server there is nothing to find."""

    def nat_reset(self, family):
        return self.nat_bind(family, (topo.PUBLIC[family][0],
                                      topo.NAT_PORTS.start))

    def serve(self, family, *options, owner=None):
        key, cert = self.certificate()
        (self.root / "file").write_bytes(os.urandom(SIZE))
        (self.root / "page.html").write_text(PAGE)
        (self.root / "large").write_bytes(bytes(LARGE))
        self.spawn(SERVER, [
            lab_module.project_server(), "--config", CONFIG, "--cid-config",
            "four-pass", "--listen", topo.VIP[family], "--port", topo.PORT,
            "--server-address", owner or OWNER[family], "--cert", cert,
            "--key", key, "--root", self.root, *options], "server")
        self.wait_listening()

    def wait_listening(self):
        self.wait_for(lambda: self.exec(SERVER, [
            "ss", "-Huln", "sport", "=", f":{topo.PORT}"]).stdout,
            timeout=SECONDS, what="server")

    def client(self, argv):
        """Starts a client, with a file for the keys of its connections."""
        self.keys = self.dir / "keys"
        self.keys.unlink(missing_ok=True)
        return self.spawn("client", [
            "env", f"SSLKEYLOGFILE={self.keys}", *argv], "client")

    def gtlsclient(self, family, *options, file="file"):
        host = topo.VIP[family]
        name = f"[{host}]" if family == "v6" else host
        return self.client([
            "gtlsclient", "-q", "--timeout=3s", "--handshake-timeout=3s",
            "--exit-on-all-streams-close", "--sni=lab.test", *options, host,
            topo.PORT, f"https://{name}/{file}"])

    def end(self, process):
        self.wait_for(lambda: process.poll() is not None, SECONDS,
                      "end of the client")
        time.sleep(0.3)     # the last frames


class Taken:
    """What arrives at the server for the VIP while the block runs."""

    def __init__(self, site, family, keep=lambda row: True, limit=LIMIT):
        self.site, self.family = site, family
        self.keep, self.limit = keep, limit
        self.frames, self.rows = [], []

    def __enter__(self):
        vip = topo.VIP[self.family]
        self.path = self.site.capture(
            SERVER, expression=f"host {vip} and (udp port {topo.PORT} or icmp "
            "or icmp6)")
        return self

    def __exit__(self, kind, *_):
        self.site.stop(f"tcpdump-{SERVER}-eth0")
        if not kind:
            self._read()

    def _read(self):
        seen = pcap.read(self.path)
        keys = self.site.keys
        rows = pcap.dissect(self.path, (topo.PORT,),
                            keys if keys and keys.exists() else None)
        sender = bytes.fromhex(topo.MAC["balancer"].replace(":", ""))
        arrived = [n for n, f in enumerate(seen, 1) if f[6:12] == sender]
        if unread := set(arrived) - set(rows):
            raise self.site.error(f"not dissected: {sorted(unread)}")
        kept = [n for n in arrived if self.keep(rows[n])][:self.limit]
        if not kept:
            raise self.site.error(f"nothing, of {len(seen)} frames")
        self.frames = [seen[n - 1] for n in kept]
        self.rows = [rows[n] for n in kept]


def decoded(cids):
    """Server ID of each CID, "-" if it has none, as `quiclb decode` says."""
    told = iter(subprocess.run(
        [lab_module.build_path("tools", "quiclb"), "decode", "--config",
         CONFIG, "-"], input="\n".join(c for c in cids if c != "-") + "\n",
        text=True, capture_output=True, check=False).stdout.splitlines())
    lines = ["-" if cid == "-" else next(told) for cid in cids]
    return ["-" if line.startswith("unroutable") else line for line in lines]


def save(name, parts, issued=None):
    """`issued`: server ID by CID, where that is known."""
    packets = [f for part in parts for f in part.frames]
    rows = [r for part in parts for r in part.rows]
    servers = decoded([row.cid for row in rows])
    if issued:
        servers = [issued.get(row.cid, "-") for row in rows]
    lines = ["# frame, what, header form, version, CID, server ID"]
    for i, (row, server) in enumerate(zip(rows, servers), 1):
        what = "icmp" if row.icmp else "quic"
        lines.append(f"{i} {what} {row.form} {row.version} {row.cid} {server}")
    (HERE / f"{name}.txt").write_text("\n".join(lines) + "\n")
    pcap.write(HERE / f"{name}.pcap", packets)
    print(f"{name}: {len(packets)} frames, "
          f"{len({r.cid for r in rows})} CIDs, {servers.count('-')} of none")


# -- ngtcp2 -----------------------------------------------------------------

def ngtcp2_rebind(site):
    """The NAT rebinds between the handshake and the request."""
    site.serve("v4")
    with Taken(site, "v4") as taken:
        client = site.gtlsclient("v4", "--delay-stream=1s")
        time.sleep(0.5)
        site.nat_bind("v4", (topo.PUBLIC["v4"][1], topo.NAT_PORTS[3]))
        site.end(client)
    return [taken], None


def ngtcp2_migrate(site):
    """The client moves to another port, and with it to another CID."""
    site.serve("v6")
    site.nat_bind("v6", (topo.PUBLIC["v6"][0], RANGE))
    with Taken(site, "v6") as taken:
        site.end(site.gtlsclient("v6", "--change-local-addr=300ms",
                                 "--delay-stream=1s"))
    return [taken], None


def ngtcp2_retry(site):
    """A version that the server does not know, then the one it offers, and
    Retry; on the server that tests steer from."""
    site.serve("v4", "--retry", owner="192.0.2.10")
    with Taken(site, "v4") as taken:
        site.end(site.gtlsclient("v4", "--version=0x1a2a3a4a",
                                 "--preferred-versions=v1"))
    return [taken], None


def chromium(site, family):
    site.serve(family)
    host = topo.VIP[family]
    site.nat_bind(family, (topo.PUBLIC[family][0], RANGE))
    pin = site.run(["sh", "-c", f"openssl x509 -in {site.certificate()[1]} "
                    "-noout -pubkey | openssl pkey -pubin -outform der | "
                    "openssl dgst -sha256 -binary | base64"]).stdout.strip()
    with Taken(site, family) as taken:
        client = site.client([
            "chromium", "--headless=new", "--no-sandbox", "--disable-gpu",
            f"--user-data-dir={site.dir}/chromium", "--disable-extensions",
            "--disable-background-networking", "--no-first-run",
            "--host-resolver-rules=MAP lab.test "
            + (f"[{host}]" if family == "v6" else host),
            f"--origin-to-force-quic-on=lab.test:{topo.PORT}",
            f"--ignore-certificate-errors-spki-list={pin}",
            f"--ssl-key-log-file={site.keys}", "--dump-dom",
            "https://lab.test/page.html"])
        site.end(client)
    return [taken], None


# -- servers of others, with CIDs from a list -------------------------------

def listed(site, family, argv, *encode):
    """A server and a client that bring their own; their CIDs are made here."""
    server_id = {"v4": "0002", "v6": "0012"}[family]
    cids = site.run([lab_module.build_path("tools", "quiclb"), "encode",
                     "--server-id", server_id, "--count", "100",
                     *encode]).stdout.split()
    (site.dir / "cids").write_text("\n".join(cids) + "\n")
    host = topo.VIP[family]
    address = f"[{host}]:443" if family == "v6" else f"{host}:443"
    key, cert = site.certificate()
    site.nat_bind(family, (topo.PUBLIC[family][0], RANGE))
    site.spawn(SERVER, [argv, "serve", address, cert, key, site.dir / "cids",
                        f"{len(cids[0]) // 2:02x}"], "server")
    site.wait_listening()
    with Taken(site, family) as taken:
        site.end(site.client([argv, "get", address]))
    return [taken], dict.fromkeys(cids, server_id)


def quic_go(site, family):
    return listed(site, family, PROGRAMS / "quicgo", "--codec", "plain",
                  "--config-rotation", "1", "--nonce-len", "6",
                  "--encode-length")


def quinn(site, family):
    return listed(site, family, PROGRAMS / "quinn/target/debug/quinn-capture",
                  "--codec", "single-pass", "--config-rotation", "2",
                  "--nonce-len", "14", "--key",
                  "fdf726a9893ec05c0632d3956680baf0")


# -- ICMP errors of the kernels on the way ------------------------------------

METRIC = {"v4": [], "v6": ["metric", "256"]}  # of the kernel's own routes
ALONE = """
import socket, sys
family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
with socket.socket(family, socket.SOCK_DGRAM) as s:
    s.sendto(bytes.fromhex(sys.argv[3]), (sys.argv[1], int(sys.argv[2])))
"""


def is_error(row):
    return row.icmp


def hop_limit(site, n):
    for key in ("net.ipv4.ip_default_ttl", "net.ipv6.conf.all.hop_limit",
                "net.ipv6.conf.default.hop_limit",
                "net.ipv6.conf.eth0.hop_limit"):
        site.exec(SERVER, ["sysctl", "-q", "-w", f"{key}={n}"])


def path_mtu(site, family, mtu):
    """Of the NAT's way to the client, for what it forwards."""
    site.exec("nat", ["ip", "route", "replace", topo.CLIENT_NET[family], "dev",
                      "inside", *METRIC[family], "mtu", "lock", mtu])


def gone_at_once(site, family):
    """A client that has left when the server answers its first packet."""
    first = frames.parse(pcap.read(HERE / "ngtcp2-rebind.pcap")[0]).payload
    with Taken(site, family, limit=3) as taken:
        site.exec("client", ["python3", "-ISc", ALONE, topo.VIP[family],
                             topo.PORT, first.hex()])
        time.sleep(1)
    return taken


def gone_later(site, family):
    """A client that is killed in the middle of a download."""
    with Taken(site, family, limit=None) as taken:
        client = site.gtlsclient(family, file="large")
        time.sleep(0.4)
        client.kill()
        site.end(client)
    return first_and_errors(taken)


def first_and_errors(taken):
    """The handshake, one packet with a short header, and errors."""
    short = [row.form for row in taken.rows if not row.icmp].index("short")
    packets, errors = [], []
    for i, row in enumerate(taken.rows):
        (errors if row.icmp else packets).append(i)
    kept = sorted(packets[:short + 1] + errors[:2])
    taken.rows = [taken.rows[i] for i in kept]
    taken.frames = [taken.frames[i] for i in kept]
    return taken


def too_far_at_first(site, family):
    hop_limit(site, 1)
    with Taken(site, family, is_error, limit=2) as taken:
        site.end(site.gtlsclient(family))
    hop_limit(site, 64)
    return taken


def too_far_later(site, family):
    with Taken(site, family) as taken:
        client = site.gtlsclient(family, "--delay-stream=1s")
        time.sleep(0.5)
        hop_limit(site, 1)
        site.end(client)
    hop_limit(site, 64)
    return first_and_errors(taken)


def narrow(site, family, mtu):
    path_mtu(site, family, mtu)
    with Taken(site, family) as taken:
        site.end(site.gtlsclient(family))
    path_mtu(site, family, 1500)
    return taken


def too_big(site, family):
    return first_and_errors(narrow(site, family, 1300))


def too_big_at_first(site, family):
    taken = narrow(site, family, 1000)
    taken.rows, taken.frames = taken.rows[:4], taken.frames[:4]
    return taken


def icmp(site, family):
    """What the server is told: port unreachable, time exceeded, too big; about
    long headers and about short ones."""
    site.nat_bind(family, (topo.PUBLIC[family][0], RANGE))
    makers = [gone_at_once, too_far_at_first, gone_later, too_far_later,
              too_big]
    if family == "v4":  # IPv6 has no way that is too narrow for the first ones
        makers.append(too_big_at_first)
    parts = []
    for make in makers:
        site.serve(family)
        parts.append(make(site, family))
        site.stop("server")
    return parts, None


CAPTURES = {
    "ngtcp2-rebind": (ngtcp2_rebind,), "ngtcp2-migrate": (ngtcp2_migrate,),
    "ngtcp2-retry": (ngtcp2_retry,),
    "chromium-v4": (chromium, "v4"), "chromium-v6": (chromium, "v6"),
    "quic-go-v4": (quic_go, "v4"), "quic-go-v6": (quic_go, "v6"),
    "quinn-v4": (quinn, "v4"), "quinn-v6": (quinn, "v6"),
    "icmp-v4": (icmp, "v4"), "icmp-v6": (icmp, "v6"),
}


def main():
    names = sys.argv[1:] or list(CAPTURES)
    tap.isolated_or_skip()
    for name in names:
        make, *arguments = CAPTURES[name]
        with Site() as site:
            try:
                save(name, *make(site, *arguments))
            except AssertionError as problem:
                raise site.error(str(problem)) from problem


if __name__ == "__main__":
    main()
