#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# test_install.sh SOURCE BUILD: installs into a directory of its own, then uses
# what is there as a stranger would: by pkg-config.  TAP.
set -u
source=$1
build=$2
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
n=0

ok() { # ok STATUS NAME
	n=$((n + 1))
	if [ "$1" = 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; fi
}

meson install -C "$build" --no-rebuild --destdir "$root" >"$root/log" 2>&1
ok $? install_succeeds

for file in include/quiclb/quiclb.h include/quiclb/decode.h \
	include/quiclb.hpp include/quiclb/cpp/encoder.hpp \
	include/quiclb/codec/four_pass.h libquiclb.so libquiclb.so.0 \
	pkgconfig/libquiclb.pc bin/quiclb sbin/quic-steer \
	quiclb/quic_steer.bpf.o yang/quiclb.yang man1/quiclb.1 \
	man3/quiclb.3 man3/quiclb_config.3 man3/quiclb_decoder.3 \
	man3/quiclb_encoder.3 man3/quiclb_strerror.3 man3/quiclb_version.3 \
	man5/quiclb.5 man7/quiclb.7 man8/quic-steer.8; do
	[ -n "$(find "$root" -path "*/$file")" ]
	ok $? "installs_$file"
done

pc=$(dirname "$(find "$root" -name libquiclb.pc)")
lib=$(dirname "$pc")
use() { # use COMPILER FLAG... : compiles $root/use.c as a user's program
	# shellcheck disable=SC2046 # a list of flags
	PKG_CONFIG_PATH=$pc PKG_CONFIG_SYSROOT_DIR=$root "$@" -Wall -Wextra \
		-Werror $(PKG_CONFIG_PATH=$pc PKG_CONFIG_SYSROOT_DIR=$root \
			pkg-config --cflags --libs libquiclb) -o "$root/use"
}

use cc -std=c11 "$source/examples/minimal/minimal.c" -L"$lib" \
	2>"$root/errors"
ok $? minimal_compiles
sed 's/^/# /' "$root/errors"
cid=$(LD_LIBRARY_PATH=$lib "$root/use")
[ "${#cid}" = 22 ]
ok $? minimal_prints_a_cid
id=$(printf '%s' 'an example key..' | od -An -v -tx1 | tr -d ' \n' >"$root/key"
	LD_LIBRARY_PATH=$lib "$(find "$root" -path '*/bin/quiclb')" decode \
		--codec four-pass --server-id-len 2 --nonce-len 8 \
		--key-file "$root/key" "$cid")
[ "$id" = 0a01 ]
ok $? installed_tool_decodes_it

use c++ -std=c++17 "$source/bindings/cpp/examples/first.cc" -L"$lib" \
	2>"$root/errors"
ok $? cpp_example_compiles
sed 's/^/# /' "$root/errors"
LD_LIBRARY_PATH=$lib "$root/use" >/dev/null
ok $? cpp_example_runs

# The README shows exactly the program that was compiled here.
tail -n +2 "$source/examples/minimal/minimal.c" >"$root/minimal.c" # without SPDX
awk '/^```c$/ { on = 1; next } /^```$/ { on = 0 } on' "$source/README.md" |
	cmp - "$root/minimal.c"
ok $? readme_shows_minimal_c

echo "1..$n"
