#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""quic-steer's command line, in namespaces of its own: every refusal is one
line and changes nothing; explain knows every reason; nothing need run."""

import contextlib
import fcntl
import json
import os
import re
import shutil
import subprocess
import sys
import time

import steer_peer
from quiclb import BUILD, SECRETS, SOURCE, T
from tap import equal

sys.path.append(str(SOURCE / "tests" / "lab"))
import frames  # noqa: E402
import host as lab_host  # noqa: E402
import isolate  # noqa: E402
from steer_configs import (DIR, FAR, KEY, NEAR, NOBODY_THERE,  # noqa: E402
                           SELF, SIX, VIP4, VIP6, bad, bad_configurations,
                           good, policies, routed, write)
from steer_configs import BEHIND, CONFIG, ROUTED, ROUTED6  # noqa: E402
from steer_frames import (datagram, icmp_frames,  # noqa: E402
                          policy_frames, reason_frames, steered,
                          steered_frames, tunnel_frames)

STEER = str(BUILD / "tools" / "quic-steer")
PASS = BUILD / "tests" / "lab" / "xdp_pass.bpf.o"
PINS = "/sys/fs/bpf/quic-steer"
COMMANDS = ["up", "down", "reload", "upgrade", "peer", "run", "status",
            "stats", "explain"]
# The checkout may lie where nobody cannot read: so a copy, see copy_program().
BIN = DIR / "bin"
NOBODY = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups",
          "env", f"LD_LIBRARY_PATH={BIN}"]
ROOT_HINT = ("(run as root, or with CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON)")
REASONS = re.findall(r'^\tROW\([A-Z_]+, (\w+), \d+,\s+"([^"]+)"',
                     (SOURCE / "include/quiclb/wire.h").read_text().replace(
                         "\\\n", "\n"), re.M)
NAMES = [name for name, _ in REASONS]
WARNING = ("warning: server 192.0.2.99: no answer on x0: its packets pass as "
           "no_neighbour until it answers\n")
HOST = None     # a lab_host.Host, once the namespaces are there


def run(*args, prefix=()):
    """A finished process: status, stdout, stderr; no key in either."""
    program = BIN / "quic-steer" if prefix == NOBODY else STEER
    done = subprocess.run([*prefix, program, *map(str, args)],
                          stdin=subprocess.DEVNULL, capture_output=True,
                          timeout=60, check=False, text=True)
    for secret in SECRETS:
        assert secret not in done.stdout + done.stderr, f"a key from {args}"
    return done.returncode, done.stdout, done.stderr


def refused(args, status, line, prefix=()):
    """This status, nothing on stdout, exactly this line on stderr, and the
    host is as it was."""
    before = HOST.state(PINS)
    equal(run(*args, prefix=prefix),
          (status, "", f"quic-steer: {line}\n"), "result")
    equal(HOST.state(PINS), before, "the host")


def refuse(name, args, status, line, prefix=()):
    with T.case(name):
        refused(args, status, line, prefix)


def status_json():
    status, out, err = run("status", "--json")
    equal((status, err), (0, ""), "status")
    return json.loads(out)


def steering_state():
    """All of `status` but what ARP and ND may move meanwhile."""
    status, out, err = run("status", "--json")
    if status:
        return status, out, err
    tree = json.loads(out)
    for interface in tree["interfaces"]:
        del interface["packets"]["not_vip"]
    return tree


def vip_packets(address=VIP4):
    """Reasons that packets to a VIP had so far."""
    vip = next(v for v in status_json()["vips"] if v["address"] == address)
    return {name: n for name, n in vip["packets"].items() if n}


@contextlib.contextmanager
def attached(*options):
    """Between `up` and `down`; the host is then as it was."""
    before = HOST.state(PINS)
    equal(run("up", "--config", good(), "--interface", "x0", "--interface",
              "y0", *options), (0, "", f"quic-steer: up: {WARNING}"), "up")
    try:
        yield
    finally:
        equal(run("down"), (0, "", ""), "down")
        equal(HOST.state(PINS), before, "the host")


# ------------------------------------------------------------ refusals --

def refuse_configurations(command, *options):
    before = steering_state()
    for name, path, line in bad_configurations():
        with T.case(f"{command}_{name}_is_refused"):
            args = [command, *options, "--config", path]
            if name == "malformed_json":    # the parser's own words follow
                line = run(*args)[2].split(": ", 2)[2].rstrip("\n")
                assert line.startswith(f"{path}: line 1: not valid JSON: ")
            refused(args, 2, f"{command}: {line}")
            equal(steering_state(), before, "status")


# ---------------------------------------------------------- the program --

def test_program():
    with T.case("help_lists_every_command"):
        status, out, err = run("--help")
        equal((status, err), (0, ""), "status")
        equal(re.findall(r"^  ([a-z]+) ", out, re.M), COMMANDS, "commands")
    for command in COMMANDS:
        with T.case(f"{command}_help_explains_it"):
            status, out, err = run(command, "--help")
            equal((status, err), (0, ""), "status")
            assert re.match(f"[Uu]sage: quic-steer {command}", out), out
            assert "Exit status: 0" in out, out
            assert max(map(len, out.splitlines())) <= 80, "too wide"
    with T.case("version_is_that_of_the_header"):
        text = (SOURCE / "include/quiclb/version.h").read_text()
        numbers = re.findall(r"VERSION_[MP]\w+ (\d+)", text)
        equal(run("--version"),
              (0, "quic-steer " + ".".join(numbers) + "\n", ""), "version")
    refuse("no_command_is_refused", [], 2,
           "no command given; see quic-steer --help")
    refuse("unknown_command_is_refused", ["frob"], 2,
           "unknown command 'frob'; see quic-steer --help")


def man_section(name):
    page = (SOURCE / "docs/man/quic-steer.8").read_text()
    return page.split(f".Sh {name}\n")[1].split("\n.Sh ")[0]


def test_man_page():
    with T.case("man_page_has_every_command_and_option"):
        text = man_section("DESCRIPTION")
        for command in COMMANDS:
            assert f".It Cm {command}" in text, command
            for option in re.findall(r"--([a-z]+)", run(command, "--help")[1]):
                assert f".It Fl -{option}" in text, option
    with T.case("man_page_has_exactly_the_reasons_of_wire_h"):
        number = re.search(r"#define QUICLB_N_REASONS (\d+)",
                           (SOURCE / "include/quiclb/wire.h").read_text())
        equal(len(REASONS), int(number[1]), "reasons in wire.h")
        equal(re.findall(r"^\.It Cm (\w+)$", man_section("REASONS"), re.M),
              NAMES, "reasons")
    with T.case("man_page_has_every_exit_status"):
        equal(re.findall(r"^\.It (\d)$", man_section("EXIT STATUS"), re.M),
              ["0", "1", "2", "3", "4"], "exit statuses")


# ---------------------------------------------------------------- usage --

def test_usage():
    up = ["up", "--config", good()]
    x0 = ["--interface", "x0"]
    for name, args, line in (
        ("up_without_config", ["up", *x0], "up: --config is missing"),
        ("up_without_interface", up, "up: --interface is missing"),
        ("up_unknown_interface", [*up, "--interface", "eth7"],
         "up: interface eth7: no such interface"),
        ("up_second_interface_unknown", [*up, *x0, "--interface", "eth7"],
         "up: interface eth7: no such interface"),
        ("up_duplicate_interface", [*up, *x0, *x0],
         "up: interface x0: named twice"),
        ("up_33_interfaces", [*up, *x0 * 33],
         "up: --interface: at most 32"),
        ("up_empty_interface", [*up, "--interface", ""],
         "up: interface : no such interface"),
        ("up_wrong_mode", [*up, *x0, "--mode", "fast"],
         "up: --mode: must be native or skb (got fast)"),
        ("up_mode_without_value", [*up, *x0, "--mode"],
         "up: option '--mode' needs a value"),
        ("up_unknown_option", [*up, *x0, "--force"],
         "up: unknown option '--force'"),
        ("up_no_nic_check_with_value", [*up, *x0, "--no-nic-check=1"],
         "up: option '--no-nic-check' takes no value"),
        ("up_option_of_another_command", [*up, *x0, "--json"],
         "up: unknown option '--json'"),
        ("up_key_as_unknown_option", [*up, *x0, f"--cid-key={KEY}"],
         "up: unknown option '--cid-key'"),
        ("up_short_option", [*up, *x0, "-v"], "up: unknown option '-v'"),
        ("up_argument", [*up, *x0, "now"], "up: unexpected argument now"),
        ("up_long_pin_dir", [*up, *x0, "--bpffs", "/sys/fs/bpf/" + "d" * 250],
         f"up: /sys/fs/bpf/{'d' * 250}: path too long"),
        ("reload_without_config", ["reload"], "reload: --config is missing"),
        ("reload_interface", ["reload", "--config", good(), *x0],
         "reload: unknown option '--interface'"),
        ("reload_no_nic_check", ["reload", "--config", good(),
                                 "--no-nic-check"],
         "reload: unknown option '--no-nic-check'"),
        ("down_argument", ["down", "x0"], "down: unexpected argument x0"),
        ("down_config", ["down", "--config", good()],
         "down: unknown option '--config'"),
        ("status_argument", ["status", "x0"],
         "status: unexpected argument x0"),
        ("status_json_with_value", ["status", "--json=1"],
         "status: option '--json' takes no value"),
        ("stats_bpffs_without_value", ["stats", "--bpffs"],
         "stats: option '--bpffs' needs a value"),
    ):
        refuse(f"{name}_is_refused", args, 2, line)


def test_nothing_attached():
    for args in (["down"], ["status"], ["status", "--json"], ["stats"],
                 ["stats", "--json"], ["upgrade"],
                 ["reload", "--config", good()]):
        refuse(f"{'_'.join(map(str, args[:1] + args[1:2]))}_finds_nothing"
               if "--json" in args else f"{args[0]}_finds_nothing", args, 3,
               f"{args[0]}: {PINS}: nothing attached")
    refuse("reload_looks_at_the_file_first",
           ["reload", "--config", DIR / "none.json"], 2,
           f"reload: {DIR}/none.json: cannot open: No such file or directory")


def test_pin_directory():
    up = ["up", "--config", good(), "--interface", "x0", "--bpffs"]
    refuse("up_parent_of_the_pin_directory_missing_is_refused",
           [*up, "/sys/fs/bpf/a/b"], 1, "up: making pin directory "
           "/sys/fs/bpf/a/b: No such file or directory")
    with T.case("up_pin_directory_not_on_a_bpffs_is_refused"):
        refused([*up, DIR / "pins"], 1, f"up: {DIR}/pins is not on a bpffs: "
                "mount -t bpf bpf /sys/fs/bpf")
        assert not (DIR / "pins").exists(), "a directory stayed"
    with T.case("existing_directory_not_on_a_bpffs_is_refused_and_kept"):
        (DIR / "mine").mkdir()
        (DIR / "mine" / "file").write_text("mine")
        for args in (up[:-1], ["down"], ["reload", "--config", good()]):
            refused([*args, "--bpffs", DIR / "mine"], 1,
                    f"{args[0]}: {DIR}/mine is not on a bpffs: mount -t bpf "
                    "bpf /sys/fs/bpf")
        for command in ("status", "stats"):
            refused([command, "--bpffs", DIR / "mine"], 3,
                    f"{command}: {DIR}/mine: nothing attached")
        equal((DIR / "mine" / "file").read_text(), "mine", "the file")
    with T.case("up_file_as_pin_directory_is_refused"):
        refused([*up, good()], 1,
                f"up: opening {good()}: Not a directory")


def test_interfaces():
    up = ["up", "--config", good(), "--interface"]
    refuse("up_no_native_xdp_names_the_other_mode", [*up, "lo"], 1,
           "up: interface lo: the driver has no native XDP (--mode skb is "
           "the slow way)")
    with T.case("up_over_someone_elses_program_is_refused"):
        HOST.set_foreign_program("y0", True)
        number = HOST.state(PINS)["xdp"]["y0"]
        for interfaces in (["y0"], ["x0", "--interface", "y0"]):
            refused([*up, *interfaces], 4, "up: interface y0: another XDP "
                    f"program is attached (id {number})")
    HOST.set_foreign_program("y0", False)


def lonely(device):
    """The line about a veth whose other end runs no XDP."""
    return (f"interface {device}: what XDP sends is lost: the other end of "
            f"this veth, {device}, runs no XDP program (there: ip link set "
            f"dev {device} xdpdrv obj FILE, one that passes everything; or "
            "--mode skb here)")


def test_nics():
    """What an interface does to frames, and the way around it."""
    up = ["up", "--config", good(), "--interface", "x0", "--interface", "y0"]
    HOST.set_pass("far", "y0", False)
    refuse("up_veth_without_xdp_at_its_other_end_is_refused", up, 1,
           f"up: {lonely('y0')}")
    HOST.set_pass("near", "x0", False)
    refuse("up_all_problems_are_in_one_line", up, 1,
           f"up: {lonely('x0')}; {lonely('y0')}")
    for name, options, lines in (
        ("no_nic_check_warns_instead", ["--no-nic-check"],
         [lonely("x0"), lonely("y0")]),
        ("generic_mode_needs_no_other_end", ["--mode", "skb"], []),
    ):
        with T.case(f"up_{name}"):
            want = "".join(f"quic-steer: up: warning: {line}\n"
                           for line in lines)
            equal(run(*up, *options),
                  (0, "", f"{want}quic-steer: up: {WARNING}"), "up")
            equal(run("down"), (0, "", ""), "down")
    HOST.set_pass("near", "x0", True)
    HOST.set_pass("far", "y0", True)


def copy_program():
    BIN.mkdir(mode=0o755)
    for path in (STEER, BUILD / "libquiclb" / "libquiclb.so.0"):
        shutil.copy(path, BIN)


def test_without_privilege():
    copy_program()
    config = ["--config", good()]
    loading = f"loading the BPF program: Operation not permitted {ROOT_HINT}"
    refuse("up_without_privilege_names_what_it_needs",
           ["up", *config, "--interface", "x0"], 1, f"up: {loading}", NOBODY)
    refuse("explain_without_privilege_names_what_it_needs",
           ["explain", "00" * 60, *config], 1, f"explain: {loading}", NOBODY)
    with T.case("without_privilege_nothing_attached_is_seen_or_changed"):
        with attached():
            for args in (["down"], ["reload", *config]):
                refused(args, 1, f"{args[0]}: opening {PINS}: Permission "
                        f"denied {ROOT_HINT}", NOBODY)
            for command in ("status", "stats"):
                refused([command], 1, f"{command}: {PINS}/quiclb_control: "
                        f"Permission denied {ROOT_HINT}", NOBODY)
    with T.case("up_where_only_root_may_pin_names_what_it_needs"):
        os.mkdir("/sys/fs/bpf/root", 0o700)
        refused(["up", *config, "--interface", "x0", "--bpffs",
                 "/sys/fs/bpf/root/q"], 1, "up: opening /sys/fs/bpf/root/q: "
                f"Permission denied {ROOT_HINT}", NOBODY)
        os.rmdir("/sys/fs/bpf/root")
    with T.case("up_unreadable_config_is_refused"):
        path = write("secret.json", CONFIG)
        path.chmod(0o600)
        refused(["up", "--config", path, "--interface", "x0"], 2,
                f"up: {path}: cannot open: Permission denied", NOBODY)


# ------------------------------------------------------------- attached --

def test_attached():
    up = ["up", "--config", good(), "--interface", "x0"]
    with attached():
        refuse("up_twice_is_refused", up, 1,
               f"up: {PINS}: already up (reload changes the configuration, "
               "down removes it)")
        refuse("up_elsewhere_on_the_same_interface_is_refused",
               [*up, "--bpffs", "/sys/fs/bpf/other"], 4,
               "up: interface x0: another XDP program is attached (id "
               f"{HOST.state(PINS)['xdp']['x0']})")
        refuse_configurations("reload")
        refuse_configurations("explain", "00" * 60)
        test_concurrent()
        test_reload()
    refuse_configurations("up", "--interface", "x0")
    with T.case("up_can_be_repeated_after_down"):
        for mode in ("native", "skb"):
            with attached("--mode", mode):
                equal({i["name"]: i["mode"] for i in
                       status_json()["interfaces"]},
                      {"x0": mode, "y0": mode}, "modes")


def test_concurrent():
    """Another command is at work: the lock on the pin directory says so."""
    before = steering_state()
    directory = os.open(PINS, os.O_RDONLY | os.O_DIRECTORY)
    for args in (["down"], ["reload", "--config", good()],
                 ["up", "--config", good(), "--interface", "x0"]):
        with T.case(f"{args[0]}_beside_another_command_is_refused"):
            fcntl.flock(directory, fcntl.LOCK_EX)
            try:
                refused(args, 1, f"{args[0]}: {PINS}: another quic-steer is "
                        "at work")
            finally:
                fcntl.flock(directory, fcntl.LOCK_UN)
            equal(steering_state(), before, "status")
    os.close(directory)


def test_reload():
    with T.case("reload_switches_and_counters_go_on"):
        HOST.send(datagram(SELF))
        wait_for(lambda: vip_packets() == {"local": 1}, "local packet")
        path = bad("third_vip", lambda root: root["vip"].append(
            {"address": "203.0.113.3", "port": 8443}))
        equal(run("reload", "--config", path),
              (0, "", f"quic-steer: reload: {WARNING}"), "reload")
        after = status_json()
        equal(after["generation"], 2, "generation")
        equal([(v["address"], v["port"], v["packets"]["local"])
               for v in after["vips"]],
              [(VIP4, 443, 1), ("203.0.113.3", 8443, 0), (VIP6, 443, 0)],
              "VIPs")
        equal(run("reload", "--config", good())[0], 0, "reload back")
        equal(vip_packets(), {"local": 1}, "packets")


def wait_for(condition, what):
    deadline = time.monotonic() + 5
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"no {what} within 5 s")
        time.sleep(0.02)


# -------------------------------------------------------------- explain --

def explain(frame, *options, config=None):
    """Exit status and the JSON object; text says the same."""
    args = ["explain", frame.hex(), "--config", config or good(), *options]
    status, out, err = run(*args, "--json")
    equal(err, "", "stderr")
    got = json.loads(out)
    equal(list(got), ["verdict", "reason", "vip", "frame"], "keys")
    text = run(*args)
    lines = dict(re.findall(r"^(\w+) +(.*)$", text[1], re.M))
    meaning = dict(REASONS)[got["reason"]]
    want = {"verdict": got["verdict"],
            "reason": f"{got['reason']}: {meaning}", "vip": got["vip"] or
            "none"}
    if got["reason"] in ("steered", "icmp_steered", "decapsulated"):
        want["leaves" if got["verdict"] != "PASS" else "becomes"] = got[
            "frame"]
    equal((text[0], lines, text[2]), (status, want, ""), "text")
    return status, got


def test_explain():
    seen = {"steered"}
    for name, frame, reason, vip_text in reason_frames():
        seen.add(reason)
        with T.case(f"explain_{name}_is_{reason}"):
            status, got = explain(frame, "--interface", "x0")
            equal(got, {"verdict": "PASS", "reason": reason,
                        "vip": vip_text, "frame": frame.hex()}, "answer")
            equal(status, 0 if reason == "local" else 1, "exit status")
    for name, frame, verdict, reason, vip_text in policy_frames():
        seen.add(reason)
        with T.case(f"explain_{name}_is_{reason}"):
            status, got = explain(frame, "--interface", "x0", "--interface",
                                  "y0", config=policies())
            if reason != "steered":
                equal(got["frame"], frame.hex(), "frame")
            del got["frame"]
            equal(got, {"verdict": verdict, "reason": reason,
                        "vip": vip_text}, "answer")
            equal(status, 0 if reason in ("local", "steered") else 1,
                  "exit status")
    seen |= test_explain_tunnels() | test_explain_icmp()
    # A private copy has decoded nothing yet: its budget is full, so one frame
    # is never above it. tests/bpf/test_memo_budget.c has overload.
    with T.case("explain_was_asked_about_every_reason_but_overload"):
        equal(seen, set(NAMES) - {"overload"}, "reasons")
    with T.case("explain_has_a_full_budget_whatever_the_rate"):
        path = bad("lowest_rate", lambda root: root.update(
            {"memo-entries": 0, "cold-decode-rate": 1}))
        equal(explain(datagram(NEAR), "--interface", "x0", config=path)[1][
            "reason"], "steered", "reason")
    test_explain_steered()
    test_explain_refusals()


def test_explain_icmp():
    for name, frame, verdict, vip_text, to, ttl_at in icmp_frames():
        with T.case(f"explain_icmp_{name}_is_icmp_steered"):
            status, got = explain(frame, "--interface", "x0", "--interface",
                                  "y0")
            equal((status, got), (0, {
                "verdict": verdict, "reason": "icmp_steered", "vip": vip_text,
                "frame": steered(frame, to, ttl_at).hex()}), "answer")
    return {"icmp_steered"}


@contextlib.contextmanager
def router():
    """NEAR's host is the router to where BEHIND are."""
    for family, via, to in (("-4", "192.0.2.12", "198.18.7.0/24"),
                            ("-6", "2001:db8::12", "2001:db8:7::/64")):
        lab_host.run(["ip", family, "route", "add", to, "via", via])
    try:
        yield
    finally:
        for family, to in (("-4", "198.18.7.0/24"),
                           ("-6", "2001:db8:7::/64")):
            lab_host.run(["ip", family, "route", "del", to])


