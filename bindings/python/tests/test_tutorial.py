# SPDX-License-Identifier: BSD-2-Clause
"""The tutorial and the README say what really happens."""

import re
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent


def output(script: Path, folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, str(script)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        cwd=folder,
    )
    assert not done.returncode, done.stdout
    return done.stdout


def test_tutorial_prints_what_it_should(tmp_path: Path) -> None:
    want = (FOLDER / "tests" / "tutorial.txt").read_text(encoding="ascii")
    assert output(FOLDER / "tutorial.py", tmp_path) == want


def test_code_in_the_readme_runs(tmp_path: Path) -> None:
    text = (FOLDER / "README.md").read_text(encoding="ascii")
    blocks = re.findall(r"^```python\n(.*?)^```$", text, re.M | re.S)
    assert len(blocks) > 3
    script = tmp_path / "readme.py"
    # one after the other, as they are read
    script.write_text("\n".join(blocks), encoding="ascii")
    output(script, tmp_path)
