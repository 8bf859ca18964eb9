# SPDX-License-Identifier: BSD-2-Clause
"""Runs quiclb and compares all it says."""

import os
import pathlib
import subprocess

import tap
from tap import equal

BUILD = pathlib.Path(os.environ["QUICLB_BUILD"])
SOURCE = pathlib.Path(os.environ["QUICLB_SOURCE_ROOT"])
QUICLB = str(BUILD / "tools" / "quiclb")
KEY = "fdf726a9893ec05c0632d3956680baf0"
OTHER_KEY = "8f95f09245765f80256934e50c66207f"
SECRETS = [KEY, OTHER_KEY, KEY.upper(), KEY[:31], KEY[:16], OTHER_KEY[:16],
           "fd:f7:26:a9"]
T = tap.Tap()
PLAIN = ["--codec", "plain", "--config-rotation", "0"]
ENCODE = ["encode", *PLAIN, "--server-id", "c4605e"]
DECODE = ["decode", "--codec", "plain", "--server-id-len", "3",
          "--nonce-len", "4"]
FOUR = ["--codec", "four-pass", "--server-id-len", "3", "--nonce-len", "4"]


def run(*args, stdin=""):
    """A finished process: status, stdout, stderr."""
    data = stdin if isinstance(stdin, bytes) else stdin.encode()
    done = subprocess.run([QUICLB, *args], input=data, capture_output=True,
                          timeout=60, check=False)
    out, err = done.stdout.decode(), done.stderr.decode()
    for secret in SECRETS:
        assert secret not in out + err, f"a key in the output of {args}"
    return done.returncode, out, err


def expect(name, args, status, out="", err="", stdin=""):
    with T.case(name):
        equal(run(*args, stdin=stdin), (status, out, err), "result")


def refuse(name, line, args, stdin=""):
    """Status 2, nothing on stdout, exactly this line on stderr."""
    expect(name, args, 2, "", f"quiclb: {line}\n", stdin)


def line_error(number, text):
    return f"quiclb: decode: standard input, line {number}: {text}\n"


def long_header(version, dcid, first=0xc0):
    return f"{first:02x}{version:08x}{len(dcid) // 2:02x}{dcid}"


def vectors():
    """Rows of all vector files: a dictionary each, empty fields empty."""
    fields = ("name codec bits rotation length first key server_id nonce "
              "server_use cid").split()
    for path in sorted((SOURCE / "tests/vectors").glob("*.txt")):
        for line in path.read_text().splitlines():
            if line.strip() and not line.startswith("#"):
                values = ["" if w == "-" else w for w in line.split()]
                yield dict(zip(fields, values, strict=True))
