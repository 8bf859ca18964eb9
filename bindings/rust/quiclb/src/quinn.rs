// SPDX-License-Identifier: BSD-2-Clause

//! CIDs for quinn 0.9, with the feature `quinn`.
//!
//! ```
//! use quiclb::{quinn::Generator, Config, Encoder, Result};
//!
//! /// Then give it to `quinn::Endpoint::new()`.
//! fn set_up(endpoint: &mut quinn_proto::EndpointConfig) -> Result<Generator> {
//!     let config =
//!         Config::new("plain".parse()?).server_id_len(2).nonce_len(8);
//!     let cids = Generator::new(Encoder::new(&config, &[0x0a, 0x01])?);
//!     cids.install(endpoint);
//!     Ok(cids)
//! }
//! ```

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use quinn_proto::{ConnectionId, ConnectionIdGenerator, EndpointConfig};

use crate::{Cid, Encoder, Error, Refused};

struct Shared {
    encoder: Mutex<Encoder>,
    cid_len: usize,
    n_unroutable: AtomicU64,
}

/// Makes all CIDs of a quinn endpoint. Its clones are the same generator:
/// install one, keep one to [rotate](Generator::rotate).
///
/// quinn makes one generator per endpoint and asks it under the endpoint's own
/// lock. A server of several endpoints [splits](Encoder::split) an encoder and
/// gives each endpoint a part.
///
/// quinn's generators cannot fail and have one length. Where there is no next
/// CID, quinn gets an unroutable one, which counts as
/// [`n_unroutable`](Generator::n_unroutable), and configs rotate to CIDs of the
/// same length only. quinn is told no lifetime: it replaces CIDs when peers
/// retire them.
///
/// # Threads
/// `Send + Sync`.
#[derive(Clone)]
pub struct Generator(Arc<Shared>);

impl Generator {
    /// A generator that takes its CIDs from an encoder.
    pub fn new(encoder: Encoder) -> Generator {
        let cid_len = encoder.cid_len();
        let encoder = Mutex::new(encoder);
        let n_unroutable = AtomicU64::new(0);
        Generator(Arc::new(Shared { encoder, cid_len, n_unroutable }))
    }

    /// Makes the endpoint of this config take its CIDs from here.
    pub fn install(&self, config: &mut EndpointConfig) {
        let generator = self.clone();
        config.cid_generator(move || Box::new(generator.clone()));
    }

    fn encoder(&self) -> MutexGuard<'_, Encoder> {
        self.0.encoder.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Moves to another config, see [`Encoder::rotate`]; [`Error::ARG`] if its
    /// CIDs have another length.
    pub fn rotate(
        &self,
        next: Encoder,
    ) -> std::result::Result<(), Refused<Encoder>> {
        if next.cid_len() != self.0.cid_len {
            return Err(Refused { error: Error::ARG, back: next });
        }
        self.encoder().rotate(next)
    }

    /// Forgets a former config, see [`Encoder::retire`].
    pub fn retire(&self, first_octet: u8) -> crate::Result<()> {
        self.encoder().retire(first_octet)
    }

    /// Nonces not used yet, see [`Encoder::remaining`].
    pub fn remaining(&self) -> u64 {
        self.encoder().remaining()
    }

    /// How many CIDs carry no server ID, for your metrics: more than a few are
    /// a fault.
    pub fn n_unroutable(&self) -> u64 {
        self.0.n_unroutable.load(Ordering::Relaxed)
    }
}

impl ConnectionIdGenerator for Generator {
    fn generate_cid(&mut self) -> ConnectionId {
        let mut cid = Cid::default();
        let bytes = &mut cid.bytes[..self.0.cid_len];
        if !self.encoder().fill(bytes) {
            self.0.n_unroutable.fetch_add(1, Ordering::Relaxed);
        }
        ConnectionId::new(bytes)
    }

    fn cid_len(&self) -> usize {
        self.0.cid_len
    }

    fn cid_lifetime(&self) -> Option<Duration> {
        None
    }
}
