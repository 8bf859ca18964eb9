// SPDX-License-Identifier: BSD-2-Clause

//! A server and a client on quinn, and what they share: options, PEM files,
//! ALPN. Here and not in the programs, so that quinn's generic code is
//! compiled once.

pub mod client;
pub mod server;

use std::collections::HashMap;
use std::fs;
use std::future::Future;
use std::str::FromStr;

use rustls::{Certificate, PrivateKey};

/// Whatever ends a program.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// What both speak.
pub const ALPN: &[u8] = b"quiclb-echo";

/// `--name value` pairs.
pub struct Options(HashMap<String, String>);

impl Options {
    /// Those of this program.
    pub fn from_args() -> Result<Options, Failure> {
        let mut words = std::env::args().skip(1);
        let mut options = HashMap::new();
        while let Some(word) = words.next() {
            let name = word.strip_prefix("--").ok_or(format!("{word}?"))?;
            let value = words.next().ok_or(format!("{word} what?"))?;
            options.insert(name.into(), value);
        }
        Ok(Options(options))
    }

    /// One that need not be there.
    pub fn maybe(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// One that must be there.
    pub fn get<T: FromStr>(&self, name: &str) -> Result<T, Failure> {
        let text = self.maybe(name).ok_or(format!("--{name} is missing"))?;
        let value = text.parse();
        value.map_err(|_| format!("--{name} cannot be {text}").into())
    }
}

/// The bytes that hex digits stand for.
pub fn from_hex(text: &str) -> Result<Vec<u8>, Failure> {
    if text.len() % 2 != 0 || !text.is_ascii() {
        return Err(format!("not hex: {text}").into());
    }
    let octet = |i| u8::from_str_radix(&text[i..i + 2], 16);
    let bytes: Result<Vec<u8>, _> =
        (0..text.len()).step_by(2).map(octet).collect();
    Ok(bytes?)
}

/// The certificates in a PEM file.
pub fn certificates(path: &str) -> Result<Vec<Certificate>, Failure> {
    let pem = fs::read(path)?;
    let all = rustls_pemfile::certs(&mut &pem[..])?;
    Ok(all.into_iter().map(Certificate).collect())
}

/// The private key in a PEM file.
pub fn private_key(path: &str) -> Result<PrivateKey, Failure> {
    let pem = fs::read(path)?;
    let mut items = rustls_pemfile::read_all(&mut &pem[..])?.into_iter();
    let key = items.find_map(|item| match item {
        rustls_pemfile::Item::PKCS8Key(key) => Some(key),
        rustls_pemfile::Item::RSAKey(key) => Some(key),
        rustls_pemfile::Item::ECKey(key) => Some(key),
        _ => None,
    });
    Ok(PrivateKey(key.ok_or(format!("{path} has no private key"))?))
}

/// Runs a program on one thread; its failure is a line and status 1.
pub fn run(program: impl Future<Output = Result<(), Failure>>) {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().build().expect("a runtime");
    if let Err(why) = runtime.block_on(program) {
        eprintln!("{why}");
        std::process::exit(1);
    }
}
