#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# check_format.sh ROOT: these files are as clang-format 14 leaves them.  Mend:
# check_format.sh ROOT --fix
set -eu
cd "$1/bindings/cpp"
if ! clang-format --version 2>/dev/null | grep -q 'version 14\.'; then
	echo "clang-format 14 is not here"
	exit 77
fi
mode=--dry-run
[ "${2:-}" = --fix ] && mode=-i
find . \( -name '*.hpp' -o -name '*.cc' \) -print0 |
	xargs -0 clang-format "$mode" -Werror
