// SPDX-License-Identifier: BSD-2-Clause

//! The codecs that the linked library has.

use std::ffi::CString;
use std::fmt;
use std::str::FromStr;

use crate::{ffi, Error, Result};

/// A codec of the linked library: `four-pass`, `single-pass`, `plain`, ...
///
/// ```
/// # use quiclb::Codec;
/// for codec in Codec::all() {
///     println!("{codec}: key {}", codec.is_keyed());
/// }
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Codec(pub(crate) u8);

impl Codec {
    /// The codec of a name; [`Error::CODEC`] if there is none.
    pub fn named(name: &str) -> Result<Codec> {
        ffi::codec_by_name(&c_name(name)?)
    }

    /// Every codec there is, by number.
    pub fn all() -> impl Iterator<Item = Codec> {
        std::iter::successors(ffi::codec_next(None), |&codec| {
            ffi::codec_next(Some(codec))
        })
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        ffi::codec_name(self)
    }

    /// Its number, `QUICLB_CODEC_*`.
    pub fn number(self) -> u8 {
        self.0
    }

    /// Whether it needs a key. If not, it takes none.
    pub fn is_keyed(self) -> bool {
        ffi::codec_is_keyed(self)
    }

    /// Rotation bits of its first octet, as a config has them that does not
    /// say: 3, 2 or 0.
    pub fn rotation_bits(self) -> u8 {
        ffi::codec_rotation_bits(self)
    }
}

/// No name has a zero byte in it.
pub(crate) fn c_name(name: &str) -> Result<CString> {
    CString::new(name).map_err(|_| Error::CODEC)
}

impl FromStr for Codec {
    type Err = Error;

    fn from_str(name: &str) -> Result<Codec> {
        Codec::named(name)
    }
}

impl fmt::Display for Codec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl fmt::Debug for Codec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Codec({self})")
    }
}
