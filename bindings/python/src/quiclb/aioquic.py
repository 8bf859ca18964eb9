# SPDX-License-Identifier: BSD-2-Clause
"""CIDs for servers on aioquic, which has no hook of its own for them.

aioquic draws CIDs from os.urandom() in QuicConnection.  This module replaces
them before they are sent, through members that aioquic does not promise to
keep; prepare() refuses a connection that does not have them as described.
bindings/python/README.md says which versions they were seen in.
"""

from __future__ import annotations

from typing import (
    Any,
    Callable,
    MutableSequence,
    Optional,
    Protocol,
    TypeVar,
)

from quiclb._encoder import Encoder
from quiclb._errors import QuicLbError
from quiclb._library import reset_token
from quiclb._objects import Bytes

T = TypeVar("T")


class HostCid(Protocol):
    """What is used of aioquic's QuicConnectionId."""

    cid: bytes
    stateless_reset_token: bytes


class Configuration(Protocol):
    """What is used of aioquic's QuicConfiguration."""

    connection_id_length: int


class Connection(Protocol):
    """What is used of aioquic's QuicConnection, of a server."""

    host_cid: bytes
    _host_cid_seq: int
    _local_initial_source_connection_id: bytes

    @property
    def _host_cids(self) -> MutableSequence[Any]:
        """HostCid each; the first is the one the handshake shows."""

    @property
    def configuration(self) -> Configuration:
        """Public in aioquic; the length stands there."""

    def _replenish_connection_ids(self) -> None:
        """Makes further CIDs: at the end of the handshake, and later."""


MEMBERS = (
    "configuration",
    "host_cid",
    "_host_cids",
    "_host_cid_seq",
    "_local_initial_source_connection_id",
    "_replenish_connection_ids",
)


class UnknownAioquic(RuntimeError):
    """This aioquic works in another way than this module expects."""


def _check(connection: Any) -> None:
    """That the connection is fresh, and of an aioquic that we know."""
    for name in MEMBERS:
        if not hasattr(connection, name):
            raise UnknownAioquic(f"QuicConnection has no {name}")
    cids = connection._host_cids
    if len(cids) != 1 or connection._host_cid_seq != 1:
        raise UnknownAioquic("the connection has made further CIDs")
    first = cids[0].cid
    if first != connection.host_cid:
        raise UnknownAioquic("host_cid is not the first CID")
    if first != connection._local_initial_source_connection_id:
        raise UnknownAioquic("the first CID is not the initial source CID")


class ConnectionIds:
    """Gives the connections of one server their CIDs.

    With a reset_key and this server's ID each CID gets its stateless reset
    token too, bound to this server; else aioquic's random ones stay.

    Threads: as Encoder; aioquic's connections belong to one event loop.
    """

    def __init__(
        self,
        encoder: Encoder,
        *,
        reset_key: Optional[Bytes] = None,
        server_id: Optional[Bytes] = None,
    ) -> None:
        if (reset_key is None) != (server_id is None):
            raise ValueError("reset_key and server_id go together")
        self.encoder = encoder
        self.n_missing = 0  # CIDs that no connection got; for metrics
        self._reset_key = reset_key
        self._server_id = server_id

    def create_protocol(self, create: Callable[..., T]) -> Callable[..., T]:
        """For aioquic.asyncio.serve(create_protocol=...).

        create is what you would have given to serve().
        """

        def prepared(connection: Any, *args: Any, **kwargs: Any) -> T:
            # aioquic files the connection under its CID right after this
            self.prepare(connection)
            return create(connection, *args, **kwargs)

        return prepared

    def prepare(self, connection: Connection) -> None:
        """Before the connection's first receive_datagram()."""
        _check(connection)
        length = connection.configuration.connection_id_length
        if length != self.encoder.cid_len:
            raise ValueError(
                f"connection_id_length is {length}, the encoder's CIDs have "
                f"{self.encoder.cid_len} bytes"
            )
        # one CID that names no server is better than no connection
        cid = self.encoder.fill(length)
        self._put(connection._host_cids[0], cid)
        connection.host_cid = cid
        connection._local_initial_source_connection_id = cid
        self._follow(connection)

    def _put(self, place: HostCid, cid: bytes) -> None:
        place.cid = cid
        if self._reset_key is not None and self._server_id is not None:
            place.stateless_reset_token = reset_token(
                self._reset_key, self._server_id, cid
            )

    def _follow(self, connection: Connection) -> None:
        """The CIDs that the connection makes later."""
        replenish = connection._replenish_connection_ids

        def replenished() -> None:
            known = len(connection._host_cids)
            replenish()
            self._replace(connection, known)

        setattr(connection, "_replenish_connection_ids", replenished)

    def _replace(self, connection: Connection, known: int) -> None:
        """Those behind the known ones, which were not sent yet.

        The draft wants no second unroutable one: what the encoder refuses is
        taken back, and the connection has fewer CIDs.
        """
        cids = connection._host_cids
        for index in range(known, len(cids)):
            try:
                cid = self._next(connection)
            except (QuicLbError, ValueError):
                n_refused = len(cids) - index
                del cids[index:]
                connection._host_cid_seq -= n_refused
                self.n_missing += n_refused
                return
            self._put(cids[index], cid)

    def _next(self, connection: Connection) -> bytes:
        cid = self.encoder.next()
        if len(cid) != connection.configuration.connection_id_length:
            raise ValueError("rotated to another length")
        return cid
