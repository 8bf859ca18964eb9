# SPDX-License-Identifier: BSD-2-Clause
"""Threads and forks: no CID twice, nothing torn, nothing that waits."""

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator

from typing import Any

import pytest
from conftest import SERVER_ID

import quiclb

N_THREADS = 8
N_CIDS = 5000


@pytest.fixture(autouse=True)
def often() -> Iterator[None]:
    """Threads take turns every microsecond."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def in_threads(*works: Callable[[], None]) -> None:
    """All at once; the first exception of any comes out."""
    failed: list[BaseException] = []

    def run(work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as exception:
            failed.append(exception)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]


def gather(encoders: list[quiclb.Encoder]) -> list[bytes]:
    """CIDs of all of them, without the random first octet."""
    cids: list[bytes] = []

    def issue(encoder: quiclb.Encoder) -> Callable[[], None]:
        def work() -> None:
            mine = [encoder.next() for _ in range(N_CIDS)]
            for _ in range(10):
                mine += encoder.next_batch(100)
            cids.extend(mine)

        return work

    in_threads(*map(issue, encoders))
    assert len(cids) == len(encoders) * (N_CIDS + 1000)
    return [cid[1:] for cid in cids]


def test_parts_in_threads(config: quiclb.Config) -> None:
    whole = quiclb.Encoder(config, SERVER_ID)
    parts = whole.split(N_THREADS)
    cids = gather(parts)
    assert len(set(cids)) == len(cids)


def test_one_encoder_in_threads(
    encoder: quiclb.Encoder, decoder: quiclb.Decoder
) -> None:
    before = encoder.remaining
    cids = gather([encoder] * N_THREADS)
    assert len(set(cids)) == len(cids) == before - encoder.remaining
    assert set(decoder.decode_batch([b"\0" + cid for cid in cids])) == {
        SERVER_ID
    }


def test_parts_share_one_mark(small: quiclb.Config) -> None:
    marks: list[int] = []
    whole = quiclb.Encoder(
        small, b"s", nonce_secret=bytes(32), mark_store=marks.append
    )
    parts = whole.split(N_THREADS)
    whole.close()
    cids = gather(parts)
    assert len(set(cids)) == len(cids)
    assert marks and marks == sorted(marks)


def test_closing_while_others_issue(config: quiclb.Config) -> None:
    for _ in range(50):
        encoder = quiclb.Encoder(config, SERVER_ID)
        started = threading.Barrier(4)

        def issue(mine: quiclb.Encoder = encoder) -> None:
            started.wait()
            with pytest.raises(ValueError, match="encoder was closed"):
                while True:
                    assert len(mine.next()) == 12

        def close(mine: quiclb.Encoder = encoder) -> None:
            started.wait()
            mine.close()

        in_threads(issue, issue, issue, close)


def test_changing_a_decoder_that_is_read(config: quiclb.Config) -> None:
    """The library forbids it; the binding's lock makes it safe."""
    cid = quiclb.Encoder(config, SERVER_ID).next()
    other = config.replace(config_rotation=1)
    decoder = quiclb.Decoder(config, known=lambda tenant, server_id: True)
    ready = threading.Event()

    def read() -> None:
        while not ready.is_set():
            assert decoder.decode(cid) == SERVER_ID
            assert decoder.decode_batch([cid] * 20) == [SERVER_ID] * 20

    def change() -> None:
        for i in range(300):
            decoder.add(other)
            decoder.set_known(lambda tenant, server_id: True)
            decoder.remove(1 << 5)
        ready.set()

    in_threads(read, read, read, change)


@pytest.mark.parametrize("call", ["decode", "read", "decode_batch"])
def test_a_change_waits_for_who_reads(
    config: quiclb.Config, call: str
) -> None:
    """Where it does not, C would read what was freed."""
    cid = quiclb.Encoder(config, SERVER_ID).next()
    inside = threading.Event()
    order: list[str] = []

    def known(tenant: int, server_id: bytes) -> bool:
        inside.set()
        # long enough for a change that does not wait
        time.sleep(0.05)
        order.append("read")
        return True

    decoder = quiclb.Decoder(config, known=known)

    def read() -> None:
        given: Any = [cid] if call == "decode_batch" else cid
        getattr(decoder, call)(given)

    def close() -> None:
        inside.wait()
        decoder.close()
        order.append("closed")

    in_threads(read, close)
    assert order == ["read", "closed"]


