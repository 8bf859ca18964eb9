# SPDX-License-Identifier: BSD-2-Clause
"""What belongs to no object: versions, codecs, presets, single bytes."""

from __future__ import annotations

from itertools import count, takewhile
from typing import Iterator, NamedTuple

from quiclb._errors import error, text
from quiclb._native import ffi, lib
from quiclb._objects import Bytes, view


class Codec(NamedTuple):
    """A codec, as the library knows it."""

    name: str
    number: int
    is_keyed: bool
    rotation_bits: int


def version() -> str:
    """MAJOR.MINOR.PATCH of the library that is linked."""
    return text(lib.quiclb_version())


def cpu() -> int:
    """What of the CPU the library makes use of; 0: nothing special."""
    features: int = lib.quiclb_cpu()
    return features


def _codecs() -> Iterator[Codec]:
    number = lib.quiclb_codec_next(0)
    while number > 0:
        yield Codec(
            text(lib.quiclb_codec_name(number)),
            number,
            bool(lib.quiclb_codec_is_keyed(number)),
            lib.quiclb_codec_rotation_bits(number),
        )
        number = lib.quiclb_codec_next(number)


def codecs() -> list[Codec]:
    """All codecs, by number."""
    return list(_codecs())


def presets() -> list[str]:
    """Names for Config.preset()."""
    names = map(lib.quiclb_py_presets.__getitem__, count())
    return [text(x) for x in takewhile(lambda x: x != ffi.NULL, names)]


def unroutable(cid_len: int) -> bytes:
    """A CID that says it carries no server ID; one per connection at most."""
    out = ffi.new("uint8_t[]", cid_len)
    lib.quiclb_unroutable(out, cid_len)
    cid: bytes = ffi.buffer(out)[:]
    return cid


def reset_token(reset_key: Bytes, server_id: Bytes, cid: Bytes) -> bytes:
    """The stateless reset token of a CID, for one server alone.

    server_id is this server's own, whatever the CID decodes to.
    """
    key, mine, data = view(reset_key), view(server_id), view(cid)
    out = ffi.new("uint8_t[]", lib.QUICLB_RESET_TOKEN_BYTES)
    code = lib.quiclb_reset_token(
        key, len(key), mine, len(mine), data, len(data), out
    )
    if code:
        raise error(code)
    token: bytes = ffi.buffer(out)[:]
    return token
