# SPDX-License-Identifier: BSD-2-Clause
"""The parts of the conformance runner."""
