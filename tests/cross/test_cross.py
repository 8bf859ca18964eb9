#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""test_cross.py MACHINE [BUILD]: the library on another kind of machine, whose
programs an emulator runs: the vectors through the shared headers, and where
Debian has a libcrypto for it, the conformance kit against `quiclb conform` and
the unit tests too; with AES instructions and without, where there is a choice.
A machine that cannot be had here is a skip. TAP.
"""

import dataclasses
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parent.parent
sys.path[:0] = [str(HERE), str(SOURCE / "tests/conformance")]
sys.dont_write_bytecode = True

import sysroot  # noqa: E402
from kit.codecs import CODECS  # noqa: E402

SECONDS = 600
SUITES = ("unit", "vectors")
# Divides the rounds of the unit tests: an emulator takes 5 to 20 times as
# long, and what differs between machines shows in the first rounds.
SCALE = "50"
OPTIONS = ["-Dsteer=disabled", "-Dbpf=disabled", "-Dexamples=disabled",
           "-Dtests=enabled", "-Dbuildtype=plain", "-Doptimization=1"]
# What vectors.c needs of the library: nothing that needs libcrypto.
LIBRARY = ("config.c", "cpu.c", "error.c", "wipe.c", "arm/aes_armv8.c",
           "x86/aes_ni.c", "x86/vaes.c")
# What test_aes.c says of a CPU without.
SKIPPED = "this CPU has no AES instructions"
CROSS_FILE = """[binaries]
c = {compiler}
ar = '{ar}'
strip = 'strip'
pkgconfig = 'pkg-config'
exe_wrapper = {emulator}

[properties]
needs_exe_wrapper = true
sys_root = '{root}'
pkg_config_libdir = ['{root}/usr/lib/{libraries}/pkgconfig',
  '{root}/usr/share/pkgconfig']

