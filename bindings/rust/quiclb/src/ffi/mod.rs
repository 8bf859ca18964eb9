// SPDX-License-Identifier: BSD-2-Clause

//! The library's functions as safe ones. The only module with unsafe code; it
//! has what touches pointers and nothing else.

pub(crate) mod callback;
pub mod decoder;
pub mod encoder;
pub mod table;

use std::ffi::CStr;
use std::os::raw::{c_char, c_int};

use quiclb_sys as sys;

use crate::error::check;
use crate::{Codec, Error, Result, RESET_TOKEN_BYTES};

/// A static string of the library; empty for NULL.
///
/// # Safety
/// `text` is NULL, or a C string that lives as long as the process.
unsafe fn static_text(text: *const c_char) -> &'static str {
    if text.is_null() {
        return "";
    }
    // all of them are ASCII
    CStr::from_ptr(text).to_str().unwrap_or("")
}

/// `MAJOR.MINOR.PATCH` of the library that is linked.
pub fn version() -> &'static str {
    // SAFETY: returns a static string.
    unsafe { static_text(sys::quiclb_version()) }
}

pub(crate) fn strerror(err: c_int) -> &'static str {
    // SAFETY: returns a static string, whatever the number.
    unsafe { static_text(sys::quiclb_strerror(err)) }
}

pub(crate) fn is_unroutable(err: c_int) -> bool {
    // SAFETY: takes any number.
    unsafe { sys::quiclb_is_unroutable(err) != 0 }
}

/// Of a number of the library, which fits: they are 1 to 255.
fn codec(number: c_int) -> Result<Codec> {
    check(number)?;
    u8::try_from(number).map(Codec).map_err(|_| Error::CODEC)
}

pub(crate) fn codec_by_name(name: &CStr) -> Result<Codec> {
    // SAFETY: a C string, read during the call.
    codec(unsafe { sys::quiclb_codec_by_name(name.as_ptr()) })
}

pub(crate) fn codec_next(after: Option<Codec>) -> Option<Codec> {
    let after = after.map_or(0, |codec| codec.0.into());
    // SAFETY: takes any number.
    match unsafe { sys::quiclb_codec_next(after) } {
        0 => None,
        next => codec(next).ok(),
    }
}

pub(crate) fn codec_name(codec: Codec) -> &'static str {
    // SAFETY: takes any number; returns a static string or NULL.
    unsafe { static_text(sys::quiclb_codec_name(codec.0.into())) }
}

pub(crate) fn codec_is_keyed(codec: Codec) -> bool {
    // SAFETY: takes any number.
    unsafe { sys::quiclb_codec_is_keyed(codec.0.into()) == 1 }
}

pub(crate) fn codec_rotation_bits(codec: Codec) -> u8 {
    // SAFETY: takes any number.
    let bits = unsafe { sys::quiclb_codec_rotation_bits(codec.0.into()) };
    u8::try_from(bits).unwrap_or(0)
}

pub(crate) fn config_preset(
    config: &mut sys::quiclb_config,
    name: &CStr,
) -> Result<()> {
    // SAFETY: both outlive the call; config was initialised.
    check(unsafe { sys::quiclb_config_preset(config, name.as_ptr()) })?;
    Ok(())
}

pub(crate) fn config_check(config: &sys::quiclb_config) -> Result<()> {
    // SAFETY: outlives the call.
    check(unsafe { sys::quiclb_config_check(config) })?;
    Ok(())
}

pub(crate) fn wipe(bytes: &mut [u8]) {
    // SAFETY: zeros are bytes.
    unsafe { sys::quiclb_wipe(bytes.as_mut_ptr().cast(), bytes.len()) }
}

/// Fills `cid` with a CID that says it carries no server ID; cannot fail.
///
/// For servers without a config, and for one CID per connection only. The
/// draft asks for 8 bytes or more, QUIC version 1 for 20 or less.
pub fn unroutable(cid: &mut [u8]) {
    // SAFETY: writes as many bytes as it is told there are.
    unsafe { sys::quiclb_unroutable(cid.as_mut_ptr(), cid.len()) }
}

/// The stateless reset token of a CID, for one server alone.
///
/// `reset_key`: static, of the CID's config rotation, 16 bytes or more;
/// `server_id`: this server's own, whatever the CID decodes to.
/// [`Error::ARG`] if a length is wrong.
pub fn reset_token(
    reset_key: &[u8],
    server_id: &[u8],
    cid: &[u8],
) -> Result<[u8; RESET_TOKEN_BYTES]> {
    let mut token = [0; RESET_TOKEN_BYTES];
    // SAFETY: each pointer goes with its length; the token has its size.
    check(unsafe {
        sys::quiclb_reset_token(
            reset_key.as_ptr(),
            reset_key.len(),
            server_id.as_ptr(),
            server_id.len(),
            cid.as_ptr(),
            cid.len(),
            token.as_mut_ptr(),
        )
    })?;
    Ok(token)
}
