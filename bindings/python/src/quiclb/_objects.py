# SPDX-License-Identifier: BSD-2-Clause
"""What all objects around C's have in common: ends, locks, forks, bytes."""

from __future__ import annotations

import os
from threading import RLock
from types import TracebackType
from typing import Any, NoReturn, Optional, TypeVar, Union
from weakref import WeakSet

from quiclb._native import ffi

Bytes = Union[bytes, bytearray, memoryview]
# typing has its own from Python 3.11 on
Self = TypeVar("Self", bound="Ending")


def view(data: Bytes) -> Any:
    """Bytes where they lie: nothing is copied, so nothing is to be wiped."""
    return ffi.from_buffer("uint8_t[]", data)


class Ending:
    """Ends where its with block does."""

    def _end(self) -> None:
        raise NotImplementedError

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        value: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        self._end()

    def __reduce__(self) -> NoReturn:
        # a copy would share, and free again, what this one owns
        raise TypeError(f"{type(self).__name__} cannot be copied or pickled")


class Locked(Ending):
    """One thread at a time, for C asks for that and cffi lets go of the GIL.

    The lock may be taken again by its thread, so that a signal handler or a
    destructor that runs in the middle of a method does no harm either.
    """

    def __init__(self) -> None:
        self._lock = RLock()
        _all.add(self)

    def close(self) -> None:
        """Wipes and frees what is this object's; twice is once."""
        raise NotImplementedError

    def _end(self) -> None:
        self.close()

    def _renew_lock(self) -> None:
        self._lock = RLock()


def _after_fork() -> None:
    # a thread that is not in the child may have held any of them
    for one in list(_all):
        one._renew_lock()


_all: WeakSet[Locked] = WeakSet()
os.register_at_fork(after_in_child=_after_fork)
