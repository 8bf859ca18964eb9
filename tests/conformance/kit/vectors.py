# SPDX-License-Identifier: BSD-2-Clause
"""Reads vector files of format 2; tests/vectors/README.md describes them."""

import re
from dataclasses import dataclass
from pathlib import Path

FORMAT = "# quiclb vectors, format 2"
COLUMNS = 11


class VectorError(Exception):
    """A file that is not as it should be; says where."""


def hex_len(field: str) -> int:
    """Bytes in a hex field."""
    return 0 if field == "-" else len(field) // 2


@dataclass(frozen=True)
class Row:
    """One line of a vector file; hex fields stay as they are written."""

    name: str
    codec: str
    bits: int
    rotation: int
    length: str
    first: str
    key: str
    server_id: str
    nonce: str
    server_use: str
    cid: str

    @property
    def body_len(self) -> int:
        """What a CID must have at least, in bytes."""
        return (hex_len(self.first) + hex_len(self.server_id)
                + hex_len(self.nonce))

    def encode_request(self) -> str:
        """The line that asks for the row's CID."""
        return " ".join((
            "encode", self.codec, str(self.bits), str(self.rotation),
            self.length, self.first, self.key, self.server_id, self.nonce,
            self.server_use))

    def decode_request(self, cid: str) -> str:
        """The line that asks for the server ID in a CID of this config."""
        return " ".join((
            "decode", self.codec, str(self.bits), str(self.rotation),
            self.length, self.key, str(hex_len(self.server_id)),
            str(hex_len(self.nonce)), str(hex_len(self.server_use)),
            cid or "-"))


PATTERNS = (
    ("name", r"[a-z0-9_]+/[A-Za-z0-9.-]+/[0-9]+"),
    ("codec", r"[a-z0-9-]+"),
    ("bits", r"[023]"),
    ("rotation", r"[0-7]"),
    ("length", r"-|[0-9]+"),
    ("first", r"-|[0-9a-f]{2}"),
    ("key", r"-|[0-9a-f]{32}"),
    ("server-id", r"([0-9a-f]{2})+"),
    ("nonce", r"-|([0-9a-f]{2})+"),
    ("server-use", r"-|([0-9a-f]{2})+"),
    ("cid", r"([0-9a-f]{2})+"),
)


def parse_row(line: str) -> Row:
    """One line of a file; VectorError says what is wrong with it."""
    fields = line.split()
    if len(fields) != COLUMNS:
        raise VectorError(f"{len(fields)} columns, not {COLUMNS}")
    for (column, pattern), field in zip(PATTERNS, fields):
        if not re.fullmatch(pattern, field):
            raise VectorError(f"{column}: {field!r}")
    if fields[0].split("/")[0] != fields[1].replace("-", "_"):
        raise VectorError(f"{fields[0]} is not a name for {fields[1]}")
    row = Row(fields[0], fields[1], int(fields[2]), int(fields[3]),
              *fields[4:])
    if row.body_len + hex_len(row.server_use) != hex_len(row.cid):
        raise VectorError("the CID is not as long as its fields")
    return row


def read_file(path: Path) -> list[Row]:
    """The rows of one file."""
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise VectorError(f"{path}: {error}") from error
    if not lines or lines[0] != FORMAT:
        raise VectorError(f"{path}:1: want {FORMAT!r}")
    rows = []
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            rows.append(parse_row(line))
        except VectorError as error:
            raise VectorError(f"{path}:{number}: {error}") from error
    if not rows:
        raise VectorError(f"{path}: no rows")
    return rows


def read_all(paths: list[Path]) -> list[Row]:
    """The rows of files, and of the .txt files of directories."""
    rows: dict[str, Row] = {}
    for path in paths:
        files = sorted(path.glob("*.txt")) if path.is_dir() else [path]
        if not files:
            raise VectorError(f"{path}: no .txt file")
        for file in files:
            for row in read_file(file):
                if row.name in rows:
                    raise VectorError(f"{file}: {row.name} is there twice")
                rows[row.name] = row
    return list(rows.values())