[host_machine]
system = 'linux'
cpu_family = '{machine.family}'
cpu = '{machine.family}'
endian = '{machine.endian}'
"""


class Failure(Exception):
    """A step that failed; the message is what it printed."""


@dataclasses.dataclass
class Way:
    """To run programs: a CPU with AES instructions or without."""
    name: str
    aes: bool
    environment: dict


class Bench:
    """A machine, and where things for it are built."""

    def __init__(self, machine, root, build):
        self.machine, self.root, self.build = machine, root, build
        self.emulator = [machine.qemu, "-L", str(root)]
        self.compiler = ["clang", f"--target={machine.triplet}"]
        if machine.bare:        # not laid out as a root directory is
            self.compiler += [f"-B{root}/lib", f"-L{root}/lib"]
        else:
            self.compiler += [f"--sysroot={root}"]
        self.environment = {
            k: v for k, v in os.environ.items()
            if not re.fullmatch("CC|LD|.*FLAGS|PKG_CONFIG_.*|MESON.*", k)}

    def run(self, argv, good=(0,), **environment):
        try:
            got = subprocess.run(
                [str(a) for a in argv], text=True, cwd=SOURCE,
                env=self.environment | environment, timeout=SECONDS,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Failure(f"{argv[0]}: {error}") from error
        if got.returncode not in good:
            raise Failure(f"{argv[0]}: exit status {got.returncode}\n"
                          + got.stdout)
        return got.stdout

    def ways(self):
        """The first has the instructions, if qemu has them at all."""
        machine = self.machine
        ways = [Way("", False, machine.without_aes)]
        if machine.with_aes is not None:
            ways[0].name = ", no AES instructions"
            ways.insert(0, Way("", True, machine.with_aes))
        for way in ways:
            way.environment = {k: v.format(build=self.build)
                               for k, v in way.environment.items()}
        return ways

    def small_programs(self):
        """What needs no tree of its own."""
        strict = ["-std=c11", "-O1", "-Wall", "-Wextra", "-Werror"]
        self.run([*self.compiler, *strict, "-I", HERE / "no_crypto",
                  "-I", SOURCE / "include", HERE / "vectors.c",
                  *(SOURCE / "libquiclb" / name for name in LIBRARY),
                  "-o", self.build / "vectors"])
        if self.machine.family == "aarch64":
            self.run([*self.compiler, *strict, "-shared", "-fPIC",
                      HERE / "no_aes.c", "-o", self.build / "no_aes.so"])

    def headers(self, way):
        """vectors.c over all vector files."""
        printed = self.run(
            [*self.emulator, self.build / "vectors",
             *sorted((SOURCE / "tests/vectors").glob("*.txt"))],
            **way.environment)
        if f"# AES instructions: {'yes' if way.aes else 'no'}" not in printed:
            raise Failure("quiclb_cpu() says otherwise\n" + printed)

    def configure(self):
        tools = self.machine.triplet + "-"
        libraries = (self.root / "usr/lib").glob("*-linux-gnu*/pkgconfig")
        text = CROSS_FILE.format(
            machine=self.machine, root=self.root, compiler=self.compiler,
            emulator=self.emulator, libraries=next(libraries).parent.name,
            # of i386 the ordinary one knows enough
            ar=tools + "ar" if shutil.which(tools + "ar") else "ar")
        file, tree = self.build / "cross.ini", self.build / "tree"
        if not file.exists() or file.read_text() != text:
            shutil.rmtree(tree, ignore_errors=True)
            file.write_text(text)
        if not (tree / "build.ninja").exists():
            shutil.rmtree(tree, ignore_errors=True)
            self.run(["meson", "setup", tree, SOURCE, "--cross-file", file,
                      *OPTIONS])
        return tree

    def compile(self, tree):
        """The tool and the tests that are run, and no more."""
        wanted = self.machine.tests
        self.run(["ninja", "-C", tree, "build.ninja"])
        tests = json.loads(self.run(
            ["meson", "introspect", "--tests", tree]))
        targets = {"tools/quiclb"}
        targets |= {os.path.relpath(test["cmd"][0], tree) for test in tests
                    if self.suites(test) & set(SUITES)
                    and (not wanted or test["name"] in wanted)}
        self.run(["ninja", "-C", tree, *sorted(targets)])

    @staticmethod
    def suites(test):
        return {name.rpartition(":")[2] for name in test["suite"]}

    def conformance(self, tree, way):
        """The kit against `quiclb conform`."""
        required = [f"--require={name}" for name in CODECS]
        self.run([sys.executable, SOURCE / "tests/conformance/run",
                  "--timeout", "60", *required, "--", *self.emulator,
                  tree / "tools/quiclb", "conform"], **way.environment)

    def unit_tests(self, tree, way, names):
        """(name, good or None if skipped, output) of each; no names: all."""
        log = tree / "meson-logs/testlog.json"
        log.unlink(missing_ok=True)
        suites = [word for name in SUITES for word in ("--suite", name)]
        printed = self.run(
            ["meson", "test", "-C", tree, "--no-rebuild", *suites,
             "--timeout-multiplier", "5", "--num-processes",
             str(min(2, os.cpu_count() or 1)), *names],
            range(256), QUICLB_TEST_SCALE=SCALE, **way.environment)
        if not log.exists():
            raise Failure(printed)
        for line in log.read_text().splitlines():
            row = json.loads(line)
            name = row["name"].rpartition("/")[2].strip()
            output = row.get("stdout", "") + row.get("stderr", "")
            good = {"OK": True, "SKIP": None}.get(row["result"], False)
            if name == "aes" and (SKIPPED in output) == way.aes:
                good = False
            yield name + way.name, good, output


class Tap:
    """Counts lines."""

    def __init__(self):
        self.count = self.failed = 0

    def line(self, good, name, output=""):
        self.count += 1
        self.failed += good is False
        print(f"{'not ok' if good is False else 'ok'} {self.count} - {name}"
              + (" # SKIP" if good is None else ""), flush=True)
        if good is False:
            for text in output.splitlines()[-60:]:
                print(f"# {text}", flush=True)

    def step(self, name, function, *arguments):
        """What the function returns; None if it failed."""
        start = time.monotonic()
        try:
            result = function(*arguments)
        except Failure as failure:
            self.line(False, name, str(failure))
            return None
        self.line(True, name)
        print(f"# {time.monotonic() - start:.1f} s", flush=True)
        return result


def everything(tap, bench):
    tap.step("compiles small programs", bench.small_programs)
    if tap.failed:
        return
    for way in bench.ways():
        tap.step("vectors by the shared headers" + way.name, bench.headers,
                 way)
    if bench.machine.bare:
        return
    tree = tap.step("configures", bench.configure)
    if not tree:
        return
    failed = tap.failed
    tap.step("compiles", bench.compile, tree)
    if tap.failed > failed:
        return
    tests = bench.machine.tests
    for way in bench.ways():
        tap.step("conformance" + way.name, bench.conformance, tree, way)
        try:
            for name, good, output in bench.unit_tests(tree, way, tests):
                tap.line(good, name, output)
        except Failure as failure:
            tap.line(False, "unit tests" + way.name, str(failure))
        tests = sysroot.CPU_TESTS


def main(name, build=None):
    machine = sysroot.MACHINES[name]
    build = pathlib.Path(build or SOURCE / f"build-cross-{name}").absolute()
    build.mkdir(parents=True, exist_ok=True)
    tap = Tap()
    try:
        root = sysroot.find(machine)
    except sysroot.Unavailable as reason:
        must = os.environ.get("CI") == "true"
        print("1..0 # SKIP " + str(reason) if not must else
              f"1..1\nnot ok 1 - {name} # {reason}")
        sys.exit(must)
    everything(tap, Bench(machine, root, build))
    print(f"1..{tap.count}")
    sys.exit(tap.failed > 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
