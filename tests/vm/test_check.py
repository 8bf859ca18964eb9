#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The short selection of ./check under other kernels, one start of a virtual
machine for each: `test_check.py [SERIES...]`."""

import test_load

CHECK = test_load.Suite(("guest_check.py",), ("6.1", "6.12"), 1100, 2)

if __name__ == "__main__":
    test_load.main(CHECK)
