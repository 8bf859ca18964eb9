# SPDX-License-Identifier: BSD-2-Clause
"""Capture files, and what tshark reads in them: the table that stands beside
each. Knows no config and no server."""

import collections
import struct
import subprocess

HEADER = struct.Struct("<LHHllLL")
RECORD = struct.Struct("<LLLL")
MAGIC, ETHERNET = 0xa1b2c3d4, 1
FIELDS = ("frame.number", "quic.header_form", "quic.version", "quic.dcid",
          "quic.scid", "icmp.type", "icmpv6.type", "quic.long.packet_type",
          "quic.token_length")
# By quic.long.packet_type, which unknown versions have not.
FORMS = {"": "long", "0": "initial", "1": "0-rtt", "2": "handshake",
         "3": "retry"}

# form: one of FORMS, "initial-token", "short"; version: hex, of a long header;
# cid: hex, the DCID, or in an ICMP error the SCID of the packet that it quotes;
# "-": none.
Row = collections.namedtuple("Row", "number icmp form version cid")


def read(path):
    """Frames of a file that tcpdump wrote on this machine."""
    data, frames, offset = path.read_bytes(), [], HEADER.size
    while offset < len(data):
        size = RECORD.unpack_from(data, offset)[2]
        offset += RECORD.size
        frames.append(data[offset:offset + size])
        offset += size
    return frames


def write(path, frames):
    """Times are the frames' numbers: one run's file is like another's."""
    parts = [HEADER.pack(MAGIC, 2, 4, 0, 0, 65535, ETHERNET)]
    for i, frame in enumerate(frames):
        parts += [RECORD.pack(i + 1, 0, len(frame), len(frame)), frame]
    path.write_bytes(b"".join(parts))


def dissect(path, ports=(443,), keys=None):
    """A Row for each frame in which tshark finds QUIC; the first packet of a
    datagram counts."""
    argv = ["tshark", "-n", "-r", str(path), "-T", "fields"]
    for port in ports:
        argv += ["-d", f"udp.port=={port},quic"]
    if keys:
        argv += ["-o", f"tls.keylog_file:{keys}"]
    for field in FIELDS:
        argv += ["-e", field]
    lines = subprocess.run(argv, check=True, capture_output=True, text=True,
                           timeout=60).stdout.splitlines()
    rows = (_row(line.split("\t")) for line in lines)
    return {row.number: row for row in rows if row}


def _row(texts):
    number, form, version, dcid, scid, icmp, icmp6, kind, token = [
        text.split(",")[0] for text in texts]
    error = bool(icmp or icmp6)
    if not form:
        return None
    if form not in ("1", "True"):
        return Row(int(number), error, "short", "-",
                   "-" if error else dcid or "-")
    name = FORMS[kind] + ("-token" if token not in ("", "0") else "")
    return Row(int(number), error, name, version,
               (scid if error else dcid) or "-")
