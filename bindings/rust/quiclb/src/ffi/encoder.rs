// SPDX-License-Identifier: BSD-2-Clause

//! Encoders: they issue the CIDs of one server.

use std::fmt;
use std::io;
use std::mem;
use std::ptr::{self, NonNull};
use std::sync::{Arc, Mutex};

use quiclb_sys as sys;

use super::callback::{self, Hooks};
use crate::error::check;
use crate::{Cid, Config, Error, Refused, Result, NONCE_SECRET_BYTES};

struct Handle(NonNull<sys::quiclb_encoder>);

impl Drop for Handle {
    fn drop(&mut self) {
        // SAFETY: ours alone, and not used again.
        unsafe { sys::quiclb_encoder_free(self.0.as_ptr()) }
    }
}

/// Lengths that the library takes for granted of what pointers lead to.
#[derive(Clone, Copy)]
struct Lengths {
    nonce: usize,
    server_use: usize,
}

/// Issues the CIDs of one server; its keys are wiped when it is dropped.
///
/// # Threads
/// `Send`, not `Sync`: one thread at a time. A server of several threads makes
/// one and [splits](Encoder::split) it.
pub struct Encoder {
    handle: Handle, // first: its hooks are dropped behind it
    hooks: Option<Arc<Hooks>>,
    lengths: Lengths,
}

// SAFETY: the library knows no threads of an encoder, only that there must be
// one at a time; hooks are Send and Sync.
unsafe impl Send for Encoder {}

/// What an encoder needs beside its config, see [`Encoder::builder`].
pub struct Builder<'a> {
    config: &'a Config,
    server_id: &'a [u8],
    worker: Option<&'a [u8]>,
    server_use: Option<&'a [u8]>,
    secret: Option<&'a [u8; NONCE_SECRET_BYTES]>,
    mark: u64,
    threshold: u64,
    flags: u32,
    hooks: Hooks,
}

/// What a CID is made of, where the encoder is not to choose. What is `None`
/// is chosen as always.
#[derive(Clone, Copy, Default)]
pub struct Parts<'a> {
    /// As long as the config says, the bytes of the worker among them. The
    /// encoder does not know it: nothing keeps it from appearing twice.
    pub nonce: Option<&'a [u8]>,
    /// As long as the config says.
    pub server_use: Option<&'a [u8]>,
    /// Of the first octet, where it does not encode the length; the rest is
    /// ignored.
    pub low_bits: Option<u8>,
}

/// NULL for none; [`Error::ARG`] unless there are as many bytes as there must.
fn pointer(bytes: Option<&[u8]>, len: usize) -> Result<*const u8> {
    match bytes {
        None => Ok(ptr::null()),
        Some(bytes) if bytes.len() == len => Ok(bytes.as_ptr()),
        Some(_) => Err(Error::ARG),
    }
}

impl<'a> Builder<'a> {
    /// Sets the first bytes of all nonces: they name a worker of the server.
    pub fn worker(mut self, worker: &'a [u8]) -> Self {
        self.worker = Some(worker);
        self
    }

    /// Sets the server-use bytes that every CID gets; else they are random.
    pub fn server_use(mut self, bytes: &'a [u8]) -> Self {
        self.server_use = Some(bytes);
        self
    }

    /// Allows a nonce under 8 bytes without a mark: for keys that change at
    /// every start of the server, and for tests.
    pub fn short_nonce(mut self) -> Self {
        self.flags |= sys::QUICLB_F_SHORT_NONCE;
        self
    }

    /// With this nonces do not repeat across restarts, whatever their length.
    ///
    /// `secret` orders the nonces: random bytes, the same in every life of this
    /// server under one key. `mark` is what was last stored, 0 in the first
    /// life. `store` stores a mark: it must be on stable storage when it
    /// returns `Ok`. Anything else, a panic too, refuses the CID
    /// ([`Error::MARK`]), and the next one asks again. It is called once every
    /// [`MARK_STEP`](crate::MARK_STEP) CIDs of an encoder or part, by one
    /// thread at a time, from within the call that issues one; it must not use
    /// a part of the same encoder.
    pub fn mark(
        mut self,
        secret: &'a [u8; NONCE_SECRET_BYTES],
        mark: u64,
        store: impl FnMut(u64) -> io::Result<()> + Send + 'static,
    ) -> Self {
        self.secret = Some(secret);
        self.mark = mark;
        self.hooks.store_mark = Some(Mutex::new(Box::new(store)));
        self
    }

    /// Has `reached` called once when no more than `nonces` remain, with how
    /// many do, from within the call that issues a CID. Each part of a split
    /// encoder calls it. A panic is ignored.
    pub fn threshold(
        mut self,
        nonces: u64,
        reached: impl Fn(u64) + Send + Sync + 'static,
    ) -> Self {
        self.threshold = nonces;
        self.hooks.reached = Some(Box::new(reached));
        self
    }

