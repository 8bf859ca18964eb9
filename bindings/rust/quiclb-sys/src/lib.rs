// SPDX-License-Identifier: BSD-2-Clause

//! What `quiclb/quiclb.h` declares, as it is: documented there, made safe by
//! the crate `quiclb`.
//!
//! Written by hand; `tests/header.rs` has a C compiler compare each line with
//! the header and fails if the header has a function or an error more.

#![allow(non_camel_case_types)]

use std::os::raw::{c_char, c_int, c_uint, c_void};

pub const QUICLB_CID_MAX_BYTES: usize = 20;
pub const QUICLB_SERVER_ID_CAP_BYTES: usize = 16;
pub const QUICLB_NONCE_MAX_BYTES: usize = 18;
pub const QUICLB_KEY_BYTES: usize = 16;
pub const QUICLB_NONCE_SECRET_BYTES: usize = 32;
pub const QUICLB_RESET_TOKEN_BYTES: usize = 16;
pub const QUICLB_F_SHORT_NONCE: u32 = 0x1;
pub const QUICLB_CPU_AES: c_uint = 0x1;
pub const QUICLB_CPU_VAES: c_uint = 0x2;
pub const QUICLB_MARK_STEP: u64 = 65536;

pub const QUICLB_ERR_ARG: c_int = -101;
pub const QUICLB_ERR_SPACE: c_int = -102;
pub const QUICLB_ERR_VERSION: c_int = -201;
pub const QUICLB_ERR_CODEC: c_int = -202;
pub const QUICLB_ERR_ROTATION: c_int = -203;
pub const QUICLB_ERR_SERVER_ID_LEN: c_int = -204;
pub const QUICLB_ERR_NONCE_LEN: c_int = -205;
pub const QUICLB_ERR_SUM_LEN: c_int = -206;
pub const QUICLB_ERR_CID_LEN: c_int = -207;
pub const QUICLB_ERR_KEY_MISSING: c_int = -208;
pub const QUICLB_ERR_KEY_UNEXPECTED: c_int = -209;
pub const QUICLB_ERR_SINGLE_PASS_LEN: c_int = -210;
pub const QUICLB_ERR_FOUR_PASS_LEN: c_int = -211;
pub const QUICLB_ERR_NONCE_RESTART: c_int = -212;
pub const QUICLB_ERR_ROTATION_IN_USE: c_int = -213;
pub const QUICLB_ERR_ROTATION_BITS: c_int = -214;
pub const QUICLB_ERR_LAYOUT_LEN: c_int = -215;
pub const QUICLB_ERR_LAYOUT_ROTATION: c_int = -216;
pub const QUICLB_ERR_ENCODE_LENGTH: c_int = -217;
pub const QUICLB_ERR_AMBIGUOUS: c_int = -218;
pub const QUICLB_ERR_TENANTS: c_int = -219;
pub const QUICLB_ERR_WORKER_LEN: c_int = -220;
pub const QUICLB_ERR_UNCOUNTED_LEN: c_int = -221;
pub const QUICLB_ERR_NOMEM: c_int = -301;
pub const QUICLB_ERR_EXHAUSTED: c_int = -302;
pub const QUICLB_ERR_RANDOM: c_int = -303;
pub const QUICLB_ERR_FORKED: c_int = -304;
pub const QUICLB_ERR_CRYPTO: c_int = -305;
pub const QUICLB_ERR_SPLIT: c_int = -306;
pub const QUICLB_ERR_PART_TAKEN: c_int = -307;
pub const QUICLB_ERR_MARK: c_int = -308;
pub const QUICLB_ERR_SHORT: c_int = -401;
pub const QUICLB_ERR_RESERVED: c_int = -402;
pub const QUICLB_ERR_NO_CONFIG: c_int = -403;
pub const QUICLB_ERR_UNKNOWN_SERVER: c_int = -404;

pub type quiclb_threshold_fn =
    unsafe extern "C" fn(arg: *mut c_void, remaining: u64);
pub type quiclb_mark_fn =
    unsafe extern "C" fn(arg: *mut c_void, mark: u64) -> c_int;
pub type quiclb_known_fn = unsafe extern "C" fn(
    arg: *mut c_void,
    tenant: u32,
    server_id: *const u8,
    server_id_len: usize,
) -> c_int;

#[repr(C)]
pub struct quiclb_encoder {
    _opaque: [u8; 0],
}

#[repr(C)]
pub struct quiclb_decoder {
    _opaque: [u8; 0],
}