def test_explain_tunnels():
    for name, frame, vip_text, inner in tunnel_frames():
        with T.case(f"explain_{name}_is_decapsulated"):
            status, got = explain(frame, "--interface", "x0")
            equal((status, got), (0, {
                "verdict": "PASS", "reason": "decapsulated", "vip": vip_text,
                "frame": inner.hex()}), "answer")
    with router():
        test_explain_into_tunnels()
    return {"decapsulated", "too_big"}


def test_explain_into_tunnels():
    frame = datagram(ROUTED)
    for kind, size in (("gue", 28), ("ipip", 20)):
        with T.case(f"explain_into_{kind}_is_steered"):
            status, got = explain(frame, "--interface", "x0",
                                  config=routed(kind))
            equal((status, got["verdict"], got["reason"]),
                  (0, "TX", "steered"), "answer")
            left = bytes.fromhex(got["frame"])
            inner = steered(frame, "near", 22)
            equal((left[:12], left[14 + size:]), (inner[:12], inner[14:]),
                  "MACs and inner packet")
            equal((left[23], left[26:34], frames.checksum(left[14:34])),
                  ({"gue": 17, "ipip": 4}[kind],
                   bytes([192, 0, 2, 11, 198, 18, 7, 2]), 0), "outer header")
        with T.case(f"explain_into_{kind}_over_the_mtu_is_too_big"):
            for more, reason in ((0, "steered"), (1, "too_big")):
                payload = frames.short_header(
                    frame[43:55].hex(), 1500 - size - 28 + more)
                status, got = explain(
                    datagram("", payload=payload), "--interface", "x0",
                    config=routed(kind))
                equal((status, got["reason"]), (more, reason), "answer")
    for name, server_id, config in (
        ("none", ROUTED, routed("none")),
        ("without_a_source", ROUTED6, routed()),
    ):
        with T.case(f"explain_encapsulation_{name}_is_no_neighbour"):
            equal(explain(datagram(server_id), "--interface", "x0",
                          config=config)[1]["reason"], "no_neighbour",
                  "reason")
    with T.case("explain_tunnel_address_is_where_tunnels_begin"):
        config = routed(**{"tunnel-address": ["2001:db8::5"]})
        left = bytes.fromhex(explain(datagram(ROUTED6), "--interface", "x0",
                                     config=config)[1]["frame"])
        equal(left[22:38].hex(), "20010db8" + "0" * 23 + "5", "source")


