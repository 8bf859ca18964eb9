// SPDX-License-Identifier: BSD-2-Clause

//! What the crate adds to the library: ownership, lengths, closures, threads.

use std::collections::HashSet;
use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::panic::resume_unwind;

use quiclb::*;

mod decoder;
mod encoder;
#[cfg(feature = "quinn")]
mod quinn;

const KEY: [u8; KEY_BYTES] = *b"the key of tests";
const ID: [u8; 2] = [0x0a, 0x01];

fn config(rotation: u8) -> Config {
    Config::new("four-pass".parse().unwrap())
        .config_rotation(rotation)
        .server_id_len(ID.len())
        .nonce_len(8)
        .key(&KEY)
}

fn encoder(rotation: u8) -> Encoder {
    Encoder::new(&config(rotation), &ID).unwrap()
}

fn decoder(rotation: u8) -> Decoder {
    let mut decoder = Decoder::new().unwrap();
    decoder.add(&config(rotation)).unwrap();
    decoder
}

/// A panic without the message that tests would print.
fn throw() -> ! {
    resume_unwind(Box::new("thrown by a closure"))
}

fn is_send<T: Send>() {}
fn is_sync<T: Sync>() {}

#[test]
fn types_go_where_they_say() {
    is_send::<Encoder>();
    is_send::<Reader>();
    is_send::<(Decoder, Table, Config, Cid, ServerId, Error)>();
    is_sync::<(Decoder, Table, Config, Cid, ServerId, Error)>();
}

#[test]
fn errors_are_the_librarys() {
    assert_eq!(Error::ARG.code(), quiclb_sys::QUICLB_ERR_ARG);
    assert_eq!(Error::ARG.to_string(), "invalid argument");
    assert!(Error::UNKNOWN_SERVER.is_unroutable());
    assert!(!Error::EXHAUSTED.is_unroutable());
    let text = format!("{:?}", Error::SPLIT);
    assert!(text.contains("-306") && text.contains(&Error::SPLIT.to_string()));
    let refused = Refused { error: Error::MARK, back: () };
    assert_eq!(Error::from(refused), Error::MARK);
}

#[test]
fn every_error_has_its_name() {
    let source = include_str!("../../../quiclb-sys/src/lib.rs");
    let names = include_str!("../../src/error.rs");
    let mut n = 0;
    for row in source.split("pub const QUICLB_ERR_").skip(1) {
        let name = row.split(':').next().unwrap();
        let row = format!("    {name} = QUICLB_ERR_{name},");
        assert!(names.contains(&row), "{name}");
        n += 1;
    }
    assert!(n > 30);
}

#[test]
fn codecs_are_the_librarys() {
    let all: Vec<Codec> = Codec::all().collect();
    assert!(all.len() >= 14 && all.windows(2).all(|w| w[0] < w[1]));
    for codec in all {
        assert_eq!(Codec::named(codec.name()), Ok(codec));
    }
    let codec: Codec = "four-pass".parse().unwrap();
    assert!(codec.is_keyed() && codec.rotation_bits() == 3);
    assert_eq!(codec.number(), 3);
    assert_eq!(format!("{codec:>10}"), " four-pass");
    assert_eq!(Codec::named(""), Err(Error::CODEC));
    assert_eq!(Codec::named("plain\0"), Err(Error::CODEC));
    assert!(!version().is_empty());
}

#[test]
fn config_is_checked_by_the_library() {
    assert_eq!(config(0).check(), Ok(()));
    assert_eq!(config(7).check(), Err(Error::ROTATION));
    assert_eq!(config(0).nonce_len(256 + 8).check(), Err(Error::NONCE_LEN));
    let config = config(0).server_use_len(usize::MAX);
    assert_eq!(config.check(), Err(Error::CID_LEN));
    let envoy = Config::preset("envoy").unwrap();
    assert_eq!(envoy.check(), Err(Error::KEY_MISSING));
    assert_eq!(envoy.codec().name(), "four-pass");
    assert!(envoy.key(&KEY).check().is_ok());
    assert_eq!(Config::preset("rot13").unwrap_err(), Error::CODEC);
    assert_eq!(Config::preset("\0").unwrap_err(), Error::CODEC);
}

#[test]
fn debug_shows_no_key() {
    let config = config(0);
    let key = KEY.map(|byte| byte.to_string()).join(", ");
    let encoder = encoder(0);
    let text = format!("{config:?} {encoder:?} {:?}", decoder(0));
    assert!(text.contains("nonce_len: 8") && !text.contains(&key));
}

