# SPDX-License-Identifier: BSD-2-Clause
"""No key is left in memory: a child uses one, its parent looks for it."""

import os
import subprocess
import sys

import pytest

CHILD = """
import os, sys, quiclb

def wait():
    print("look", flush=True)
    sys.stdin.readline()

# unbuffered, into memory that can be overwritten
key, secret = bytearray(16), bytearray(32)
assert os.readv(3, [key, secret]) == 48
config = quiclb.Config(
    codec="four-pass", server_id_len=3, nonce_len=8, key=key
)
copy = config.replace(config_rotation=1)
encoder = quiclb.Encoder(
    config, b"abc", nonce_secret=secret, mark_store=lambda mark: None
)
encoder.rotate(quiclb.Encoder(copy, b"abc", short_nonce=True))
decoder = quiclb.Decoder(config, copy)
table = quiclb.Table(quiclb.Decoder(config))
reader = table.reader()
assert reader.decode(quiclb.Encoder(config, b"abc").next()) == b"abc"
token = quiclb.reset_token(key, b"abc", encoder.next())
key[:], secret[:] = bytes(16), bytes(32)
wait()
if sys.argv[1] == "close":
    for one in (encoder, decoder, table, reader):
        one.close()
    config.wipe()
    copy.wipe()
else:
    del encoder, decoder, table, reader, config, copy
wait()
"""


def memory(pid: int) -> bytes:
    """All that the process may write to."""
    found = []
    with open(f"/proc/{pid}/maps", encoding="utf-8") as maps:
        areas = [line.split()[:2] for line in maps if "[v" not in line]
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as mem:
        for area, rights in areas:
            first, last = (int(end, 16) for end in area.split("-"))
            if rights.startswith("rw"):
                mem.seek(first)
                found.append(mem.read(last - first))
    return b"".join(found)


@pytest.mark.parametrize("way", ["close", "del"])
def test_no_key_is_left(way: str) -> None:
    key, secret = os.urandom(16), os.urandom(32)
    out, into = os.pipe()
    os.write(into, key + secret)

    def prepare() -> None:
        os.dup2(out, 3)

    with subprocess.Popen(
        [sys.executable, "-c", CHILD, way],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        pass_fds=[3],
        preexec_fn=prepare,
    ) as child:
        assert child.stdin and child.stdout
        assert child.stdout.readline() == b"look\n"
        try:
            before = memory(child.pid)
        except PermissionError:
            child.kill()
            pytest.skip("another process's memory may not be read here")
        # the child's config has it: this test would find it
        assert before.count(key) >= 1
        child.stdin.write(b"\n")
        child.stdin.flush()
        assert child.stdout.readline() == b"look\n"
        after = memory(child.pid)
        assert (after.count(key), after.count(secret)) == (0, 0)
        child.stdin.write(b"\n")
    os.close(out)
    os.close(into)
