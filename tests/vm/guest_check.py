#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What this machine's kernel makes of the XDP program, in short: some of
tests/bpf, and with the real IPVS one connection for each way in which it may
pick another server. For test_check.py, inside a virtual machine. TAP."""

import os
import pathlib
import re
import subprocess
import sys
import threading
import time

import echo
import ipvs
import ipvs_tunnel
import network
import story
import tap
import topology as topo

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "gates"))

import programs  # noqa: E402

BPF_TESTS = ("packets_servers", "packets_quic", "policies", "tunnel", "icmp",
             "vlan")
BPF_SECONDS = 600
# Scheduler, and what changes on the client's way.
STEERED = (("rr", "port"), ("sh -b sh-port", "port"), ("sh", "address"),
           ("sh", "network"))


class BpfTests:
    """Run beside the lab, which mostly waits, and behind it."""

    def __init__(self):
        self.results = {}
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        for name in BPF_TESTS:
            start = time.monotonic()
            program = network.build_path("tests", "bpf", "test_" + name)
            try:
                done = subprocess.run(
                    [program, "--tap"], stdin=subprocess.DEVNULL, text=True,
                    stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                    timeout=BPF_SECONDS, check=False,
                    preexec_fn=lambda: os.nice(10))
                self.results[name] = (done.returncode, done.stdout,
                                      time.monotonic() - start)
            except (OSError, subprocess.TimeoutExpired) as problem:
                self.results[name] = (-1, str(problem), 0)

    def report(self, t):
        programs.check(t, programs.STEER)
        self.thread.join()
        for name, (status, output, seconds) in self.results.items():
            with t.case(f"tests/bpf: {name}"):
                self._judge(status, output, seconds)

    @staticmethod
    def _judge(status, output, seconds):
        cases = re.findall(r"^ *(not ok|ok) .*?(# SKIP.*)?$", output,
                           re.MULTILINE)
        skipped = sum(bool(skip) for _, skip in cases)
        tap.note(f"{len(cases)} cases, {skipped} skipped, {seconds:.0f} s")
        if status or not cases or "not ok" in dict(cases):
            raise AssertionError(f"exit status {status}\n{output}")
        if skipped == len(cases):
            raise tap.Skip(output)


def not_steered(t, lab):
    run = story.one_change(t, lab, story.unanswered, "port", "rr")
    return run, story.timed(t, "rr, not steered: TCP", echo.fetch, lab)


def steered(t, lab, without, echoed):
    lab.steer_up("real-servers", lab.family)
    for scheduler, change in STEERED:
        lab.schedule(scheduler, lab.family)
        run = story.one_change(t, lab, story.lives, change, scheduler)
        if run and without and scheduler == "rr":
            story.compare(t, scheduler, without, run)
    lab.schedule("rr", lab.family)
    story.timed(t, "rr, steered: TCP as without", echo.fetch_as, lab, echoed)


def tunnelled(t, lab):
    lab.tunnel_by("ipip")
    lab.steer_again(lab.family,
                    **{"tunnel-balancer": [topo.BALANCER[lab.family]]})
    story.one_change(t, lab, story.lives, "port", "ipip, rr")
    lab.tunnel_by(None)


def msquic(t, lab):
    lab.stop_servers()
    story.msquic(lab)
    lab.start_servers(lab.family)
    lab.steer_again(lab.family)
    story.one_change(t, lab, story.lives, "port", "msquic's CIDs, rr")


def main():
    tap.isolated_or_skip()
    ipvs.require()
    t, bpf_tests = tap.Tap(), BpfTests()
    with ipvs_tunnel.TunnelLab("rr") as lab:
        lab.start_servers(lab.family)
        echo.start(lab)
        steered(t, lab, *not_steered(t, lab))
        tunnelled(t, lab)
        msquic(t, lab)
    bpf_tests.report(t)
    sys.exit(t.finish())


if __name__ == "__main__":
    main()
