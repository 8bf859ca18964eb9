#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Makes tunnels.pcap and its table: captured QUIC packets in the tunnels of
Linux 6.1, which runs guest_capture.py in a virtual machine. Needs
`scripts/setup capture` and the captures of make.py. Frames are read back by
tshark: the innermost packet must be the captured one. Of GUE it sees the port
only.
"""

import io
import json
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent.parent / d) for d in ("lab", "vm")]

import frames  # noqa: E402
import pcap  # noqa: E402
import vm  # noqa: E402

SERIES, SECONDS, GUE = "6.1", 300, 6080
# By server: a capture with a small packet that has a long header.
SOURCES = {"0001": "ngtcp2-retry", "0002": "ngtcp2-rebind",
           "0012": "ngtcp2-migrate"}


def smallest(server, name):
    """Payload and row of the shortest packet with a CID of the server."""
    rows = [line.split() for line in
            (HERE / f"{name}.txt").read_text().splitlines()[1:]]
    packets = pcap.read(HERE / f"{name}.pcap")
    return min(((frames.parse(packets[int(r[0]) - 1]).payload, r) for r in rows
                if r[5] == server and r[2] != "short"),
               key=lambda pair: len(pair[0]))


def told(packets):
    """What the guest printed, split."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump({s: p.hex() for s, (p, _) in packets.items()}, file)
        file.flush()
        output = io.BytesIO()
        status = vm.run(SERIES, ["python3", str(HERE / "guest_capture.py"),
                                 file.name], SECONDS, output)
    text = output.getvalue().decode()
    if status:
        sys.exit(f"exit status {status}\n{text}")
    return [line.split() for line in text.splitlines()]


def innermost(path):
    """By tshark: last UDP port and first DCID of each frame."""
    fields = subprocess.run(
        ["tshark", "-n", "-r", str(path), "-d", "udp.port==443,quic", "-T",
         "fields", "-e", "udp.dstport", "-e", "quic.dcid"], check=True,
        capture_output=True, text=True, timeout=60).stdout.splitlines()
    return [(line.split("\t")[0].split(",")[-1],
             line.split("\t")[1].split(",")[0]) for line in fields]


def main():
    packets = {s: smallest(s, name) for s, name in SOURCES.items()}
    seen = told(packets)
    path = HERE / "tunnels.pcap"
    pcap.write(path, [bytes.fromhex(line[3]) for line in seen])
    lines = ["# frame, tunnel, header form, version, CID, server ID"]
    for i, (line, inner) in enumerate(zip(seen, innermost(path)), 1):
        row = packets[line[2]][1]
        if inner not in (("443", row[4]), (str(GUE), "")):
            sys.exit(f"{i} {line[0]}: tshark sees {inner}, sent {row[4]}")
        lines.append(" ".join([str(i), line[0], *row[2:]]))
    path.with_suffix(".txt").write_text("\n".join(lines) + "\n")
    print(f"tunnels: {len(seen)} frames")


if __name__ == "__main__":
    main()
