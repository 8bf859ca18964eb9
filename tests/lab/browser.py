# SPDX-License-Identifier: BSD-2-Clause
"""Chromium as the lab's client: driven by the Chrome DevTools Protocol over
two pipes, and questioned afterwards by means of its net-log. Judges nothing."""

import base64
import collections
import contextlib
import dataclasses
import hashlib
import json
import os
import re
import select
import shutil
import subprocess
import time

import lab as lab_module
import topology as topo
from lab import Lab
from network import HERE, build_path

PROGRAM = "chromium"
PAGE = HERE / "browser"     # what the servers serve
NAME = "e2e.test"
FILES = ("first.txt", "second.txt")     # one for each fetch, see page.js
PATIENCE = 30 * lab_module.SLOWNESS     # seconds for what must come
SPARE_PORTS = 4     # of the NAT, for sockets that Chromium opens later

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
         "--disable-background-networking", "--disable-component-update",
         "--disable-sync", "--disable-extensions", "--window-size=720,540",
         "--remote-debugging-pipe", f"--origin-to-force-quic-on={NAME}:443"]
# descriptors 3 and 4 are the protocol's, and only a child can have them
AT_3_AND_4 = 'exec "$@" 3<&0 4>&1 </dev/null >&2'
DEAF = """
table inet lab {
	chain deaf { type filter hook prerouting priority raw; }
}"""
ROWS = ("[...document.querySelectorAll('tbody tr')]"
        ".map(row => [...row.cells].map(cell => cell.textContent))")

Row = collections.namedtuple("Row", "file answer protocol")
# own_moves: the server's CIDs by which Chromium moved to a socket of its own
Session = collections.namedtuple(
    "Session", "source first_dcid server_cids own_moves")


@dataclasses.dataclass
class Visit:
    """What became of two fetches, the NAT rebinding between them."""
    rows: list          # what the page shows of each, as Row
    seconds: float      # that the second took
    bindings: list      # public (address, port): before, after
    sessions: list      # the net-log's Session of each fetch, or None
    known: dict         # net-log source -> Session, all to NAME
    accepted: dict      # server name -> first CIDs of its connections
    validated: dict     # server name -> "address:port" of paths validated
    received: dict      # server name -> VIP packets its stack got
    steered: dict       # box that steers -> packets it steered


