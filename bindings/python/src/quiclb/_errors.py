# SPDX-License-Identifier: BSD-2-Clause
"""Errors: the library's numbers and texts as exceptions."""

from __future__ import annotations

from itertools import count, takewhile
from typing import Any

from quiclb._native import ffi, lib


def _names() -> dict[int, str]:
    rows = map(lib.quiclb_py_errors.__getitem__, count())
    named = takewhile(lambda row: row.name != ffi.NULL, rows)
    return {row.number: text(row.name) for row in named}


def text(pointer: Any) -> str:
    """A static string of the library."""
    string: bytes = ffi.string(pointer)
    return string.decode("ascii")


def strerror(code: int) -> str:
    """One line on an error number."""
    return text(lib.quiclb_strerror(code))


def is_unroutable(code: int) -> bool:
    """Whether it is one of what the draft calls unroutable."""
    return bool(lib.quiclb_is_unroutable(code))


class QuicLbError(Exception):
    """What the library refused; its text is the library's.

    code is the number, negative; name is that of QUICLB_ERR_<name>.
    """

    def __init__(self, code: int) -> None:
        super().__init__(strerror(code))
        self.code = code
        self.name = ERROR_NAMES.get(code, "")

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.code,)

    @property
    def is_unroutable(self) -> bool:
        """Whether the packet is to blame: expected, not a fault."""
        return is_unroutable(self.code)


class Unroutable(QuicLbError):
    """The CID names no server: an expected outcome, count it."""


def error(code: int) -> QuicLbError:
    """The exception for an error number."""
    return (Unroutable if is_unroutable(code) else QuicLbError)(code)


ERROR_NAMES = _names()
