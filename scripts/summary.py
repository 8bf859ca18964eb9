#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Adds up what `meson test` wrote in several build directories: failures,
seconds per suite, the vector files' rows per codec and language, and the
closing line.  Exit 1 if anything failed, or a language has fewer rows."""

import collections
import json
import pathlib
import re
import sys

GOOD = {'OK', 'EXPECTEDFAIL'}
PLAN = re.compile(r'^1\.\.(\d+)', re.M)
LINE = re.compile(r'^(not )?ok\b(.*)$', re.M)
# What bindings print; and the tests in C, one case a row: /codec/source/n.
VECTORS = re.compile(r'^# vectors (\S+) (\S+) (\d+) (\d+)$', re.M)
ROW = re.compile(r'^(not )?ok \d+ /(\w+)/(?!\w+$)\S+', re.M)
IN_C = {'vectors': 'C', 'bpf_vectors': 'BPF'}
LANGUAGES = ['C', 'C++', 'Rust', 'Go', 'Python', 'BPF']


def cases(test):
    """(passed, failed, skipped, names of failed cases) of one meson test."""
    tap = LINE.findall(test.get('stdout') or '')
    plan = PLAN.search(test.get('stdout') or '')
    if not tap and not (plan and plan.group(1) == '0'):
        if test['result'] == 'SKIP':
            return 0, 0, 1, []
        bad = test['result'] not in GOOD
        return int(not bad), int(bad), 0, []
    if not tap:  # 1..0 # SKIP reason
        return 0, 0, 1, []
    skipped = sum(1 for bad, text in tap if '# SKIP' in text.upper())
    failed = [text.strip() for bad, text in tap if bad]
    passed = len(tap) - skipped - len(failed)
    if test['result'] not in GOOD | {'SKIP'} and not failed:
        # it crashed, or ended before its plan did
        return passed, 1, skipped, []
    return passed, len(failed), skipped, failed


def read(directory):
    """(setup, test): the log of `--setup NAME` is testlog-NAME.json."""
    logs = sorted(pathlib.Path(directory, 'meson-logs').glob('testlog*.json'))
    for log in logs:
        setup = log.stem.partition('-')[2]
        with open(log, encoding='utf-8') as lines:
            for line in lines:
                yield setup, json.loads(line)


def suite_of(test, label):
    words = re.match(r'libquiclb:(\S+) / ', test['name'])
    suite = words.group(1) if words else 'other'
    return f'{suite} ({label})' if label else suite


def report(test, names):
    print(f"FAILED {test['name']}: {test['result'].lower()}")
    for name in names:
        print(f'    {name}')
    if not names:
        output = (test.get('stdout') or '') + (test.get('stderr') or '')
        for line in output.splitlines()[-20:]:
            print(f'    | {line}')


def add_vectors(rows, test):
    """rows: (codec, language) -> [passed, failed]"""
    output = test.get('stdout') or ''
    language = IN_C.get(test['name'].rpartition(' / ')[2])
    if language:
        for bad, codec in ROW.findall(output):
            cell = rows[codec.replace('_', '-'), language]
            cell[bool(bad)] += 1
    for other, codec, passed, failed in VECTORS.findall(output):
        rows[codec, other] = [int(passed), int(failed)]


def print_vectors(rows):
    """Returns how many cells are not what C's are."""
    codecs = sorted({codec for codec, _ in rows})
    here = [name for name in LANGUAGES if any((c, name) in rows
                                              for c in codecs)]
    wrong = 0
    print(f"\n{'vector rows that pass':28} "
          + ' '.join(f'{name:>7}' for name in here))
    for codec in codecs:
        cells = [rows.get((codec, name), [0, 0]) for name in here]
        wrong += sum(cell != cells[0] or cell[1] > 0 for cell in cells)
        print(f'{codec:28} '
              + ' '.join(f'{passed:7}' for passed, _ in cells))
    missing = [name for name in LANGUAGES if name not in here]
    if missing:
        print(f"not run: {', '.join(missing)}")
    return wrong


def main():
    totals = collections.Counter()
    suites = collections.defaultdict(collections.Counter)
    skips = collections.Counter()
    rows = collections.defaultdict(lambda: [0, 0])
    for argument in sys.argv[1:]:
        label, _, directory = argument.rpartition('=')
        for setup, test in read(directory):
            if label == 'gcc' and setup != 'valgrind':
                add_vectors(rows, test)
            passed, failed, skipped, names = cases(test)
            suite = suites[suite_of(test, setup or label)]
            suite.update(passed=passed, failed=failed, skipped=skipped)
            suite['seconds'] += test['duration']
            totals.update(passed=passed, failed=failed, skipped=skipped)
            if failed:
                report(test, names)
            if skipped:
                why = re.search(r'# SKIP:?\s*(.*)', test.get('stdout') or '',
                                re.I)
                skips[(test['name'], why.group(1) if why else '')] += skipped
    for (name, why), n in sorted(skips.items()):
        print(f'skipped {n} of {name}: {why}')
    print(f"\n{'suite':28} {'passed':>7} {'failed':>7} {'skipped':>8} "
          f"{'seconds':>8}")
    for name, suite in sorted(suites.items()):
        print(f"{name:28} {suite['passed']:7} {suite['failed']:7} "
              f"{suite['skipped']:8} {suite['seconds']:8.1f}")
    wrong = print_vectors(rows) if rows else 0
    if wrong:
        print(f'FAILED vectors: {wrong} cells differ from C, or fail')
        totals['failed'] += wrong
    print()
    if not totals['passed'] and not totals['failed']:
        print('no test has run')
        return 1
    skipped = f", {totals['skipped']} skipped" if totals['skipped'] else ''
    print(f"{totals['passed']} passed, {totals['failed']} failed{skipped}")
    return int(totals['failed'] > 0)


if __name__ == '__main__':
    sys.exit(main())