class BrowserLab(Lab):
    """Every server serves the page, and files that say which server it is."""

    def __init__(self, balancer_kind):
        super().__init__(balancer_kind)
        self.leaves = {"steered-flows": 0}  # CIDs alone are to tell

    def _server_argv(self, server, family, servers):
        argv = super()._server_argv(server, family, servers)
        root = self.dir / f"root-{server.name}"
        if not root.exists():
            shutil.copytree(PAGE, root)
            for name in FILES:
                (root / name).write_text(f"{server.name}\n")
        argv[argv.index("--root") + 1] = root
        return argv

    def _load_rules(self):
        super()._load_rules()
        self._nft("nat", DEAF)

    def nat_rebind(self, family, rebinding):
        """Also "socket": the port changes, and the NAT is deaf to the socket
        that Chromium has, until it moves the connection to another."""
        if rebinding != "socket":
            return super().nat_rebind(family, rebinding)
        flows = self.exec("nat", ["conntrack", "-L", "-p", "udp", "-d",
                                  topo.VIP[family]]).stdout
        for port in re.findall(rf"sport=(\d+) dport={topo.PORT} ", flows):
            self._nft("nat", "add rule inet lab deaf iifname inside "
                      f"udp sport {port} drop")
        return super().nat_rebind(family, "port")

    def nat_bind(self, family, binding):
        """The lab's NAT has one public port for all that the client sends.
        Here the client's next socket gets the next port, among those that
        the balancer sends where it sends `binding`: so Chromium may open a
        new connection, or probe from a port of its own."""
        super().nat_bind(family, binding)
        address, port = binding
        home = self.home(family, binding)
        ports = [port] + [p for p in topo.NAT_PORTS if p != port
                          and self.home(family, (address, p)) == home]
        self._nft("nat", each_its_port(family, address,
                                       ports[:1 + SPARE_PORTS]))
        self.exec("nat", ["conntrack", "-F"])
        return binding

    def spki(self):
        """What the servers' key is called in Chromium's arguments."""
        key, _ = self.certificate()
        pem = self.run(["openssl", "pkey", "-in", key, "-pubout"]).stdout
        der = base64.b64decode("".join(pem.splitlines()[1:-1]))
        return base64.b64encode(hashlib.sha256(der).digest()).decode()

    def visit(self, family, rebinding, directory):
        """Two fetches of one page in a new Chromium; `rebinding` as for
        nat_rebind(), or None. Leaves screenshots and net-log in directory."""
        self.bindings_used = []
        self._nft("nat", "flush chain inet lab deaf")
        self.nat_reset(family)
        self.reset_counters()
        said = {s.name: len(self.log(f"server-{s.name}")) for s in self.pool}
        steered = self._steered()
        log = directory / "net-log.json"
        with Browser(self, family, log) as browser:
            browser.open_page()
            browser.press()
            browser.screenshot(directory / "before.png")
            if rebinding:
                self.nat_rebind(family, rebinding)
            start = time.monotonic()
            rows = browser.press()
            seconds = time.monotonic() - start
            browser.screenshot(directory / "after.png")
            if rebinding and rows[0].answer == rows[1].answer:
                self._wait_for_validation(rows[0].answer, said)
            received = self.received(family)
        net_log = NetLog(log)
        logs = {name: self.log(f"server-{name}")[start:]
                for name, start in said.items()}
        return Visit(
            rows=rows, seconds=seconds, bindings=list(self.bindings_used),
            sessions=[net_log.session_of(f"https://{NAME}/{name}")
                      for name in FILES],
            known=net_log.sessions(), received=received,
            accepted=each(logs, r"^connection accepted (\w+) from"),
            validated=each(logs, r"^path validated (\S+)$"),
            steered={name: n - steered[name]
                     for name, n in self._steered().items()})

    def _steered(self):
        return {name: self.verdicts(name).get("steered", 0)
                for name in self.steering}

    def _wait_for_validation(self, server, said):
        """The answer may be there before the path is known to be good."""
        def known():
            log = self.log(f"server-{server}")[said[server]:]
            return ("path validated" in log
                    or log.count("connection accepted") > 1)

        self.wait_for(known, PATIENCE, "path validation")


def each(logs, pattern):
    return {name: re.findall(pattern, log, re.MULTILINE)
            for name, log in logs.items()}


def each_its_port(family, address, ports):
    """nft(8): in place of topo.nat_binding()."""
    ip = topo.NFT_IP[family]
    host = f"[{address}]" if family == "v6" else address
    turns = ", ".join(f"{i} : {port}" for i, port in enumerate(ports))
    return f"""
flush chain inet lab postrouting
add rule inet lab postrouting {ip} saddr {topo.CLIENT_NET[family]} \
{ip} daddr {topo.VIP[family]} meta l4proto udp \
snat {ip} to {host} : numgen inc mod {len(ports)} map {{ {turns} }}
"""


