# SPDX-License-Identifier: BSD-2-Clause
"""What a program is asked, and how its answers are judged."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from kit.codecs import CODECS, Codec
from kit.vectors import Row, hex_len

Ask = Callable[[str], str]


@dataclass(frozen=True)
class Result:
    """One request and its answer."""

    request: str
    expected: str
    got: str

    @property
    def unsupported(self) -> bool:
        """The program says that it does not have this."""
        return self.got == "unsupported"

    @property
    def void(self) -> bool:
        """Both yes and no: it says nothing about the program."""
        return self.got == "unsupported" and " or " in self.expected

    @property
    def passed(self) -> bool:
        """`ok` answers count to the last digit, others by their word."""
        if self.expected.startswith("ok"):
            return self.got == self.expected
        return self.got.split(" ")[0] in self.expected.split(" or ")


def vector(ask: Ask, row: Row) -> Iterator[Result]:
    """Encodes and decodes a row."""
    request = row.encode_request()
    yield Result(request, f"ok {row.cid}", ask(request))
    request = row.decode_request(row.cid)
    yield Result(request, f"ok {row.server_id}", ask(request))


def stranger(ask: Ask) -> Result:
    """No program has a codec of this name."""
    request = "encode no-such-codec 3 0 - 00 - 01 02030405 -"
    return Result(request, "unsupported", ask(request))


def truncated(ask: Ask, rows: list[Row]) -> Iterator[Result]:
    """Each CID cut to every length that is too short."""
    for row in rows:
        for length in range(row.body_len - 1, -1, -1):
            request = row.decode_request(row.cid[:2 * length])
            yield Result(request, "unroutable", ask(request))


def server_use(ask: Ask, rows: list[Row]) -> Iterator[Result]:
    """Other server-use bytes, or none, change no server ID."""
    for row in rows:
        body = row.cid[:2 * row.body_len]
        use_len = hex_len(row.server_use)
        if not use_len:
            continue
        other = bytes(0xff - byte for byte in bytes.fromhex(row.server_use))
        for cid in (body, body + other.hex()):
            request = row.decode_request(cid)
            yield Result(request, f"ok {row.server_id}", ask(request))


def reserved(ask: Ask, rows: list[Row]) -> Iterator[Result]:
    """The codepoint of all ones, with low bits all zeros and all ones."""
    for row in rows:
        codec = CODECS.get(row.codec)
        if not codec or not codec.draft:
            continue
        for first in (0x100 - 2 ** (8 - row.bits), 0xff):
            request = row.decode_request(f"{first:02x}{row.cid[2:]}")
            yield Result(request, "unroutable", ask(request))


def random_hex(rng: random.Random, length: int) -> str:
    """That many random bytes, as a field."""
    return rng.randbytes(length).hex() or "-"


def random_row(rng: random.Random, codec: Codec, bits: int,
               pair: tuple[int, int]) -> Row:
    """A config with these lengths, and fields for it; no CID yet."""
    use_len = rng.randint(0, max(0, codec.room(*pair)))
    rotation = rng.choice(codec.rotations(bits))
    uncounted = rng.randint(0, use_len)
    length = "-"
    low = rng.getrandbits(8) % 2 ** (8 - bits)
    if codec.draft and rng.getrandbits(1):
        length = str(uncounted)
        low = (sum(pair) + use_len - uncounted) % 2 ** (8 - bits)
    first = rotation * 2 ** (8 - bits) + low
    return Row("random", codec.name, bits, rotation, length,
               f"{first:02x}" if codec.head else "-",
               random_hex(rng, 16) if codec.keyed else "-",
               random_hex(rng, pair[0]), random_hex(rng, pair[1]),
               random_hex(rng, use_len), "-")


def trips(rng: random.Random, codec: Codec, rounds: int) -> Iterator[Row]:
    """Random rows for all legal lengths."""
    for bits in codec.bits:
        for pair in codec.pairs(True):
            for _ in range(rounds):
                yield random_row(rng, codec, bits, pair)


def framed(row: Row, cid: str) -> bool:
    """Whether a CID has the row's length, first octet and server use."""
    if len(cid) != 2 * (row.body_len + hex_len(row.server_use)):
        return False
    if row.server_use != "-" and not cid.endswith(row.server_use):
        return False
    if row.codec == "mvfst-1":
        return int(cid[:2], 16) >> 6 == row.rotation
    return row.first == "-" or cid.startswith(row.first)


