# SPDX-License-Identifier: BSD-2-Clause
"""Functions of the user's that the library calls.

No exception crosses C: it waits here for the thread that made the call.
"""

from __future__ import annotations

import logging
from threading import get_ident
from typing import Any, Callable, Optional

from quiclb._native import ffi

Known = Callable[[int, bytes], bool]
MarkStore = Callable[[int], None]
ThresholdReached = Callable[[int], None]

logger = logging.getLogger("quiclb")


class Calls:
    """What C calls on behalf of one object, and what came of it.

    handle is C's arg.  It has no way back to this object, so that no cycle
    keeps a key in memory until the garbage collector comes.
    """

    def __init__(self, *functions: Optional[Callable[..., Any]]) -> None:
        self.failed: dict[int, BaseException] = {}
        self.running: set[int] = set()
        self.handle = ffi.new_handle((functions, self.failed, self.running))

    def refuse_nesting(self) -> None:
        """For objects that a function of theirs must not use."""
        if self.running and get_ident() in self.running:
            raise RuntimeError("a function the library calls uses its caller")

    def take(self) -> Optional[BaseException]:
        """What a function raised within this thread's call."""
        return self.failed.pop(get_ident(), None)

    def report(self) -> None:
        """What nobody waits for goes to the log; Ctrl-C goes on."""
        exception = self.take()
        if isinstance(exception, Exception):
            logger.error("a function of yours failed", exc_info=exception)
        elif exception is not None:
            raise exception


def _run(arg: Any, which: int, default: int, *args: Any) -> int:
    """1 or 0 for what a function returned, default if it raised."""
    functions, failed, running = ffi.from_handle(arg)
    me = get_ident()
    if me in failed:
        return default
    running.add(me)
    try:
        return 1 if functions[which](*args) else 0
    except BaseException as exception:
        failed[me] = exception
        return default
    finally:
        running.discard(me)


@ffi.def_extern()  # type: ignore[misc]
def quiclb_py_known(arg: Any, tenant: int, server_id: Any, n: int) -> int:
    """quiclb_known_fn: after an exception every server is unknown."""
    return _run(arg, 0, 0, tenant, ffi.buffer(server_id, n)[:])


@ffi.def_extern()  # type: ignore[misc]
def quiclb_py_mark(arg: Any, mark: int) -> int:
    """quiclb_mark_fn: an exception refuses the CID."""
    return min(_run(arg, 0, -1, mark), 0)


@ffi.def_extern()  # type: ignore[misc]
def quiclb_py_threshold(arg: Any, remaining: int) -> None:
    """quiclb_threshold_fn: the CID is issued all the same."""
    _run(arg, 1, 0, remaining)
