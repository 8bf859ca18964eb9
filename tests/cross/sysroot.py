# SPDX-License-Identifier: BSD-2-Clause
"""The machines of the suite `cross`, and for each a directory with the Debian
packages that a program for it is linked with: in the cache, or unpacked there.

Nothing is installed, and no architecture is added to this machine's apt.
Packages come from the mirrors that it is set up with, and are checked against
the keys it trusts.
"""

import dataclasses
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

APT_SECONDS = 300
APT_QUIET = ["-q", "-o", "Acquire::Retries=1", "-o",
             "Acquire::http::Timeout=20", "-o", "APT::Sandbox::User=",
             "-o", "APT::Update::Error-Mode=any"]
PACKAGES = """
libc6 libc6-dev linux-libc-dev libgcc-s1 libgcc-12-dev libssl3 libssl-dev
libglib2.0-0 libglib2.0-dev libpcre2-8-0 libpcre2-dev
""".split()
# What is done in another way where the CPU has instructions for it.
CPU_TESTS = ("aes", "aes_many", "batch", "nonces")


class Unavailable(Exception):
    """There are no such packages here; the message says why."""


@dataclasses.dataclass(frozen=True)
class Machine:
    """One kind of machine, as Debian, compilers and qemu call it."""
    debian: str
    triplet: str
    family: str                 # as meson has it
    endian: str
    bits: int
    qemu: str
    # Debian builds no libcrypto for it; what there is, is a cross compiler's
    # C library, an ordinary package of this machine.
    bare: bool = False
    # Of the unit tests only these: byte order and words are this machine's.
    tests: tuple = ()
    # The environments in which qemu's CPU has AES instructions, and has not.
    with_aes: dict | None = None
    without_aes: dict = dataclasses.field(default_factory=dict)


MACHINES = {m.debian: m for m in (
    Machine("s390x", "s390x-linux-gnu", "s390x", "big", 64, "qemu-s390x"),
    Machine("arm64", "aarch64-linux-gnu", "aarch64", "little", 64,
            "qemu-aarch64", tests=CPU_TESTS + ("encoder", "vectors"),
            # None of its CPUs is without, so the library is told a lie.
            with_aes={"QEMU_CPU": "max"},
            without_aes={"QEMU_SET_ENV": "LD_PRELOAD={build}/no_aes.so"}),
    Machine("i386", "i386-linux-gnu", "x86", "little", 32, "qemu-i386",
            with_aes={"QEMU_CPU": "max"}, without_aes={"QEMU_CPU": "qemu32"}),
    Machine("armhf", "arm-linux-gnueabihf", "arm", "little", 32, "qemu-arm"),
    Machine("powerpc", "powerpc-linux-gnu", "ppc", "big", 32, "qemu-ppc",
            bare=True),
)}


def cache():
    named = os.environ.get("QUICLB_CROSS_CACHE")
    path = pathlib.Path(named or "~/.cache/quiclb-cross")
    return path.expanduser().absolute()


def find(machine):
    """The machine's root directory. It stays until somebody removes it."""
    if machine.bare:
        root = pathlib.Path("/usr") / machine.triplet
        if not (root / "lib/libc.so.6").exists():
            raise Unavailable(f"no C library in {root}")
        return root
    listing = hashlib.sha256(" ".join(PACKAGES).encode()).hexdigest()[:8]
    directory = cache() / f"{machine.debian}-{listing}"
    if not directory.exists():
        cache().mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache()) as work:
            work = pathlib.Path(work)
            _unpack(_download(machine, work), work / "tree")
            try:
                (work / "tree").rename(directory)
            except OSError:     # somebody else was faster
                if not directory.exists():
                    raise
    return directory


def _run(argv, **options):
    try:
        got = subprocess.run(argv, text=True, stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                             timeout=APT_SECONDS, check=False, **options)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unavailable(f"{argv[0]}: {error}") from error
    if got.returncode:
        raise Unavailable(f"{argv[0]}: {_last_line(got.stdout)}")
    return got.stdout


def _last_line(text):
    lines = text.splitlines()
    complaints = [line for line in lines if line[:2] in ("E:", "W:")]
    return (complaints or lines or ["nothing printed"])[-1]


def _sources():
    """A line of sources.list for each mirror of this machine's release. The
    release alone: all its packages fit one another."""
    text = pathlib.Path("/etc/os-release").read_text()
    codename = re.search(r'^VERSION_CODENAME="?(\w+)', text, re.MULTILINE)
    listing = _run(["apt-get", "update", "--print-uris"])
    own = re.findall(r"^'(\S+)/dists/(\S+)/InRelease'", listing, re.MULTILINE)
    lines = [f"deb {mirror} {suite} main" for mirror, suite in own
             if codename and suite == codename[1]]
    if not lines:
        raise Unavailable("apt here has no mirror of its own Debian release")
    return "\n".join(lines) + "\n"


def _private_apt(machine, work):
    """Options that give apt another architecture, and its own sources, lists,
    cache and state."""
    for name in ("lists/partial", "cache/archives/partial"):
        (work / name).mkdir(parents=True)
    (work / "sources.list").write_text(_sources())
    (work / "status").touch()
    return [*APT_QUIET, "-o", f"APT::Architecture={machine.debian}",
            "-o", f"APT::Architectures::={machine.debian}",
            "-o", f"Dir::Etc::SourceList={work}/sources.list",
            "-o", "Dir::Etc::SourceParts=/dev/null",
            "-o", f"Dir::State::Lists={work}/lists",
            "-o", f"Dir::State::Status={work}/status",
            "-o", f"Dir::Cache={work}/cache"]


def _download(machine, work):
    options = _private_apt(machine, work)
    _run(["apt-get", "update", *options])
    (work / "packages").mkdir()
    _run(["apt-get", *options, "download", *PACKAGES], cwd=work / "packages")
    return list((work / "packages").glob("*.deb"))


def _unpack(packages, tree):
    if not shutil.which("dpkg-deb"):
        raise Unavailable("dpkg-deb: not installed")
    for package in packages:
        _run(["dpkg-deb", "-x", str(package), str(tree)])
    # so that no link leaves the tree
    for path in tree.rglob("*"):
        if path.is_symlink() and os.readlink(path).startswith("/"):
            inside = tree / os.readlink(path).lstrip("/")
            path.unlink()
            path.symlink_to(os.path.relpath(inside, path.parent))
