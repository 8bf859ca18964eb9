#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The XDP program and the tunnels of other kernels, each in a virtual machine:
`test_tunnels.py [SERIES...]`."""

import test_load

TUNNELS = test_load.Suite(("guest_tunnels.py",), ("6.1", "6.12"), 600, 4)

if __name__ == "__main__":
    test_load.main(TUNNELS)
