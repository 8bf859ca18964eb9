# SPDX-License-Identifier: BSD-2-Clause
"""style.py CACHE: black, flake8 and mypy --strict on all Python in here.

black decides the layout, and only Debian 12's release of it, for the next one
may decide differently; flake8 finds what is unused or undefined; mypy checks
the types that py.typed promises.
"""

import os
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent
BLACK = "black, 23."
# black puts a space before some colons, and knows the line length better
FLAKE8 = ["--max-line-length=79", "--extend-ignore=E203"]


def run(number: int, tool: str, *args: str) -> bool:
    """One case: the tool has nothing to say."""
    done = subprocess.run(
        [sys.executable, "-m", tool, *args],
        cwd=FOLDER,
        env=os.environ | {"MYPYPATH": "src:tests", "PYTHONPATH": ""},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        for line in done.stdout.splitlines():
            print("#", line)
    print("not ok" if done.returncode else "ok", number, "-", tool)
    return done.returncode == 0


def black_is_ours() -> bool:
    command = [sys.executable, "-m", "black", "--version"]
    version = subprocess.check_output(command, text=True)
    return BLACK in version


def main(cache: str) -> int:
    good = run(1, "flake8", *FLAKE8)
    good &= run(2, "mypy", "--cache-dir", cache, ".")
    if black_is_ours():
        good &= run(3, "black", "--check", "--diff", "-q", ".")
    else:
        print(f"ok 3 - black # SKIP not {BLACK}")
    print("1..3")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
