// SPDX-License-Identifier: BSD-2-Clause

//! Decoders: they find the server ID in a CID.

use std::fmt;
use std::mem::ManuallyDrop;
use std::ptr::{self, NonNull};
use std::sync::Arc;

use quiclb_sys as sys;

use super::callback::{self, Known};
use crate::error::check;
use crate::{Config, Error, Result, ServerId};

/// CIDs that a batch hands to the library at a time; more gain nothing.
const BATCH: usize = 64;

pub(super) struct Handle(NonNull<sys::quiclb_decoder>);

impl Drop for Handle {
    fn drop(&mut self) {
        // SAFETY: ours alone, and not used again.
        unsafe { sys::quiclb_decoder_free(self.0.as_ptr()) }
    }
}

/// A table of configs by first octet; its keys are wiped when it is dropped.
///
/// # Threads
/// `Send + Sync`: build it in one thread, then share it, in an `Arc` for
/// example. To change what threads are reading, see [`Table`](crate::Table).
pub struct Decoder {
    pub(super) handle: Handle, // first: what it asks is dropped behind it
    pub(super) known: Option<Arc<Known>>,
}

// SAFETY: reading a decoder writes nothing, and what changes one takes
// &mut self; known is Send and Sync.
unsafe impl Send for Decoder {}
unsafe impl Sync for Decoder {}

/// All that a CID says.
#[derive(Clone, Copy)]
pub struct Decoded(sys::quiclb_decoded);

impl Decoded {
    /// The server ID.
    pub fn server_id(&self) -> &[u8] {
        &self.0.server_id[..self.0.server_id_len.into()]
    }

    /// The nonce, the bytes of the worker among them.
    pub fn nonce(&self) -> &[u8] {
        &self.0.nonce[..self.0.nonce_len.into()]
    }

    /// The first bytes of the nonce, if they name a worker; else none.
    pub fn worker(&self) -> &[u8] {
        &self.0.nonce[..self.0.worker_len.into()]
    }

    /// Tenant of the config that decoded it.
    pub fn tenant(&self) -> u32 {
        self.0.tenant
    }

    /// Config rotation of that config.
    pub fn config_rotation(&self) -> u8 {
        self.0.config_rotation
    }

    /// Length of the CIDs of that config.
    pub fn cid_len(&self) -> usize {
        self.0.cid_len.into()
    }
}

impl fmt::Debug for Decoded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decoded")
            .field("server_id", &self.server_id())
            .field("nonce", &self.nonce())
            .field("worker", &self.worker())
            .field("tenant", &self.tenant())
            .field("config_rotation", &self.config_rotation())
            .field("cid_len", &self.cid_len())
            .finish()
    }
}

impl Decoder {
    /// An empty decoder.
    pub fn new() -> Result<Decoder> {
        let mut raw = ptr::null_mut();
        // SAFETY: writes a pointer.
        check(unsafe { sys::quiclb_decoder_new(&mut raw) })?;
        let raw = NonNull::new(raw).ok_or(Error::NOMEM)?;
        Ok(Decoder { handle: Handle(raw), known: None })
    }

    /// One that belongs to somebody else.
    pub(super) fn borrowed(
        raw: NonNull<sys::quiclb_decoder>,
    ) -> ManuallyDrop<Decoder> {
        ManuallyDrop::new(Decoder { handle: Handle(raw), known: None })
    }

    #[inline]
    pub(super) fn as_ptr(&self) -> *mut sys::quiclb_decoder {
        self.handle.0.as_ptr()
    }

    /// Makes a config known.
    ///
    /// An error of [`Config::check`]; [`Error::ROTATION_IN_USE`]: remove the
    /// other config first; [`Error::AMBIGUOUS`]: a config of another family
    /// claims some of the same first octets. The decoder is then unchanged.
    pub fn add(&mut self, config: &Config) -> Result<()> {
        // SAFETY: the config is read during the call.
        check(unsafe { sys::quiclb_decoder_add(self.as_ptr(), &*config.0) })?;
        Ok(())
    }

    /// Adds a config that may share its rotation with those of other tenants;
    /// first say which servers there are, by [`set_known`](Decoder::set_known).
    ///
    /// They are tried in the order they were added, and the first whose server
    /// ID is known wins. As [`add`](Decoder::add), or [`Error::TENANTS`]: there
    /// are too many of this rotation.
    pub fn add_tenant(&mut self, config: &Config, tenant: u32) -> Result<()> {
        // SAFETY: the config is read during the call.
        check(unsafe {
            sys::quiclb_decoder_add_tenant(self.as_ptr(), &*config.0, tenant)
        })?;
        Ok(())
    }

