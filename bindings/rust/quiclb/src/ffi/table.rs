// SPDX-License-Identifier: BSD-2-Clause

//! Decoders that change under readers. The library counts who has a decoder;
//! here, beside it, who may still ask what its configs are known by.

use std::fmt;
use std::marker::PhantomData;
use std::mem::{self, ManuallyDrop};
use std::ops::Deref;
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use quiclb_sys as sys;

use super::callback::Known;
use super::decoder::Decoder;
use crate::error::check;
use crate::{Error, Refused, Result};

struct TableHandle(NonNull<sys::quiclb_table>);

impl Drop for TableHandle {
    fn drop(&mut self) {
        // SAFETY: the last of those who have it, and not used again.
        unsafe { sys::quiclb_table_free(self.0.as_ptr()) }
    }
}

struct ReaderHandle(NonNull<sys::quiclb_reader>);

impl Drop for ReaderHandle {
    fn drop(&mut self) {
        // SAFETY: ours alone, and not used again.
        unsafe { sys::quiclb_reader_free(self.0.as_ptr()) }
    }
}

struct Shared {
    table: TableHandle, // first: what its decoder asks is dropped behind it
    /// Of the decoder in force. Held while that changes, so that who holds it
    /// sees a decoder and what belongs to it.
    known: Mutex<Option<Arc<Known>>>,
    version: AtomicU64, // of both; never 0
}

// SAFETY: the library's tables may be used by many threads at a time.
unsafe impl Send for Shared {}
unsafe impl Sync for Shared {}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Option<Arc<Known>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Holds the decoder in force, for threads that read while one swaps it.
///
/// ```
/// # use quiclb::{Decoder, Table};
/// let table = Table::new(Decoder::new()?)?;
/// let mut reader = table.reader()?; // one for each thread
/// std::thread::spawn(move || reader.decoder().decode(&[1, 2, 3]).is_ok());
/// table.swap(Decoder::new()?)?; // meanwhile
/// # Ok::<(), quiclb::Error>(())
/// ```
///
/// # Threads
/// `Send + Sync`. It may be dropped before its readers.
pub struct Table(Arc<Shared>);

/// One thread's way to the decoder in force.
///
/// # Threads
/// `Send`: one thread at a time.
pub struct Reader {
    handle: ReaderHandle, // first: what its decoder asks is dropped behind it
    current: Option<NonNull<sys::quiclb_decoder>>,
    version: u64, // of current
    known: Option<Arc<Known>>,
    shared: Arc<Shared>,
}

// SAFETY: a reader may be used by any thread, one at a time.
unsafe impl Send for Reader {}

/// The decoder that was in force when its [`Reader`] was asked.
pub struct Current<'a> {
    decoder: ManuallyDrop<Decoder>,
    reader: PhantomData<&'a mut Reader>,
}

impl Deref for Current<'_> {
    type Target = Decoder;

    #[inline]
    fn deref(&self) -> &Decoder {
        &self.decoder
    }
}

impl Table {
    /// A table with a decoder in force. [`Error::NOMEM`], and the decoder
    /// comes back.
    pub fn new(
        decoder: Decoder,
    ) -> std::result::Result<Table, Refused<Decoder>> {
        let mut raw = ptr::null_mut();
        // SAFETY: on success the decoder is no longer ours.
        let result =
            check(unsafe { sys::quiclb_table_new(decoder.as_ptr(), &mut raw) });
        let table = match (result, NonNull::new(raw)) {
            (Ok(_), Some(raw)) => TableHandle(raw),
            (Ok(_), None) => {
                return Err(Refused { error: Error::NOMEM, back: decoder })
            }
            (Err(error), _) => return Err(Refused { error, back: decoder }),
        };
        let Decoder { handle, known } = decoder;
        mem::forget(handle);
        let (known, version) = (Mutex::new(known), AtomicU64::new(1));
        Ok(Table(Arc::new(Shared { table, known, version })))
    }

    /// Puts another decoder in force. [`Error::NOMEM`], and it comes back.
    ///
    /// The former one is wiped when the last reader that has it asks again or
    /// is dropped: a thread that sleeps keeps its keys in memory.
    pub fn swap(
        &self,
        decoder: Decoder,
    ) -> std::result::Result<(), Refused<Decoder>> {
        let mut known = self.0.lock();
        // SAFETY: on success the decoder is no longer ours.
        let result = check(unsafe {
            sys::quiclb_table_swap(self.0.table.0.as_ptr(), decoder.as_ptr())
        });
        if let Err(error) = result {
            drop(known);
            return Err(Refused { error, back: decoder });
        }
        let Decoder { handle, known: fresh } = decoder;
        mem::forget(handle);
        let former = mem::replace(&mut *known, fresh);
        self.0.version.fetch_add(1, Ordering::Relaxed);
        // a closure of the caller's must not end under the lock
        drop(known);
        drop(former);
        Ok(())
    }

    /// A reader, for one thread.
    pub fn reader(&self) -> Result<Reader> {
        let mut raw = ptr::null_mut();
        // SAFETY: the reader has a share of the table, which so outlives it.
        check(unsafe {
            sys::quiclb_reader_new(self.0.table.0.as_ptr(), &mut raw)
        })?;
        let raw = NonNull::new(raw).ok_or(Error::NOMEM)?;
        Ok(Reader {
            handle: ReaderHandle(raw),
            current: None,
            version: 0,
            known: None,
            shared: self.0.clone(),
        })
    }
}

impl Reader {
    /// The decoder in force. It stays as it is until this reader is asked
    /// again. One load while nothing has changed: ask for every packet.
    #[inline]
    pub fn decoder(&mut self) -> Current<'_> {
        // relaxed: the lock orders what catch_up() then reads
        let version = self.shared.version.load(Ordering::Relaxed);
        let raw = match self.current {
            Some(raw) if version == self.version => raw,
            _ => self.catch_up(),
        };
        Current { decoder: Decoder::borrowed(raw), reader: PhantomData }
    }

    #[cold]
    fn catch_up(&mut self) -> NonNull<sys::quiclb_decoder> {
        let known = self.shared.lock();
        // SAFETY: a reader, whose table lives. It has a decoder, and NULL is
        // the answer to NULL alone.
        let raw = unsafe {
            let raw = sys::quiclb_reader_decoder(self.handle.0.as_ptr());
            NonNull::new_unchecked(raw as *mut _)
        };
        self.version = self.shared.version.load(Ordering::Relaxed);
        self.current = Some(raw);
        let former = mem::replace(&mut self.known, known.clone());
        // a closure of the caller's must not end under the lock
        drop(known);
        drop(former);
        raw
    }
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table").finish_non_exhaustive()
    }
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").finish_non_exhaustive()
    }
}
