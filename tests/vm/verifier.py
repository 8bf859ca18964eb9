# SPDX-License-Identifier: BSD-2-Clause
"""Loads a BPF object by the libbpf of this machine and says what the verifier
thought of it. Attaches nothing."""

import ctypes
import os
import re

STATISTICS, WORDS = 4, 1    # BPF_LOG_STATS, BPF_LOG_LEVEL1
LOG_BYTES = 1 << 22
LAST_LINES = 8
SILENT = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_char_p,
                          ctypes.c_void_p)(lambda *_: 0)


class Refused(Exception):
    """The program does not load; the message is the end of the log."""


def _libbpf():
    library = ctypes.CDLL("libbpf.so.1")
    for name, kind in (("open", ctypes.c_void_p), ("load", ctypes.c_int),
                       ("next_program", ctypes.c_void_p)):
        getattr(library, "bpf_object__" + name).restype = kind
    library.libbpf_set_print(SILENT)
    return library


def _load(path, level):
    """(error number or 0, the log)."""
    bpf = _libbpf()
    handle = bpf.bpf_object__open(os.fsencode(path))
    if not handle:
        raise Refused(f"{path}: cannot be opened")
    handle = ctypes.c_void_p(handle)
    log = ctypes.create_string_buffer(LOG_BYTES)
    program = ctypes.c_void_p(bpf.bpf_object__next_program(handle, None))
    bpf.bpf_program__set_log_level(program, level)
    bpf.bpf_program__set_log_buf(program, log, ctypes.c_size_t(LOG_BYTES))
    error = -bpf.bpf_object__load(handle)
    bpf.bpf_object__close(handle)
    return error, log.value.decode(errors="replace")


def verify(path):
    """How many instructions the verifier walked. Raises Refused."""
    error, log = _load(path, STATISTICS)
    if error:
        log = _load(path, WORDS)[1]
        raise Refused("\n".join([os.strerror(error),
                                 *log.splitlines()[-LAST_LINES:]]))
    return int(re.search(r"processed (\d+) insns", log)[1])
