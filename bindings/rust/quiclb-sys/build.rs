// SPDX-License-Identifier: BSD-2-Clause

//! Asks pkg-config where libquiclb is. Not by the crate of that name, which
//! would be the only one this needs.

use std::env;
use std::process::{exit, Command};

/// What pkg-config prints, or the reason why it prints nothing.
fn pkg_config() -> Result<String, String> {
    let library = concat!("libquiclb >= ", env!("CARGO_PKG_VERSION"));
    let program = env::var("PKG_CONFIG");
    let program = program.as_deref().unwrap_or("pkg-config");
    let output = Command::new(program)
        .args(["--print-errors", "--libs", library])
        .output()
        .map_err(|why| format!("{program}: {why}"))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    String::from_utf8(output.stdout).map_err(|why| why.to_string())
}

fn main() {
    for name in ["PKG_CONFIG", "PKG_CONFIG_PATH", "PKG_CONFIG_LIBDIR"] {
        println!("cargo:rerun-if-env-changed={name}");
    }
    println!("cargo:rerun-if-changed=build.rs");
    let flags = pkg_config().unwrap_or_else(|why| {
        eprintln!("libquiclb was not found: {why}");
        exit(1)
    });
    for flag in flags.split_whitespace() {
        if let Some(path) = flag.strip_prefix("-L") {
            println!("cargo:rustc-link-search=native={path}");
        } else if let Some(name) = flag.strip_prefix("-l") {
            println!("cargo:rustc-link-lib={name}");
        }
    }
}