#[repr(C)]
pub struct quiclb_table {
    _opaque: [u8; 0],
}

#[repr(C)]
pub struct quiclb_reader {
    _opaque: [u8; 0],
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct quiclb_config {
    pub size: usize,
    pub codec: u8,
    pub config_rotation: u8,
    pub server_id_len: u8,
    pub nonce_len: u8,
    pub server_use_len: u8,
    pub encode_length: u8,
    pub has_key: u8,
    pub rotation_bits: u8,
    pub key: [u8; QUICLB_KEY_BYTES],
    pub worker_len: u8,
    pub uncounted_len: u8,
    pub reserved: [u8; 6],
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct quiclb_encoder_options {
    pub size: usize,
    pub server_id: *const u8,
    pub server_id_len: usize,
    pub flags: u32,
    pub reserved: u32,
    pub worker: *const u8,
    pub server_use: *const u8,
    pub nonce_secret: *const u8,
    pub mark_store: Option<quiclb_mark_fn>,
    pub mark_arg: *mut c_void,
    pub threshold_reached: Option<quiclb_threshold_fn>,
    pub threshold_arg: *mut c_void,
    pub mark: u64,
    pub threshold: u64,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct quiclb_parts {
    pub size: usize,
    pub nonce: *const u8,
    pub server_use: *const u8,
    pub has_low_bits: u8,
    pub low_bits: u8,
    pub reserved: [u8; 6],
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct quiclb_decoded {
    pub size: usize,
    pub tenant: u32,
    pub config_rotation: u8,
    pub cid_len: u8,
    pub server_id_len: u8,
    pub nonce_len: u8,
    pub server_id: [u8; QUICLB_SERVER_ID_CAP_BYTES],
    pub nonce: [u8; QUICLB_NONCE_MAX_BYTES],
    pub worker_len: u8,
    pub reserved: [u8; 5],
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct quiclb_cid_ref {
    pub cid: *const u8,
    pub cid_len: usize,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct quiclb_server_id {
    pub bytes: [u8; QUICLB_SERVER_ID_CAP_BYTES],
    pub len: i32,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct quiclb_record {
    pub codec: u8,
    pub rotation: u8,
    pub rotation_bits: u8,
    pub encode_length: u8,
    pub length_code: u8,
    pub server_id_len: u8,
    pub nonce_len: u8,
    pub worker_len: u8,
    pub body_len: u8,
    pub head_len: u8,
    pub min_cid_len: u8,
    pub cid_len: u8,
    pub half_len: u8,
    pub right_offset: u8,
    pub first_pass: u8,
    pub keyed: u8,
    pub tag: u32,
    pub pad1: u32,
    pub server_id_mask: [u64; 2],
    pub left_mask: [u64; 2],
    pub right_mask: [u64; 2],
    pub round_keys: [u64; 22],
    pub pad2: u64,
}

/// What the header's `_init` functions do, which are not in the library.
macro_rules! growable {
    ($($name:ident)*) => {$(
        impl Default for $name {
            fn default() -> Self {
                // SAFETY: integers, arrays, pointers and optional functions,
                // for all of which zeros are a value.
                let zeroed = unsafe { std::mem::zeroed() };
                Self { size: std::mem::size_of::<Self>(), ..zeroed }
            }
        }
    )*};
}

growable! { quiclb_config quiclb_encoder_options quiclb_parts quiclb_decoded }

extern "C" {
    pub fn quiclb_version() -> *const c_char;
    pub fn quiclb_strerror(err: c_int) -> *const c_char;
    pub fn quiclb_is_unroutable(err: c_int) -> c_int;
    pub fn quiclb_cpu() -> c_uint;
    pub fn quiclb_set_cpu_mask(mask: c_uint);
    pub fn quiclb_codec_by_name(name: *const c_char) -> c_int;
    pub fn quiclb_codec_name(codec: c_int) -> *const c_char;
    pub fn quiclb_codec_is_keyed(codec: c_int) -> c_int;
    pub fn quiclb_codec_next(codec: c_int) -> c_int;
    pub fn quiclb_codec_rotation_bits(codec: c_int) -> c_int;

    pub fn quiclb_config_preset(
        config: *mut quiclb_config,
        name: *const c_char,
    ) -> c_int;
    pub fn quiclb_config_check(config: *const quiclb_config) -> c_int;
    pub fn quiclb_config_compile(
        config: *const quiclb_config,
        record: *mut quiclb_record,
    ) -> c_int;
    pub fn quiclb_wipe(p: *mut c_void, len: usize);

    pub fn quiclb_encoder_new(
        config: *const quiclb_config,
        options: *const quiclb_encoder_options,
        encoder: *mut *mut quiclb_encoder,
    ) -> c_int;
    pub fn quiclb_encoder_split(
        encoder: *mut quiclb_encoder,
        part: u32,
        n_parts: u32,
        next: *mut *mut quiclb_encoder,
    ) -> c_int;
    pub fn quiclb_encoder_rotate(
        encoder: *mut quiclb_encoder,
        next: *mut quiclb_encoder,
    ) -> c_int;
    pub fn quiclb_encoder_retire(
        encoder: *mut quiclb_encoder,
        first_octet: u8,
    ) -> c_int;
    pub fn quiclb_encoder_free(encoder: *mut quiclb_encoder);
    pub fn quiclb_encoder_next(
        encoder: *mut quiclb_encoder,
        cid: *mut u8,
        cid_cap: usize,
    ) -> c_int;
    pub fn quiclb_encoder_next_batch(
        encoder: *mut quiclb_encoder,
        cids: *mut u8,
        stride: usize,
        n: usize,
    ) -> c_int;
    pub fn quiclb_encoder_fill(
        encoder: *mut quiclb_encoder,
        cid: *mut u8,
        cid_len: usize,
    ) -> c_int;
    pub fn quiclb_encoder_encode(
        encoder: *mut quiclb_encoder,
        parts: *const quiclb_parts,
        cid: *mut u8,
        cid_cap: usize,
    ) -> c_int;
    pub fn quiclb_encoder_remaining(encoder: *const quiclb_encoder) -> u64;
    pub fn quiclb_encoder_cid_len(encoder: *const quiclb_encoder) -> usize;
    pub fn quiclb_encoder_cid_length(
        encoder: *const quiclb_encoder,
        first_octet: u8,
    ) -> c_int;
    pub fn quiclb_unroutable(cid: *mut u8, cid_len: usize);
    pub fn quiclb_reset_token(
        reset_key: *const u8,
        reset_key_len: usize,
        server_id: *const u8,
        server_id_len: usize,
        cid: *const u8,
        cid_len: usize,
        token: *mut u8,
    ) -> c_int;

    pub fn quiclb_decoder_new(decoder: *mut *mut quiclb_decoder) -> c_int;
    pub fn quiclb_decoder_free(decoder: *mut quiclb_decoder);
    pub fn quiclb_decoder_set_known(
        decoder: *mut quiclb_decoder,
        known: Option<quiclb_known_fn>,
        arg: *mut c_void,
    );
    pub fn quiclb_decoder_add(
        decoder: *mut quiclb_decoder,
        config: *const quiclb_config,
    ) -> c_int;
    pub fn quiclb_decoder_add_tenant(
        decoder: *mut quiclb_decoder,
        config: *const quiclb_config,
        tenant: u32,
    ) -> c_int;
    pub fn quiclb_decoder_remove(
        decoder: *mut quiclb_decoder,
        first_octet: u8,
    ) -> c_int;
    pub fn quiclb_decoder_read(
        decoder: *const quiclb_decoder,
        cid: *const u8,
        cid_len: usize,
        decoded: *mut quiclb_decoded,
    ) -> c_int;
    pub fn quiclb_decoder_decode(
        decoder: *const quiclb_decoder,
        cid: *const u8,
        cid_len: usize,
        server_id: *mut u8,
        server_id_cap: usize,
    ) -> c_int;
    pub fn quiclb_decoder_decode_batch(
        decoder: *const quiclb_decoder,
        cids: *const quiclb_cid_ref,
        ids: *mut quiclb_server_id,
        n: usize,
    ) -> usize;
    pub fn quiclb_decoder_cid_len(
        decoder: *const quiclb_decoder,
        first_octet: u8,
    ) -> c_int;

    pub fn quiclb_table_new(
        decoder: *mut quiclb_decoder,
        table: *mut *mut quiclb_table,
    ) -> c_int;
    pub fn quiclb_table_free(table: *mut quiclb_table);
    pub fn quiclb_table_swap(
        table: *mut quiclb_table,
        decoder: *mut quiclb_decoder,
    ) -> c_int;
    pub fn quiclb_reader_new(
        table: *mut quiclb_table,
        reader: *mut *mut quiclb_reader,
    ) -> c_int;
    pub fn quiclb_reader_free(reader: *mut quiclb_reader);
    pub fn quiclb_reader_decoder(
        reader: *mut quiclb_reader,
    ) -> *const quiclb_decoder;
}
