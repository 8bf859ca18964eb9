#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The scenario that the project comes from, behind the real IPVS, under other
kernels, each in a virtual machine: `test_ipvs.py [SERIES...]`."""

import test_load

# Not 5.10: it takes twice as long.
IPVS = test_load.Suite(("guest_ipvs.py", "guest_ipvs_tunnel.py",
                        "guest_ipvs_pool.py", "guest_ipvs_many.py"),
                       ("6.1", "6.12"), 600, 4)

if __name__ == "__main__":
    test_load.main(IPVS)
