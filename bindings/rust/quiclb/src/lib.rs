// SPDX-License-Identifier: BSD-2-Clause

//! QUIC connection IDs (CIDs) that carry a server ID, after
//! draft-ietf-quic-load-balancers: libquiclb for Rust.
//!
//! A server makes one [`Encoder`] per thread and takes every CID it issues
//! from it; whatever must find the server again makes a [`Decoder`].
//!
//! ```
//! use quiclb::{Config, Decoder, Encoder};
//!
//! # fn main() -> quiclb::Result<()> {
//! let config = Config::new("four-pass".parse()?)
//!     .server_id_len(2)
//!     .nonce_len(8)
//!     .key(b"an example key..");
//! let mut encoder = Encoder::new(&config, &[0x0a, 0x01])?;
//! let cid = encoder.next_cid()?;
//!
//! let mut decoder = Decoder::new()?;
//! decoder.add(&config)?;
//! assert_eq!(decoder.decode(&cid)?[..], [0x0a, 0x01]);
//! # Ok(())
//! # }
//! ```
//!
//! # Threads
//!
//! | type | between threads |
//! |---|---|
//! | [`Encoder`] | `Send`: one thread at a time, see [`Encoder::split`] |
//! | [`Decoder`] | `Send + Sync`: build it, then share it |
//! | [`Table`] | `Send + Sync`: decoders that change while threads read |
//! | [`Reader`] | `Send`: one for each thread |
//! | [`Config`], [`Cid`], [`ServerId`], [`Error`] | `Send + Sync`: values |
//!
//! ```compile_fail
//! fn share<T: Sync>() {}
//! share::<quiclb::Encoder>();
//! ```
//! ```compile_fail
//! fn share<T: Sync>() {}
//! share::<quiclb::Reader>();
//! ```
//!
//! # Secrets
//!
//! What holds a key wipes it when it is dropped. What you hand in as `&[u8]`
//! stays yours to wipe; no copy is kept outside the library.
//!
//! # Panics
//!
//! Nothing here panics. A panic of a closure of yours ends there and counts
//! as a failure of the closure.

#![deny(missing_docs, unsafe_code)]

mod bytes;
mod codec;
mod config;
mod error;
// All that is unsafe.
#[allow(unsafe_code)]
mod ffi;
#[cfg(feature = "quinn")]
pub mod quinn;

pub use bytes::{Cid, ServerId};
pub use codec::Codec;
pub use config::Config;
pub use error::{Error, Refused, Result};
pub use ffi::decoder::{Decoded, Decoder};
pub use ffi::encoder::{Builder, Encoder, Parts};
pub use ffi::table::{Current, Reader, Table};
pub use ffi::{reset_token, unroutable, version};

/// Bytes of a key.
pub const KEY_BYTES: usize = quiclb_sys::QUICLB_KEY_BYTES;
/// Bytes of the secret that orders nonces, see [`Builder::mark`].
pub const NONCE_SECRET_BYTES: usize = quiclb_sys::QUICLB_NONCE_SECRET_BYTES;
/// Bytes of a stateless reset token.
pub const RESET_TOKEN_BYTES: usize = quiclb_sys::QUICLB_RESET_TOKEN_BYTES;
/// CIDs that an encoder with a high-water mark may lose in a crash.
pub const MARK_STEP: u64 = quiclb_sys::QUICLB_MARK_STEP;
