# SPDX-License-Identifier: BSD-2-Clause
"""QUIC connection IDs that carry a server ID: libquiclb for Python."""

from quiclb._calls import Known, MarkStore, ThresholdReached
from quiclb._config import Config
from quiclb._decoder import Decoded, Decoder, Reader, Table
from quiclb._encoder import Encoder
from quiclb._errors import (
    QuicLbError,
    Unroutable,
    error,
    is_unroutable,
    strerror,
)
from quiclb._library import (
    Codec,
    codecs,
    cpu,
    presets,
    reset_token,
    unroutable,
    version,
)
from quiclb._native import lib as _lib

MARK_STEP: int = _lib.QUICLB_MARK_STEP
N_PARTS: int = _lib.QUICLB_N_PARTS
CID_MAX_BYTES: int = _lib.QUICLB_CID_MAX_BYTES

__all__ = [
    "CID_MAX_BYTES",
    "Codec",
    "Config",
    "Decoded",
    "Decoder",
    "Encoder",
    "Known",
    "MARK_STEP",
    "MarkStore",
    "N_PARTS",
    "QuicLbError",
    "Reader",
    "Table",
    "ThresholdReached",
    "Unroutable",
    "codecs",
    "cpu",
    "error",
    "is_unroutable",
    "presets",
    "reset_token",
    "strerror",
    "unroutable",
    "version",
]
