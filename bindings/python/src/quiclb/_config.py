# SPDX-License-Identifier: BSD-2-Clause
"""Configs: what servers and decoders must agree on."""

from __future__ import annotations

from dataclasses import InitVar, dataclass, field, fields
from typing import Any, Optional

from quiclb._errors import error, text
from quiclb._native import ffi, lib
from quiclb._objects import Bytes, Ending


def _wipe(config: Any) -> None:
    lib.quiclb_wipe(config, ffi.sizeof(config[0]))


def _empty() -> Any:
    """An initialised struct that is wiped before its memory is reused."""
    config = ffi.gc(ffi.new("struct quiclb_config *"), _wipe)
    lib.quiclb_config_init(config)
    return config


def _codec_number(name: str) -> int:
    number: int = lib.quiclb_codec_by_name(name.encode())
    if number < 0:
        raise error(number)
    return number


@dataclass(frozen=True, kw_only=True, eq=False)
class Config(Ending):
    """One config, checked when it is made.

    Python cannot wipe a bytes object: where that matters, read the key into a
    bytearray, and overwrite that.  The copy in here is C's memory: wipe(),
    leaving a with block, and the destructor zero it.
    """

    codec: str
    config_rotation: int = 0
    server_id_len: int = 0
    nonce_len: int = 0
    server_use_len: int = 0
    encode_length: bool = False
    rotation_bits: int = 0  # 0: as is usual for the codec
    worker_len: int = 0
    uncounted_len: int = 0
    key: InitVar[Optional[Bytes]] = None
    has_key: bool = field(init=False)

    def __post_init__(self, key: Optional[Bytes]) -> None:
        config = _empty()
        config.codec = _codec_number(self.codec)
        for name in _NUMBERS:
            setattr(config, name, getattr(self, name))
        if key is not None:
            _put_key(config, key)
        object.__setattr__(self, "has_key", key is not None)
        object.__setattr__(self, "_struct", config)
        code = lib.quiclb_config_check(config)
        if code:
            raise error(code)

    @classmethod
    def preset(cls, name: str, **changes: Any) -> Config:
        """A layout by the name of who uses it; see presets().

        Keyword arguments are those of Config and win over the preset's.
        """
        config = _empty()
        code = lib.quiclb_config_preset(config, name.encode())
        if code:
            raise error(code)
        return cls(**_public(config) | changes)

    def replace(self, **changes: Any) -> Config:
        """A copy, key included, with other values for some members."""
        old = self.struct()
        if self.has_key:
            # in place: no copy of the key that nobody could wipe
            changes.setdefault("key", ffi.buffer(old.key))
        return type(self)(**_public(old) | changes)

    def struct(self) -> Any:
        """C's struct, owned by this object."""
        struct = self.__dict__["_struct"]
        if not struct.size:
            raise ValueError("config was wiped")
        return struct

    def wipe(self) -> None:
        """Zeroes this object's copy of the key, and ends its use."""
        _wipe(self.__dict__["_struct"])

    def _end(self) -> None:
        self.wipe()


# Members of the same name and meaning as C's.
_NUMBERS = [
    member.name
    for member in fields(Config)
    if member.name not in ("codec", "has_key")
]


def _public(config: Any) -> dict[str, Any]:
    """All of C's struct but the key, as keyword arguments."""
    public = {name: getattr(config, name) for name in _NUMBERS}
    public["codec"] = text(lib.quiclb_codec_name(config.codec))
    public["encode_length"] = bool(config.encode_length)
    return public


def _put_key(config: Any, key: Bytes) -> None:
    size = ffi.sizeof(config.key)
    source = memoryview(key)
    if source.nbytes != size:
        raise ValueError(f"a key has {size} bytes, not {source.nbytes}")
    ffi.memmove(config.key, source, size)
    config.has_key = 1
