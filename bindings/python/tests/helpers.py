# SPDX-License-Identifier: BSD-2-Clause
"""What several tests ask in the same words."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

import quiclb

# What a test does one after the other; results do not matter.
Uses = tuple[Callable[[], object], ...]


@contextmanager
def refused(name: str) -> Iterator[None]:
    """The library refuses it, with QUICLB_ERR_<name>."""
    with pytest.raises(quiclb.QuicLbError) as caught:
        yield
    assert caught.value.name == name
    assert caught.value.code < 0
    assert str(caught.value) == quiclb.strerror(caught.value.code)
    assert caught.value.is_unroutable == isinstance(
        caught.value, quiclb.Unroutable
    )
