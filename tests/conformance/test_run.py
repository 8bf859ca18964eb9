# SPDX-License-Identifier: BSD-2-Clause
"""test_run.py PROGRAM: the runner must catch every lie, and say which."""

import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True

from kit.report import Report  # noqa: E402
from kit.vectors import FORMAT  # noqa: E402

HERE = Path(__file__).resolve().parent
PLAIN = HERE.parent / "vectors" / "plain.txt"

# lie, words that the runner's output must have
CAUGHT = (
    ("dies-at-hello", "program: no answer", "ended with status 0"),
    ("dies-later", "ended with status 3", "FAILED"),
    ("killed", "killed by signal 9", "FAILED"),
    ("hangs-at-hello", "no answer to 'quiclb-conformance 1' within 0.5 s"),
    ("hangs-later", "no answer to", "within 0.5 s"),
    ("other-protocol", "quiclb-conformance 2 liar"),
    ("no-name", "it answered 'quiclb-conformance 1'"),
    ("empty-answer", "FAILED plain", "got:"),
    ("two-lines", "more than one line", "ok 00"),
    ("endless-line", "longer than 1024 bytes"),
    ("binary", "FAILED plain", "ok \\xff\\x80\\x1b[2J"),
    ("crlf", "it answered 'quiclb-conformance 1 textbook\\x0d'"),
    ("upper-case", "FAILED plain/draft-12/1", "4504CC4F"),
    ("ends-without-line-end", "no answer to", "ended with status 0"),
    ("closes-its-output", "it closed a pipe"),
    ("closes-its-input", "it closed a pipe"),
    ("more-behind", "FAILED plain", "got:"),
    ("wrong-cid", "FAILED plain/draft-12/1", "FAILED plain: random"),
    ("wrong-first-octet", "FAILED plain/draft-12/1",
     "FAILED plain: random"),
    ("wrong-server-id", "FAILED plain/draft-12/1",
     "FAILED plain: random"),
    ("takes-short", "FAILED plain: truncated", "expected: unroutable"),
    ("takes-reserved", "FAILED plain: reserved", "expected: unroutable"),
    ("encodes-anything", "FAILED plain: configs", "expected: refused"),
    ("decodes-anything", "FAILED plain: configs", "expected: refused"),
    ("refuses-all", "FAILED plain/draft-12/1", "FAILED plain: random"),
    ("answers-strangers", "FAILED a codec that nobody has"),
    ("nothing-supported", "FAILED any codec at all"),
    ("always-unroutable", "FAILED plain/draft-12/1"),
    ("chatters-first", "it answered 'hello there'", "'hello there"),
    ("chatters-last", "after the last request"),
    ("lingers", "it still runs"),
    ("ends-badly", "ended with status 5"),
)

# what is wrong with a vector file, where the runner must see it
BAD_FILES = (
    ("no format line", "x", ":1: want"),
    ("format 1", "# quiclb vectors, format 1\n", ":1: want"),
    ("no rows", FORMAT + "\n# none\n", ": no rows"),
    ("ten columns", FORMAT + "\n\nplain/x/1 plain 3 0 0 07 - 01 - 02\n",
     ":3: 10 columns"),
    ("odd hex", FORMAT + "\nplain/x/1 plain 3 0 0 05 - 1 01020304 - 05\n",
     ":2: server-id"),
    ("a name of another codec",
     FORMAT + "\nplain/x/1 msquic 3 0 0 05 - 01 01020304 - 050101020304\n",
     ":2: plain/x/1"),
    ("a short CID",
     FORMAT + "\nplain/x/1 plain 3 0 0 05 - 01 01020304 - 0501010203\n",
     ":2: the CID"),
    ("a name twice", FORMAT + "\n" + 2 * (
        "plain/x/1 plain 3 0 0 05 - 01 01020304 - 050101020304\n"),
     "is there twice"),
)


class Runner:
    """Runs the runner and looks at what became of it."""

    def __init__(self, program: str) -> None:
        self.program = program
        self.report = Report(True)

    def case(self, name: str, options: list[str], command: list[str],
             status: int, words: tuple[str, ...]) -> None:
        """One run: its exit status, what it must have printed."""
        done = subprocess.run(
            [sys.executable, HERE / "run", *options, "--", *command],
            capture_output=True, text=True, timeout=60, check=False)
        output = done.stdout + done.stderr
        missing = [word for word in words if word not in output]
        good = (done.returncode == status and not missing
                and "Traceback" not in output)
        self.report.test(name, good)
        if not good:
            self.report.note(f"status {done.returncode}, not {status};"
                             f" missing {missing}\n{output[-2000:]}")

    def lie(self, lie: str, options: list[str], status: int,
            words: tuple[str, ...]) -> None:
        """The same with a liar for a program."""
        name = " ".join([lie, *options])
        command = [sys.executable, str(HERE / "liar.py"), lie, self.program]
        self.case(name, ["--timeout", "0.5" if "hang" in lie or
                         lie == "lingers" else "20", *options],
                  command, status, words)


def lies(runner: Runner) -> None:
    """Each is caught, and an honest program is not."""
    plain = ["--codec", "plain"]
    runner.lie("honest", plain, 0, ("passed",))
    for lie, *words in CAUGHT:
        runner.lie(lie, plain, 1, tuple(words))
    for lie in ("dies-later", "hangs-later"):
        runner.lie(lie, plain + ["--tap"], 1, ("not ok", "Bail out!"))
    msquic = ["--codec", "msquic", "--codec", "quicly"]
    runner.lie("no-msquic", msquic, 0, ("passed",))
    runner.lie("no-msquic", msquic + ["--tap"], 0, ("# SKIP unsupported",))
    runner.lie("no-msquic", msquic + ["--require", "msquic"], 1,
               ("FAILED msquic: required",))
    runner.lie("half-plain", plain + ["--require", "plain"], 1,
               ("FAILED plain: required",))
    runner.lie("wrong-cid", plain + ["--against", runner.program], 1,
               ("FAILED plain: as textbook does",))


def usage(runner: Runner) -> None:
    """What is not the program's fault ends with status 2."""
    program = [runner.program]
    runner.case("no program", [], [], 2, ("no program",))
    runner.case("no such program", [], ["/nonexistent/x"], 2, ("start",))
    for option in ("--codec", "--require"):
        runner.case(f"{option} of no codec", [option, "rot13"], program, 2,
                    ("no codec rot13",))
    runner.case("required, left out", ["--codec", "plain", "--require",
                                       "quicly"], program, 2, ("quicly",))
    runner.case("no such vectors", ["--vectors", "/nonexistent"], program,
                2, ("/nonexistent",))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "bad.txt"
        for name, text, word in BAD_FILES:
            file.write_text(text, encoding="ascii")
            runner.case(f"vectors: {name}", ["--vectors", str(file)],
                        program, 2, (word,))
        file.write_text(PLAIN.read_text(encoding="ascii").replace(
            "-21/1 plain 3 0 0 07 - c4605e", "-21/1 plain 3 0 0 07 - c4605f"),
            encoding="ascii")
        runner.case("vectors: a wrong row", ["--vectors", str(file)],
                    program, 1, ("FAILED plain/draft-21/1",))


def main() -> int:
    """The exit status."""
    runner = Runner(sys.argv[1])
    lies(runner)
    usage(runner)
    runner.report.finish()
    return 1 if runner.report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
