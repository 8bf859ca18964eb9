// SPDX-License-Identifier: BSD-2-Clause

//! echo-client, see echo::client.

fn main() {
    echo::client::main();
}
