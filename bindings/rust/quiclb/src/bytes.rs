// SPDX-License-Identifier: BSD-2-Clause

//! Connection IDs and server IDs: a few bytes that live on the stack.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;

use crate::{ffi, Error, Result};

fn hex(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}

macro_rules! few_bytes {
    ($(#[$doc:meta])* $name:ident, $cap:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy)]
        #[repr(C)] // the library writes bytes into arrays of these
        pub struct $name {
            pub(crate) bytes: [u8; $cap],
            pub(crate) len: u8,
        }

        impl Default for $name {
            /// An empty one.
            #[inline]
            fn default() -> Self {
                $name { bytes: [0; $cap], len: 0 }
            }
        }

        impl TryFrom<&[u8]> for $name {
            type Error = Error;

            /// [`Error::SPACE`] if there are too many bytes.
            fn try_from(from: &[u8]) -> Result<Self> {
                let mut new = Self::default();
                let room = new.bytes.get_mut(..from.len());
                room.ok_or(Error::SPACE)?.copy_from_slice(from);
                new.len = from.len() as u8;
                Ok(new)
            }
        }

        impl Deref for $name {
            type Target = [u8];

            #[inline]
            fn deref(&self) -> &[u8] {
                &self.bytes[..usize::from(self.len)]
            }
        }

        impl AsRef<[u8]> for $name {
            #[inline]
            fn as_ref(&self) -> &[u8] {
                self
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self[..] == other[..]
            }
        }

        impl Eq for $name {}

        impl Hash for $name {
            fn hash<H: Hasher>(&self, state: &mut H) {
                self[..].hash(state)
            }
        }

        impl PartialOrd for $name {
            fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
                Some(self.cmp(other))
            }
        }

        impl Ord for $name {
            fn cmp(&self, other: &Self) -> std::cmp::Ordering {
                self[..].cmp(&other[..])
            }
        }

        impl fmt::Display for $name {
            /// Hex.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                hex(self, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }
    };
}

few_bytes! {
    /// A connection ID. A slice of its bytes wherever one is asked for.
    Cid, quiclb_sys::QUICLB_CID_MAX_BYTES
}

few_bytes! {
    /// A server ID. A slice of its bytes wherever one is asked for.
    ServerId, quiclb_sys::QUICLB_SERVER_ID_CAP_BYTES
}

impl Cid {
    /// A CID that says it carries no server ID, see
    /// [`unroutable`](crate::unroutable); [`Error::SPACE`] if no CID is that
    /// long.
    pub fn unroutable(len: usize) -> Result<Cid> {
        let mut cid = Cid::default();
        ffi::unroutable(cid.bytes.get_mut(..len).ok_or(Error::SPACE)?);
        cid.len = len as u8;
        Ok(cid)
    }
}
