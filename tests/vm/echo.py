# SPDX-License-Identifier: BSD-2-Clause
"""TCP at the VIP, which steering is not to touch: servers that say their name
and send everything back, and clients."""

import collections
import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lab"))

import lab as lab_module  # noqa: E402
import tap  # noqa: E402
import topology as topo  # noqa: E402

CONNECTIONS, BYTES = 6, 100_000
SECONDS = 10 * lab_module.SLOWNESS
# Says its name, then sends everything back.
SERVER = """
import socketserver, sys
class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.sendall(sys.argv[3].encode() + b"\\n")
        while data := self.request.recv(65536):
            self.request.sendall(data)
socketserver.ThreadingTCPServer.allow_reuse_address = True
server = socketserver.ThreadingTCPServer((sys.argv[1], int(sys.argv[2])), Echo)
print("listening", flush=True)
server.serve_forever()
"""
# [name, bytes that came back] of each connection.
CLIENT = """
import json, os, socket, sys, threading
def echo(connection, data):
    connection.sendall(data)
    connection.shutdown(socket.SHUT_WR)
told = []
for _ in range(int(sys.argv[3])):
    with socket.create_connection((sys.argv[1], int(sys.argv[2]))) as s:
        data = os.urandom(int(sys.argv[4]))
        threading.Thread(target=echo, args=(s, data)).start()
        with s.makefile("rb") as file:
            name, rest = file.readline().decode().strip(), file.read()
    told.append((name, len(rest) if rest == data else -1))
print(json.dumps(told))
"""


def start(lab):
    """Servers at the VIP of lab.family, which must be IPv4."""
    for s in lab.pool:
        lab.spawn(s.name, ["python3", "-ISc", SERVER, topo.VIP[lab.family],
                           topo.PORT, s.name], f"tcp-{s.name}")
    for s in lab.pool:
        lab.wait_for(lambda s=s: lab.log(f"tcp-{s.name}"), timeout=SECONDS,
                     what="TCP server")


def fetch(lab):
    """TCP connections to the VIP: who served them with how many bytes."""
    before = lab.connections()
    told = json.loads(lab.exec("client", [
        "python3", "-ISc", CLIENT, topo.VIP[lab.family], topo.PORT,
        CONNECTIONS, BYTES], timeout=SECONDS).stdout)
    made = [server for key, server in lab.connections().items()
            if key[0] == "TCP" and key not in before]
    tap.equal(sorted(name for name, _ in told), sorted(made),
              "served by the servers that IPVS picked")
    return collections.Counter(map(tuple, told))


def verdicts(lab):
    """What steering counted for the VIPs."""
    return {(name, reason): n for name in lab.steering
            for reason, n in lab.verdicts(name).items() if reason != "not_vip"}


def fetch_as(lab, wanted):
    """As before anybody steered, and who does takes it for nothing of its
    own."""
    before = verdicts(lab)
    tap.equal(fetch(lab), wanted, "connections by server and bytes")
    tap.equal(verdicts(lab), before, "packets counted")
