# SPDX-License-Identifier: BSD-2-Clause
"""Decoders, and the table through which threads read one that changes."""

from __future__ import annotations

import os
from threading import Lock
from typing import Any, Iterable, NamedTuple, Optional, Union
from weakref import WeakSet

from quiclb._calls import Calls, Known
from quiclb._config import Config
from quiclb._errors import error
from quiclb._native import ffi, lib
from quiclb._objects import Bytes, Ending, Locked, view

ID_BYTES = lib.QUICLB_SERVER_ID_CAP_BYTES
ID = ffi.typeof(f"char[{ID_BYTES}]")


class Decoded(NamedTuple):
    """All that a CID says."""

    server_id: bytes
    nonce: bytes
    worker: bytes  # the first bytes of the nonce that name one
    config_rotation: int
    cid_len: int  # of the config's CIDs
    tenant: int


class _Source:
    """Where the decoder in force is to be had, and what it calls."""

    def __init__(self, calls: Calls) -> None:
        self.calls = calls


class _Lookups(Locked):
    """What Decoder and Reader have in common: reading."""

    def __init__(self, source: _Source) -> None:
        self._c = ffi.NULL
        self._source = source
        self._calls = source.calls
        super().__init__()

    def decode(self, cid: Bytes) -> bytes:
        """The server ID in a CID, at the least cost."""
        if type(cid) is not bytes:
            cid = bytes(memoryview(cid))
        out = ffi.new(ID)
        if self._calls.running:
            self._calls.refuse_nesting()
        with self._lock:
            if self._calls is not self._source.calls:
                self._refresh()
            n = lib.quiclb_decoder_decode(
                self._c, cid, len(cid), out, ID_BYTES
            )
            if n < 0 or self._calls.failed:
                self._raise(n)
        server_id: bytes = ffi.unpack(out, n)
        return server_id

    def read(self, cid: Bytes) -> Decoded:
        """All that a CID says."""
        out = ffi.new("struct quiclb_decoded *")
        lib.quiclb_decoded_init(out)
        data = view(cid)
        with self._use():
            code = lib.quiclb_decoder_read(self._c, data, len(data), out)
            self._raise(code)
        nonce = ffi.buffer(out.nonce, out.nonce_len)[:]
        return Decoded(
            ffi.buffer(out.server_id, out.server_id_len)[:],
            nonce,
            nonce[: out.worker_len],
            out.config_rotation,
            out.cid_len,
            out.tenant,
        )

    def decode_batch(self, cids: Iterable[Bytes]) -> list[Union[bytes, int]]:
        """For each CID its server ID, or the number of its error.

        Numbers, since junk must not cost an exception each; error() makes
        one of a number, strerror() a line of text.
        """
        parts = list(cids)
        packed = b"".join(parts)
        lens = ffi.new("size_t[]", [len(part) for part in parts])
        if sum(lens) != len(packed):
            raise TypeError("want the bytes of CIDs")
        ids = ffi.new("uint8_t[]", len(parts) * ID_BYTES)
        results = ffi.new("int32_t[]", len(parts))
        with self._use():
            lib.quiclb_py_decode_batch(
                self._c, packed, lens, ids, results, len(parts)
            )
            self._raise(0)
        found: bytes = ffi.buffer(ids)[:]
        starts = range(0, len(found), ID_BYTES)
        return [
            found[start : start + n] if n > 0 else n
            for start, n in zip(starts, ffi.unpack(results, len(parts)))
        ]

    def cid_len(self, first_octet: int) -> int:
        """Bytes of the CIDs of the config of this first octet."""
        with self._use():
            n: int = lib.quiclb_decoder_cid_len(self._c, first_octet)
            self._raise(n)
        return n

    @property
    def closed(self) -> bool:
        """Whether it is of no more use."""
        return not self._c

    def _closed_text(self) -> str:
        return f"{type(self).__name__.lower()} was closed"

    def _use(self) -> Any:
        self._calls.refuse_nesting()
        if self._calls is not self._source.calls:
            self._refresh()
        return self._lock

    def _refresh(self) -> None:
        """Takes the decoder in force."""

    def _raise(self, code: int) -> None:
        """The exception for a call's result, if there is one."""
        failed = self._calls.take()
        if failed is not None:
            raise failed
        if not self._c:
            raise ValueError(self._closed_text())
        if code < 0:
            raise error(code)


