# SPDX-License-Identifier: BSD-2-Clause
"""Describes quiclb._native to cffi.

Every declaration is read out of quiclb.h, so none is written twice; then the
C compiler compares them with the header itself.
"""

import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import cffi

HERE = Path(__file__).resolve().parent

# Numbers that Python needs; the C compiler puts them in.
CONSTANTS = (
    "CID_MAX_BYTES",
    "F_SHORT_NONCE",
    "KEY_BYTES",
    "MARK_STEP",
    "NONCE_SECRET_BYTES",
    "N_PARTS",
    "RESET_TOKEN_BYTES",
    "SERVER_ID_CAP_BYTES",
)

GLUE = """
struct quiclb_py_error { const char *name; int number; };
static const struct quiclb_py_error quiclb_py_errors[];
static const char *const quiclb_py_presets[];
void quiclb_py_decode_batch(const struct quiclb_decoder *decoder,
    const uint8_t *cids, const size_t *lens, uint8_t *ids, int32_t *results,
    size_t n);
"""


def pkg_config(*args: str) -> list[str]:
    """What pkg-config says about the library, in words."""
    command = ["pkg-config", *args, "libquiclb"]
    return shlex.split(subprocess.check_output(command, text=True))


def header() -> str:
    """The text of quiclb.h, without comments."""
    folders = [flag[2:] for flag in pkg_config("--cflags-only-I")]
    folders += pkg_config("--variable=includedir")
    for folder in folders:
        path = Path(folder) / "quiclb" / "quiclb.h"
        if path.is_file():
            text = path.read_text(encoding="ascii")
            return re.sub(r"/\*.*?\*/", " ", text, flags=re.DOTALL)
    raise SystemExit(f"no quiclb/quiclb.h in {folders}")


def found(pattern: str, text: str) -> list[str]:
    """All that a pattern finds at the beginning of lines; never nothing."""
    matches = re.findall("^" + pattern, text, re.DOTALL | re.MULTILINE)
    if not matches:
        raise SystemExit(f"quiclb.h: nothing looks like {pattern}")
    return matches


def declarations(text: str) -> str:
    """The types and functions of quiclb.h, as cffi can read them."""
    opaque = found(r"struct quiclb_\w+;", text)
    callbacks = found(r"typedef [^;{]*\bquiclb_\w+_fn\([^;]*;", text)
    structs = found(r"struct quiclb_\w+ \{.*?^\};", text)
    functions = found(r"QUICLB_API ([^;{]*;)", text)
    inlines = found(r"static inline (void\s+quiclb_\w+_init\([^)]*\))", text)
    # a length in square brackets may be a macro: the compiler knows it
    structs = [re.sub(r"\[\w+\]", "[...]", struct) for struct in structs]
    here = [
        re.sub(r"typedef (.*)\bquiclb_(\w+)_fn\(", r"\1quiclb_py_\2(", one)
        for one in (" ".join(callback.split()) for callback in callbacks)
    ]
    return "\n".join(
        opaque
        + callbacks
        + structs
        + functions
        + [inline + ";" for inline in inlines]
        + [f'extern "Python" {callback}' for callback in here]
        + [f"#define QUICLB_{name} ..." for name in CONSTANTS]
    )


def builder() -> Any:
    """What setuptools asks for."""
    ffi = cffi.FFI()
    ffi.cdef(declarations(header()) + GLUE)
    ffi.set_source(
        "quiclb._native",
        '#include "glue.h"',
        include_dirs=[str(HERE)],
        extra_compile_args=pkg_config("--cflags")
        + ["-Werror=incompatible-pointer-types", "-Werror=int-conversion"],
        extra_link_args=pkg_config("--libs"),
    )
    return ffi
