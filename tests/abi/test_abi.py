# SPDX-License-Identifier: BSD-2-Clause
"""test_abi.py SOURCE LIBRARY NUMBERS COMPILER...: the library has the binary
interface recorded beside this file; and copies of it that were changed in one
place do not. TAP.
"""

import dataclasses
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

SECONDS = 100
CHANGED, INCOMPATIBLE = 4, 8    # bits of abidiff's exit status


@dataclasses.dataclass(frozen=True)
class Change:
    """Text to replace, once, in files of the source tree."""
    name: str
    edits: tuple                # of (file, regular expression, replacement)
    dump: str = "libquiclb"
    at_least: int = CHANGED


# A change that the sources' own assertions notice is one for them too, but
# not what is tried here.
UNASSERTED = ("include/quiclb/wire.h", r"_Static_assert\(cond, why\)",
              "_Static_assert(1, why)")
API = "include/quiclb/quiclb.h"
WIRE = "include/quiclb/wire.h"
LIST = "include/quiclb/codec/list.h"
MAP = "libquiclb/libquiclb.map"
ERROR = "libquiclb/error.c"

CHANGES = [
    Change("function_removed", (
        (MAP, r"\tquiclb_strerror;|    quiclb_strerror;", ""),),
        at_least=INCOMPATIBLE),
    Change("function_moved_to_another_version", (
        (MAP, r"LIBQUICLB_[0-9.]+ \{", "LIBQUICLB_9.9.9 {"),),
        at_least=INCOMPATIBLE),
    Change("function_added", (
        (MAP, r"global:", "global:\n    quiclb_new_one;"),
        (ERROR, r"\Z", "\nint quiclb_new_one(void);\n"
         "__attribute__((visibility(\"default\")))\n"
         "int quiclb_new_one(void)\n{\n\treturn 0;\n}\n"))),
    Change("parameter_of_another_type", (
        (API, r"(quiclb_strerror)\(int err\)", r"\1(long err)"),
        (ERROR, r"(quiclb_strerror)\(int err\)", r"\1(long err)"))),
    Change("result_of_another_type", (
        (API, r"int quiclb_is_unroutable", "long quiclb_is_unroutable"),
        (ERROR, r"int quiclb_is_unroutable", "long quiclb_is_unroutable"))),
    Change("field_removed", ((WIRE, r"\tquiclb_u64 pad2;\n", ""),)),
    Change("field_appended", (
        (API, r"(\tuint8_t reserved\[6\];   /\* 0 \*/\n)(\};)",
         r"\1\tuint64_t later;\n\2"),)),
    Change("field_of_another_type", (
        (API, r"uint32_t flags;", "int32_t flags;"),)),
    Change("fields_swapped", (
        (API, r"(uint8_t server_id_len;)(\s.*\n)\t(uint8_t nonce_len;)",
         r"\3\2\t\1"),)),
    Change("record_changed", (
        (WIRE, r"quiclb_u8 keyed;", "quiclb_i8 keyed;"),
        (WIRE, r"(struct quiclb_words \{)",
         r"typedef signed char quiclb_i8;\n\1"))),
    Change("error_renumbered", (
        (WIRE, r"ROW\(SPLIT, -306", "ROW(SPLIT, -316"),), "numbers"),
    Change("error_removed", ((WIRE, r"\tROW\(MARK, .*\n", ""),), "numbers"),
    Change("codec_renumbered", (
        (LIST, r"ROW\(QUICLY, quicly, 14", "ROW(QUICLY, quicly, 15"),),
        "numbers"),
    Change("reason_added", (
        (WIRE, r"(\tROW\(ICMP_STEERED, icmp_steered, 20,\s*\\\n.*\"\))",
         r'\1 \\\n\tROW(LATER, later, 21, "later")'),), "numbers"),
    Change("limit_changed", (
        (API, r"(#define QUICLB_F_SHORT_NONCE) 0x1u", r"\1 0x2u"),),
        "numbers"),
]


class Tree:
    """A copy of the sources that a dump depends on."""

    def __init__(self, source, root):
        self.root = root
        for part in ("include/quiclb", "libquiclb", "tests/abi"):
            shutil.copytree(source / part, root / part)

    def edit(self, file, pattern, replacement):
        path = self.root / file
        text, n = re.subn(pattern, replacement, path.read_text(), count=1)
        if not n:
            raise ValueError(f"{file}: no {pattern}")
        path.write_text(text)

    def build(self, dump, compiler):
        """What the build makes of it, as far as the dump can tell."""
        out = self.root / "out.so"
        sources = self.root / "libquiclb"
        flags = ["-std=gnu11", "-w", "-g", "-O0", "-fPIC", "-shared",
                 f"-I{self.root}/include", "-o", out]
        if dump == "libquiclb":
            version = re.search(r"soversion: '(\w+)'",
                                (sources / "meson.build").read_text())[1]
            flags += ["-fvisibility=hidden", *sources.glob("**/*.c"),
                      f"-Wl,--version-script={sources}/libquiclb.map",
                      f"-Wl,-soname=libquiclb.so.{version}", "-lcrypto"]
        else:
            flags += [self.root / "tests/abi/numbers.c"]
        run([*compiler, *flags], check=True)
        return out


def run(argv, **options):
    return subprocess.run(argv, text=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=SECONDS, **options)


def check(source, library, dump):
    """Exit status and output."""
    got = run([source / "scripts/abi", "check", library,
               source / "tests/abi" / f"{dump}.abi"], check=False)
    return got.returncode, got.stdout


def changed(source, compiler, change):
    """The same for a changed copy."""
    with tempfile.TemporaryDirectory() as root:
        tree = Tree(source, pathlib.Path(root))
        try:
            for edit in (UNASSERTED, *change.edits):
                tree.edit(*edit)
            library = tree.build(change.dump, compiler)
        except ValueError as error:
            return -1, str(error)
        except subprocess.CalledProcessError as error:
            return -1, f"does not compile:\n{error.stdout}"
        return check(source, library, change.dump)


def report(number, name, good, text):
    print(f"{'ok' if good else 'not ok'} {number} - {name}")
    if not good:
        print("".join(f"# {line}\n" for line in text.splitlines()), end="",
              flush=True)


def main(source, library, numbers, *compiler):
    source = pathlib.Path(source)
    copies = [Change("copy_is_accepted", ()),
              Change("copy_of_numbers_is_accepted", (), "numbers")]
    print(f"1..{2 + len(copies) + len(CHANGES)}")
    for n, (dump, file) in enumerate(
            (("libquiclb", library), ("numbers", numbers)), 1):
        status, text = check(source, file, dump)
        report(n, f"{dump}_is_as_recorded", status == 0, text)
    with ThreadPoolExecutor(2) as pool:
        results = pool.map(lambda c: changed(source, compiler, c),
                           copies + CHANGES)
        for n, (change, (status, text)) in enumerate(
                zip(copies + CHANGES, results), 3):
            if change.edits:
                good = status > 0 and bool(status & change.at_least)
                good = good and not status & 3
                name = change.name + "_is_refused"
            else:
                good, name = status == 0, change.name
            report(n, name, good, f"exit status {status}\n{text}")


if __name__ == "__main__":
    main(*sys.argv[1:])
