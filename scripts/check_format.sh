#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# check_format.sh SOURCE: C and C++ files are as clang-format 14 with the nearest
# .clang-format leaves them.  Mend: scripts/check_format.sh SOURCE --fix
set -eu
cd "$1"
if ! clang-format --version 2>/dev/null | grep -q 'version 14\.'; then
	echo "clang-format 14 is not here"
	exit 77
fi
mode=--dry-run
[ "${2:-}" = --fix ] && mode=-i
find bench bindings bpf config examples fuzz include libquiclb steer tests \
	tools \( -name '*.[ch]' -o -name '*.cc' -o -name '*.hpp' \) -print0 |
	xargs -0 clang-format "$mode" -Werror
