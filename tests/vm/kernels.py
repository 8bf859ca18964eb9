# SPDX-License-Identifier: BSD-2-Clause
"""Finds a Linux kernel of a series ("6.1") for the virtual machine: in the
cache, or as a Debian package, which is unpacked there and never installed.

Packages come from the mirrors that this machine's own apt is set up with,
under the name of the Debian release that carries the series, and are checked
against the keys it trusts. The machine's package lists stay as they are.
"""

import dataclasses
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

# The Debian release whose kernel, or whose later kernel, a series is.
RELEASES = {"5.10": "bullseye", "6.1": "bookworm", "6.12": "bookworm"}
SERIES = list(RELEASES)
ARCHITECTURES = {"x86_64": "amd64"}
APT_SECONDS = 300
APT_QUIET = ["-q", "-o", "Acquire::Retries=1", "-o",
             "Acquire::http::Timeout=20", "-o", "APT::Sandbox::User="]


class Unavailable(Exception):
    """No kernel of this series here; the message says why."""


@dataclasses.dataclass(frozen=True)
class Kernel:
    series: str
    directory: pathlib.Path     # of the unpacked package

    @property
    def image(self):
        return next(self.directory.glob("boot/vmlinuz-*"))

    @property
    def release(self):
        return self.image.name.partition("-")[2]

    @property
    def modules(self):
        """Module name -> file, perhaps compressed."""
        return {p.name.partition(".")[0].replace("-", "_"): p
                for p in self.directory.glob("lib/modules/**/*.ko*")}


def cache():
    named = os.environ.get("QUICLB_VM_CACHE")
    return pathlib.Path(named or "~/.cache/quiclb-vm").expanduser().absolute()


def find(series):
    """The cached kernel of the series, or else the newest there is. It stays
    until its directory is removed."""
    if series not in RELEASES:
        raise Unavailable(f"no series {series}: one of {' '.join(SERIES)}")
    directory = cache() / f"linux-{series}"
    if not directory.exists():
        cache().mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache()) as work:
            work = pathlib.Path(work)
            _unpack(_download(series, work), work / "tree")
            try:
                (work / "tree").rename(directory)
            except OSError:     # somebody else was faster
                if not directory.exists():
                    raise
    return Kernel(series, directory)


def _run(argv, **options):
    try:
        return subprocess.run(argv, text=True, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=APT_SECONDS, check=False, **options)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unavailable(f"{argv[0]}: {error}") from error


def _sources(series):
    """One line of sources.list for each mirror of this machine's own release,
    with the name of the release that is wanted in its place."""
    text = pathlib.Path("/etc/os-release").read_text()
    codename = re.search(r'^VERSION_CODENAME="?(\w+)', text, re.MULTILINE)
    listing = _run(["apt-get", "update", "--print-uris"]).stdout
    own = re.findall(r"^'(\S+)/dists/(\S+)/InRelease'", listing, re.MULTILINE)
    wanted = RELEASES[series]
    lines = [f"deb {mirror} {wanted}{suffix} main" for mirror, suite in own
             for suffix in ("", "-security")
             if codename and suite == codename[1] + suffix]
    if not lines:
        raise Unavailable("apt here has no mirror of its own Debian release")
    return "\n".join(lines) + "\n"


def _private_apt(series, work):
    """Options that give apt its own sources, lists and cache."""
    for name in ("lists/partial", "cache/archives/partial"):
        (work / name).mkdir(parents=True)
    (work / "sources.list").write_text(_sources(series))
    return [*APT_QUIET, "-o", f"Dir::Etc::SourceList={work}/sources.list",
            "-o", "Dir::Etc::SourceParts=/dev/null",
            "-o", f"Dir::State::Lists={work}/lists",
            "-o", f"Dir::Cache={work}/cache"]


def _numbers(name):
    return [int(n) for n in re.findall(r"\d+", name)]


def _download(series, work):
    architecture = ARCHITECTURES.get(os.uname().machine)
    if not architecture:
        raise Unavailable(f"no kernels for {os.uname().machine}")
    options = _private_apt(series, work)
    updated = _run(["apt-get", "update", *options])
    pattern = (rf"^linux-image-{re.escape(series)}\.[0-9]+"
               rf"(-[0-9]+|[+]deb[0-9]+)-{architecture}$")
    found = _run(["apt-cache", *options, "search", "--names-only", pattern])
    names = [line.split()[0] for line in found.stdout.splitlines()
             if re.match(pattern, line.split(" ")[0])]
    if not names:
        raise Unavailable(f"no package of Linux {series}: "
                          + _last_line(updated.stdout))
    newest = max(names, key=_numbers)
    got = _run(["apt-get", *options, "download", newest], cwd=work)
    packages = list(work.glob("*.deb"))
    if got.returncode or len(packages) != 1:
        raise Unavailable(f"downloading {newest}: {_last_line(got.stdout)}")
    return packages[0]


def _last_line(text):
    lines = text.splitlines()
    complaints = [line for line in lines if line[:2] in ("E:", "W:")]
    return (complaints or lines or ["nothing printed"])[-1]


def _unpack(package, tree):
    if not shutil.which("dpkg-deb"):
        raise Unavailable("dpkg-deb: not installed")
    got = _run(["dpkg-deb", "-x", str(package), str(tree)])
    if got.returncode or not list(tree.glob("boot/vmlinuz-*")):
        raise Unavailable(f"unpacking {package.name}: {got.stdout}")
