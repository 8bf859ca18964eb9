# SPDX-License-Identifier: BSD-2-Clause
"""A program under test: started once, one line in, one line out."""

import os
import re
import select
import signal
import subprocess
import time

HELLO = "quiclb-conformance 1"
ANSWER_MAX_BYTES = 1024


def printable(data: bytes) -> str:
    """ASCII; everything else as \\xNN, so that it shows and does no harm."""
    return "".join(chr(byte) if 0x20 <= byte < 0x7f else f"\\x{byte:02x}"
                   for byte in data)


class ProgramError(Exception):
    """The program no longer answers as the protocol says."""


class Program:
    """Every way it can misbehave ends in one ProgramError."""

    def __init__(self, label: str, command: list[str],
                 timeout: float) -> None:
        self.label = label
        self.timeout = timeout
        self.name = ""
        self._pending = b""
        # A session of its own: what it started can be ended with it.
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            bufsize=0, start_new_session=True)

    def hello(self) -> None:
        """Agrees on the protocol; learns the program's name."""
        answer = self.ask(HELLO)
        match = re.fullmatch(re.escape(HELLO) + r" ([^ \\][^\\]*)",
                             answer)
        if not match:
            raise self._error(f"to '{HELLO}' it answered '{answer}'")
        self.name = match.group(1)

    def ask(self, request: str) -> str:
        """The answer to a request, without its line end."""
        if self._pending or self._readable(0):
            self._pending += self._read()
            if self._pending:
                raise self._error(
                    f"it wrote {self._shown()} before {request!r}")
        assert self._process.stdin
        try:
            self._process.stdin.write(request.encode("ascii") + b"\n")
        except OSError as error:
            raise self._error(self._died(request)) from error
        return self._line(request)

    def finish(self) -> None:
        """Its input ends, so it must: quietly, with status 0, in time."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.close()
        deadline = time.monotonic() + self.timeout
        while self._readable(deadline - time.monotonic()):
            chunk = self._read()
            self._pending += chunk
            if self._pending:
                raise self._error(
                    f"it wrote {self._shown()} after the last request")
            if not chunk:
                break
        try:
            status = self._process.wait(
                max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired as error:
            raise self._error(
                f"{self.timeout:g} s after the end of its input it still"
                " runs") from error
        if status:
            raise self._error(f"at the end of its input: {self._status()}")

    def kill(self) -> None:
        """Ends it, whatever its state."""
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()

    def _error(self, text: str) -> ProgramError:
        return ProgramError(f"{self.label}: {text}")

    def _line(self, request: str) -> str:
        deadline = time.monotonic() + self.timeout
        while b"\n" not in self._pending:
            if len(self._pending) > ANSWER_MAX_BYTES:
                raise self._error(
                    f"its answer to {request!r} is longer than"
                    f" {ANSWER_MAX_BYTES} bytes")
            if not self._readable(deadline - time.monotonic()):
                raise self._error(
                    f"no answer to {request!r} within {self.timeout:g} s")
            chunk = self._read()
            if not chunk:
                raise self._error(self._died(request))
            self._pending += chunk
        line, self._pending = self._pending.split(b"\n", 1)
        if len(line) > ANSWER_MAX_BYTES:
            raise self._error(f"its answer to {request!r} is longer than"
                               f" {ANSWER_MAX_BYTES} bytes")
        if self._pending:
            raise self._error(f"more than one line for {request!r}: then"
                               f" {self._shown()}")
        return printable(line)

    def _readable(self, seconds: float) -> bool:
        ready, _, _ = select.select([self._process.stdout], [], [],
                                    max(0.0, seconds))
        return bool(ready)

    def _read(self) -> bytes:
        assert self._process.stdout
        return os.read(self._process.stdout.fileno(), 4096)

    def _shown(self) -> str:
        text = printable(self._pending[:60])
        return f"'{text}'" + (" ..." if len(self._pending) > 60 else "")

    def _died(self, request: str) -> str:
        try:
            self._process.wait(1)
        except subprocess.TimeoutExpired:
            return f"it closed a pipe before it answered {request!r}"
        return f"no answer to {request!r}: {self._status()}"

    def _status(self) -> str:
        code = self._process.returncode
        if code < 0:
            return f"killed by signal {-code}"
        return f"ended with status {code}"
