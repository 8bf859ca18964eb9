// SPDX-License-Identifier: BSD-2-Clause

//! Configs: what servers and decoders must agree on.

use std::fmt;

use crate::codec::c_name;
use crate::{ffi, Codec, Result, KEY_BYTES};

/// One config of the draft: what servers and decoders must agree on.
///
/// Whether it holds together is asked where it is used, or by
/// [`check`](Config::check). Lengths are in bytes.
///
/// ```
/// # use quiclb::{Config, Error};
/// let config = Config::preset("aws-nlb")?.config_rotation(2);
/// config.check()?;
/// assert_eq!(config.nonce_len(99).check(), Err(Error::NONCE_LEN));
/// # Ok::<(), Error>(())
/// ```
///
/// The key is wiped when the config is dropped. It lies in one place on the
/// heap: moving a config leaves no copy behind.
#[derive(Clone)]
pub struct Config(pub(crate) Box<quiclb_sys::quiclb_config>);

/// Of a length that no byte holds something that is too long all the same.
fn byte(len: usize) -> u8 {
    u8::try_from(len).unwrap_or(u8::MAX)
}

impl Config {
    /// A config of a codec: rotation 0, no lengths, no key.
    pub fn new(codec: Codec) -> Config {
        let mut config = Config(Box::default());
        config.0.codec = codec.0;
        config
    }

    /// A layout by the name of who uses it, such as `aws-nlb`: codec and
    /// lengths. Rotation and key are yours to set.
    ///
    /// [`Error::CODEC`](crate::Error::CODEC) if there is none of that name.
    pub fn preset(name: &str) -> Result<Config> {
        let mut config = Config(Box::default());
        ffi::config_preset(&mut config.0, &c_name(name)?)?;
        Ok(config)
    }

    /// Sets the config rotation.
    pub fn config_rotation(mut self, rotation: u8) -> Config {
        self.0.config_rotation = rotation;
        self
    }

    /// Sets the length of server IDs.
    pub fn server_id_len(mut self, len: usize) -> Config {
        self.0.server_id_len = byte(len);
        self
    }

    /// Sets the length of nonces, those of workers included.
    pub fn nonce_len(mut self, len: usize) -> Config {
        self.0.nonce_len = byte(len);
        self
    }

    /// Sets how many bytes behind the nonce are for the server's own use.
    pub fn server_use_len(mut self, len: usize) -> Config {
        self.0.server_use_len = byte(len);
        self
    }

    /// Sets whether the first octet encodes the CID's length.
    pub fn encode_length(mut self, yes: bool) -> Config {
        self.0.encode_length = yes.into();
        self
    }

    /// Sets the rotation bits; 0: as is usual for the codec.
    pub fn rotation_bits(mut self, bits: u8) -> Config {
        self.0.rotation_bits = bits;
        self
    }

    /// Sets how many first bytes of the nonce name a worker of the server.
    pub fn worker_len(mut self, len: usize) -> Config {
        self.0.worker_len = byte(len);
        self
    }

    /// Sets how many last server-use bytes the encoded length leaves out.
    pub fn uncounted_len(mut self, len: usize) -> Config {
        self.0.uncounted_len = byte(len);
        self
    }

    /// Sets the key.
    pub fn key(mut self, key: &[u8; KEY_BYTES]) -> Config {
        self.0.has_key = 1;
        self.0.key.copy_from_slice(key);
        self
    }

    /// The codec.
    pub fn codec(&self) -> Codec {
        Codec(self.0.codec)
    }

    /// Whether the codec allows this; if not, the first broken rule.
    pub fn check(&self) -> Result<()> {
        ffi::config_check(&self.0)
    }
}

impl Drop for Config {
    fn drop(&mut self) {
        ffi::wipe(&mut self.0.key);
    }
}

impl fmt::Debug for Config {
    /// All but the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("codec", &self.0.codec)
            .field("config_rotation", &self.0.config_rotation)
            .field("rotation_bits", &self.0.rotation_bits)
            .field("server_id_len", &self.0.server_id_len)
            .field("nonce_len", &self.0.nonce_len)
            .field("worker_len", &self.0.worker_len)
            .field("server_use_len", &self.0.server_use_len)
            .field("uncounted_len", &self.0.uncounted_len)
            .field("encode_length", &self.0.encode_length)
            .field("has_key", &self.0.has_key)
            .finish()
    }
}
