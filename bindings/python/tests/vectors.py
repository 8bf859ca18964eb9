# SPDX-License-Identifier: BSD-2-Clause
"""Every row of tests/vectors by way of the binding, as TAP.

Encodes with explicit parts; reads, decodes, and decodes in a batch.
"""

import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Optional

import quiclb

FORMAT = "# quiclb vectors, format 2"


@dataclass
class Row:
    """One line of a file, in the order of its columns."""

    name: str
    codec: str
    bits: str
    rotation: str
    length: str
    first: str
    key: str
    server_id: str
    nonce: str
    server_use: str
    cid: str


def octets(field: str) -> bytes:
    return bytes.fromhex("" if field == "-" else field)


def read_rows(folder: Path) -> list[Row]:
    """The rows of all files; each file has some."""
    rows = []
    for file in sorted(folder.glob("*.txt")):
        first, *lines = file.read_text(encoding="ascii").splitlines()
        if first != FORMAT:
            raise SystemExit(f"{file}: not {FORMAT}")
        kept = [x for x in lines if x.strip() and not x.startswith("#")]
        if not kept:
            raise SystemExit(f"{file}: no rows")
        rows += [Row(*line.split()) for line in kept]
    if len({row.name for row in rows}) != len(rows):
        raise SystemExit("a name is there twice")
    return rows


def config_of(row: Row) -> quiclb.Config:
    """What encoder and decoder of a row agree on."""
    encoded = row.length != "-"
    return quiclb.Config(
        codec=row.codec,
        config_rotation=int(row.rotation),
        server_id_len=len(octets(row.server_id)),
        nonce_len=len(octets(row.nonce)),
        server_use_len=len(octets(row.server_use)),
        encode_length=encoded,
        rotation_bits=int(row.bits),
        uncounted_len=int(row.length) if encoded else 0,
        key=octets(row.key) if row.key != "-" else None,
    )


def encode(row: Row, config: quiclb.Config) -> bytes:
    """The CID that the row's fields make."""
    first = octets(row.first)
    low_bits: Optional[int] = None
    if first and row.length == "-":
        low_bits = first[0] & (0xFF >> int(row.bits))
    encoder = quiclb.Encoder(config, octets(row.server_id), short_nonce=True)
    return encoder.encode(
        nonce=octets(row.nonce),
        server_use=octets(row.server_use),
        low_bits=low_bits,
    )


def check(row: Row) -> None:
    """AssertionError, or an error of the library's, where it is wrong."""
    cid, server_id = octets(row.cid), octets(row.server_id)
    config = config_of(row)
    got = encode(row, config)
    assert got == cid, f"encode: {got.hex()}"
    decoder = quiclb.Decoder(config)
    assert decoder.decode(cid) == server_id, "decode"
    read = decoder.read(cid)
    assert read.server_id == server_id, "read: server ID"
    assert read.nonce == octets(row.nonce), "read: nonce"
    assert read.cid_len == len(cid), "read: length"
    assert read.config_rotation == int(row.rotation), "read: rotation"
    batch = decoder.decode_batch([cid, b"", cid])
    assert batch[0] == batch[2] == server_id, "batch"
    assert isinstance(batch[1], int), "batch: an empty CID"


def passed(row: Row) -> bool:
    try:
        check(row)
    except Exception as error:
        print(f"# {row.name}: {error or type(error).__name__}")
        return False
    return True


def main(folder: Path) -> int:
    """0 if all rows of all codecs pass, and each codec has some."""
    rows = read_rows(folder)
    cases: dict[str, Iterable[Row]] = {
        codec: list(group) for codec, group in groupby(rows, lambda x: x.codec)
    }
    codecs = [codec.name for codec in quiclb.codecs()]
    codecs += [codec for codec in cases if codec not in codecs]
    failed = 0
    for number, codec in enumerate(codecs, 1):
        results = [passed(row) for row in cases.get(codec, [])]
        good = bool(results) and all(results)
        failed += not good
        counts = f"{results.count(True)} {results.count(False)}"
        print(f"# vectors Python {codec} {counts}")
        print("ok" if good else "not ok", number, "-", codec)
    print(f"1..{len(codecs)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(Path(os.environ["QUICLB_SOURCE"]) / "tests" / "vectors"))
