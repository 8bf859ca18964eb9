# SPDX-License-Identifier: BSD-2-Clause
"""How long a CID takes from Python: one line of JSON per codec and operation.

    bench --samples N --calls N
"""

import argparse
import json
import os
from collections.abc import Callable
from time import perf_counter_ns

import quiclb

LAYOUTS = {"plain": (3, 8), "single-pass": (8, 8), "four-pass": (3, 8)}
N_CIDS = 1024
BATCH = 64

Operation = Callable[[int], None]  # does it so many times


def objects(codec: str) -> tuple[quiclb.Encoder, quiclb.Decoder, bytes]:
    """An encoder and the decoder for it, and the server ID."""
    keyed = {one.name for one in quiclb.codecs() if one.is_keyed}
    id_len, nonce_len = LAYOUTS[codec]
    config = quiclb.Config(
        codec=codec,
        server_id_len=id_len,
        nonce_len=nonce_len,
        key=os.urandom(16) if codec in keyed else None,
    )
    server_id = bytes(range(1, id_len + 1))
    return (
        quiclb.Encoder(config, server_id),
        quiclb.Decoder(config),
        server_id,
    )


def operations(codec: str) -> dict[str, Operation]:
    """What is measured, each checked once."""
    encoder, decoder, server_id = objects(codec)
    cids = encoder.next_batch(N_CIDS)
    batches = [cids[i : i + BATCH] for i in range(0, N_CIDS, BATCH)]

    def run_next(calls: int) -> None:
        next_cid = encoder.next
        for _ in range(calls):
            cid = next_cid()
        assert len(cid) == encoder.cid_len

    def run_decode(calls: int) -> None:
        decode = decoder.decode
        for i in range(calls):
            found = decode(cids[i % N_CIDS])
        assert found == server_id

    def run_batch(calls: int) -> None:
        decode_batch = decoder.decode_batch
        for i in range(calls // BATCH):
            found = decode_batch(batches[i % len(batches)])
        assert found == [server_id] * BATCH

    assert len(set(cids)) == N_CIDS
    assert {decoder.decode(cid) for cid in cids} == {server_id}
    return {"next": run_next, "decode": run_decode, "decode_batch": run_batch}


def measure(operation: Operation, samples: int, calls: int) -> list[float]:
    """Nanoseconds per CID, one for each sample."""
    operation(calls)  # warms up
    taken = []
    for _ in range(samples):
        start = perf_counter_ns()
        operation(calls)
        taken.append(round((perf_counter_ns() - start) / calls, 3))
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(description="Python's time per CID")
    parser.add_argument("--samples", type=int, default=11)
    parser.add_argument("--calls", type=int, default=64 * 1024)
    args = parser.parse_args()
    # a whole number of batches, so that what is divided by was done
    calls = max(args.calls // BATCH, 1) * BATCH
    for codec in LAYOUTS:
        for name, operation in operations(codec).items():
            row = {
                "language": "Python",
                "codec": codec,
                "operation": name,
                "ns": measure(operation, args.samples, calls),
            }
            print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
