// SPDX-License-Identifier: BSD-2-Clause

//! Errors: a number of the library, its text, and its group.

use std::fmt;
use std::os::raw::c_int;

use crate::ffi;

/// What the library answered: one of its error numbers.
///
/// Its text is the library's. The groups: -1xx the caller's mistake, -2xx the
/// configuration, -3xx a resource, -4xx the packet, see
/// [`is_unroutable`](Error::is_unroutable). A newer library may have numbers
/// that have no name here.
///
/// ```
/// use quiclb::{Codec, Config, Error};
///
/// let error = Codec::named("rot13").unwrap_err();
/// assert_eq!(error, Error::CODEC);
/// assert!(!error.is_unroutable());
/// println!("{error}");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Error(c_int);

/// A result of this crate.
pub type Result<T> = std::result::Result<T, Error>;

macro_rules! named {
    ($($name:ident = $number:ident,)*) => {
        impl Error {
            $(
                #[doc = concat!("`", stringify!($number), "`")]
                pub const $name: Error = Error(quiclb_sys::$number);
            )*
        }
    };
}

named! {
    ARG = QUICLB_ERR_ARG,
    SPACE = QUICLB_ERR_SPACE,
    VERSION = QUICLB_ERR_VERSION,
    CODEC = QUICLB_ERR_CODEC,
    ROTATION = QUICLB_ERR_ROTATION,
    SERVER_ID_LEN = QUICLB_ERR_SERVER_ID_LEN,
    NONCE_LEN = QUICLB_ERR_NONCE_LEN,
    SUM_LEN = QUICLB_ERR_SUM_LEN,
    CID_LEN = QUICLB_ERR_CID_LEN,
    KEY_MISSING = QUICLB_ERR_KEY_MISSING,
    KEY_UNEXPECTED = QUICLB_ERR_KEY_UNEXPECTED,
    SINGLE_PASS_LEN = QUICLB_ERR_SINGLE_PASS_LEN,
    FOUR_PASS_LEN = QUICLB_ERR_FOUR_PASS_LEN,
    NONCE_RESTART = QUICLB_ERR_NONCE_RESTART,
    ROTATION_IN_USE = QUICLB_ERR_ROTATION_IN_USE,
    ROTATION_BITS = QUICLB_ERR_ROTATION_BITS,
    LAYOUT_LEN = QUICLB_ERR_LAYOUT_LEN,
    LAYOUT_ROTATION = QUICLB_ERR_LAYOUT_ROTATION,
    ENCODE_LENGTH = QUICLB_ERR_ENCODE_LENGTH,
    AMBIGUOUS = QUICLB_ERR_AMBIGUOUS,
    TENANTS = QUICLB_ERR_TENANTS,
    WORKER_LEN = QUICLB_ERR_WORKER_LEN,
    UNCOUNTED_LEN = QUICLB_ERR_UNCOUNTED_LEN,
    NOMEM = QUICLB_ERR_NOMEM,
    EXHAUSTED = QUICLB_ERR_EXHAUSTED,
    RANDOM = QUICLB_ERR_RANDOM,
    FORKED = QUICLB_ERR_FORKED,
    CRYPTO = QUICLB_ERR_CRYPTO,
    SPLIT = QUICLB_ERR_SPLIT,
    PART_TAKEN = QUICLB_ERR_PART_TAKEN,
    MARK = QUICLB_ERR_MARK,
    SHORT = QUICLB_ERR_SHORT,
    RESERVED = QUICLB_ERR_RESERVED,
    NO_CONFIG = QUICLB_ERR_NO_CONFIG,
    UNKNOWN_SERVER = QUICLB_ERR_UNKNOWN_SERVER,
}

impl Error {
    /// The number, `QUICLB_ERR_*`.
    pub fn code(self) -> i32 {
        self.0
    }

    /// Whether it is one of the packet's: an expected outcome. Let the packet
    /// go the usual way, count, do not log.
    pub fn is_unroutable(self) -> bool {
        ffi::is_unroutable(self.0)
    }
}

/// The length or number that a result is, or the error.
#[inline]
pub(crate) fn check(result: c_int) -> Result<usize> {
    usize::try_from(result).map_err(|_| Error(result))
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(ffi::strerror(self.0))
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Error({}: {self})", self.0)
    }
}

impl std::error::Error for Error {}

/// An object that was to be taken over, and was not: why, and the object.
///
/// `?` makes an [`Error`] of it.
#[derive(Debug)]
pub struct Refused<T> {
    /// Why.
    pub error: Error,
    /// As it was.
    pub back: T,
}

impl<T> From<Refused<T>> for Error {
    fn from(refused: Refused<T>) -> Error {
        refused.error
    }
}

impl<T> fmt::Display for Refused<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl<T: fmt::Debug> std::error::Error for Refused<T> {}
