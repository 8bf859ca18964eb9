// SPDX-License-Identifier: BSD-2-Clause

//! Closures that the library calls. None of their panics reaches it.

use std::io;
use std::mem;
use std::os::raw::{c_int, c_void};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::slice;
use std::sync::{Mutex, PoisonError};

type StoreMark = Box<dyn FnMut(u64) -> io::Result<()> + Send>;
type Reached = Box<dyn Fn(u64) + Send + Sync>;
type IsKnown = Box<dyn Fn(u32, &[u8]) -> bool + Send + Sync>;

/// Of an encoder and all its parts.
pub(crate) struct Hooks {
    pub(crate) store_mark: Option<Mutex<StoreMark>>,
    pub(crate) reached: Option<Reached>,
}

/// Of a decoder. A struct, so that a pointer to it is a thin one.
pub(crate) struct Known(pub(crate) IsKnown);

/// What `call` returns; `None` if it panics.
fn guarded<R>(call: impl FnOnce() -> R) -> Option<R> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(result) => Some(result),
        Err(payload) => {
            // what was thrown may throw once more when it is dropped
            let drop = catch_unwind(AssertUnwindSafe(|| drop(payload)));
            drop.unwrap_or_else(mem::forget);
            None
        }
    }
}

/// # Safety
/// `arg` is a live `Hooks` with `store_mark`.
pub(crate) unsafe extern "C" fn store_mark(
    arg: *mut c_void,
    mark: u64,
) -> c_int {
    let hooks = &*arg.cast::<Hooks>();
    let stored = guarded(|| {
        let store = hooks.store_mark.as_ref()?;
        // after a panic the library asks again, and the closure answers
        let mut store = store.lock().unwrap_or_else(PoisonError::into_inner);
        store(mark).ok()
    });
    if stored.flatten().is_some() {
        0
    } else {
        -1
    }
}

/// # Safety
/// `arg` is a live `Hooks`.
pub(crate) unsafe extern "C" fn reached(arg: *mut c_void, remaining: u64) {
    let hooks = &*arg.cast::<Hooks>();
    if let Some(reached) = &hooks.reached {
        guarded(|| reached(remaining));
    }
}

/// # Safety
/// `arg` is a live `Known`; `server_id` has `len` bytes.
pub(crate) unsafe extern "C" fn is_known(
    arg: *mut c_void,
    tenant: u32,
    server_id: *const u8,
    len: usize,
) -> c_int {
    let known = &*arg.cast::<Known>();
    let server_id = slice::from_raw_parts(server_id, len);
    guarded(|| (known.0)(tenant, server_id)).unwrap_or(false).into()
}