class DevTools:
    """The Chrome DevTools Protocol over a process's standard input and
    output: JSON, each message ended by a zero byte. Events are dropped."""

    def __init__(self, process, error):
        self.process, self.error = process, error
        self.buffer, self.last_id, self.session = b"", 0, None

    def call(self, method, **params):
        self.last_id += 1
        message = {"id": self.last_id, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        self.process.stdin.write(json.dumps(message).encode() + b"\0")
        self.process.stdin.flush()
        while (answer := self._next(method)).get("id") != self.last_id:
            pass
        if "error" in answer:
            raise self.error(f"{method}: {answer['error']}")
        return answer["result"]

    def _next(self, method):
        output = self.process.stdout
        while b"\0" not in self.buffer:
            if not select.select([output], [], [], PATIENCE)[0]:
                raise self.error(f"no answer to {method}")
            data = os.read(output.fileno(), 65536)
            if not data:
                raise self.error(f"Chromium has ended before {method}")
            self.buffer += data
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def attach(self):
        """From now on every call is to the first tab."""
        targets = self.call("Target.getTargets")["targetInfos"]
        tab = next(t["targetId"] for t in targets if t["type"] == "page")
        self.session = self.call("Target.attachToTarget", targetId=tab,
                                 flatten=True)["sessionId"]

    def evaluate(self, expression):
        return self.call("Runtime.evaluate", expression=expression,
                         returnByValue=True)["result"].get("value")


class Browser:
    """A Chromium of its own in the client's namespace. The net-log is whole
    when the block ends."""

    def __init__(self, lab, family, net_log):
        self.lab = lab
        with open(lab.log_path("chromium"), "wb") as log:
            self.process = subprocess.Popen(
                lab.inside("client", self._argv(family, net_log)), stderr=log,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                env=os.environ | dict.fromkeys(("HOME", "TMPDIR"),
                                                str(lab.dir)))
        lab.processes["chromium"] = self.process
        self.tools = DevTools(self.process, lab.error)

    def _argv(self, family, net_log):
        vip = topo.VIP[family]
        host = f"[{vip}]" if family == "v6" else vip
        profile = self.lab.dir / f"profile-{time.monotonic_ns()}"
        return ["sh", "-c", AT_3_AND_4, "sh", PROGRAM, *FLAGS,
                f"--user-data-dir={profile}", f"--log-net-log={net_log}",
                f"--host-resolver-rules=MAP {NAME} {host}, MAP * ~NOTFOUND",
                f"--ignore-certificate-errors-spki-list={self.lab.spki()}",
                "about:blank"]

    def __enter__(self):
        return self

    def __exit__(self, failed, *_):
        with contextlib.suppress(*[BrokenPipeError] if failed else []):
            self.tools.session = None
            self.tools.call("Browser.close")
            self.process.wait(PATIENCE)
        self.lab.stop("chromium")

    def open_page(self):
        self.tools.attach()
        patience = 1000 * PATIENCE
        self.tools.call("Page.navigate",
                        url=f"https://{NAME}/?patience={patience}")
        self.lab.wait_for(lambda: self.tools.evaluate(
            f"location.host == '{NAME}' && document.readyState == 'complete'"),
            PATIENCE, "page")

    def rows(self):
        return [Row(*cells) for cells in self.tools.evaluate(ROWS)]

    def press(self):
        """Presses the button; returns the rows when there is one more."""
        before = len(self.rows())
        self.tools.evaluate("document.querySelector('button').click()")
        self.lab.wait_for(lambda: len(self.rows()) > before, 2 * PATIENCE,
                          "end of a fetch")
        return self.rows()

    def screenshot(self, path):
        image = self.tools.call("Page.captureScreenshot")["data"]
        path.write_bytes(base64.b64decode(image))


class NetLog:
    """Chromium's own record of what it did: events, each of a source, which
    may name the source that it depends on."""

    def __init__(self, path):
        log = json.loads(path.read_text())
        names = {number: name for name, number
                 in log["constants"]["logEventTypes"].items()}
        self.events = [(names[e["type"]], e["source"]["id"],
                        e.get("params", {})) for e in log["events"]]

    def _of_type(self, wanted):
        return [(source, params) for name, source, params in self.events
                if name == wanted and params]

    def sessions(self):
        """All QUIC sessions to NAME, by source."""
        server_cids = self._by_source(
            "QUIC_SESSION_UNAUTHENTICATED_PACKET_HEADER_RECEIVED",
            "source_connection_id")
        own_moves = self._by_source("QUIC_PORT_MIGRATION_SUCCESS",
                                    "connection_id")
        return {source: Session(source, params["connection_id"],
                                sorted(set(server_cids[source])),
                                own_moves[source])
                for source, params in self._of_type("QUIC_SESSION")
                if params.get("host") == NAME}

    def _by_source(self, wanted, name):
        """The values of one parameter of one type of event."""
        result = collections.defaultdict(list)
        for source, params in self._of_type(wanted):
            if name in params:
                result[source].append(params[name])
        return result

    def session_of(self, url):
        """The session that the last request for this URL was bound to."""
        requests = {source for source, params in self._of_type(
            "URL_REQUEST_START_JOB") if params.get("url") == url}
        bound = [params["source_dependency"]["id"] for source, params
                 in self._of_type("HTTP_STREAM_REQUEST_BOUND_TO_QUIC_SESSION")
                 if source in requests]
        return self.sessions()[bound[-1]] if bound else None


def keep(directory):
    """Copies what a visit has left below the build root; returns where."""
    kept = build_path("tests-artefacts", "browser", directory.name)
    shutil.copytree(directory, kept, dirs_exist_ok=True)
    return kept
