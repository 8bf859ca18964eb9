# SPDX-License-Identifier: BSD-2-Clause
"""From nothing to a server found again, step by step: run it and read on.

    python3 tutorial.py
"""

import quiclb


def say(text: str) -> None:
    print(f"\n{text}")


def main() -> None:
    say("1. A config: what all servers and load balancers agree on.")
    # 16 random bytes of your own: quiclb keygen
    key = bytearray.fromhex("8f95f09245765f80256934e50c66207f")
    config = quiclb.Config(
        codec="four-pass", server_id_len=3, nonce_len=8, key=key
    )
    key[:] = bytes(len(key))  # the config has its own copy
    print(f"   {config.codec}, key set: {config.has_key}")

    say("2. An encoder: issues the CIDs of one server, here of 0a0102.")
    encoder = quiclb.Encoder(config, bytes.fromhex("0a0102"))
    first, second = encoder.next(), encoder.next()
    print(f"   CIDs of {len(first)} bytes, two alike: {first == second}")

    say("3. A decoder: finds the server again.")
    decoder = quiclb.Decoder(config)
    print(f"   {decoder.decode(first).hex()} {decoder.decode(second).hex()}")

    say("4. Many at once cost a fraction each.")
    found = decoder.decode_batch(encoder.next_batch(64))
    print(f"   {len(found)} CIDs, {len(set(found))} server")

    say("5. A CID that names no server is an expected outcome: count it.")
    try:
        decoder.decode(quiclb.unroutable(12))
    except quiclb.Unroutable as error:
        print(f"   {error.name}: {error}")

    say("6. A mistake is an error with the library's own words.")
    try:
        config.replace(codec="single-pass")
    except quiclb.QuicLbError as error:
        print(f"   {error.name}: {error}")

    say("7. Rotation: decoders first, then servers.")
    fresh_config = config.replace(config_rotation=1)
    decoder.add(fresh_config)
    encoder.rotate(quiclb.Encoder(fresh_config, bytes.fromhex("0a0102")))
    third = encoder.next()
    for cid in (first, third):
        read = decoder.read(cid)
        print(f"   {read.server_id.hex()}, rotation {read.config_rotation}")

    say("8. Later, when no connection has an old CID: retire the old config.")
    encoder.retire(first[0])
    decoder.remove(first[0])
    try:
        decoder.decode(first)
    except quiclb.Unroutable as error:
        print(f"   {error.name}: {error}")

    say("9. Threads: a part of an encoder for each, nothing to wait for.")
    whole = quiclb.Encoder(config, bytes.fromhex("0a0102"))
    parts = whole.split(4)
    cids = [cid for part in parts for cid in part.next_batch(1000)]
    print(f"   {len(cids)} CIDs of 4 parts, different: {len(set(cids))}")

    say("10. A table: a decoder that is replaced under its readers.")
    table = quiclb.Table(quiclb.Decoder(config))
    reader = table.reader()  # one for each thread
    table.swap(quiclb.Decoder(config, fresh_config))
    print(f"   {reader.decode(third).hex()}")

    say("11. A hook that must give something: fill() always does.")
    encoder.close()
    print(f"   {len(encoder.fill(12))} bytes; so far", end=" ")
    print(f"{encoder.n_unroutable} without a server ID")


if __name__ == "__main__":
    main()
