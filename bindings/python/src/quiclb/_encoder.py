# SPDX-License-Identifier: BSD-2-Clause
"""Encoders: the CIDs of one server."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any, Iterator, Optional

from quiclb._calls import Calls, MarkStore, ThresholdReached
from quiclb._config import Config
from quiclb._errors import error
from quiclb._native import ffi, lib
from quiclb._objects import Bytes, Locked, view

CID = ffi.typeof(f"char[{lib.QUICLB_CID_MAX_BYTES}]")
CID_BYTES = ffi.sizeof(CID)


def _exactly(what: str, data: Optional[Bytes], size: int) -> Any:
    """A pointer to size bytes: C reads as many, whatever is there."""
    if data is None:
        return ffi.NULL
    pointer = view(data)
    if len(pointer) != size:
        raise ValueError(f"{what} must have {size} bytes, not {len(pointer)}")
    return pointer


def _calls(
    options: Any,
    mark_store: Optional[MarkStore],
    threshold_reached: Optional[ThresholdReached],
) -> Optional[Calls]:
    """Puts the user's functions into options; None if there are none."""
    if not mark_store and not threshold_reached:
        return None
    calls = Calls(mark_store, threshold_reached)
    options.mark_arg = options.threshold_arg = calls.handle
    if mark_store:
        options.mark_store = lib.quiclb_py_mark
    if threshold_reached:
        options.threshold_reached = lib.quiclb_py_threshold
    return calls


