#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The demo: a download through a NAT that rebinds, on a private network of
two real servers behind a balancer that hashes addresses. Without steering the
connection is lost, with quic-steer it lives. Exit status 0 only if both
halves went that way; nothing outside this process is touched."""

import argparse
import sys
import time

import isolate
import lab as lab_module
import topology as topo
from lab import Lab, LabError


def say(text=""):
    print(text, flush=True)


def where(lab, family, binding):
    address, port = binding
    host = f"[{address}]" if family == "v6" else address
    return f"{host}:{port}, balanced to {lab.home(family, binding)}"


def one_half(lab, family, rebinding, title):
    say(f"{title}:")
    got = lab.download(family, rebinding)
    before, after = got.bindings
    say(f"  handshake from   {where(lab, family, before)}")
    say(f"  NAT rebinds to   {where(lab, family, after)}")
    say("  download         " + (
        f"complete and identical, from {got.server}" if got.ok else
        "failed, connection lost") + f" ({got.seconds:.1f} s)")
    return got


def table(rows):
    widths = [max(len(str(row[i])) for row in rows)
              for i in range(len(rows[0]))]
    for row in rows:
        say("  " + "  ".join(str(cell).ljust(width) for cell, width
                             in zip(row, widths)).rstrip())


def result_table(lab, halves):
    names = [s.name for s in lab.pool]
    rows = [["", "download", "seconds"] + [f"packets up to {n}" for n in names]]
    for title, got in halves.items():
        rows.append([title, "ok" if got.ok else "lost", f"{got.seconds:.1f}"]
                    + [got.received[n] for n in names])
    table(rows)


def verdict_table(verdicts):
    reasons = [r for r in lab_module.REASONS
               if any(r in counts for counts in verdicts.values())]
    table([["verdicts of"] + reasons]
          + [[name] + [counts.get(r, 0) for r in reasons]
             for name, counts in verdicts.items()])


def demo(options):
    start = time.monotonic()
    family, rebinding = options.family, options.rebinding
    with Lab(options.balancer) as lab:
        lab.start_servers(family)
        say(f"Lab is up: client, NAT, balancer ({options.balancer}), "
            f"{len(lab.pool)} real servers ({time.monotonic() - start:.1f} s)")
        without = one_half(lab, family, rebinding, "Without steering")
        lab.steer_up("real-servers", family)
        steered = one_half(lab, family, rebinding,
                           "With quic-steer on the real servers")
        verdicts = {s.name: lab.verdicts(s.name) for s in lab.pool}
        say()
        result_table(lab, {"without steering": without, "steered": steered})
        say()
        verdict_table(verdicts)
    say()
    say("  packets up to: those that reached the server's stack; steered: sent")
    say("  on to the owner of the connection ID by XDP, before the stack.")
    good = steered.ok and not without.ok
    say()
    say(f"{'As it should be' if good else 'NOT as it should be'}; "
        f"{time.monotonic() - start:.0f} s in all.")
    return 0 if good else 1


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--family", choices=topo.FAMILIES, default="v4")
    parser.add_argument("--balancer", choices=topo.BALANCER_KINDS,
                        default="nft")
    parser.add_argument("--rebinding", choices=("port", "address"),
                        default="port")
    return parser.parse_args()


def main():
    options = arguments()
    for program in (lab_module.steer_program(), lab_module.project_server()):
        if not program.exists():
            sys.exit(f"demo: {program} is not built")
    try:
        isolate.enter()
        sys.exit(demo(options))
    except isolate.NoPrivilege as problem:
        sys.exit(f"demo: no privilege for the network lab: {problem}")
    except LabError as error:
        sys.exit(f"demo: {error}")


if __name__ == "__main__":
    main()
