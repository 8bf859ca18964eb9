# SPDX-License-Identifier: BSD-2-Clause
"""Decoders, tables and readers."""

import os
from typing import Callable, Union

import pytest
from conftest import SERVER_ID
from helpers import Uses, refused

import quiclb

Reading = Union[quiclb.Decoder, quiclb.Reader]


def cid_of(config: quiclb.Config, server_id: bytes = SERVER_ID) -> bytes:
    return quiclb.Encoder(config, server_id, short_nonce=True).next()


def reader_of(config: quiclb.Config) -> quiclb.Reader:
    return quiclb.Table(quiclb.Decoder(config)).reader()


@pytest.mark.parametrize("make", [quiclb.Decoder, reader_of])
def test_reading(
    config: quiclb.Config, make: Callable[[quiclb.Config], Reading]
) -> None:
    reading = make(config)
    cid = cid_of(config)
    for same in (cid, bytearray(cid), memoryview(cid), cid + b"payload"):
        assert reading.decode(same) == SERVER_ID
        assert reading.read(same).server_id == SERVER_ID
        assert reading.decode_batch([same]) == [SERVER_ID]
    read = reading.read(cid)
    assert read.config_rotation == 0 and read.cid_len == 12
    assert len(read.nonce) == 8 and read.worker == b"" and read.tenant == 0
    assert reading.cid_len(cid[0]) == 12


@pytest.mark.parametrize("make", [quiclb.Decoder, reader_of])
def test_unroutable(
    config: quiclb.Config, make: Callable[[quiclb.Config], Reading]
) -> None:
    reading = make(config)
    cid = cid_of(config)
    wrong = {
        "SHORT": cid[:-1],
        "NO_CONFIG": b"\x20" + cid[1:],
        "RESERVED": b"\xe0" + cid[1:],
    }
    codes = []
    for name, junk in wrong.items():
        for call in (reading.decode, reading.read):
            with pytest.raises(quiclb.Unroutable) as caught:
                call(junk)
            assert caught.value.name == name
        codes.append(caught.value.code)
    mixed = [cid, *wrong.values(), b"", cid]
    assert reading.decode_batch(mixed) == [
        SERVER_ID,
        *codes,
        codes[0],
        SERVER_ID,
    ]
    with pytest.raises(quiclb.Unroutable):
        reading.decode(b"")
    for octet, name in ((0x20, "NO_CONFIG"), (0xE0, "RESERVED")):
        with refused(name):
            reading.cid_len(octet)


@pytest.mark.parametrize("wrong", ["abc", None, 12, [1, 2]])
def test_what_is_not_bytes_is_refused(
    decoder: quiclb.Decoder, wrong: object
) -> None:
    for call in (decoder.decode, decoder.read):
        with pytest.raises(TypeError):
            call(wrong)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        decoder.decode_batch([wrong])  # type: ignore[list-item]
    wide = memoryview(bytes(16)).cast("I")
    with pytest.raises(TypeError):
        decoder.decode_batch([wide])


@pytest.mark.parametrize("n", [0, 1, 63, 64, 65, 200])
def test_batches_of_any_length(config: quiclb.Config, n: int) -> None:
    other = config.replace(config_rotation=3, key=os.urandom(16))
    encoders = (
        quiclb.Encoder(config, b"abc"),
        quiclb.Encoder(other, b"def"),
    )
    cids = [encoders[i % 2].next() for i in range(n)]
    decoder = quiclb.Decoder(config, other)
    assert decoder.decode_batch(iter(cids)) == [
        decoder.decode(cid) for cid in cids
    ]


def test_add_and_remove(config: quiclb.Config) -> None:
    decoder = quiclb.Decoder()
    cid = cid_of(config)
    with refused("NO_CONFIG"):
        decoder.decode(cid)
    decoder.add(config)
    with refused("ROTATION_IN_USE"):
        decoder.add(config)
    with refused("ROTATION_IN_USE"):
        decoder.add(config, tenant=1)
    assert decoder.decode(cid) == SERVER_ID
    decoder.remove(cid[0])
    with refused("NO_CONFIG"):
        decoder.remove(cid[0])
    with refused("NO_CONFIG"):
        decoder.decode(cid)