    /// The encoder.
    ///
    /// An error of [`Config::check`], or [`Error::ARG`]: a length is not the
    /// config's; [`Error::NONCE_RESTART`]: a nonce under 8 bytes, and neither
    /// [`mark`](Builder::mark) nor [`short_nonce`](Builder::short_nonce).
    pub fn build(self) -> Result<Encoder> {
        let config = &self.config.0;
        let lengths = Lengths {
            nonce: config.nonce_len.into(),
            server_use: config.server_use_len.into(),
        };
        let mut options = sys::quiclb_encoder_options {
            server_id: self.server_id.as_ptr(),
            server_id_len: self.server_id.len(),
            flags: self.flags,
            worker: pointer(self.worker, config.worker_len.into())?,
            server_use: pointer(self.server_use, lengths.server_use)?,
            nonce_secret: pointer(
                self.secret.map(|secret| &secret[..]),
                NONCE_SECRET_BYTES,
            )?,
            mark: self.mark,
            threshold: self.threshold,
            ..Default::default()
        };
        let hooks = attach(self.hooks, &mut options);
        let mut raw = ptr::null_mut();
        // SAFETY: what options points to has the length that the config says
        // and outlives the call; the hooks outlive the encoder and its parts.
        check(unsafe {
            sys::quiclb_encoder_new(&**config, &options, &mut raw)
        })?;
        Ok(Encoder { handle: handle(raw)?, hooks, lengths })
    }
}

/// Has the library call those hooks that there are.
fn attach(
    hooks: Hooks,
    options: &mut sys::quiclb_encoder_options,
) -> Option<Arc<Hooks>> {
    if hooks.store_mark.is_none() && hooks.reached.is_none() {
        return None;
    }
    let hooks = Arc::new(hooks);
    let arg = Arc::as_ptr(&hooks) as *mut _;
    if hooks.store_mark.is_some() {
        options.mark_store = Some(callback::store_mark);
        options.mark_arg = arg;
    }
    if hooks.reached.is_some() {
        options.threshold_reached = Some(callback::reached);
        options.threshold_arg = arg;
    }
    Some(hooks)
}

/// Of a pointer that a call said to be an encoder.
fn handle(raw: *mut sys::quiclb_encoder) -> Result<Handle> {
    NonNull::new(raw).map(Handle).ok_or(Error::NOMEM)
}

impl Encoder {
    /// An encoder of a server.
    pub fn new(config: &Config, server_id: &[u8]) -> Result<Encoder> {
        Encoder::builder(config, server_id).build()
    }

    /// An encoder that needs to be told more.
    ///
    /// ```
    /// # use quiclb::{Config, Encoder};
    /// # let codec = "plain".parse()?;
    /// let config = Config::new(codec).server_id_len(1).nonce_len(4);
    /// let encoder = Encoder::builder(&config, &[7])
    ///     .short_nonce()
    ///     .threshold(1 << 20, |left| eprintln!("{left} CIDs left"))
    ///     .build()?;
    /// assert_eq!(encoder.remaining(), 1 << 32);
    /// # Ok::<(), quiclb::Error>(())
    /// ```
    pub fn builder<'a>(config: &'a Config, server_id: &'a [u8]) -> Builder<'a> {
        Builder {
            config,
            server_id,
            worker: None,
            server_use: None,
            secret: None,
            mark: 0,
            threshold: 0,
            flags: 0,
            hooks: Hooks { store_mark: None, reached: None },
        }
    }

    #[inline]
    fn as_ptr(&self) -> *mut sys::quiclb_encoder {
        self.handle.0.as_ptr()
    }

    /// The next CID.
    ///
    /// [`Error::EXHAUSTED`]: every nonce was used. [`Error::FORKED`]: this
    /// process is a child of the one that made the encoder. [`Error::MARK`]:
    /// the mark was not stored. [`Error::RANDOM`].
    #[inline]
    pub fn next_cid(&mut self) -> Result<Cid> {
        let mut cid = Cid::default();
        // SAFETY: room for as many bytes as it says.
        let len = unsafe {
            let (room, cap) = (cid.bytes.as_mut_ptr(), cid.bytes.len());
            sys::quiclb_encoder_next(self.as_ptr(), room, cap)
        };
        cid.len = check(len)? as u8;
        Ok(cid)
    }

    /// The next CIDs, as many as `cids` has room for, at a fraction of the
    /// cost.
    ///
    /// How many there are now: fewer where [`next_cid`](Encoder::next_cid)
    /// would fail, and its error if there is none. The others stay as they
    /// were.
    pub fn next_batch(&mut self, cids: &mut [Cid]) -> Result<usize> {
        let stride = mem::size_of::<Cid>();
        // SAFETY: a Cid begins with its bytes and is stride bytes long.
        let n = check(unsafe {
            let room = cids.as_mut_ptr().cast();
            sys::quiclb_encoder_next_batch(
                self.as_ptr(),
                room,
                stride,
                cids.len(),
            )
        })?;
        let len = self.cid_len() as u8;
        cids.iter_mut().take(n).for_each(|cid| cid.len = len);
        Ok(n)
    }

