// SPDX-License-Identifier: BSD-2-Clause

//! Connection IDs for s2n-quic, in Rust.

#[path = "s2n_quic_hook.rs"]
mod s2n_quic_hook;

/* [adapter] */
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{channel, Receiver, Sender};
use std::sync::Arc;
use std::time::Duration;

use quiclb::{Encoder, RESET_TOKEN_BYTES};

use s2n_quic_hook::connection_id::{
    ConnectionInfo, Generator, LocalId, Validator,
};
use s2n_quic_hook::stateless_reset_token::{self, Token};

/// What s2n-quic replaces a CID after. Two of these after a rotation no CID of
/// the old config is in use.
const LIFETIME: Duration = Duration::from_secs(3600);

enum Change {
    Rotate(Encoder),
    Retire(u8),
}

/// For `with_connection_id()`. One per endpoint: several have parts of one
/// encoder.
pub struct Cids {
    encoder: Encoder,
    changes: Receiver<Change>,
    counts: Arc<Counts>,
}

/// For your metrics.
#[derive(Default)]
pub struct Counts {
    pub unroutable: AtomicU64,
    pub refused: AtomicU64, // changes
}

/// What is left of a `Cids` when the server has it.
#[derive(Clone)]
pub struct Handle {
    changes: Sender<Change>,
    pub counts: Arc<Counts>,
}

impl Cids {
    pub fn new(encoder: Encoder) -> (Cids, Handle) {
        let (sender, changes) = channel();
        let counts = Arc::new(Counts::default());
        let handle = Handle { changes: sender, counts: counts.clone() };
        (Cids { encoder, changes, counts }, handle)
    }