def round_trips(ask: Ask, rows: Iterator[Row]) -> Iterator[Result]:
    """decode(encode(x)) == x, as far as the server ID goes."""
    for row in rows:
        request = row.encode_request()
        answer = ask(request)
        word, _, cid = answer.partition(" ")
        hexadecimal = bool(cid) and not cid.strip("0123456789abcdef")
        if word != "ok" or not hexadecimal or not framed(row, cid):
            want = (f"ok CID, {row.body_len + hex_len(row.server_use)} bytes"
                    f" around {row.first} and {row.server_use}")
            yield Result(request, want, answer)
            continue
        request = row.decode_request(cid)
        yield Result(request, f"ok {row.server_id}", ask(request))


def both(row: Row) -> Iterator[tuple[str, str]]:
    """A row's two requests; the CID has the right first octet."""
    yield row.encode_request(), "refused"
    length = row.body_len + hex_len(row.server_use)
    head = "" if row.first == "-" else row.first
    cid = (head + "5a" * length)[:2 * length]
    yield row.decode_request(cid), "refused"


def broken_rotations(codec: Codec, good: Row) -> Iterator[tuple[str, str]]:
    """Config rotations, and bits of it, that the codec does not have."""
    for rotation in range(0, 8):
        if rotation not in codec.rotations(good.bits):
            yield from both(replace(good, rotation=rotation))
    for bits in (0, 2, 3):
        if bits not in codec.bits:
            for request, _ in both(replace(good, bits=bits)):
                yield request, "refused or unsupported"


def broken_configs(rng: random.Random,
                   codec: Codec) -> Iterator[tuple[str, str]]:
    """Requests for everything that the codec must not do."""
    for bits in codec.bits:
        for pair in codec.pairs(False):
            row = random_row(rng, codec, bits, pair)
            yield from both(replace(row, length="-"))
        pair = next(codec.pairs(True))
        good = replace(random_row(rng, codec, bits, pair), length="-",
                       server_use="-")
        yield from broken_rotations(codec, good)
        too_much = "00" * (codec.room(*pair) + 1)
        yield (replace(good, server_use=too_much).encode_request(),
               "refused")
        if codec.keyed:
            yield from both(replace(good, key="-"))
        # No self-encoded length here, or it leaves out more than there is.
        uncounted = "1" if codec.draft else "0"
        yield replace(good, length=uncounted).encode_request(), "refused"


def refusals(ask: Ask, rng: random.Random, codec: Codec) -> Iterator[Result]:
    """Configs that break a rule."""
    for request, expected in broken_configs(rng, codec):
        yield Result(request, expected, ask(request))


def agreement(ask: Ask, other: Ask, rng: random.Random,
              rows: Iterator[Row]) -> Iterator[Result]:
    """Two programs, the same requests; the other's answer is expected."""
    for row in rows:
        length = row.body_len + hex_len(row.server_use)
        requests = [row.encode_request()]
        cids = [rng.randbytes(rng.randint(0, length)).hex(),
                rng.randbytes(length).hex()]
        answer = other(requests[0])
        if answer.startswith("ok "):
            cids.append(answer[3:])
        requests += [row.decode_request(cid) for cid in cids]
        for request in requests:
            want = other(request)
            got = ask(request)
            if want == "unsupported":
                continue
            if not want.startswith("ok "):
                want = want.split(" ")[0]  # reasons may differ
            yield Result(request, want, got)
