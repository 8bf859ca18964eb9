#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A connection survives packets that pass at the wrong server, whatever the
reason: that server answers by stateless resets, and the client knows none of
their tokens (RFC 9000 21.11). And it would not, were tokens not bound to the
server."""

import contextlib

import frames
import lab as lab_module
import parts
import strays
import tap
import topology as topo
from strays import SEVERAL, StrayLab
from tap import equal

NO_STRAYS = {"steered", "icmp_steered"}     # the reasons that pass nothing
NOBODY = {"v4": "198.51.100.99", "v6": "2001:db8:1::99"}
NOBODYS_MAC = "02:00:00:00:00:99"
MTU = 1280


# -- what is wrong with rs2's file: the client's own packets go astray -------

def cid_config(**leaves):
    return {"cid-configs": [topo.CID_CONFIG | leaves]}


def another_family():
    """Two rotation bits: what the servers issue is unroutable there."""
    return {"cid-configs": [{
        "name": "a", "config-rotation-bits": 0, "rotation-bits": 2,
        "codec": "plain", "server-id-length": 2, "nonce-length": 8}]}


def only_itself(lab):
    return {"server-pool": topo.server_pool(
        {lab.stray.server_id: lab.stray}, lab.family)}


WRONG_FILES = {     # reason -> changes to the right file
    "local": lambda lab: {
        "local-server-address": [lab.owner.address[lab.family]]},
    "reserved": lambda lab: another_family(),
    "no_config": lambda lab: cid_config(**{"config-rotation-bits": 5}),
    "unknown_server": only_itself,
    "server_down": lambda lab: lab.owners(state="down"),
    "no_neighbour": lambda lab: lab.owners(NOBODY[lab.family]),
    "overload": lambda lab: {"cold-decode-rate": 1},
    "not_vip": lambda lab: lab.vips(444),
    "not_quic": lambda lab: lab.vips(demultiplex=True),
}


BURST = 2 * SEVERAL
BESIDE = {  # where the client's packets may not be enough: copies
    # half of ngtcp2's clients clear the fixed bit, if its server allows it
    "not_quic": lambda payload: bytes([payload[0] & 0xbf]) + payload[1:],
    # one a second goes on
    "overload": lambda payload: payload,
}


def astray(lab, reason):
    """rs2's file is wrong until several packets have drawn resets."""
    with lab.wrong_file(**WRONG_FILES[reason](lab)):
        passed, resets = lab.reasons()[reason], lab.resets()
        if reason in BESIDE:
            lab.inject([lab.datagram(BESIDE[reason](lab.short()))] * BURST)
        lab.until(lambda: lab.resets() >= resets + SEVERAL
                  and lab.reasons()[reason] >= passed + SEVERAL,
                  f"resets because of {reason}")


# -- what is wrong with a packet: copies of the client's ---------------------

def in_tunnel(lab, packet):
    """In GUE from rs1 to rs2."""
    return frames.udp(lab.owner.address[lab.family],
                      lab.stray.address[lab.family],
                      (frames.FLOW_PORTS[0], frames.GUE_PORT), packet)


# reason -> IP packets made of the client's last, and what else inject() takes
COPIES = {
    "from_peer": lambda lab, p: ([p], {"source": lab.owner.mac}),
    "decapsulated": lambda lab, p: ([in_tunnel(lab, p)],
                                    {"source": lab.owner.mac}),
    "ttl": lambda lab, p: ([lab.datagram(lab.short(), ttl=1)], {}),
    "fragment": lambda lab, p: (strays.fragments(p), {}),
    "too_big": lambda lab, p: (
        [lab.datagram(lab.short().ljust(MTU, b"\x55"))], {}),
    "ext_headers": lambda lab, p: ([strays.with_options(p, 5)], {}),
}
NO_ANSWER = {   # the same, where the QUIC server gets nothing to answer
    # shorter than any reset
    "short_cid": lambda lab, p: (
        [lab.datagram(lab.short()[:strays.CID_BYTES])], {}),
    # a long header draws none
    "initial_passed": lambda lab, p: ([lab.datagram(lab.initial())], {}),
    # the kernel drops these
    "truncated": lambda lab, p: ([strays.longer_than_udp_says(p)], {}),
    "other_host": lambda lab, p: ([p], {"to": NOBODYS_MAC}),
}