def test_routed():
    """What up and status say of servers behind a router."""
    no_way = ("warning: server {}: behind a router, and no tunnel goes there "
              "(encapsulation none, or no tunnel-address of its family): its "
              "packets pass as no_neighbour\n")
    narrow = ("quic-steer: up: warning: server {}: MTU 1500: tunnels leave {} "
              "bytes for {}; longer packets count as too_big\n")
    room = {"gue": (1472, 1452), "ipip": (1480, 1460)}
    both = {"tunnel-address": ["192.0.2.11", "2001:db8::11"]}
    with router():
        for name, config, reach in (
            ("gue", routed("gue", **both), {4: "gue", 6: "gue"}),
            ("ipip", routed("ipip", **both), {4: "ipip", 6: "ipip"}),
            ("none", routed("none", **both), {4: "router", 6: "router"}),
            ("one_family", routed(), {4: "gue", 6: "router"}),
        ):
            with T.case(f"up_and_status_say_of_{name}_who_is_reached"):
                lines = "".join(
                    f"quic-steer: up: {no_way.format(address)}"
                    for address in BEHIND.values()
                    if reach[6 if ":" in address else 4] == "router")
                lines += "".join(
                    narrow.format(address, room[kind][six],
                                  f"IPv{6 if six else 4} {kind.upper()}")
                    for address in BEHIND.values()
                    for six in [":" in address]
                    for kind in [reach[6 if six else 4]] if kind in room)
                equal(run("up", "--config", config, "--interface", "x0"),
                      (0, "", lines), "up")
                try:
                    rows = {s["address"]: (s["reach"], s["mac"],
                                           s["interface"])
                            for s in status_json()["servers"]}
                    text = run("status")[1].splitlines()
                finally:
                    equal(run("down"), (0, "", ""), "down")
                for address in BEHIND.values():
                    word = reach[6 if ":" in address else 4]
                    equal(rows[address], (word, None, None), address)
                    assert f"server         {address}  up  {word}" in text
        with T.case("up_names_the_mtu_of_the_route_and_nothing_if_it_is_long"):
            config = routed("gue", **both)
            lab_host.run(["ip", "route", "change", "198.18.7.0/24", "via",
                          "192.0.2.12", "mtu", "1400"])
            lab_host.run(["ip", "link", "set", "x0", "mtu", "1548"])
            equal(run("up", "--config", config, "--interface", "x0"),
                  (0, "", narrow.format(BEHIND[ROUTED], 1372, "IPv4 GUE")
                   .replace("1500", "1400")), "up")
            equal(run("down"), (0, "", ""), "down")
            lab_host.run(["ip", "link", "set", "x0", "mtu", "1500"])


