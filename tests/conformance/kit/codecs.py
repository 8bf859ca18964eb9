# SPDX-License-Identifier: BSD-2-Clause
"""Which configs each codec allows: the rules that programs are held to."""

from collections.abc import Iterator
from dataclasses import dataclass

CID_MAX_BYTES = 20

# Lengths beyond those of any codec, so that the illegal ones are all tried.
SERVER_ID_LENGTHS = range(0, 18)
NONCE_LENGTHS = range(0, 21)


@dataclass(frozen=True)
class Codec:
    """One codec; lengths in bytes, ranges as Python has them."""

    name: str
    bits: tuple[int, ...]
    keyed: bool
    server_ids: range
    nonces: range
    sums: range
    not_sum: int = 0
    draft: bool = True
    version: int = 0
    head: int = 1
    cid_max: int = CID_MAX_BYTES

    def allows(self, server_id: int, nonce: int) -> bool:
        """Whether the codec has such lengths."""
        total = server_id + nonce
        return (server_id in self.server_ids and nonce in self.nonces
                and total in self.sums and total != self.not_sum)

    def pairs(self, legal: bool) -> Iterator[tuple[int, int]]:
        """Lengths of server ID and nonce, all legal ones or all others."""
        for server_id in SERVER_ID_LENGTHS:
            for nonce in NONCE_LENGTHS:
                if self.allows(server_id, nonce) == legal:
                    yield server_id, nonce

    def rotations(self, bits: int) -> range:
        """The config rotations that it allows."""
        if self.draft:
            return range(0, 2 ** bits - 1)
        return range(self.version, self.version + 1)

    def room(self, server_id: int, nonce: int) -> int:
        """How many server-use bytes fit."""
        return self.cid_max - self.head - server_id - nonce


def span(low: int, high: int) -> range:
    """Both ends included."""
    return range(low, high + 1)


def four_pass(name: str, bits: tuple[int, ...]) -> Codec:
    """All four-passes have the same lengths."""
    return Codec(name, bits, True, span(1, 15), span(4, 18), span(5, 19), 16)


def mvfst(version: int, server_id: int) -> Codec:
    """Eight bytes or more; the version is where a rotation would be."""
    return Codec(f"mvfst-{version}", (2,), False,
                 span(server_id, server_id), span(7 - server_id,
                                                  19 - server_id),
                 span(7, 19), draft=False, version=version)


CODECS = {codec.name: codec for codec in (
    Codec("plain", (3, 2), False, span(1, 15), span(4, 18), span(5, 19)),
    Codec("single-pass", (3, 2), True, span(1, 15), span(4, 18),
          span(16, 16)),
    four_pass("four-pass", (3,)),
    four_pass("four-pass-12", (2,)),
    four_pass("four-pass-14", (2,)),
    four_pass("four-pass-15", (2, 3)),
    Codec("plain-07", (2,), False, span(1, 16), span(0, 18), span(1, 19)),
    Codec("stream-07", (2,), True, span(1, 15), span(4, 16), span(5, 19)),
    Codec("block-07", (2,), True, span(1, 15), span(1, 15), span(16, 16)),
    Codec("msquic", (0,), False, span(4, 4), span(9, 9), span(13, 13),
          draft=False, cid_max=14),
    mvfst(1, 2),
    mvfst(2, 3),
    mvfst(3, 4),
    Codec("quicly", (0,), True, span(8, 8), span(8, 8), span(16, 16),
          draft=False, head=0),
)}
