#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# s2n_quic.sh BUILD: compiles s2n_quic.rs with the Rust binding of a build
# directory and runs it.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$1" && pwd)
"$here/../../bindings/rust/run" "$build" build --quiet --package quiclb
target=$build/bindings/rust/target/debug
rustc --edition 2021 -D warnings -C debuginfo=0 \
	-L "dependency=$target/deps" -L "native=$build/libquiclb" \
	--extern "quiclb=$target/libquiclb.rlib" \
	-o "$build/examples/stacks/s2n_quic" "$here/s2n_quic.rs"
LD_LIBRARY_PATH=$build/libquiclb "$build/examples/stacks/s2n_quic"
