# SPDX-License-Identifier: BSD-2-Clause
"""Configs, errors, and what belongs to no object."""

import copy
import os
import pickle

import pytest
from helpers import Uses, refused

import quiclb

KEY = bytes.fromhex("8f95f09245765f80256934e50c66207f")


def test_repr_has_no_key(config: quiclb.Config) -> None:
    shown = repr(config) + str(config) + format(config)
    assert "has_key=True" in shown
    assert "8f95" not in shown and repr(KEY)[2:-1] not in shown
    assert vars(config).keys().isdisjoint({"key"})


def test_key_may_be_any_bytes(config: quiclb.Config) -> None:
    want = quiclb.Encoder(config, b"abc").encode(nonce=b"12345678", low_bits=0)
    for key in (KEY, bytearray(KEY), memoryview(KEY)):
        same = quiclb.Config(
            codec="four-pass", server_id_len=3, nonce_len=8, key=key
        )
        encoder = quiclb.Encoder(same, b"abc")
        assert encoder.encode(nonce=b"12345678", low_bits=0) == want


def test_key_is_copied(config: quiclb.Config) -> None:
    key = bytearray(KEY)
    mine = config.replace(key=key)
    key[:] = bytes(16)
    cid = quiclb.Encoder(mine, b"abc").next()
    assert quiclb.Decoder(config).decode(cid) == b"abc"


@pytest.mark.parametrize("size", [0, 15, 17])
def test_key_of_other_length_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match="a key has 16 bytes"):
        quiclb.Config(
            codec="four-pass", server_id_len=3, nonce_len=8, key=bytes(size)
        )


@pytest.mark.parametrize("key", ["0" * 16, 16, [0] * 16])
def test_key_that_is_not_bytes_is_refused(key: object) -> None:
    with pytest.raises(TypeError):
        quiclb.Config(
            codec="four-pass",
            server_id_len=3,
            nonce_len=8,
            key=key,  # type: ignore[arg-type]
        )


@pytest.mark.parametrize(
    "members, name",
    [
        ({"codec": "no-such"}, "CODEC"),
        ({"codec": ""}, "CODEC"),
        ({"server_id_len": 0}, "SERVER_ID_LEN"),
        ({"nonce_len": 3}, "NONCE_LEN"),
        ({"server_id_len": 15}, "SUM_LEN"),
        ({"server_id_len": 8}, "FOUR_PASS_LEN"),
        ({"config_rotation": 7}, "ROTATION"),
        ({"rotation_bits": 2}, "ROTATION_BITS"),
        ({"server_use_len": 9}, "CID_LEN"),
        ({"worker_len": 5}, "WORKER_LEN"),
        ({"uncounted_len": 1}, "UNCOUNTED_LEN"),
        ({"key": None}, "KEY_MISSING"),
        ({"codec": "plain"}, "KEY_UNEXPECTED"),
    ],
)
def test_rules_are_the_librarys(members: dict[str, object], name: str) -> None:
    valid = {"codec": "four-pass", "server_id_len": 3, "nonce_len": 8}
    with refused(name):
        quiclb.Config(**({"key": KEY} | valid | members))  # type: ignore


@pytest.mark.parametrize("number", [-1, 256])
def test_numbers_out_of_range_are_refused(number: int) -> None:
    with pytest.raises(OverflowError):
        quiclb.Config(codec="plain", server_id_len=number, nonce_len=8)


def test_presets_are_valid_and_may_be_changed() -> None:
    assert quiclb.presets()
    keyed = {codec.name for codec in quiclb.codecs() if codec.is_keyed}
    for name in quiclb.presets():
        try:
            config = quiclb.Config.preset(name)
        except quiclb.QuicLbError as error:
            assert error.name == "KEY_MISSING"
            config = quiclb.Config.preset(name, key=KEY)
        assert config.has_key == (config.codec in keyed)
        other = config.replace(config_rotation=5)
        assert (other.config_rotation, other.codec) == (5, config.codec)
    changed = quiclb.Config.preset("aws-nlb", config_rotation=3)
    assert changed.config_rotation == 3
    with refused("CODEC"):
        quiclb.Config.preset("no-such")
    with pytest.raises(TypeError):
        quiclb.Config.preset("aws-nlb", no_such=1)


def test_wiped_config_is_of_no_use(config: quiclb.Config) -> None:
    with config:
        quiclb.Decoder(config)
    config.wipe()
    assert not any(bytes(config.__dict__["_struct"].key))
    uses: Uses = (config.replace, lambda: quiclb.Decoder(config))
    for use in uses:
        with pytest.raises(ValueError, match="config was wiped"):
            use()


def test_nothing_is_copied_or_pickled(config: quiclb.Config) -> None:
    decoder = quiclb.Decoder(config)
    encoder = quiclb.Encoder(config, b"abc")
    table = quiclb.Table(quiclb.Decoder(config))
    for one in (config, decoder, encoder, table, table.reader()):
        with pytest.raises(TypeError):
            copy.copy(one)
        with pytest.raises(TypeError):
            copy.deepcopy(one)
        with pytest.raises(TypeError):
            pickle.dumps(one)


def test_errors_travel() -> None:
    with pytest.raises(quiclb.Unroutable) as caught:
        quiclb.Decoder().decode(b"\0")
    again = pickle.loads(pickle.dumps(caught.value))
    assert type(again) is quiclb.Unroutable
    assert (again.code, again.name) == (caught.value.code, "NO_CONFIG")
    assert quiclb.is_unroutable(again.code)
    assert not quiclb.is_unroutable(0)
    assert quiclb.error(1).name == ""


def test_codecs_are_the_librarys() -> None:
    codecs = {codec.name: codec for codec in quiclb.codecs()}
    assert len(codecs) == len(quiclb.codecs())
    assert not codecs["plain"].is_keyed and codecs["four-pass"].is_keyed
    assert codecs["four-pass"].rotation_bits == 3
    assert quiclb.version().count(".") == 2
    assert quiclb.cpu() >= 0


def test_unroutable_says_so() -> None:
    for size in (0, 1, 8, 20):
        cid = quiclb.unroutable(size)
        assert len(cid) == size
        assert not size or cid[0] >> 5 == 7
    with pytest.raises(ValueError):
        quiclb.unroutable(-1)


def test_reset_token_is_bound_to_the_server() -> None:
    key, cid = os.urandom(32), os.urandom(12)
    token = quiclb.reset_token(key, b"abc", cid)
    assert len(token) == 16
    assert token == quiclb.reset_token(bytearray(key), b"abc", cid)
    assert token != quiclb.reset_token(key, b"abd", cid)
    assert token != quiclb.reset_token(key, b"abc", cid[:-1])
    for args in ((key[:15], b"abc", cid), (key, b"", cid), (key, b"a", b"")):
        with refused("ARG"):
            quiclb.reset_token(*args)
