# SPDX-License-Identifier: BSD-2-Clause
"""liar.py LIE PROGRAM: stands between the runner and an honest program, and
tells one lie.  The runner must catch each."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable

Lie = Callable[[str, str, int], str]


def say(text: str) -> None:
    """At once; what was undecodable, as it was."""
    sys.stdout.write(text)
    sys.stdout.flush()


def flip(answer: str, at: int) -> str:
    """Another digit there, if the answer is ok."""
    if not answer.startswith("ok "):
        return answer
    digits = list(answer)
    digits[at] = f"{int(digits[at], 16) ^ 1:x}"
    return "".join(digits)


def die(status: int) -> str:
    """Ends without an answer."""
    os._exit(status)


def killed() -> str:
    """By a signal."""
    os.kill(os.getpid(), signal.SIGKILL)
    return ""


def hang() -> str:
    """Reads no more, says nothing."""
    time.sleep(3600)
    return ""


def at(count: int, then: Callable[[], str]) -> Lie:
    """At one request something else happens."""
    return lambda q, a, n: then() if n == count else a


def on(pattern: str, then: Callable[[str], str]) -> Lie:
    """Requests that match are answered another way."""
    return lambda q, a, n: then(a) if re.match(pattern, q) else a


def when_not(word: str, request: str) -> Lie:
    """Never this word: instead an answer that could be one."""
    return lambda q, a, n: ("ok 00" if a.startswith(word)
                            and q.startswith(request) else a)


LIES: dict[str, Lie] = {
    "honest": lambda q, a, n: a,
    "ends-without-line-end": at(7, lambda: say("ok 00") or die(0)),
    "closes-its-output": at(7, lambda: os.close(1) or hang()),
    "closes-its-input": at(
        7, lambda: os.close(0) or say("unsupported\n") or hang()),
    "dies-at-hello": at(0, lambda: die(0)),
    "dies-later": at(7, lambda: die(3)),
    "killed": at(7, killed),
    "hangs-at-hello": at(0, hang),
    "hangs-later": at(7, hang),
    "other-protocol": at(0, lambda: "quiclb-conformance 2 liar"),
    "no-name": at(0, lambda: "quiclb-conformance 1"),
    "empty-answer": at(7, lambda: ""),
    "two-lines": at(7, lambda: "ok 00\nok 00"),
    "endless-line": at(7, lambda: "ok " + "0" * 100000),
    "binary": at(7, lambda: "ok \udcff\udc80\x1b[2J"),
    "crlf": lambda q, a, n: a + "\r",
    "upper-case": on("(en|de)code", lambda a: "ok " + a[3:].upper()),
    "more-behind": on("decode", lambda a: a + " 00"),
    "wrong-cid": on("encode", lambda a: flip(a, -1)),
    "wrong-first-octet": on("encode", lambda a: flip(a, 3)),
    "wrong-server-id": on("decode", lambda a: flip(a, -1)),
    "takes-short": when_not("unroutable too", "decode"),
    "takes-reserved": when_not("unroutable reserved", "decode"),
    "encodes-anything": when_not("refused", "encode"),
    "decodes-anything": when_not("refused", "decode"),
    "refuses-all": on("(en|de)code", lambda a: "refused to work"),
    "answers-strangers": on("encode no", lambda a: "ok 00"),
    "nothing-supported": on("(en|de)code", lambda a: "unsupported"),
    "no-msquic": on("(en|de)code msquic", lambda a: "unsupported"),
    "half-plain": on("(en|de)code plain 2", lambda a: "unsupported"),
    "always-unroutable": on("decode", lambda a: "unroutable"),
}


def relay(lie: Lie, honest: subprocess.Popen[str]) -> None:
    """Asks the honest program and passes on what the lie makes of it."""
    assert honest.stdin and honest.stdout
    for count, line in enumerate(sys.stdin):
        honest.stdin.write(line)
        honest.stdin.flush()
        answer = honest.stdout.readline().rstrip("\n")
        say(lie(line.rstrip("\n"), answer, count) + "\n")


def main() -> int:
    """The exit status."""
    name, program = sys.argv[1:]
    sys.stdout.reconfigure(errors="surrogateescape")  # type: ignore
    if name == "chatters-first":
        say("hello there\n")
    honest = subprocess.Popen([program], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, text=True)
    relay(LIES.get(name, LIES["honest"]), honest)
    if name == "chatters-last":
        say("ok 00\n")
    if name == "lingers":
        hang()
    return 5 if name == "ends-badly" else 0


if __name__ == "__main__":
    sys.exit(main())