@pytest.mark.parametrize("n_readers", [1, 4])
def test_readers_while_a_table_is_swapped(
    config: quiclb.Config, n_readers: int
) -> None:
    """Each thread its own reader, and two more threads with one of them."""
    cid = quiclb.Encoder(config, SERVER_ID).next()

    def fresh() -> quiclb.Decoder:
        return quiclb.Decoder(config, known=lambda tenant, id: id == SERVER_ID)

    table = quiclb.Table(fresh())
    done = threading.Event()
    readers = [table.reader() for _ in range(n_readers)]

    def read(reader: quiclb.Reader) -> Callable[[], None]:
        def work() -> None:
            while not done.is_set():
                assert reader.decode(cid) == SERVER_ID
                assert reader.read(cid).cid_len == 12
                assert reader.decode_batch([cid] * 9) == [SERVER_ID] * 9

        return work

    def swap() -> None:
        for _ in range(2000):
            table.swap(fresh())
        done.set()

    in_threads(swap, *map(read, readers), *map(read, [readers[0]] * 2))


def in_child(work: Callable[[], bool]) -> bool:
    """What work says in a forked child; a child that hangs is ended."""
    child = os.fork()
    if not child:
        good = False
        try:
            import signal

            signal.alarm(60)
            good = work()
        finally:
            os._exit(0 if good else 1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_fork(config: quiclb.Config) -> None:
    encoder = quiclb.Encoder(config, SERVER_ID)
    part = quiclb.Encoder(config, SERVER_ID).part(0, 2)
    decoder = quiclb.Decoder(config)
    reader = quiclb.Table(quiclb.Decoder(config)).reader()
    cid = encoder.next()

    def work() -> bool:
        for one in (encoder, part):
            try:
                one.next()
                return False
            except quiclb.QuicLbError as error:
                if error.name != "FORKED":
                    return False
        own = quiclb.Encoder(config, SERVER_ID).next()
        ids = {decoder.decode(cid), reader.decode(cid), decoder.decode(own)}
        return encoder.fill(12)[0] >> 5 == 7 and ids == {SERVER_ID}

    assert in_child(work)
    assert decoder.decode(encoder.next()) == SERVER_ID


def test_fork_while_threads_hold_locks(config: quiclb.Config) -> None:
    """A child must not wait for a lock of a thread that it does not have."""
    encoder = quiclb.Encoder(config, SERVER_ID)
    table = quiclb.Table(quiclb.Decoder(config))
    reader = table.reader()
    cid = encoder.next()
    done = threading.Event()

    def busy() -> None:
        while not done.is_set():
            encoder.next_batch(5000)
            reader.decode_batch([cid] * 500)
            table.swap(quiclb.Decoder(config))

    def work() -> bool:
        encoder.close()
        table.swap(quiclb.Decoder(config))
        return reader.decode(cid) == SERVER_ID

    def fork() -> None:
        try:
            for _ in range(10):
                assert in_child(work)
        finally:
            done.set()

    in_threads(busy, busy, fork)


def test_fork_waits_for_who_uses_a_table(config: quiclb.Config) -> None:
    """A child would inherit C's lock as that thread held it."""
    table = quiclb.Table(quiclb.Decoder(config))
    inside = threading.Event()
    order: list[str] = []

    def use() -> None:
        with table._lock:  # as swap() has it
            inside.set()
            time.sleep(0.05)
            order.append("used")

    def fork() -> None:
        inside.wait()
        assert in_child(lambda: table.reader() is not None)
        order.append("forked")

    in_threads(use, fork)
    assert order == ["used", "forked"]
