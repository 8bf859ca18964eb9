#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""One rebinding of tests/lab on this machine's kernel: lost without steering,
alive with it. For test_load.py, inside a virtual machine,
where the whole of tests/lab/test_rebind.py would take half an hour. TAP."""

import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lab"))

import lab as lab_module  # noqa: E402
import tap  # noqa: E402
import test_rebind as rebind  # noqa: E402

FAMILY, CHANGE = "v4", "port"


def main():
    tap.isolated_or_skip()
    t = tap.Tap()
    with lab_module.Lab("nft") as lab:
        lab.start_servers(FAMILY)
        with t.case(f"rebinding: lost when the {CHANGE} changes"):
            rebind.lost(lab, FAMILY, CHANGE)
        with t.case("rebinding: lives with steering by the real servers"):
            lab.steer_up("real-servers", FAMILY)
            rebind.steered_by_peer(lab, FAMILY, CHANGE)
    sys.exit(t.finish())


if __name__ == "__main__":
    main()