    /// Makes decoding ask `known` whether a tenant has a server of this ID.
    ///
    /// Every thread that decodes asks it, at the same time. A panic means no.
    pub fn set_known(
        &mut self,
        known: impl Fn(u32, &[u8]) -> bool + Send + Sync + 'static,
    ) {
        let known = Arc::new(Known(Box::new(known)));
        let arg = Arc::as_ptr(&known) as *mut _;
        // SAFETY: known lives until the decoder has another one or is gone.
        unsafe {
            let ask = Some(callback::is_known as sys::quiclb_known_fn);
            sys::quiclb_decoder_set_known(self.as_ptr(), ask, arg);
        }
        self.known = Some(known);
    }

    /// Makes decoding take every server ID, as at first.
    pub fn clear_known(&mut self) {
        // SAFETY: a decoder.
        unsafe {
            let arg = ptr::null_mut();
            sys::quiclb_decoder_set_known(self.as_ptr(), None, arg);
        }
        self.known = None;
    }

    /// Forgets the configs of a CID with this first octet.
    ///
    /// [`Error::NO_CONFIG`]: there is none.
    pub fn remove(&mut self, first_octet: u8) -> Result<()> {
        // SAFETY: a decoder.
        check(unsafe {
            sys::quiclb_decoder_remove(self.as_ptr(), first_octet)
        })?;
        Ok(())
    }

    /// All that a CID says. More bytes than the config's are allowed, as
    /// behind a short header.
    ///
    /// Errors are [unroutable](Error::is_unroutable) ones: [`Error::RESERVED`],
    /// [`Error::NO_CONFIG`], [`Error::SHORT`], [`Error::UNKNOWN_SERVER`].
    /// Nothing authenticates a CID: random bytes decode to a random server ID.
    pub fn read(&self, cid: &[u8]) -> Result<Decoded> {
        let mut decoded = Decoded(Default::default());
        // SAFETY: cid has as many bytes as it says; decoded was initialised.
        check(unsafe {
            let (bytes, len) = (cid.as_ptr(), cid.len());
            sys::quiclb_decoder_read(self.as_ptr(), bytes, len, &mut decoded.0)
        })?;
        Ok(decoded)
    }

    /// The server ID in a CID, at the least cost; else as
    /// [`read`](Decoder::read).
    #[inline]
    pub fn decode(&self, cid: &[u8]) -> Result<ServerId> {
        let mut id = ServerId::default();
        // SAFETY: cid has as many bytes as it says, id as much room.
        let len = unsafe {
            sys::quiclb_decoder_decode(
                self.as_ptr(),
                cid.as_ptr(),
                cid.len(),
                id.bytes.as_mut_ptr(),
                id.bytes.len(),
            )
        };
        id.len = check(len)? as u8;
        Ok(id)
    }

    /// The server IDs in many CIDs, of any configs: what
    /// [`decode`](Decoder::decode) would return for each, at a fraction of the
    /// cost from 8 on.
    ///
    /// How many have a server ID. Where the slices differ in length, the rest
    /// of the longer one is left alone.
    pub fn decode_batch<C: AsRef<[u8]>>(
        &self,
        cids: &[C],
        ids: &mut [Result<ServerId>],
    ) -> usize {
        let chunks = cids.chunks(BATCH).zip(ids.chunks_mut(BATCH));
        chunks.map(|(cids, ids)| self.decode_chunk(cids, ids)).sum()
    }

    fn decode_chunk<C: AsRef<[u8]>>(
        &self,
        cids: &[C],
        ids: &mut [Result<ServerId>],
    ) -> usize {
        let n = cids.len().min(ids.len());
        let none = sys::quiclb_cid_ref { cid: ptr::null(), cid_len: 0 };
        let mut refs = [none; BATCH];
        for (to, cid) in refs.iter_mut().zip(cids) {
            let cid = cid.as_ref();
            *to = sys::quiclb_cid_ref { cid: cid.as_ptr(), cid_len: cid.len() };
        }
        let empty = ServerId::default().bytes;
        let mut raw = [sys::quiclb_server_id { bytes: empty, len: 0 }; BATCH];
        // SAFETY: n references that live, to as many bytes as they say, and
        // room for n results.
        let n_found = unsafe {
            let (from, to) = (refs.as_ptr(), raw.as_mut_ptr());
            sys::quiclb_decoder_decode_batch(self.as_ptr(), from, to, n)
        };
        for (id, raw) in ids.iter_mut().zip(&raw[..n]) {
            *id = check(raw.len)
                .map(|len| ServerId { bytes: raw.bytes, len: len as u8 });
        }
        n_found
    }

    /// Length of the CIDs of a config, by the first octet of one, as behind a
    /// short header.
    ///
    /// [`Error::RESERVED`], [`Error::NO_CONFIG`]; [`Error::AMBIGUOUS`]: tenants
    /// of this rotation have different lengths.
    pub fn cid_len(&self, first_octet: u8) -> Result<usize> {
        // SAFETY: a decoder.
        check(unsafe {
            sys::quiclb_decoder_cid_len(self.as_ptr(), first_octet)
        })
    }
}

impl fmt::Debug for Decoder {
    /// Nothing that is secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decoder").finish_non_exhaustive()
    }
}