def copies(lab, reason):
    """Exactly what is sent passes, reaches the stack, and draws as many
    resets as it must."""
    answers = reason in COPIES
    make = (COPIES if answers else NO_ANSWER)[reason]
    packets, how = make(lab, lab.datagram(lab.short()))
    passed, resets = lab.reasons()[reason], lab.resets()
    stack = lab.strayed()
    for _ in range(SEVERAL):
        lab.inject(packets, **how)
    want = len(packets) * SEVERAL
    lab.until(lambda: lab.reasons()[reason] >= passed + want,
              f"packets counted as {reason}")
    if answers:
        lab.until(lambda: lab.resets() >= resets + SEVERAL,
                  f"resets because of {reason}")
    lab.goes_on()   # by now whatever was sent has been answered
    equal(lab.reasons()[reason] - passed, want, reason)
    equal(lab.strayed() - stack, 0 if reason == "other_host" else SEVERAL,
          "datagrams at rs2's stack")
    equal(lab.resets() - resets, SEVERAL if answers else 0, "resets")


@contextlib.contextmanager
def small_mtu(lab):
    """On rs2's way to rs1; the client's packets on their way still fit."""
    route = [lab.owner.address[lab.family], "dev", "eth0", "mtu", "lock", MTU]
    lab.exec(lab.stray.name, ["ip", "route", "add", *route])
    try:
        lab.file()  # forgets the next hops
        yield
    finally:
        lab.exec(lab.stray.name, ["ip", "route", "del", *route])
        lab.file()


# -- cases -------------------------------------------------------------------

def needs():
    for program in (lab_module.steer_program(), lab_module.project_server()):
        if not program.exists():
            raise tap.Skip(f"{program.name} is not built")


def survives(lab, reason):
    """The client gets resets, ignores them, and goes on with rs1."""
    before, resets = len(lab.resets_at_client()), lab.resets()
    if reason in WRONG_FILES:
        astray(lab, reason)
    else:
        with small_mtu(lab) if reason == "too_big" else \
                contextlib.nullcontext():
            copies(lab, reason)
    lab.goes_on()
    drawn = lab.resets() - resets
    if drawn:
        lab.until(lambda: len(lab.resets_at_client()) > before,
                  "a reset at the client")
    tap.note(f"{reason}: {drawn} resets, "
             f"{len(lab.resets_at_client()) - before} seen at the client")


def expect_whole(lab, got):
    """By one connection, from its owner, to the last byte."""
    assert got.ok, f"the download failed: {got}"
    logs = [lab.log(f"server-{s.name}") for s in lab.pool]
    equal([log.count("connection accepted") for log in logs], [1, 0],
          "connections accepted")
    equal(got.exit_status, 0, "the client's exit status")
    sizes = {len(p) for p in lab.resets_on_wire()}
    assert min(sizes) >= strays.RESET_MIN_BYTES, sizes
    tap.note(f"{lab.resets()} resets of {min(sizes)} to {max(sizes)} bytes in "
             f"{got.seconds:.1f} s")


def one_family(t, family):
    reasons = [*WRONG_FILES, *COPIES, *NO_ANSWER]
    if family == "v4":
        reasons.remove("ext_headers")
    with contextlib.ExitStack() as stack:
        begun = False
        with t.case(f"{family}: a download, sent on by the wrong server"):
            needs()
            lab = stack.enter_context(StrayLab(family))
            lab.begin()
            begun = True
        if not begun:
            return
        for reason in reasons:
            with t.case(f"{family}: survives packets that pass as {reason}"):
                survives(lab, reason)
        if family == "v6":
            with t.case("no reason to pass is left out"):
                equal(set(reasons), set(lab.reasons()) - NO_STRAYS, "reasons")
        with t.case(f"{family}: complete, by the same connection"):
            expect_whole(lab, lab.finish())


def not_bound(t):
    """rs2 makes the tokens that rs1 would make."""
    with t.case("v4: a token that is not bound to the server ends it"):
        needs()
        with StrayLab("v4", reset_of=0) as lab:
            lab.begin()
            equal(lab.resets(), 0, "resets while all is well")
            with lab.wrong_file(**WRONG_FILES["unknown_server"](lab)):
                lab.wait_for(lab.ended, strays.PATIENCE, "end of the client")
            sizes = [len(p) for p in lab.resets_at_client()]
            assert sizes, "the client got no reset"
            assert "ERR_DRAINING" in lab.log("client"), "not by the reset"
            lab.full_speed()
            got = lab.outcome()
            assert not got.ok, f"the download is complete: {got}"
            equal([word in lab.log(f"server-{lab.owner.name}") for word in
                   ("connection closed", "reset sent")], [False, False],
                  "whether rs1 had a part in it")
            tap.note(f"resets of {sizes} bytes")


if __name__ == "__main__":
    parts.main({
        "v4": lambda t: one_family(t, "v4"),
        "v6": lambda t: one_family(t, "v6"),
        "not-bound": not_bound,
    })