OTHER = {"x0": "y0", "y0": "x0"}


def test_explain_steered():
    for name, frame, interface, verdict, to, ttl_at in steered_frames():
        with T.case(f"explain_{name}_is_steered"):
            status, got = explain(frame, "--interface", interface,
                                  "--interface", OTHER[interface])
            equal((status, got["verdict"], got["reason"]),
                  (0, verdict, "steered"), "answer")
            equal(bytes.fromhex(got["frame"]), steered(frame, to, ttl_at),
                  "frame as it leaves")
    with T.case("explain_interface_without_program_is_no_way_out"):
        equal(explain(datagram(FAR), "--interface", "x0")[1]["reason"],
              "no_neighbour", "reason")
    with T.case("explain_without_interface_redirects"):
        equal(explain(datagram(NEAR))[1]["verdict"], "REDIRECT", "verdict")


def test_explain_refusals():
    config = ["--config", good()]
    for name, args, line in (
        ("without_frame", config, "the frame in hex is missing"),
        ("without_config", ["00" * 60], "--config is missing"),
        ("bad_hex", ["0g" * 60, *config],
         f"frame: '{'0g' * 32}': not hex digits"),
        ("half_a_byte", ["0" * 29, *config],
         f"frame: '{'0' * 29}': odd number of hex digits"),
        ("empty", ["", *config], "frame: '': no hex digits"),
        ("13_bytes", ["00" * 13, *config],
         "frame of 13 bytes: must be 14..4096"),
        ("4097_bytes", ["00" * 4097, *config],
         f"frame: '{'00' * 32}': longer than 4096 bytes"),
        ("two_frames", ["00" * 60, "00" * 60, *config],
         f"unexpected argument {'00' * 60}"),
        ("unknown_interface", ["00" * 60, *config, "--interface", "eth7"],
         "interface eth7: no such interface"),
    ):
        refuse(f"explain_{name}_is_refused", ["explain", *args], 2,
               f"explain: {line}")


