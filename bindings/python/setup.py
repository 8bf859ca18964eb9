# SPDX-License-Identifier: BSD-2-Clause
"""What pyproject.toml cannot say: the compiled part, and its version."""

import sys
from pathlib import Path

from setuptools import setup

sys.path.insert(0, str(Path(__file__).resolve().parent))

from ffi_build import pkg_config  # noqa: E402  (found beside this file)

setup(
    cffi_modules=["ffi_build.py:builder"],
    version=pkg_config("--modversion")[0],
)