    /// Fills `cid`; cannot fail. For hooks that must return something.
    ///
    /// Whether it is the next CID. If not, it is one that carries no server ID:
    /// because CIDs have another length, or because there is none. Count these:
    /// more than a few are a fault.
    pub fn fill(&mut self, cid: &mut [u8]) -> bool {
        // SAFETY: writes as many bytes as it is told there are.
        unsafe {
            let (room, len) = (cid.as_mut_ptr(), cid.len());
            sys::quiclb_encoder_fill(self.as_ptr(), room, len) == 1
        }
    }

    /// A CID of parts of the caller's.
    ///
    /// As [`next_cid`](Encoder::next_cid), or [`Error::ARG`]: a part has not
    /// the length that the config says.
    pub fn encode(&mut self, parts: &Parts<'_>) -> Result<Cid> {
        let raw = sys::quiclb_parts {
            nonce: pointer(parts.nonce, self.lengths.nonce)?,
            server_use: pointer(parts.server_use, self.lengths.server_use)?,
            has_low_bits: parts.low_bits.is_some().into(),
            low_bits: parts.low_bits.unwrap_or(0),
            ..Default::default()
        };
        let mut cid = Cid::default();
        // SAFETY: the parts have the config's lengths; room as it says.
        let len = unsafe {
            let (room, cap) = (cid.bytes.as_mut_ptr(), cid.bytes.len());
            sys::quiclb_encoder_encode(self.as_ptr(), &raw, room, cap)
        };
        cid.len = check(len)? as u8;
        Ok(cid)
    }

    /// `n` encoders, one for each thread, in place of one that has issued no
    /// CID. No two of them ever issue the same nonce.
    ///
    /// [`Error::ARG`]: `n` is 0 or more than 1024, or the encoder has issued
    /// CIDs or is a part itself. [`Error::FORKED`], [`Error::NOMEM`].
    pub fn split(self, n: usize) -> Result<Vec<Encoder>> {
        let n = u32::try_from(n).map_err(|_| Error::ARG)?;
        (0..n.max(1)).map(|part| self.part(part, n)).collect()
    }

    fn part(&self, part: u32, n: u32) -> Result<Encoder> {
        let mut raw = ptr::null_mut();
        // SAFETY: writes a pointer.
        check(unsafe {
            sys::quiclb_encoder_split(self.as_ptr(), part, n, &mut raw)
        })?;
        let hooks = self.hooks.clone();
        Ok(Encoder { handle: handle(raw)?, hooks, lengths: self.lengths })
    }

    /// Moves to the config of `next`, an encoder that has issued no CID. From
    /// then on no CID of the old config is issued.
    ///
    /// [`Error::ARG`]: `next` has issued CIDs or was rotated itself.
    /// [`Error::ROTATION_IN_USE`]: a former config has this rotation, see
    /// [`retire`](Encoder::retire). [`Error::AMBIGUOUS`]: first octets would
    /// mean two things. [`Error::FORKED`]. The encoder is then unchanged, and
    /// `next` comes back.
    pub fn rotate(
        &mut self,
        next: Encoder,
    ) -> std::result::Result<(), Refused<Encoder>> {
        // SAFETY: two encoders; on success next is no longer ours.
        let result = check(unsafe {
            sys::quiclb_encoder_rotate(self.as_ptr(), next.as_ptr())
        });
        if let Err(error) = result {
            return Err(Refused { error, back: next });
        }
        let Encoder { handle, hooks, lengths } = next;
        mem::forget(handle);
        self.hooks = hooks;
        self.lengths = lengths;
        Ok(())
    }

    /// Forgets a former config: that of a CID with this first octet. Call it
    /// when the last connection with such a CID is gone.
    ///
    /// [`Error::ROTATION_IN_USE`]: it is the config CIDs are issued from.
    /// [`Error::NO_CONFIG`]: there is none.
    pub fn retire(&mut self, first_octet: u8) -> Result<()> {
        // SAFETY: an encoder.
        check(unsafe {
            sys::quiclb_encoder_retire(self.as_ptr(), first_octet)
        })?;
        Ok(())
    }

    /// How often [`next_cid`](Encoder::next_cid) can still succeed, at most
    /// `u64::MAX`.
    pub fn remaining(&self) -> u64 {
        // SAFETY: an encoder.
        unsafe { sys::quiclb_encoder_remaining(self.as_ptr()) }
    }

    /// Length of the CIDs that are issued now.
    pub fn cid_len(&self) -> usize {
        // SAFETY: an encoder.
        unsafe { sys::quiclb_encoder_cid_len(self.as_ptr()) }
    }

    /// Length of a CID this encoder has issued, by its first octet, as behind
    /// a short header: under the present config, a former one, or unroutable.
    ///
    /// [`Error::NO_CONFIG`], [`Error::RESERVED`]: it has issued none such.
    pub fn cid_length(&self, first_octet: u8) -> Result<usize> {
        // SAFETY: an encoder.
        check(unsafe {
            sys::quiclb_encoder_cid_length(self.as_ptr(), first_octet)
        })
    }
}

impl fmt::Debug for Encoder {
    /// Nothing that is secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encoder")
            .field("cid_len", &self.cid_len())
            .field("remaining", &self.remaining())
            .finish()
    }
}
