# SPDX-License-Identifier: BSD-2-Clause
"""The compiled module: cffi has no types of its own."""

from typing import Any

ffi: Any
lib: Any
