# SPDX-License-Identifier: BSD-2-Clause
"""Encoders: what they issue, and what they refuse."""

import itertools
import logging

import pytest
from conftest import SERVER_ID
from helpers import Uses, refused

import quiclb


def test_next_is_found(
    encoder: quiclb.Encoder, decoder: quiclb.Decoder
) -> None:
    before = encoder.remaining
    cids = [encoder.next(), next(encoder), *itertools.islice(encoder, 98)]
    assert before - encoder.remaining == 100
    assert len(set(cids)) == 100
    assert {len(cid) for cid in cids} == {encoder.cid_len} == {12}
    assert {decoder.decode(cid) for cid in cids} == {SERVER_ID}
    assert encoder.cid_length(cids[0][0]) == 12
    with refused("NO_CONFIG"):
        encoder.cid_length(cids[0][0] ^ 0x20)


@pytest.mark.parametrize("n", [0, 1, 63, 64, 65, 1000])
def test_next_batch(
    encoder: quiclb.Encoder, decoder: quiclb.Decoder, n: int
) -> None:
    cids = encoder.next_batch(n)
    assert len(cids) == len(set(cids)) == n
    assert decoder.decode_batch(cids) == [SERVER_ID] * n
    with pytest.raises(ValueError):
        encoder.next_batch(-1)


def test_fill_always_gives(encoder: quiclb.Encoder) -> None:
    assert len(encoder.fill(12)) == 12
    assert encoder.n_unroutable == 0
    for size in (0, 8, 13, 40):
        assert len(encoder.fill(size)) == size
    assert encoder.n_unroutable == 4
    encoder.close()
    assert encoder.fill(12)[0] >> 5 == 7
    assert encoder.n_unroutable == 5
    with pytest.raises(ValueError):
        encoder.fill(-1)


def test_explicit_parts(config: quiclb.Config) -> None:
    longer = config.replace(server_use_len=3)
    encoder = quiclb.Encoder(longer, SERVER_ID)
    cid = encoder.encode(nonce=b"12345678", server_use=b"use", low_bits=21)
    assert cid[0] == 21 and cid[-3:] == b"use" and len(cid) == 15
    assert quiclb.Decoder(longer).read(cid).nonce == b"12345678"
    assert encoder.encode(server_use=b"use")[-3:] == b"use"
    with pytest.raises(ValueError, match="nonce must have 8 bytes"):
        encoder.encode(nonce=b"1234567")
    with pytest.raises(ValueError, match="server_use must have 3 bytes"):
        encoder.encode(server_use=b"")
    with pytest.raises(OverflowError):
        encoder.encode(low_bits=256)
    fixed = quiclb.Encoder(longer, SERVER_ID, server_use=b"all")
    assert {cid[-3:] for cid in fixed.next_batch(9)} == {b"all"}


def test_lengths_are_checked_before_c_reads(config: quiclb.Config) -> None:
    for server_id in (b"", b"ab", b"abcd"):
        with refused("ARG"):
            quiclb.Encoder(config, server_id)
    workers = config.replace(worker_len=2)
    for worker in (b"", b"w", b"www"):
        with pytest.raises(ValueError, match="worker must have 2"):
            quiclb.Encoder(workers, SERVER_ID, worker=worker)
    with refused("ARG"):
        quiclb.Encoder(workers, SERVER_ID)
    with pytest.raises(ValueError, match="nonce_secret must have 32"):
        quiclb.Encoder(config, SERVER_ID, nonce_secret=bytes(31))
    with refused("ARG"):
        quiclb.Encoder(config, SERVER_ID, nonce_secret=bytes(32))
    for wrong in ("abc", None, 3):
        with pytest.raises(TypeError):
            quiclb.Encoder(config, wrong)  # type: ignore[arg-type]


def test_worker_is_read_back(config: quiclb.Config) -> None:
    workers = config.replace(worker_len=2)
    encoder = quiclb.Encoder(
        workers, SERVER_ID, worker=b"w1", short_nonce=True
    )
    read = quiclb.Decoder(workers).read(encoder.next())
    assert (read.server_id, read.worker) == (SERVER_ID, b"w1")
    assert read.nonce[:2] == b"w1" and len(read.nonce) == 8


def test_short_nonce_wants_a_word(small: quiclb.Config) -> None:
    with refused("NONCE_RESTART"):
        quiclb.Encoder(small, b"s")
    assert quiclb.Encoder(small, b"s", short_nonce=True).next()


def test_mark_is_stored(small: quiclb.Config) -> None:
    marks: list[int] = []
    secret = bytearray(range(32))

    def life() -> quiclb.Encoder:
        return quiclb.Encoder(
            small,
            b"s",
            nonce_secret=secret,
            mark_store=marks.append,
            mark=marks[-1] if marks else 0,
        )

    seen: set[bytes] = set()
    for _ in range(3):
        cids = [cid[1:] for cid in life().next_batch(100)]
        assert seen.isdisjoint(cids)
        seen.update(cids)
    assert marks == sorted(marks) and len(set(marks)) == 3
    assert marks[0] == quiclb.MARK_STEP


def test_mark_that_fails_refuses_the_cid(
    small: quiclb.Config, caplog: pytest.LogCaptureFixture
) -> None:
    fail: list[BaseException] = [OSError("disk full")]

    def store(mark: int) -> None:
        if fail:
            raise fail[0]

    encoder = quiclb.Encoder(
        small, b"s", nonce_secret=bytes(32), mark_store=store
    )
    calls: Uses = (encoder.next, encoder.encode, lambda: encoder.next_batch(2))
    for call in calls:
        with pytest.raises(quiclb.QuicLbError) as caught:
            call()
        assert caught.value.name == "MARK"
        assert caught.value.__cause__ is fail[0]
    assert len(encoder.fill(6)) == 6 and encoder.n_unroutable == 1
    assert "disk full" in caplog.text
    fail[0] = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        encoder.next()
    fail.clear()
    assert encoder.next()