/// How often bytes are in the memory of this process. They come inverted, not
/// to be found here.
fn copies(inverted: &[u8]) -> usize {
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    let memory = File::open("/proc/self/mem").unwrap();
    let mut n = 0;
    for line in maps.lines().filter(|line| line.contains(" rw-p ")) {
        let (from, to) =
            line.split_once(' ').unwrap().0.split_once('-').unwrap();
        let from = u64::from_str_radix(from, 16).unwrap();
        let to = u64::from_str_radix(to, 16).unwrap();
        let mut bytes = [0; 4096];
        for page in (from..to).step_by(bytes.len()) {
            if memory.read_exact_at(&mut bytes, page).is_err() {
                continue; // another thread's, gone meanwhile
            }
            if bytes == [0; 4096] {
                continue;
            }
            let mut places = bytes.windows(inverted.len());
            let same = |(a, b): (&u8, &u8)| *a == !*b;
            n += usize::from(places.any(|w| w.iter().zip(inverted).all(same)));
        }
    }
    n
}

#[test]
fn keys_are_wiped() {
    let inverted: [u8; KEY_BYTES] = [0x3c; KEY_BYTES].map(|b| b + 5);
    let mut key = inverted;
    key.iter_mut().for_each(|byte| *byte = !*byte);
    let all = config(0).key(&key);
    // SAFETY: bytes of ours.
    unsafe { quiclb_sys::quiclb_wipe(key.as_mut_ptr().cast(), key.len()) };
    let moved = Some(all).map(|config| config.config_rotation(1));
    let mut decoder = Decoder::new().unwrap();
    decoder.add(moved.as_ref().unwrap()).unwrap();
    let encoder = Encoder::new(moved.as_ref().unwrap(), &ID).unwrap();
    // AES's first round key is the key, so there may be others
    assert_ne!(copies(&inverted), 0);
    // so many that what looks for them cannot write over all
    let many = vec![moved; 64];
    drop((many, encoder, decoder));
    assert_eq!(copies(&inverted), 0);
}

#[test]
fn cids_are_slices() {
    let cid = Cid::try_from(&[1, 2, 0xab][..]).unwrap();
    assert_eq!((cid.to_string().as_str(), cid.len()), ("0102ab", 3));
    assert_eq!(format!("{cid:?}"), "Cid(0102ab)");
    assert!(cid < Cid::try_from(&[1, 3][..]).unwrap());
    assert_eq!(Cid::try_from(&[0; 21][..]), Err(Error::SPACE));
    assert_eq!(ServerId::try_from(&[0; 17][..]), Err(Error::SPACE));
    assert_eq!(Cid::default()[..], []);
    // what is behind the end is not part of it
    let mut encoder = encoder(0);
    let (mut a, b) =
        ([Cid::try_from(&[9; 20][..]).unwrap()], encoder.cid_len());
    assert_eq!(encoder.next_batch(&mut a), Ok(1));
    assert_eq!(a[0].len(), b);
    assert_eq!(Cid::try_from(&a[0][..]).unwrap(), a[0]);
    assert!(HashSet::from([a[0]]).contains(&Cid::try_from(&*a[0]).unwrap()));
}

#[test]
fn unroutable_says_so() {
    let cid = Cid::unroutable(12).unwrap();
    assert_eq!((cid.len(), cid[0] >> 5), (12, 7));
    assert_eq!(decoder(0).decode(&cid), Err(Error::RESERVED));
    assert_eq!(Cid::unroutable(21), Err(Error::SPACE));
    assert!(Cid::unroutable(0).unwrap().is_empty());
    unroutable(&mut []);
    let mut long = [0; 64];
    unroutable(&mut long);
    assert_ne!(long[32..], [0; 32]);
}

#[test]
fn reset_tokens_are_the_servers() {
    let cid = encoder(0).next_cid().unwrap();
    let token = reset_token(&KEY, &ID, &cid).unwrap();
    assert_eq!(reset_token(&KEY, &ID, &cid), Ok(token));
    assert_ne!(reset_token(&KEY, &[1, 1], &cid), Ok(token));
    assert_eq!(reset_token(&KEY[..15], &ID, &cid), Err(Error::ARG));
    assert_eq!(reset_token(&KEY, &[], &cid), Err(Error::ARG));
    assert_eq!(reset_token(&KEY, &ID, &[]), Err(Error::ARG));
}