class Encoder(Locked):
    """Issues CIDs: an iterator, and a context manager that closes it.

    Threads: safe, by a lock that a second thread waits for.  For threads that
    do not wait for each other give each a part of its own: split().  After a
    fork the child's calls raise QuicLbError FORKED.

    mark_store and threshold_reached are called from within the call that
    issues a CID, must not use this encoder or its parts (RuntimeError), and
    raise to fail.  If that makes the call fail, the exception is the cause of
    the one that it raises; else it goes to the logger "quiclb".
    """

    def __init__(
        self,
        config: Config,
        server_id: Bytes,
        *,
        worker: Optional[Bytes] = None,
        server_use: Optional[Bytes] = None,
        short_nonce: bool = False,
        nonce_secret: Optional[Bytes] = None,
        mark_store: Optional[MarkStore] = None,
        mark: int = 0,
        threshold_reached: Optional[ThresholdReached] = None,
        threshold: int = 0,
    ) -> None:
        self._c = ffi.NULL
        super().__init__()
        options = ffi.new("struct quiclb_encoder_options *")
        lib.quiclb_encoder_options_init(options)
        pointers = (
            view(server_id),
            _exactly("worker", worker, config.worker_len),
            _exactly("server_use", server_use, config.server_use_len),
            _exactly(
                "nonce_secret", nonce_secret, lib.QUICLB_NONCE_SECRET_BYTES
            ),
        )
        options.server_id, options.worker, options.server_use = pointers[:3]
        options.nonce_secret = pointers[3]
        options.server_id_len = len(pointers[0])
        options.flags = lib.QUICLB_F_SHORT_NONCE if short_nonce else 0
        options.mark, options.threshold = mark, threshold
        self._calls = _calls(options, mark_store, threshold_reached)
        made = ffi.new("struct quiclb_encoder **")
        code = lib.quiclb_encoder_new(config.struct(), options, made)
        if code:
            raise error(code)
        self._own(made[0], config.nonce_len, config.server_use_len)

    def _own(self, pointer: Any, nonce_len: int, server_use_len: int) -> None:
        self._c = ffi.gc(pointer, lib.quiclb_encoder_free)
        self._nonce_len = nonce_len
        self._server_use_len = server_use_len
        self._taken_over = False
        self.n_unroutable = 0  # how often fill() found no CID; for metrics

    # ----------------------------------------------------------- issuing --

    def next(self) -> bytes:
        """The next CID."""
        if self._calls is not None:
            self._calls.refuse_nesting()
        out = ffi.new(CID)
        with self._lock:
            n = lib.quiclb_encoder_next(self._c, out, CID_BYTES)
            if n <= 0:
                raise self._error(n)
            if self._calls is not None:
                self._report()
        cid: bytes = ffi.unpack(out, n)
        return cid

    __next__ = next

    def __iter__(self) -> Iterator[bytes]:
        return self

    def next_batch(self, n: int) -> list[bytes]:
        """The next n CIDs; fewer where one call of n would fail."""
        if n < 0:
            raise ValueError("n must not be negative")
        with self._use():
            size = lib.quiclb_encoder_cid_len(self._c) or CID_BYTES
            out = ffi.new("uint8_t[]", n * size)
            result = lib.quiclb_encoder_next_batch(self._c, out, size, n)
            if result < 0 or not self._c:
                raise self._error(result)
            self._report()
        cids: bytes = ffi.buffer(out)[:]
        return [cids[i : i + size] for i in range(0, result * size, size)]

    def fill(self, cid_len: int) -> bytes:
        """A CID of that length, for hooks that must return something.

        An unroutable one, counted in n_unroutable, if there is no next one or
        it has another length, and when the encoder is closed.
        """
        if cid_len < 0:
            raise ValueError("cid_len must not be negative")
        out = ffi.new("uint8_t[]", cid_len)
        with self._use():
            if not lib.quiclb_encoder_fill(self._c, out, cid_len):
                self.n_unroutable += 1
            self._report()
        cid: bytes = ffi.buffer(out)[:]
        return cid

    def encode(
        self,
        *,
        nonce: Optional[Bytes] = None,
        server_use: Optional[Bytes] = None,
        low_bits: Optional[int] = None,
    ) -> bytes:
        """A CID of parts of the caller's; the encoder chooses the others.

        Nothing keeps a nonce that is given here from appearing twice.
        """
        out = ffi.new(CID)
        parts = ffi.new("struct quiclb_parts *")
        lib.quiclb_parts_init(parts)
        with self._use():
            pointers = (
                _exactly("nonce", nonce, self._nonce_len),
                _exactly("server_use", server_use, self._server_use_len),
            )
            parts.nonce, parts.server_use = pointers
            parts.has_low_bits = low_bits is not None
            parts.low_bits = low_bits or 0
            n = lib.quiclb_encoder_encode(self._c, parts, out, CID_BYTES)
            if n < 0:
                raise self._error(n)
            self._report()
        cid: bytes = ffi.unpack(out, n)
        return cid

    # ------------------------------------------------- parts and configs --

    def part(self, part: int, n_parts: int) -> Encoder:
        """One part of n_parts; this encoder issues no more."""
        made = ffi.new("struct quiclb_encoder **")
        new = Encoder.__new__(Encoder)
        new._c = ffi.NULL
        Locked.__init__(new)
        with self._use():
            code = lib.quiclb_encoder_split(self._c, part, n_parts, made)
            if code:
                raise self._error(code)
            new._own(made[0], self._nonce_len, self._server_use_len)
            new._calls = self._calls
        return new

    def split(self, n_parts: int) -> list[Encoder]:
        """All parts, each for one thread; this encoder issues no more."""
        if n_parts <= 0:
            raise ValueError("n_parts must be 1 or more")
        return [self.part(i, n_parts) for i in range(n_parts)]

    def rotate(self, fresh: Encoder) -> None:
        """Moves to the config of a fresh encoder, which is taken over.

        On failure both stay as they are.
        """
        with ExitStack() as stack:
            # always in the same order: two threads may rotate crosswise
            for one in sorted((self, fresh), key=id):
                stack.enter_context(one._use())
            code = lib.quiclb_encoder_rotate(self._c, fresh._c)
            if code:
                raise fresh._error(code, self._error(code))
            ffi.gc(fresh._c, None)
            fresh._c = ffi.NULL
            fresh._taken_over = True
            self._calls = fresh._calls
            self._nonce_len = fresh._nonce_len
            self._server_use_len = fresh._server_use_len

    def retire(self, first_octet: int) -> None:
        """Forgets the former config of CIDs with this first octet."""
        with self._use():
            code = lib.quiclb_encoder_retire(self._c, first_octet)
            if code:
                raise self._error(code)

    # ------------------------------------------------------------ asking --

    @property
    def remaining(self) -> int:
        """How many nonces are left, at most."""
        with self._open():
            left: int = lib.quiclb_encoder_remaining(self._c)
        return left

    @property
    def cid_len(self) -> int:
        """Bytes of the CIDs that are issued now."""
        with self._open():
            length: int = lib.quiclb_encoder_cid_len(self._c)
        return length

    def cid_length(self, first_octet: int) -> int:
        """Bytes of a CID this encoder has issued, unroutable ones too."""
        with self._use():
            n: int = lib.quiclb_encoder_cid_length(self._c, first_octet)
            if n < 0:
                raise self._error(n)
        return n

    # ------------------------------------------------------------- ending --

    @property
    def closed(self) -> bool:
        """Whether it was closed, or taken over by rotate()."""
        return not self._c

    def close(self) -> None:
        """Wipes and frees; a second time does nothing."""
        with self._use():
            if self._c:
                ffi.release(self._c)
                self._c = ffi.NULL

    # ------------------------------------------------------------- within --

    def _use(self) -> Any:
        if self._calls is not None:
            self._calls.refuse_nesting()
        return self._lock

    def _open(self) -> Any:
        lock = self._use()
        if not self._c:
            raise self._error(0)
        return lock

    def _report(self) -> None:
        if self._calls is not None and self._calls.failed:
            self._calls.report()

    def _error(
        self, code: int, other: Optional[BaseException] = None
    ) -> BaseException:
        """What to raise for a result; other, unless this one is closed."""
        if not self._c:
            how = "taken over by rotate()" if self._taken_over else "closed"
            return ValueError(f"encoder was {how}")
        if other is not None:
            return other
        cause = self._calls.take() if self._calls is not None else None
        if cause is not None and not isinstance(cause, Exception):
            return cause
        exception = error(code)
        exception.__cause__ = cause
        return exception