def test_threshold(
    small: quiclb.Config, caplog: pytest.LogCaptureFixture
) -> None:
    left: list[int] = []

    def reached(remaining: int) -> None:
        left.append(remaining)
        raise RuntimeError("nobody waits for this")

    encoder = quiclb.Encoder(
        small,
        b"s",
        short_nonce=True,
        threshold=2**32 - 3,
        threshold_reached=reached,
    )
    with caplog.at_level(logging.ERROR, "quiclb"):
        assert len({encoder.next() for _ in range(5)}) == 5
    assert left == [2**32 - 3]
    assert "nobody waits for this" in caplog.text


def test_callback_must_not_use_its_encoder(small: quiclb.Config) -> None:
    whole: quiclb.Encoder
    parts: list[quiclb.Encoder] = []

    def store(mark: int) -> None:
        for part in (whole, *parts):
            uses: Uses = (part.next, lambda: part.fill(6), part.close)
            for use in uses:
                with pytest.raises(RuntimeError, match="uses its caller"):
                    use()
        raise OSError

    whole = quiclb.Encoder(
        small, b"s", nonce_secret=bytes(32), mark_store=store
    )
    parts += whole.split(2)
    with refused("MARK"):
        parts[0].next()


def test_parts_never_meet(config: quiclb.Config) -> None:
    whole = quiclb.Encoder(config, SERVER_ID)
    with refused("ARG"):
        whole.part(3, 3)
    parts = [whole.part(i, 3) for i in (2, 0)]
    with refused("PART_TAKEN"):
        whole.part(0, 3)
    with refused("ARG"):
        whole.part(1, 4)
    with refused("SPLIT"):
        whole.next()
    assert whole.remaining == 0
    with refused("ARG"):
        parts[0].part(0, 2)
    whole.close()
    cids = [cid[1:] for part in parts for cid in part.next_batch(500)]
    assert len(set(cids)) == 1000
    with pytest.raises(ValueError):
        whole.split(0)
    with refused("ARG"):
        quiclb.Encoder(config, SERVER_ID).part(0, quiclb.N_PARTS + 1)


def test_rotation(config: quiclb.Config) -> None:
    encoder = quiclb.Encoder(config, SERVER_ID)
    old = encoder.next()
    fresh = quiclb.Encoder(config.replace(config_rotation=1), SERVER_ID)
    with refused("ARG"):
        encoder.rotate(encoder)
    used = quiclb.Encoder(config.replace(config_rotation=1), SERVER_ID)
    used.next()
    with refused("ARG"):
        encoder.rotate(used)
    assert used.next()
    longer = config.replace(config_rotation=1, nonce_len=9, server_use_len=1)
    encoder.rotate(quiclb.Encoder(longer, SERVER_ID))
    assert encoder.cid_len == 14 and encoder.next()[0] >> 5 == 1
    assert len(encoder.encode(nonce=bytes(9), server_use=b"u")) == 14
    assert encoder.cid_length(old[0]) == 12
    with refused("ROTATION_IN_USE"):
        encoder.rotate(quiclb.Encoder(config, SERVER_ID))
    with refused("ROTATION_IN_USE"):
        encoder.rotate(fresh)
    with refused("ROTATION_IN_USE"):
        encoder.retire(1 << 5)
    encoder.retire(old[0])
    with refused("NO_CONFIG"):
        encoder.retire(old[0])
    encoder.rotate(quiclb.Encoder(config, SERVER_ID))
    assert encoder.next()[0] >> 5 == 0


def test_taken_over_encoder_is_of_no_use(config: quiclb.Config) -> None:
    encoder = quiclb.Encoder(config, SERVER_ID)
    fresh = quiclb.Encoder(config.replace(config_rotation=1), SERVER_ID)
    encoder.rotate(fresh)
    assert fresh.closed
    fresh.close()
    uses: Uses = (fresh.next, lambda: encoder.rotate(fresh))
    for use in uses:
        with pytest.raises(ValueError, match="taken over by rotate"):
            use()
    assert encoder.next()


def test_closed_encoder_is_of_no_use(encoder: quiclb.Encoder) -> None:
    other = encoder.next
    encoder.close()
    encoder.close()
    assert encoder.closed
    uses: Uses = (
        other,
        encoder.__next__,
        encoder.encode,
        lambda: encoder.next_batch(0),
        lambda: encoder.next_batch(3),
        lambda: encoder.split(2),
        lambda: encoder.rotate(encoder),
        lambda: encoder.retire(0),
        lambda: encoder.remaining,
        lambda: encoder.cid_len,
        lambda: encoder.cid_length(0),
    )
    for use in uses:
        with pytest.raises(ValueError, match="encoder was closed"):
            use()


def test_exhausted_encoder_says_so(small: quiclb.Config) -> None:
    # of 2^32 nonces one is left
    encoder = quiclb.Encoder(
        small,
        b"s",
        nonce_secret=bytes(32),
        mark_store=lambda mark: None,
        mark=2**32 - 1,
    )
    assert len(encoder.next_batch(5)) == 1
    assert encoder.remaining == 0
    calls: Uses = (encoder.next, lambda: encoder.next_batch(5))
    for call in calls:
        with refused("EXHAUSTED"):
            call()
    assert len(encoder.fill(6)) == 6 and encoder.n_unroutable == 1
