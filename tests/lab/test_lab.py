#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The lab itself: it does what topology.py promises, two copies do not see
each other, and however it ends, nothing is left behind."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import time
import uuid

import isolate
import tap
import topology as topo
from lab import Lab

LAB = str(pathlib.Path(__file__).with_name("lab.py"))
GONE_WITHIN = 10    # seconds


class Copy:
    """A lab in a process group of its own, held until it is ended."""

    def __init__(self, *options):
        self.tag = f"QUICLB_LAB_TAG={uuid.uuid4()}"
        name, value = self.tag.split("=")
        self.process = subprocess.Popen(
            [sys.executable, LAB, *options], stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, start_new_session=True,
            env=dict(os.environ, **{name: value}))
        line = self.process.stdout.readline()
        if line and not line.startswith("{"):   # it cannot run here
            print(line, end="", flush=True)
            sys.exit(self.end())
        if not line:
            raise AssertionError(self.process.stderr.read())
        self.about = json.loads(line)

    def end(self):
        """Waits for the end; returns the exit status."""
        self.process.communicate(timeout=30)
        return self.process.returncode

    def alive(self):
        return self.process.poll() is None and processes_with(self.tag)

    def left(self):
        """Everything of it that is still there, as a list of texts."""
        found = [f"process {pid}" for pid in processes_with(self.tag)]
        spaces = {f"net:[{n}]" for n in self.about["network_namespaces"]}
        found += [f"namespace {s}" for s in spaces & namespaces_in_use()]
        found += [f"BPF program {p}" for p in self.about["programs"]
                  if program_exists(p)]
        return found


def proc_files(name):
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            yield pid, pathlib.Path("/proc", pid, name)
        except OSError:
            continue


def processes_with(tag):
    found = []
    for pid, path in proc_files("environ"):
        try:
            if tag.encode() in path.read_bytes():
                found.append(pid)
        except OSError:
            continue
    return found


def namespaces_in_use():
    """Held by a process, or by a mount that any process can see."""
    found = set()
    for _, path in proc_files("ns/net"):
        try:
            found.add(os.readlink(path))
        except OSError:
            continue
    for _, path in proc_files("mountinfo"):
        try:
            found |= {w for line in path.read_text().splitlines()
                      for w in line.split() if w.startswith("net:[")}
        except OSError:
            continue
    return found


def program_exists(number):
    return subprocess.run(["bpftool", "prog", "show", "id", str(number)],
                          capture_output=True, check=False).returncode == 0


def host():
    """What the host's own namespaces show of any lab."""
    lab_names = set(topo.namespaces(topo.servers(9))) | {"inside", "br0"}
    links = json.loads(subprocess.run(["ip", "-j", "link"], check=True,
                                      capture_output=True).stdout)
    mounts = pathlib.Path("/proc/self/mountinfo").read_text().splitlines()
    return {
        "links": sorted({k["ifname"] for k in links} & lab_names),
        "mounts": [m for m in mounts if "quiclb" in m or "netns" in m],
        "directories": [d for d in (isolate.RUN_DIR, isolate.NETNS_DIR)
                        if os.path.exists(d)],
    }


def expect_nothing_left(copy, before):
    deadline = time.monotonic() + GONE_WITHIN
    while left := copy.left():
        if time.monotonic() > deadline:
            raise AssertionError(f"left behind: {left}")
        time.sleep(0.05)
    after = host()
    if after != before:
        raise AssertionError(f"the host changed: {before} -> {after}")


ENDINGS = {
    "success": (["--once"], None, {0}),
    "failure": (["--fail"], None, {1}),
    "Ctrl-C": ([], lambda p: os.killpg(p, signal.SIGINT), {130}),
    "SIGTERM to one process": ([], lambda p: os.kill(p, signal.SIGTERM), {143}),
    "SIGKILL to one process": ([], lambda p: os.kill(p, signal.SIGKILL), {-9}),
}


def endings(t):
    for name, (options, end, statuses) in ENDINGS.items():
        with t.case(f"nothing is left behind after {name}"):
            before = host()
            copy = Copy(*options)
            if end:
                end(copy.process.pid)
            status = copy.end()
            expect_nothing_left(copy, before)
            assert status in statuses, f"exit status {status}"


def two_copies(t):
    with t.case("two copies run side by side and do not see each other"):
        before = host()
        one, other = Copy(), Copy("--balancer", "ecmp")
        assert one.alive() and other.alive()
        assert one.left() and other.left(), "looking in the wrong place"
        assert one.about["names"] == other.about["names"]
        for key in ("network_namespaces", "programs"):
            assert not set(one.about[key]) & set(other.about[key]), key
        assert host() == before, "the host sees the copies"
        os.kill(one.process.pid, signal.SIGKILL)
        one.end()
        expect_nothing_left(one, before)
        assert other.alive(), "the second copy died with the first"
        os.kill(other.process.pid, signal.SIGTERM)
        assert other.end() == 143
        expect_nothing_left(other, before)


def timing(t):
    with t.case("up in less than two seconds, best of three"):
        seconds = []
        for _ in range(3):
            start = time.monotonic()
            copy = Copy("--once")
            seconds.append(time.monotonic() - start)
            copy.end()
        tap.note("seconds: " + ", ".join(f"{s:.2f}" for s in seconds))
        assert min(seconds) < 2


def inside(t, kind):
    with Lab(kind, n_servers=3) as lab:
        with t.case(f"{kind}: every server is the choice for some binding"):
            for family in topo.FAMILIES:
                homes = {s for (f, *_), s in lab.homes.items() if f == family}
                assert homes == {s.name for s in lab.pool}, homes
        for family in topo.FAMILIES:
            with t.case(f"{kind} {family}: no server answers for the VIP"):
                no_neighbour_for_vip(lab, family)
            with t.case(f"{kind} {family}: answers do not pass the balancer"):
                direct_return(lab, family)


def no_neighbour_for_vip(lab, family):
    vip = topo.VIP[family]
    route = [f"{vip}/{topo.WHOLE[family]}", "dev", "eth0", "table", "9"]
    ip = ["ip", "-4" if family == "v4" else "-6"]
    lab.exec("balancer", [*ip, "route", "add", *route])
    lab.exec("balancer", [*ip, "rule", "add", "pref", "1", "table", "9"])
    lab.exec("client", ["python3", "-ISc", f"""
import socket
family = socket.AF_INET6 if ":" in "{vip}" else socket.AF_INET
socket.socket(family, socket.SOCK_DGRAM).sendto(b"who", ("{vip}", 443))"""])
    time.sleep(0.3)
    entry = json.loads(lab.exec("balancer", ["ip", "-j", "neigh", "show",
                                             "to", vip]).stdout)
    lab.exec("balancer", [*ip, "rule", "del", "pref", "1"])
    assert entry and "lladdr" not in entry[0], entry


def direct_return(lab, family):
    lab.start_servers(family)
    pcap = lab.capture("balancer")
    got = lab.download(family)
    lab.stop_servers()
    lab.stop("tcpdump-balancer-eth0")
    text = lab.run(["tcpdump", "-nr", pcap, "src", "host",
                    topo.VIP[family]]).stdout
    assert got.ok, got
    assert pcap.stat().st_size > 1000, "the capture is empty"
    assert not text, text


def main():
    t = tap.Tap()
    timing(t)
    endings(t)
    two_copies(t)
    tap.isolated_or_skip()
    for kind in topo.BALANCER_KINDS:
        inside(t, kind)
    sys.exit(t.finish())


if __name__ == "__main__":
    main()
