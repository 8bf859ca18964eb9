# SPDX-License-Identifier: BSD-2-Clause
"""Configs and objects that most tests begin with."""

from collections.abc import Iterator

import pytest

import quiclb

SERVER_ID = bytes.fromhex("0a0102")


@pytest.fixture
def config() -> quiclb.Config:
    """four-pass, CIDs of 12 bytes."""
    return quiclb.Config(
        codec="four-pass",
        server_id_len=3,
        nonce_len=8,
        key=bytes.fromhex("8f95f09245765f80256934e50c66207f"),
    )


@pytest.fixture
def encoder(config: quiclb.Config) -> Iterator[quiclb.Encoder]:
    """Of SERVER_ID."""
    with quiclb.Encoder(config, SERVER_ID) as one:
        yield one


@pytest.fixture
def decoder(config: quiclb.Config) -> Iterator[quiclb.Decoder]:
    """Of the one config."""
    with quiclb.Decoder(config) as one:
        yield one


@pytest.fixture
def small() -> quiclb.Config:
    """plain with the shortest nonce, for what depends on its length."""
    return quiclb.Config(codec="plain", server_id_len=1, nonce_len=4)
