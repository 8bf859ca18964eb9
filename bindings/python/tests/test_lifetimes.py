# SPDX-License-Identifier: BSD-2-Clause
"""Objects go with their last reference, not with the garbage collector.

What stays would be a key in memory; tests/leaks.py looks at C's side.
"""

import gc
import weakref
from collections.abc import Iterator

import pytest
from conftest import SERVER_ID

import quiclb


@pytest.fixture(autouse=True)
def no_collector() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


class Known:
    """A quiclb.Known whose end can be seen."""

    def __call__(self, tenant: int, server_id: bytes) -> bool:
        return True


class Store:
    """A quiclb.MarkStore whose end can be seen."""

    def __call__(self, mark: int) -> None:
        pass


def test_objects_go_at_once(config: quiclb.Config) -> None:
    store, known = Store(), Known()
    encoder = quiclb.Encoder(
        config, SERVER_ID, nonce_secret=bytes(32), mark_store=store
    )
    parts = encoder.split(2)
    decoder = quiclb.Decoder(config, known=known)
    table = quiclb.Table(quiclb.Decoder(config, known=known))
    reader = table.reader()
    reader.decode(parts[0].next())
    own = config.replace(config_rotation=1)
    gone = [
        weakref.ref(one)
        for one in (store, known, encoder, decoder, table, reader, own)
    ]
    del store, known, encoder, parts, decoder, table, reader, own
    assert [ref() for ref in gone] == [None] * len(gone)


def test_parts_keep_what_they_call(config: quiclb.Config) -> None:
    store = Store()
    seen = weakref.ref(store)
    whole = quiclb.Encoder(
        config, SERVER_ID, nonce_secret=bytes(32), mark_store=store
    )
    part = whole.part(0, 2)
    whole.close()
    del store, whole
    assert seen() and part.next()
    del part
    assert not seen()


def test_rotation_takes_over_what_is_called(config: quiclb.Config) -> None:
    store = Store()
    seen = weakref.ref(store)
    encoder = quiclb.Encoder(config, SERVER_ID)
    encoder.rotate(
        quiclb.Encoder(
            config.replace(config_rotation=1),
            SERVER_ID,
            nonce_secret=bytes(32),
            mark_store=store,
        )
    )
    del store
    assert encoder.next() and seen()
    encoder.rotate(
        quiclb.Encoder(config.replace(config_rotation=2), SERVER_ID)
    )
    assert encoder.next() and not seen()


def test_former_decoder_goes_with_its_last_reader(
    config: quiclb.Config,
) -> None:
    cid = quiclb.Encoder(config, SERVER_ID).next()
    known = Known()
    seen = weakref.ref(known)
    table = quiclb.Table(quiclb.Decoder(config, known=known))
    del known
    readers = [table.reader(), table.reader()]
    for _ in range(3):
        table.swap(quiclb.Decoder(config, known=Known()))
    assert seen() and readers[0].decode(cid) == SERVER_ID
    # the other one rests, and keeps it
    assert seen()
    readers[1].close()
    assert readers[0].read(cid).server_id == SERVER_ID
    del readers[1]
    assert not seen()


def test_known_is_replaced_and_let_go(config: quiclb.Config) -> None:
    known = Known()
    seen = weakref.ref(known)
    decoder = quiclb.Decoder(config, known=known)
    del known
    assert decoder.decode(quiclb.Encoder(config, SERVER_ID).next())
    decoder.set_known(None)
    assert not seen()
