# SPDX-License-Identifier: BSD-2-Clause
"""Runs itself under valgrind: no leak and no wrong access in C's objects.

Python's own last words are not its business: only what has libquiclb or the
binding's module in its stack counts.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree

OURS = ("libquiclb.so", "quiclb/_native")
ROUNDS = 20


def life(round_number: int) -> None:
    """Every kind of object, ended in different ways."""
    import quiclb

    config = quiclb.Config(
        codec="four-pass", server_id_len=3, nonce_len=8, key=os.urandom(16)
    )
    other = config.replace(config_rotation=1)
    encoder = quiclb.Encoder(
        config,
        b"abc",
        nonce_secret=os.urandom(32),
        mark_store=lambda mark: None,
        threshold=2**64 - 1,
        threshold_reached=lambda remaining: None,
    )
    parts = encoder.split(3)
    parts[0].rotate(quiclb.Encoder(other, b"abc"))
    cids = parts[0].next_batch(70) + parts[1].next_batch(70)
    cids += [parts[2].next(), parts[2].fill(12), parts[2].fill(9), b""]
    decoder = quiclb.Decoder(config, other, known=lambda tenant, id: True)
    assert decoder.decode_batch(cids).count(b"abc") == 142
    assert decoder.read(memoryview(cids[0])).server_id == b"abc"
    own = quiclb.Decoder(config)
    table = quiclb.Table(decoder)
    readers = [table.reader(), table.reader()]
    table.swap(quiclb.Decoder(config, other))
    assert readers[0].decode(cids[0]) == b"abc"
    for use in (decoder.decode, readers[1].decode, parts[0].rotate):
        try:
            use(b"" if use != parts[0].rotate else parts[0])  # type: ignore
        except (quiclb.QuicLbError, ValueError):
            pass
    quiclb.reset_token(bytes(32), b"abc", cids[0])
    if round_number % 2:
        for one in (encoder, *parts, own, table, *readers, config):
            getattr(one, "close", config.wipe)()


def lives() -> None:
    import gc

    for round_number in range(ROUNDS):
        life(round_number)
    gc.collect()


def ours(error: ElementTree.Element) -> bool:
    objects = [element.text or "" for element in error.iter("obj")]
    names = [element.text for element in error.iter("fn")]
    # what importing the module allocates stays, once
    return "PyInit__native" not in names and any(
        own in one for own in OURS for one in objects
    )


def text_of(error: ElementTree.Element) -> str:
    names = [element.text or "?" for element in error.iter("fn")]
    return f"{error.findtext('kind')}: {' < '.join(names)}"


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        done = subprocess.run(
            [
                "valgrind",
                "--leak-check=full",
                "--show-leak-kinds=definite,indirect,possible",
                "--num-callers=40",
                "--xml=yes",
                f"--xml-file={report}",
                sys.executable,
                __file__,
                "lives",
            ],
            # every block its own, so that none hides in Python's arenas
            env=os.environ | {"PYTHONMALLOC": "malloc"},
        )
        errors = list(ElementTree.parse(report).iter("error"))
    mine = [text_of(error) for error in errors if ours(error)]
    for line in mine:
        print("#", line)
    print(f"# {len(errors)} errors in all, {len(mine)} of them ours")
    good = not done.returncode and not mine
    print("ok" if good else "not ok", "1 - valgrind finds nothing of ours")
    print("1..1")
    return 0 if good else 1


if __name__ == "__main__":
    if sys.argv[1:] == ["lives"]:
        lives()
    else:
        sys.exit(main())
