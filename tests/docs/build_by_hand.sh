#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# build_by_hand.sh SOURCE: the commands of docs/api.md build a library and a
# program that uses it.
set -eu
cd "$1"
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

# [build]
cc -std=c11 -O2 -fPIC -fvisibility=hidden -Iinclude -shared \
	-Wl,--version-script,libquiclb/libquiclb.map -Wl,-soname,libquiclb.so.0 \
	libquiclb/*.c libquiclb/arm/*.c libquiclb/x86/*.c -lcrypto -pthread \
	-o "$out/libquiclb.so.0"
ln -s libquiclb.so.0 "$out/libquiclb.so"
cc -std=c11 -O2 -Iinclude examples/hooks/first_cid.c -L"$out" -lquiclb \
	-o "$out/first_cid"
LD_LIBRARY_PATH=$out "$out/first_cid"
# [end]