    fn take_changes(&mut self) {
        while let Ok(change) = self.changes.try_recv() {
            let taken = match change {
                Change::Rotate(next) => self.encoder.rotate(next).is_ok(),
                Change::Retire(octet) => self.encoder.retire(octet).is_ok(),
            };
            if !taken {
                self.counts.refused.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

impl Handle {
    /// From the next CID on; the length may be another one.
    pub fn rotate(&self, next: Encoder) {
        let _ = self.changes.send(Change::Rotate(next)); // Err: server is gone
    }

    /// Forgets the config of CIDs with this first octet.
    pub fn retire(&self, first_octet: u8) {
        let _ = self.changes.send(Change::Retire(first_octet));
    }
}

impl Generator for Cids {
    fn generate(&mut self, _: &ConnectionInfo) -> LocalId {
        self.take_changes();
        let mut bytes = [0; 20];
        let cid = &mut bytes[..self.encoder.cid_len()];
        if !self.encoder.fill(cid) {
            self.counts.unroutable.fetch_add(1, Ordering::Relaxed);
        }
        LocalId::try_from_bytes(cid).expect("4 bytes or more")
    }

    fn lifetime(&self) -> Option<Duration> {
        Some(LIFETIME)
    }
}

impl Validator for Cids {
    fn validate(&self, _: &ConnectionInfo, buffer: &[u8]) -> Option<usize> {
        let len = self.encoder.cid_length(*buffer.first()?).ok()?;
        (len <= buffer.len()).then_some(len)
    }
}

/// For `with_stateless_reset_token()`.
pub struct ResetTokens {
    pub reset_key: [u8; 32],
    pub server_id: Vec<u8>, // this server's own
}

impl stateless_reset_token::Generator for ResetTokens {
    fn generate(&mut self, local_connection_id: &[u8]) -> Token {
        quiclb::reset_token(
            &self.reset_key,
            &self.server_id,
            local_connection_id,
        )
        .unwrap_or_else(|_| {
            let mut nobodys = [0; RESET_TOKEN_BYTES];
            quiclb::unroutable(&mut nobodys); // random: it resets nothing
            nobodys
        })
        .into()
    }
}
/* [end] */

use std::collections::HashSet;

use quiclb::{Config, Decoder};

const SERVER_ID: [u8; 3] = [0x0a, 0x0b, 0x01];

fn config(rotation: u8, nonce_len: usize) -> Config {
    Config::new("four-pass".parse().unwrap())
        .config_rotation(rotation)
        .server_id_len(SERVER_ID.len())
        .nonce_len(nonce_len)
        .key(&[rotation; 16])
}

/// With that many nonces left.
fn encoder(config: &Config, left: u64) -> Encoder {
    Encoder::builder(config, &SERVER_ID)
        .mark(&[1; 32], u64::MAX - left, |_| Ok(()))
        .build()
        .unwrap()
}

/// As the server asks; what is behind it is the rest of a packet.
fn issue(cids: &mut Cids, len: usize) -> LocalId {
    let id = cids.generate(&ConnectionInfo);
    let mut packet = id.as_bytes().to_vec();
    assert_eq!(packet.len(), len);
    packet.extend([0x77; 30]);
    assert_eq!(cids.validate(&ConnectionInfo, &packet), Some(len));
    assert_eq!(cids.validate(&ConnectionInfo, &packet[..len - 1]), None);
    id
}

fn is_ours(decoder: &Decoder, id: &LocalId) -> bool {
    match decoder.decode(id.as_bytes()) {
        Ok(server_id) => {
            assert_eq!(server_id[..], SERVER_ID);
            true
        }
        Err(why) => {
            assert_eq!(why, quiclb::Error::RESERVED);
            false
        }
    }
}

fn check_life(decoder: &Decoder, configs: &[Config]) {
    let (mut cids, handle) = Cids::new(encoder(&configs[0], 3));
    let unroutable = || handle.counts.unroutable.load(Ordering::Relaxed);
    let refused = || handle.counts.refused.load(Ordering::Relaxed);
    let mut seen = HashSet::new();
    for n in 0..6 {
        let id = issue(&mut cids, 12);
        assert_eq!(is_ours(decoder, &id), n < 3);
        assert!(seen.insert(id));
    }
    assert_eq!(unroutable(), 3);
    // longer CIDs: the stack asks how long each is
    handle.rotate(encoder(&configs[1], 1000));
    let new = issue(&mut cids, 14);
    assert!(is_ours(decoder, &new) && new.as_bytes()[0] >> 5 == 1);
    for old in &seen {
        let len = cids.validate(&ConnectionInfo, old.as_bytes());
        assert_eq!(len, Some(12));
    }
    // rotation 0 is in use until it is retired
    handle.rotate(encoder(&configs[0], 1000));
    assert_eq!(issue(&mut cids, 14).as_bytes()[0] >> 5, 1);
    assert_eq!(refused(), 1);
    handle.retire(0);
    assert_eq!(issue(&mut cids, 14).as_bytes()[0] >> 5, 1);
    assert_eq!(cids.validate(&ConnectionInfo, &[0; 20]), None);
    assert_eq!(cids.validate(&ConnectionInfo, &[]), None);
    handle.rotate(encoder(&configs[0], 1000));
    assert_eq!(issue(&mut cids, 12).as_bytes()[0] >> 5, 0);
    assert_eq!((unroutable(), refused()), (3, 1));
    let minute = Duration::from_secs(60);
    assert!((minute..=minute * 60 * 24).contains(&cids.lifetime().unwrap()));
}

/// Several endpoints, each with a part, in threads of their own.
fn check_parts(config: &Config) {
    use s2n_quic_hook::connection_id::Format;
    let parts = encoder(config, 4000).split(3).unwrap();
    let threads: Vec<_> = parts
        .into_iter()
        .map(|part| {
            let mut format: Box<dyn Format> = Box::new(Cids::new(part).0);
            std::thread::spawn(move || {
                (0..1000)
                    .map(|_| format.generate(&ConnectionInfo))
                    .collect::<Vec<_>>()
            })
        })
        .collect();
    let mut seen = HashSet::new();
    for thread in threads {
        seen.extend(thread.join().unwrap());
    }
    assert_eq!(seen.len(), 3000);
}

fn check_tokens() {
    use stateless_reset_token::Generator;
    let reset_key = [5; 32];
    let token = |server_id: &[u8], cid: &[u8]| {
        let server_id = server_id.to_vec();
        ResetTokens { reset_key, server_id }.generate(cid).0
    };
    assert_eq!(token(&[1], b"a CID"), token(&[1], b"a CID"));
    assert_ne!(token(&[1], b"a CID"), token(&[2], b"a CID"));
    assert_ne!(token(&[1], b"a CID"), token(&[1], b"another"));
    assert_ne!(token(&[1], b""), token(&[1], b"")); // there is none
}

fn main() {
    let configs = [config(0, 8), config(1, 10)];
    let mut decoder = Decoder::new().unwrap();
    for config in &configs {
        decoder.add(config).unwrap();
    }
    check_life(&decoder, &configs);
    check_parts(&configs[0]);
    check_tokens();
}
