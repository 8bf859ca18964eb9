#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# check_headers.sh ROOT HOW COMPILER [BPFTOOL]: every public header compiles by
# itself, and the files use*.c with what they use, without a warning.
#
# HOW: c11, c++17, bpf (with linux/types.h) or bpf-vmlinux (with a vmlinux.h of
# the running kernel).  BPF takes the SHARED headers only.  77 if the compiler
# or the kernel's type information is missing.
set -eu

root=$1
how=$2
compiler=$3
bpftool=${4:-bpftool}
btf=/sys/kernel/btf/vmlinux
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

skip() {
	echo "skipped: $1"
	exit 77
}

command -v "$compiler" >/dev/null || skip "no $compiler"
warnings='-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror'
headers=$(cd "$root/include" && ls quiclb/*.h quiclb/codec/*.h)
shared=$(echo "$headers" | grep -Ev 'quiclb/(native|quiclb|version|x86)[.]h')

# BPF has no headers of its own: asm/types.h is where this machine's C has it
bpf_flags() {
	for d in /usr/include/"$(uname -m)"-linux-gnu /usr/include/asm/..; do
		if [ -f "$d/asm/types.h" ]; then
			echo "-target bpf -isystem $d"
			return
		fi
	done
	skip "no asm/types.h"
}

case $how in
c11) flags='-x c -std=c11' ;;
c++17) flags='-x c++ -std=c++17' ;;
bpf)
	flags="-x c -std=c11 $(bpf_flags)"
	headers=$shared
	;;
bpf-vmlinux)
	[ -r "$btf" ] || skip "no $btf"
	command -v "$bpftool" >/dev/null || skip "no bpftool"
	"$bpftool" btf dump file "$btf" format c >"$dir/vmlinux.h" ||
		skip "bpftool cannot read $btf"
	flags="-x c -std=gnu11 -target bpf -isystem $dir -include vmlinux.h"
	headers=$shared
	;;
*)
	echo "how: $how?"
	exit 2
	;;
esac
# shellcheck disable=SC2086
echo 'int nothing;' | "$compiler" $flags -c -o /dev/null - 2>"$dir/err" || {
	cat "$dir/err"
	skip "$compiler cannot compile $how at all"
}

bad=0
n=0
# compile FILE OPT NAME
compile() {
	n=$((n + 1))
	# shellcheck disable=SC2086
	"$compiler" $flags $warnings "$2" -I "$root/include" -c "$1" \
		-o "$dir/out.o" || {
		echo "$3 fails with $compiler $how $2"
		bad=1
	}
}

for header in $headers; do
	# twice: the guard works; something behind: no file may be empty
	printf '#include <%s>\n#include <%s>\nint nothing;\n' \
		"$header" "$header" >"$dir/alone.c"
	compile "$dir/alone.c" -O0 "$header"
	compile "$dir/alone.c" -O2 "$header"
done
compile "$root/tests/headers/use.c" -O2 use.c
# the flag by which a plain function may call what native.h has
case $(uname -m) in
x86_64) native='-maes -DPLAIN' ;;
aarch64) native='-march=armv8-a+crypto -DPLAIN' ;;
*) native= ;;
esac
case $how in
bpf*) ;; # at -O0 the cipher argument would be an indirect call, BPF has none
*)
	compile "$root/tests/headers/use.c" -O0 use.c
	compile "$root/tests/headers/use_native.c" -O0 use_native.c
	compile "$root/tests/headers/use_native.c" -O2 use_native.c
	flags="$flags $native"
	compile "$root/tests/headers/use_native.c" -O0 "use_native.c $native"
	compile "$root/tests/headers/use_native.c" -O2 "use_native.c $native"
	;;
esac
[ "$bad" -eq 0 ] && echo "$n compilations"
exit "$bad"
