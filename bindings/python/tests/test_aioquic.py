# SPDX-License-Identifier: BSD-2-Clause
"""The hook for aioquic, on a stand-in: aioquic itself is not in Debian 12.

The stand-in does with its members what aioquic was seen to do with them; it
cannot show that a future aioquic still does.
"""

import os
from dataclasses import dataclass, field
from typing import Any

import pytest
from conftest import SERVER_ID

import quiclb
from quiclb import aioquic


@dataclass
class StandInCid:
    cid: bytes
    sequence_number: int
    stateless_reset_token: bytes = b""
    was_sent: bool = False


@dataclass
class StandInConfiguration:
    connection_id_length: int = 12


@dataclass
class StandIn:
    """A server's connection, as far as its CIDs go."""

    configuration: StandInConfiguration = field(
        default_factory=StandInConfiguration
    )
    limit: int = 8  # how many the client wants

    def __post_init__(self) -> None:
        self._host_cids = [self._made(0)]
        self._host_cids[0].was_sent = True
        self._host_cid_seq = 1
        self.host_cid = self._host_cids[0].cid
        self._local_initial_source_connection_id = self.host_cid
        self.issued: list[StandInCid] = []

    def _made(self, number: int) -> StandInCid:
        length = self.configuration.connection_id_length
        return StandInCid(os.urandom(length), number, os.urandom(16))

    def _replenish_connection_ids(self) -> None:
        while len(self._host_cids) < self.limit:
            self._host_cids.append(self._made(self._host_cid_seq))
            self._host_cid_seq += 1

    def finish_handshake(self) -> None:
        self._replenish_connection_ids()
        self.send()

    def send(self) -> None:
        for cid in self._host_cids:
            if not cid.was_sent:
                cid.was_sent = True
                self.issued.append(cid)

    def peer_retires(self, number: int) -> None:
        self._host_cids = [
            cid for cid in self._host_cids if cid.sequence_number != number
        ]
        self._replenish_connection_ids()
        self.send()


def all_cids(connection: StandIn) -> list[bytes]:
    return [cid.cid for cid in connection._host_cids]


def test_all_cids_come_from_the_encoder(
    encoder: quiclb.Encoder, decoder: quiclb.Decoder
) -> None:
    connection = StandIn()
    aioquic.ConnectionIds(encoder).prepare(connection)
    first = connection.host_cid
    assert first == connection._host_cids[0].cid
    assert first == connection._local_initial_source_connection_id
    connection.finish_handshake()
    connection.peer_retires(1)
    assert [cid.sequence_number for cid in connection.issued] == [*range(1, 9)]
    cids = {first, *(cid.cid for cid in connection.issued)}
    assert len(cids) == 9
    assert set(decoder.decode_batch(cids)) == {SERVER_ID}
    assert all_cids(connection)[0] == first


def test_tokens_are_bound_to_the_server(encoder: quiclb.Encoder) -> None:
    key = os.urandom(32)
    connection = StandIn()
    ids = aioquic.ConnectionIds(encoder, reset_key=key, server_id=SERVER_ID)
    ids.prepare(connection)
    connection.finish_handshake()
    assert len(connection._host_cids) == 8
    for cid in connection._host_cids:
        want = quiclb.reset_token(key, SERVER_ID, cid.cid)
        assert cid.stateless_reset_token == want
    for half in ({"reset_key": key}, {"server_id": SERVER_ID}):
        with pytest.raises(ValueError):
            aioquic.ConnectionIds(encoder, **half)


def test_without_a_next_cid_the_connection_has_fewer(
    small: quiclb.Config,
) -> None:
    encoder = quiclb.Encoder(
        small,
        b"s",
        nonce_secret=bytes(32),
        mark_store=lambda mark: None,
        mark=2**32 - 3,
    )
    connections = [StandIn(StandInConfiguration(6)) for _ in range(2)]
    ids = aioquic.ConnectionIds(encoder)
    for connection in connections:
        ids.prepare(connection)
        connection.finish_handshake()
    assert [len(x._host_cids) for x in connections] == [3, 1]
    assert [x._host_cid_seq for x in connections] == [3, 1]
    # the second has one unroutable CID, and no more of that kind
    assert encoder.n_unroutable == 1
    assert connections[1].host_cid[0] >> 5 == 7
    assert ids.n_missing == 5 + 7


def test_rotation_to_another_length_is_survived(
    config: quiclb.Config, encoder: quiclb.Encoder
) -> None:
    connection = StandIn()
    ids = aioquic.ConnectionIds(encoder)
    ids.prepare(connection)
    longer = config.replace(config_rotation=1, nonce_len=9)
    encoder.rotate(quiclb.Encoder(longer, SERVER_ID))
    connection.finish_handshake()
    assert len(connection._host_cids) == 1 and ids.n_missing == 7
    with pytest.raises(ValueError, match="connection_id_length is 12"):
        ids.prepare(StandIn())


def test_factory_prepares_before_the_protocol(
    encoder: quiclb.Encoder, decoder: quiclb.Decoder
) -> None:
    def protocol(connection: Any, stream_handler: Any = None) -> Any:
        assert decoder.decode(connection.host_cid) == SERVER_ID
        return connection, stream_handler

    create = aioquic.ConnectionIds(encoder).create_protocol(protocol)
    connection = StandIn()
    assert create(connection, stream_handler=3) == (connection, 3)


@pytest.mark.parametrize("name", aioquic.MEMBERS)
def test_missing_member_is_refused(encoder: quiclb.Encoder, name: str) -> None:
    class Other:
        """A stand-in without one member."""

        def __init__(self) -> None:
            self._stand_in = StandIn()

        def __getattr__(self, asked: str) -> Any:
            if asked == name:
                raise AttributeError(asked)
            return getattr(self._stand_in, asked)

    with pytest.raises(aioquic.UnknownAioquic, match=f"has no {name}"):
        aioquic.ConnectionIds(encoder).prepare(Other())


def test_members_of_other_meaning_are_refused(
    encoder: quiclb.Encoder,
) -> None:
    ids = aioquic.ConnectionIds(encoder)
    for name in ("host_cid", "_local_initial_source_connection_id"):
        connection = StandIn()
        setattr(connection, name, bytes(12))
        with pytest.raises(aioquic.UnknownAioquic):
            ids.prepare(connection)
    late = StandIn()
    late.finish_handshake()
    with pytest.raises(aioquic.UnknownAioquic, match="further CIDs"):
        ids.prepare(late)
