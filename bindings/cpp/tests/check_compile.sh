#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# check_compile.sh ROOT COMPILER: each header by itself, and all that is here,
# compiles without a warning, as C++17 and C++20, with exceptions and without.
# 77 if there is no such compiler.
set -eu

root=$1
compiler=$2
cpp=$root/bindings/cpp
include="-I$cpp/include -I$cpp/tests -I$root/include"
warnings='-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror'
bad=0
n=0

if ! echo 'int nothing;' | "$compiler" -x c++ -fsyntax-only - 2>/dev/null; then
	echo "skipped: no $compiler"
	exit 77
fi

compile() { # compile FILE FLAG...
	file=$1
	shift
	n=$((n + 1))
	# shellcheck disable=SC2086 # lists of words
	"$compiler" $include $warnings "$@" -x c++ -fsyntax-only "$file" || {
		echo "$file fails with $compiler $*"
		bad=1
	}
}

alone=$(mktemp)
trap 'rm -f "$alone"' EXIT
for header in $(cd "$cpp/include" && find . -name '*.hpp'); do
	# twice: the guard works; something behind: no file may be empty
	printf '#include <%s>\n#include <%s>\nint nothing;\n' \
		"${header#./}" "${header#./}" >"$alone"
	for std in c++17 c++20; do
		compile "$alone" -std=$std
		compile "$alone" -std=$std -fno-exceptions
	done
done
for source in "$cpp"/*.cc "$cpp"/examples/*.cc "$cpp"/tests/*.cc; do
	case $source in
	*/test_no_exceptions.cc) compile "$source" -std=c++17 -fno-exceptions ;;
	*) compile "$source" -std=c++17 ;;
	esac
done
[ "$bad" -eq 0 ] && echo "$n compilations"
exit "$bad"
