// SPDX-License-Identifier: BSD-2-Clause

//! echo-server, see echo::server.

fn main() {
    echo::server::main();
}