def test_tenants(config: quiclb.Config) -> None:
    servers = {1: {b"aaa"}, 2: {b"bbb"}}
    configs = [config, config.replace(key=os.urandom(16))]
    decoder = quiclb.Decoder(known=lambda tenant, id: id in servers[tenant])
    for tenant, one in enumerate(configs, 1):
        decoder.add(one, tenant=tenant)
    cids = [cid_of(configs[0], b"aaa"), cid_of(configs[1], b"bbb")]
    assert [decoder.read(cid).tenant for cid in cids] == [1, 2]
    assert decoder.decode_batch(cids) == [b"aaa", b"bbb"]
    with refused("UNKNOWN_SERVER"):
        decoder.decode(cid_of(configs[0], b"bbb"))
    decoder.set_known(None)
    assert len(decoder.decode(cids[1])) == 3


def test_known_that_fails_comes_out(config: quiclb.Config) -> None:
    failing = True

    def known(tenant: int, server_id: bytes) -> bool:
        if failing:
            raise LookupError("no database")
        return True

    decoder = quiclb.Decoder(config, known=known)
    cid = cid_of(config)
    table_decoder = quiclb.Decoder(config, known=known)
    reader = quiclb.Table(table_decoder).reader()
    for reading in (decoder, reader):
        calls: Uses = (
            lambda: reading.decode(cid),
            lambda: reading.read(cid),
            lambda: reading.decode_batch([cid] * 100),
        )
        for call in calls:
            with pytest.raises(LookupError, match="no database"):
                call()
    failing = False
    assert decoder.decode(cid) == reader.decode(cid) == SERVER_ID


def test_known_must_not_use_its_decoder(config: quiclb.Config) -> None:
    decoder: quiclb.Decoder

    def known(tenant: int, server_id: bytes) -> bool:
        uses: Uses = (
            lambda: decoder.decode(b""),
            lambda: decoder.add(config),
            lambda: decoder.set_known(None),
            decoder.close,
        )
        for use in uses:
            with pytest.raises(RuntimeError, match="uses its caller"):
                use()
        return True

    decoder = quiclb.Decoder(config, known=known)
    assert decoder.decode(cid_of(config)) == SERVER_ID


def test_table_swaps_under_readers(config: quiclb.Config) -> None:
    other = config.replace(config_rotation=1)
    table = quiclb.Table(quiclb.Decoder(config))
    reader = table.reader()
    assert reader.decode(cid_of(config)) == SERVER_ID
    table.swap(quiclb.Decoder(other))
    assert reader.decode(cid_of(other)) == SERVER_ID
    with refused("NO_CONFIG"):
        reader.decode(cid_of(config))
    last = table.reader()
    table.swap(quiclb.Decoder(config, other))
    table.close()
    table.close()
    # both keep what they had when the table went
    for one in (reader, last):
        assert one.decode(cid_of(other)) == SERVER_ID
        with refused("NO_CONFIG"):
            one.decode(cid_of(config))
        one.close()
        one.close()
        with pytest.raises(ValueError, match="reader was closed"):
            one.decode(cid_of(other))


def test_taken_over_decoder_is_of_no_use(config: quiclb.Config) -> None:
    decoder = quiclb.Decoder(config)
    table = quiclb.Table(decoder)
    reader = table.reader()
    assert decoder.closed
    decoder.close()
    uses: Uses = (
        lambda: decoder.decode(b""),
        lambda: decoder.read(b""),
        lambda: decoder.decode_batch([]),
        lambda: decoder.cid_len(0),
        lambda: decoder.add(config),
        lambda: decoder.remove(0),
        lambda: decoder.set_known(None),
        lambda: table.swap(decoder),
        lambda: quiclb.Table(decoder),
    )
    for use in uses:
        with pytest.raises(ValueError, match="taken over by a table"):
            use()
    assert reader.decode(cid_of(config)) == SERVER_ID


def test_closed_is_of_no_use(config: quiclb.Config) -> None:
    decoder = quiclb.Decoder(config)
    decoder.close()
    decoder.close()
    with pytest.raises(ValueError, match="decoder was closed"):
        decoder.decode(cid_of(config))
    with pytest.raises(ValueError, match="decoder was closed"):
        quiclb.Table(decoder)
    table = quiclb.Table(quiclb.Decoder(config))
    table.close()
    fresh = quiclb.Decoder(config)
    uses: Uses = (table.reader, lambda: table.swap(fresh))
    for use in uses:
        with pytest.raises(ValueError, match="table was closed"):
            use()
    assert fresh.decode(cid_of(config)) == SERVER_ID