# ------------------------------------------------------- reading, and life --

def processes():
    """Of ours, in this pid namespace."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            if "quic-steer" in os.readlink(f"/proc/{pid}/exe"):
                found.append(pid)
    return found


@contextlib.contextmanager
def near_capture():
    """What the host sends to the near neighbour, as a frames.Capture."""
    path = DIR / "near.pcap"
    process = subprocess.Popen(
        lab_host.inside("near", ["tcpdump", "--immediate-mode", "-U", "-Z",
                                 "root", "-s", "2048", "-Q", "in", "-i", "x0",
                                 "-w", str(path), "udp port 443"]),
        stderr=subprocess.PIPE, text=True)
    try:
        assert "listening on" in process.stderr.readline()
        yield frames.Capture(path)
    finally:
        process.terminate()
        process.communicate(timeout=10)


def test_life():
    with attached(), near_capture() as capture:
        with T.case("after_up_no_process_remains_and_packets_are_steered"):
            equal(processes(), [], "processes")
            for family, server_id in ((4, NEAR), (4, SIX), (6, NEAR)):
                HOST.send(datagram(server_id, family))
            wait_for(lambda: len(capture.read()) == 3, "steered packets")
            for frame in capture.read():
                equal(frame[:3], (lab_host.NEAR_MAC, lab_host.HOST_MAC, 63),
                      "MACs and TTL")
                assert frame.checksums_good, frame
            equal((vip_packets(), vip_packets(VIP6)),
                  ({"steered": 2}, {"steered": 1}), "packets")
        with T.case("explain_moves_no_live_counter"):
            before = status_json()["vips"], HOST.state(PINS)
            for server_id in (SELF, NEAR, FAR, NOBODY_THERE, "0a0bff"):
                run("explain", datagram(server_id).hex(), "--config", good())
            equal((status_json()["vips"], HOST.state(PINS)), before, "state")
        test_explain()
        test_reading()
    with T.case("after_down_packets_are_not_steered"), \
            near_capture() as capture:
        HOST.send(datagram(NEAR))
        time.sleep(0.3)
        equal(capture.read(), [], "steered packets")


def keepers():
    """Neighbour entries that the kernel keeps resolved for us."""
    return [n for n in HOST.state(PINS)["neighbours"] if n[2]]


def test_run():
    with attached(), T.case("run_puts_back_what_a_lost_carrier_takes_away"):
        before = keepers()
        HOST.exec("near", ["ip", "link", "set", "x0", "down"])
        wait_for(lambda: keepers() != before, "loss of neighbour entries")
        HOST.exec("near", ["ip", "link", "set", "x0", "up"])
        with subprocess.Popen([STEER, "run", "--bpffs", PINS]) as process:
            try:
                wait_for(lambda: keepers() == before, "neighbour entries")
                process.terminate()
                equal(process.wait(5), 0, "exit status")
            finally:
                process.kill()
    HOST.exec("near", ["ip", "-6", "address", "replace", "2001:db8::12/64",
                       "dev", "x0", "nodad"])
    with T.case("run_without_anything_attached_exits_3"):
        equal(run("run", "--bpffs", PINS)[0], 3, "exit status")


def test_reading():
    with T.case("status_json_has_these_keys"):
        got = status_json()
        equal(list(got), ["generation", "lo_forwards", "interfaces", "vips",
                          "servers"],
              "keys")
        for row in got["interfaces"]:
            equal(list(row), ["name", "mode", "program", "packets"], "keys")
        for row in got["vips"]:
            equal(list(row), ["address", "port", "packets", "memo"], "keys")
            equal(list(row["memo"]), ["hits", "misses"], "keys")
            # all that came has a CID under a key, each its own
            equal(row["memo"], {"hits": 0,
                                "misses": row["packets"]["steered"]}, "memo")
        for row in got["interfaces"] + got["vips"]:
            equal(list(row["packets"]), NAMES, "reasons")
        near = {"reach": "ok", "mac": lab_host.NEAR_MAC, "interface": "x0",
                "server_ids": 1, "state": "up",
                "states": {"up": 1, "draining": 0, "down": 0}}
        nothing = {**near, "reach": "local", "mac": None, "interface": None}
        equal({s.pop("address"): s for s in got["servers"]}, {
            "192.0.2.11": nothing, "192.0.2.12": near,
            "192.0.2.99": {**nothing, "reach": "unresolved",
                           "interface": "x0"},
            "198.51.100.2": {**near, "mac": lab_host.FAR_MAC,
                             "interface": "y0"},
            "2001:db8::12": near}, "servers")
    with T.case("stats_json_has_these_keys"):
        status, out, err = run("stats", "--json")
        equal((status, err), (0, ""), "status")
        equal(list(json.loads(out)), ["generation", "lo_forwards",
                                        "interfaces", "vips"],
              "keys")
        equal(json.loads(out)["vips"], got["vips"], "VIPs")
    with T.case("status_text"):
        programs = HOST.state(PINS)["xdp"]
        equal(run("status"), (0, f"""\
