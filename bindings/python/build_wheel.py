# SPDX-License-Identifier: BSD-2-Clause
"""build_wheel.py OUT FILE...: a wheel in OUT/wheel, unpacked in OUT/site.

The sources are copied first: setuptools writes beside what it builds.
"""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
PIP = "-m pip --no-cache-dir --disable-pip-version-check -q wheel".split()
OFFLINE = "--no-build-isolation --no-deps --no-index".split()


def copy_sources(files: list[str], target: Path) -> None:
    """The files, where they are below this folder."""
    for file in files:
        copy = target / Path(file).resolve().relative_to(HERE)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, copy)


def main(out: Path, files: list[str]) -> int:
    """0, or what pip exits with; the log only if that is not 0."""
    for name in ("src", "wheel", "site"):
        shutil.rmtree(out / name, ignore_errors=True)
    copy_sources(files, out / "src")
    command = [sys.executable, *PIP, *OFFLINE, "-w", str(out / "wheel")]
    done = subprocess.run(
        [*command, str(out / "src")],
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    if done.returncode:
        print(done.stdout)
        return done.returncode
    (wheel,) = (out / "wheel").glob("*.whl")
    zipfile.ZipFile(wheel).extractall(out / "site")
    (out / "wheel.stamp").touch()
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve(), sys.argv[2:]))
