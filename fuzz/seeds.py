#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Writes first inputs for the fuzz targets from the vectors and from the
configuration files of docs and tests into fuzz/corpus/TARGET/seed-*; the forms
are those that fuzz.h and the targets describe."""

import json
import pathlib
import re
import struct

ROOT = pathlib.Path(__file__).resolve().parent.parent
KEY = '5ec2e7c0ffee4bad5ec2e7deadbeef42'  # FUZZ_KEY
CODECS = re.findall(r'ROW\(\w+, \w+, (\d+), "([^"]+)"',
                    (ROOT / 'include/quiclb/codec/list.h').read_text())


def rows():
    for path in sorted((ROOT / 'tests/vectors').glob('*.txt')):
        for line in path.read_text().splitlines():
            words = line.split()
            if words and not line.startswith('#'):
                yield dict(zip(['name', 'codec', 'bits', 'rotation', 'length',
                                'first', 'key', 'id', 'nonce', 'use', 'cid'],
                               words))


def raw(text):
    return b'' if text == '-' else bytes.fromhex(text)


def small_len(n):
    return n if n < 3 else 0x80 | n


def config(row, worker=0):
    """The 24 bytes of fuzz_config()."""
    names = [name for _, name in CODECS]
    counted = row['length'] != '-'
    return bytes([names.index(row['codec']), int(row['rotation']),
                  len(raw(row['id'])), len(raw(row['nonce'])),
                  small_len(len(raw(row['use']))),
                  counted | int(row['bits']) << 1, small_len(worker),
                  small_len(int(row['length']) if counted else 0)]) + \
        raw(row['key']).ljust(16, b'\0')


def struct_config(row):
    """struct quiclb_config of this machine; its size is set by the target."""
    image = config(row)
    number = int(dict((n, c) for c, n in CODECS)[row['codec']])
    return struct.pack('=Q8B16s8B', 40, number, image[1], image[2], image[3],
                       image[4] & 0x7f, image[5] & 1, row['key'] != '-',
                       image[5] >> 1 & 3, image[8:], 0, image[7] & 0x7f,
                       *[0] * 6)


def mask(n, low=0):
    return ((1 << 8 * n) - 1) >> low << low


def record(row):
    """The lengths of a struct quiclb_record; any bytes are its round keys."""
    image = struct_config(row)
    codec, rotation, sid, nonce, use, length, _, bits = image[8:16]
    head, body = int(row['codec'] != 'quicly'), sid + nonce
    half = (body + 1) // 2
    left = right = mask(half)
    if body & 1:
        left &= ~(0x0f << 8 * (half - 1))
        right &= ~0xf0
    masks = [mask(sid), left, right]
    return struct.pack(
        '=16BII', codec, rotation, bits, length, 0, sid, nonce, 0, body, head,
        head + body, head + body + use, half, body - half, 2 * sid > body,
        row['key'] != '-', 0, 0) + b''.join(
            (m & (1 << 128) - 1).to_bytes(16, 'little') for m in masks) + \
        (image[16:32] * 12)[:184]


def command(*arguments, stdin=''):
    return ('\n'.join(arguments) + '\n\n' + stdin).encode()


def flags(row):
    bits = [] if row['bits'] == '0' else [f"--rotation-bits={row['bits']}"]
    key = [] if row['key'] == '-' else ['--key=' + row['key']]
    return [f"--codec={row['codec']}"] + bits + key


def conform(row):
    sid, nonce, use = (len(raw(row[k])) for k in ('id', 'nonce', 'use'))
    head = f"{row['codec']} {row['bits']} {row['rotation']} {row['length']}"
    return (f"encode {head} {row['first']} {row['key']} {row['id']} "
            f"{row['nonce']} {row['use']}\n"
            f"decode {head} {row['key']} {sid} {nonce} {use} {row['cid']}\n")


def tool(row):
    yield command('conform', stdin='quiclb-conformance 1\n' + conform(row))
    yield command('decode', *flags(row), f"--server-id-len={len(raw(row['id']))}",
                  f"--nonce-len={len(raw(row['nonce']))}", '--all', '-',
                  stdin=row['cid'] + '\n')
    use = [] if row['use'] == '-' else ['--server-use=' + row['use']]
    yield command('encode', *flags(row), '--config-rotation=' + row['rotation'],
                  '--server-id=' + row['id'], '--nonce=' + row['nonce'],
                  '--json', *use)


def targets(row):
    image, cid = config(row), raw(row['cid'])
    low = raw(row['first']) or b'\0'
    use, nonce = raw(row['use']).ljust(20, b'\0'), raw(row['nonce'])
    yield 'batch', b'\0\x28' + image + bytes([len(cid)]) + cid
    yield 'config', struct_config(row)
    yield 'decode', b'\x10\0' + image + cid
    yield 'differential', image + cid
    yield 'differential_encode', image + low + use + nonce
    yield 'encoder', image + bytes([0x20, 0x60, 0x8d, 0x20, 0x48, 0x20])
    yield 'packet', b'\0\xc0\0\0\0\1' + bytes([len(cid)]) + cid
    yield 'record', record(row) + cid
    yield 'rotate', b'\0' + image
    yield 'round_trip', image + low + use + nonce
    yield 'tenants', b'\0' + image
    yield 'text', b'\x14' + row['cid'].encode()


def each_rotation():
    """CIDs with their lengths, as fuzz_batch.c takes them."""
    return b''.join(bytes([20, r << 5, r]) + bytes(18) for r in range(7))


def several(all_rows):
    """One config of each codec, one behind the other."""
    last = {row['codec']: row for row in all_rows}
    images = [config(row) for row in last.values()]
    for i in range(0, len(images), 4):
        some = images[i:i + 4]
        yield 'batch', b'\x0b\x46' + b''.join(some) + each_rotation()
        yield 'decode', b'\x10\3' + b''.join(some) + b'\x40' * 20
        yield 'tenants', b''.join(b'\2' + image for image in some * 2)
        yield 'rotate', b''.join(b'\0' + image for image in some)
    yield 'decode', b'\x10\3' + images[0] * 4 + b'\0' * 20
    # blocks of one codec under different keys, side by side
    for image in images:
        yield 'batch', b'\3\x46' + b''.join(
            image[:1] + bytes([r]) + image[2:8] + bytes([r]) + image[9:]
            for r in range(4)) + each_rotation()


def others():
    for text in [KEY, KEY.upper(), '0a:0b:0c', '192.0.2.1', '2001:db8::1',
                 '192.0.2.1:443', '[2001:db8::1]:443', '0', 'xx']:
        yield 'text', b'\x14' + text.encode()
    yield 'packet', b'\0\x40' + bytes(20)
    yield 'tool', command('keygen')
    yield 'tool', command('codecs', '--json')
    yield 'tool', command('inspect', 'c00000000108' + '01' * 8)
    yield 'tool', command('inspect', '--json', '40' + '01' * 8)
    yield 'tool', command('decode', '--codec=four-pass', '--key=' + KEY,
                          '--server-id-len=3', '--nonce-len=8', '--json',
                          '07' * 12, '')
    yield 'tool', command('encode', '--codec=envoy', '--key=' + KEY,
                          '--server-id=010203', '--worker-len=2',
                          '--worker=0102', '--config-rotation=3')


def files():
    texts = [(ROOT / 'tests/unit/deployment/valid.json').read_text()]
    for page in ['docs/configuration.md', 'README.md']:
        texts += re.findall(r'```json\n(.*?)```',
                            re.sub(r'(?m)^ +', '', (ROOT / page).read_text()),
                            re.S)
    for text in texts:
        try:
            whole = json.loads(text)['quiclb:quic-lb']
        except (ValueError, KeyError, TypeError):
            continue
        keyed = [c for c in whole['cid-configs']
                 if c.pop('cid-key-file', c.pop('cid-key', None))]
        for c in keyed:
            c['cid-key'] = KEY
        yield 'config_file', json.dumps({'quiclb:quic-lb': whole},
                                        separators=(',', ':')).encode()


def deployment(configs, **more):
    mapping = {'server-id': '01', 'server-address': '192.0.2.2'}
    pools = [{'name': p, 'server-id-mappings': [dict(mapping)]}
             for p in sorted({c.get('server-pool', 'p') for c in configs})]
    return json.dumps({'quiclb:quic-lb': dict({
        'server-pool': pools, 'cid-configs': configs,
        'vip': [{'address': '192.0.2.1', 'port': 443}]}, **more)},
        separators=(',', ':')).encode()


def small_files():
    base = {'server-id-length': 1, 'nonce-length': 8}
    for i, (_, codec) in enumerate(CODECS + [(0, 'aws-nlb'), (0, 'envoy'),
                                             (0, 'nghttpx')]):
        c = dict(base, **{'name': codec, 'codec': codec,
                          'config-rotation-bits': i % 3})
        if codec not in ('plain', 'plain-07', 'msquic', 'aws-nlb') and \
                not codec.startswith('mvfst'):
            c['cid-key'] = KEY
        yield 'config_file', deployment([c])
    tenants = [dict(base, **{'name': t, 'tenant': t, 'server-pool': t,
                             'config-rotation-bits': 0}) for t in 'abcd']
    yield 'config_file', deployment(tenants)
    yield 'config_file', deployment([dict(base, name='a', **{
        'config-rotation-bits': 0, 'cid-key': KEY + '00'})])
    # what two bits hold to be unroutable, three bits may claim
    pair = [dict(base, name='a', **{'config-rotation-bits': 6}),
            dict(base, name='b', **{'config-rotation-bits': 0,
                                    'rotation-bits': 2})]
    yield 'config_file', deployment(pair)
    yield 'config_file', deployment(pair[::-1])
    yield 'config_file', b'{"quiclb:quic-lb":{"' + KEY.encode() + b'":1}}'
    yield 'config_file', b'{"quiclb:quic-lb":{"role":"' + KEY.encode() + b'"}}'


def main():
    corpus = ROOT / 'fuzz/corpus'
    inputs = [pair for row in rows() for pair in targets(row)]
    # commands are long: one vector of each codec is enough
    last = {row['codec']: row for row in rows()}
    inputs += [('tool', text) for row in last.values() for text in tool(row)]
    inputs += list(several(list(rows()))) + list(others()) + list(files())
    inputs += list(small_files())
    counts = {}
    for target, data in inputs:
        directory = corpus / target
        directory.mkdir(parents=True, exist_ok=True)
        n = counts[target] = counts.get(target, 0) + 1
        (directory / f'seed-{n:03}').write_bytes(data)
    for target, n in sorted(counts.items()):
        print(f'{target}: {n}')


if __name__ == '__main__':
    main()