configuration  generation 1
interface      x0  native  program {programs['x0']}
interface      y0  native  program {programs['y0']}
vip            {VIP4}:443  2 packets, 2 steered
vip            [{VIP6}]:443  1 packets, 1 steered
server         192.0.2.11  up  local
server         192.0.2.12  up  ok  x0  {lab_host.NEAR_MAC}
server         192.0.2.99  up  unresolved  x0
server         198.51.100.2  up  ok  y0  {lab_host.FAR_MAC}
server         2001:db8::12  up  ok  x0  {lab_host.NEAR_MAC}
""", ""), "status")
    with T.case("stats_text"):
        status, out, err = run("stats")
        lines = [line for line in out.splitlines() if "not_vip" not in line]
        text = "  sent on to the server that owns the CID"
        memo = f"  memo hits       {0:12}  of"
        equal((status, lines, err),
              (0, [f"vip {VIP4}:443", f"  steered         {2:12}{text}",
                   f"{memo} 2 CIDs under a key",
                   f"vip [{VIP6}]:443", f"  steered         {1:12}{text}",
                   f"{memo} 1 CIDs under a key",
                   "interface x0", "interface y0"], ""), "stats")
    test_memo_counters()


def test_memo_counters():
    """A CID is a hit at the latest when every CPU has seen it."""
    more = os.cpu_count() + 1
    with T.case("memo_hits_are_counted_by_vip"):
        frame = datagram(FAR)
        for _ in range(more):
            HOST.send(frame)
        wait_for(lambda: vip_packets() == {"steered": 2 + more}, "packets")
        memo, other = [v["memo"] for v in status_json()["vips"]]
        equal(memo["hits"] + memo["misses"], 2 + more, "CIDs under a key")
        assert memo["hits"] >= 1, memo
        equal(other, {"hits": 0, "misses": 1}, "the other VIP's")
        line = (f"  memo hits       {memo['hits']:12}  of {2 + more} CIDs "
                "under a key")
        assert line in run("stats")[1].splitlines(), run("stats")[1]
    with T.case("packets_without_decoding_count_no_memo"):
        # long headers: short ones would follow the flow
        HOST.send(datagram("", payload=frames.long_header("e0" + "11" * 11)))
        HOST.send(datagram("", payload=frames.long_header("000102")))
        wait_for(lambda: len(vip_packets()) == 3, "packets")
        equal(status_json()["vips"][0]["memo"], memo, "memo")


def skip_all(reason):
    print(f"1..0 # SKIP {reason}", flush=True)
    sys.exit(1 if os.environ.get("CI") == "true" else 0)


def main():
    global HOST
    try:
        isolate.enter()
    except isolate.NoPrivilege as problem:
        skip_all(f"no privilege for namespaces: {problem}")
    DIR.mkdir(mode=0o755)
    os.chmod(isolate.RUN_DIR, 0o755)
    HOST = lab_host.Host(PASS)
    test_program()
    test_man_page()
    test_usage()
    test_nothing_attached()
    test_pin_directory()
    test_interfaces()
    test_nics()
    test_without_privilege()
    test_attached()
    test_life()
    test_routed()
    steer_peer.test_peer(sys.modules[__name__])
    test_run()
    with T.case("at_the_end_the_host_is_as_it_was"):
        state = HOST.state(PINS)
        equal((state["xdp"], state["pins"], set(state["sysctls"])),
              ({}, None, {"0"}), "the host")
    T.finish()


main()