class Decoder(_Lookups):
    """Configs by first octet.

    Threads: safe, by a lock that a second thread waits for, changes included.
    For threads that do not wait for each other, and for decoders that are
    replaced in one step: Table and Reader.

    known(tenant, server_id) says whether there is such a server; it must not
    use the decoder.  What it raises comes out of the call that decodes.
    """

    def __init__(
        self, *configs: Config, known: Optional[Known] = None
    ) -> None:
        super().__init__(_Source(Calls(known)))
        self._taken_over = False
        made = ffi.new("struct quiclb_decoder **")
        code = lib.quiclb_decoder_new(made)
        if code:
            raise error(code)
        self._c = ffi.gc(made[0], lib.quiclb_decoder_free)
        if known is not None:
            self.set_known(known)
        for config in configs:
            self.add(config)

    def add(self, config: Config, tenant: Optional[int] = None) -> None:
        """Makes a config known; with a tenant it may share its rotation."""
        struct = config.struct()
        with self._use():
            if tenant is None:
                code = lib.quiclb_decoder_add(self._c, struct)
            else:
                code = lib.quiclb_decoder_add_tenant(self._c, struct, tenant)
            self._raise(code)

    def set_known(self, known: Optional[Known]) -> None:
        """Asks known for each server ID; None: takes all of them."""
        calls = Calls(known)
        with self._use():
            function = lib.quiclb_py_known if known else ffi.NULL
            lib.quiclb_decoder_set_known(self._c, function, calls.handle)
            self._raise(0)
            # not before C has let go of the former one
            self._calls = self._source.calls = calls

    def remove(self, first_octet: int) -> None:
        """Forgets the configs of a first octet."""
        with self._use():
            self._raise(lib.quiclb_decoder_remove(self._c, first_octet))

    def close(self) -> None:
        """Wipes and frees; a second time does nothing."""
        with self._use():
            if self._c:
                ffi.release(self._c)
                self._c = ffi.NULL

    def _closed_text(self) -> str:
        if self._taken_over:
            return "decoder was taken over by a table"
        return super()._closed_text()

    def _give_away(self) -> Calls:
        """A table has taken C's decoder; what it calls goes with it."""
        ffi.gc(self._c, None)
        self._c = ffi.NULL
        self._taken_over = True
        return self._calls


class Table(Ending):
    """Holds the decoder in force, for threads that read while one swaps it.

    Threads: safe.  A former decoder is wiped when its last reader has moved
    on, so a reader that rests keeps keys in memory.
    """

    def __init__(self, decoder: Decoder) -> None:
        made = ffi.new("struct quiclb_table **")
        with decoder._use():
            code = lib.quiclb_table_new(decoder._c, made)
            decoder._raise(code)
            self._source = _Source(decoder._give_away())
        self._c = ffi.gc(made[0], lib.quiclb_table_free)
        self._lock = Lock()
        with _tables_lock:
            _tables.add(self)

    def swap(self, decoder: Decoder) -> None:
        """Puts another decoder in force, which is taken over."""
        with self._lock, decoder._use():
            if not self._c:
                raise ValueError("table was closed")
            code = lib.quiclb_table_swap(self._c, decoder._c)
            decoder._raise(code)
            # readers look at this one, and only then at C's table
            self._source.calls = decoder._give_away()

    def reader(self) -> Reader:
        """A way to the decoder in force, for one thread."""
        return Reader(self)

    def close(self) -> None:
        """Lets go of the decoder; readers keep what they had last."""
        with self._lock:
            if self._c:
                ffi.release(self._c)
                self._c = ffi.NULL

    def _end(self) -> None:
        self.close()


class Reader(_Lookups):
    """One thread's way to a table's decoder: reads as a Decoder does.

    Threads: safe, but make one for each: two threads at one reader wait for
    each other, two readers never do.
    """

    def __init__(self, table: Table) -> None:
        super().__init__(_Source(table._source.calls))
        made = ffi.new("struct quiclb_reader **")
        with table._lock:
            if not table._c:
                raise ValueError("table was closed")
            code = lib.quiclb_reader_new(table._c, made)
            if code:
                raise error(code)
            self._reader = ffi.gc(made[0], lib.quiclb_reader_free)
            self._table = table
            self._catch_up()

    def _catch_up(self) -> None:
        self._source = self._table._source
        self._calls = self._source.calls
        self._c = lib.quiclb_reader_decoder(self._reader)

    def _refresh(self) -> None:
        with self._lock, self._table._lock:
            if not self._c:
                return
            if self._table._c:
                self._catch_up()
            else:
                # the table is gone, its decoder of before is still ours
                self._source = _Source(self._calls)

    def close(self) -> None:
        """Lets go of the decoder; a second time does nothing."""
        with self._use():
            if self._c:
                self._c = ffi.NULL
                ffi.release(self._reader)


def _before_fork() -> None:
    _tables_lock.acquire()
    for table in list(_tables):
        table._lock.acquire()
        _held.append(table)


def _after_fork() -> None:
    # in parent and child: C's own lock was free at the moment of the fork
    while _held:
        _held.pop()._lock.release()
    _tables_lock.release()


_tables: WeakSet[Table] = WeakSet()
_tables_lock = Lock()
_held: list[Table] = []
os.register_at_fork(
    before=_before_fork,
    after_in_parent=_after_fork,
    after_in_child=_after_fork,
)
