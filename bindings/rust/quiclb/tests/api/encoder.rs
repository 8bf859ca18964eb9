// SPDX-License-Identifier: BSD-2-Clause

//! Encoders: lengths, parts, closures, rotation, forks.

use std::collections::HashSet;
use std::io;
use std::os::raw::c_int;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use super::*;

/// Panics once more where it is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        // of no size, for it is forgotten, which is a leak
        resume_unwind(Box::new(()))
    }
}

#[test]
fn encoder_issues_what_decoder_reads() {
    let mut encoder = encoder(3);
    let decoder = decoder(3);
    let left = encoder.remaining();
    let cid = encoder.next_cid().unwrap();
    assert_eq!(encoder.remaining(), left - 1);
    assert_eq!(cid.len(), encoder.cid_len());
    let all = decoder.read(&cid).unwrap();
    assert_eq!((all.server_id(), all.nonce().len()), (&ID[..], 8));
    assert_eq!((all.tenant(), all.config_rotation()), (0, 3));
    assert_eq!((all.cid_len(), all.worker()), (cid.len(), &[][..]));
    assert_eq!(decoder.cid_len(cid[0]), Ok(cid.len()));
    assert_eq!(encoder.cid_length(cid[0]), Ok(cid.len()));
    assert_eq!(encoder.cid_length(0), Err(Error::NO_CONFIG));
    assert_eq!(decoder.decode(&cid[..10]), Err(Error::SHORT));
    assert_eq!(decoder.decode(&[]), Err(Error::SHORT));
    assert_eq!(decoder.read(&[]).unwrap_err(), Error::SHORT);
    assert_eq!(decoder.decode(&[0; 20]), Err(Error::NO_CONFIG));
}

#[test]
fn batch_ends_with_the_nonces() {
    let config = config(0).nonce_len(4);
    let builder = Encoder::builder(&config, &ID);
    let mut encoder =
        builder.mark(&[1; 32], (1 << 32) - 3, |_| Ok(())).build().unwrap();
    let mut cids = [Cid::default(); 5];
    assert_eq!(encoder.next_batch(&mut cids), Ok(3));
    assert_eq!(cids.map(|cid| cid.len()), [7, 7, 7, 0, 0]);
    assert_eq!(encoder.next_batch(&mut cids), Err(Error::EXHAUSTED));
    assert_eq!(encoder.next_cid(), Err(Error::EXHAUSTED));
    let mut cid = [0; 7];
    assert!(!encoder.fill(&mut cid));
    assert_eq!(cid[0] >> 5, 7);
}

#[test]
fn fill_takes_any_length() {
    let mut encoder = encoder(0);
    let mut cid = vec![0; encoder.cid_len()];
    assert!(encoder.fill(&mut cid));
    assert_eq!(decoder(0).decode(&cid).unwrap()[..], ID);
    assert!(!encoder.fill(&mut []));
    assert!(!encoder.fill(&mut [0; 300]));
}

#[test]
fn lengths_of_slices_are_checked() {
    assert_eq!(Encoder::new(&config(0), &[]).unwrap_err(), Error::ARG);
    assert_eq!(Encoder::new(&config(0), &[1; 3]).unwrap_err(), Error::ARG);
    let config = config(0).nonce_len(10).worker_len(2).server_use_len(3);
    let build = |worker: &[u8], server_use: &[u8]| {
        let builder = Encoder::builder(&config, &ID).worker(worker);
        builder.server_use(server_use).build()
    };
    assert_eq!(build(&[1], &[7; 3]).unwrap_err(), Error::ARG);
    assert_eq!(build(&[1; 2], &[7; 2]).unwrap_err(), Error::ARG);
    let mut encoder = build(&[5, 6], &[7; 3]).unwrap();
    let cid = encoder.next_cid().unwrap();
    assert_eq!(cid[cid.len() - 3..], [7; 3]);
    let mut decoder = Decoder::new().unwrap();
    decoder.add(&config).unwrap();
    assert_eq!(decoder.read(&cid).unwrap().worker(), [5, 6]);
    for (nonce, server_use) in [(&[1; 9][..], &[2; 3][..]), (&[1; 10], &[])] {
        let (nonce, server_use) = (Some(nonce), Some(server_use));
        let parts = Parts { nonce, server_use, low_bits: None };
        assert_eq!(encoder.encode(&parts), Err(Error::ARG));
    }
    assert!(encoder.encode(&Parts::default()).is_ok());
}

#[test]
fn rotation_keeps_lengths_and_gives_back_what_it_refuses() {
    let mut encoder = encoder(1);
    let old = encoder.next_cid().unwrap();
    let longer = config(2).server_use_len(2);
    encoder.rotate(Encoder::new(&longer, &ID).unwrap()).unwrap();
    let new = encoder.next_cid().unwrap();
    assert_eq!((new.len(), new[0] >> 5), (13, 2));
    assert_eq!(encoder.cid_length(old[0]), Ok(11));
    // lengths of the new config
    let parts = Parts { server_use: Some(&[1; 2]), ..Default::default() };
    assert_eq!(encoder.encode(&parts).unwrap()[11..], [1; 2]);
    let refused = encoder.rotate(Encoder::new(&config(1), &ID).unwrap());
    let Refused { error, back } = refused.unwrap_err();
    assert_eq!(error, Error::ROTATION_IN_USE);
    assert_eq!(encoder.retire(new[0]), Err(Error::ROTATION_IN_USE));
    encoder.retire(old[0]).unwrap();
    assert_eq!(encoder.retire(old[0]), Err(Error::NO_CONFIG));
    encoder.rotate(back).unwrap();
    assert_eq!(encoder.next_cid().unwrap().len(), 11);
}

#[test]
fn split_is_for_fresh_encoders() {
    assert_eq!(encoder(0).split(0).unwrap_err(), Error::ARG);
    assert_eq!(encoder(0).split(1025).unwrap_err(), Error::ARG);
    assert_eq!(encoder(0).split(usize::MAX).unwrap_err(), Error::ARG);
    let mut used = encoder(0);
    used.next_cid().unwrap();
    assert_eq!(used.split(2).unwrap_err(), Error::ARG);
    let part = encoder(0).split(2).unwrap().remove(0);
    assert_eq!(part.split(2).unwrap_err(), Error::ARG);
}

#[test]
fn parts_in_threads_share_no_cid() {
    const N: usize = 5000;
    let serve = |mut part: Encoder| {
        thread::spawn(move || {
            let mut cids = vec![Cid::default(); N];
            assert_eq!(part.next_batch(&mut cids), Ok(N));
            cids
        })
    };
    let parts = encoder(0).split(4).unwrap();
    let threads: Vec<_> = parts.into_iter().map(serve).collect();
    let decoder = decoder(0);
    let mut nonces = HashSet::new();
    for thread in threads {
        for cid in thread.join().unwrap() {
            nonces.insert(decoder.read(&cid).unwrap().nonce().to_vec());
        }
    }
    assert_eq!(nonces.len(), 4 * N);
}

pub fn marked(
    mark: u64,
    store: impl FnMut(u64) -> io::Result<()> + Send + 'static,
) -> Encoder {
    let config = config(0).nonce_len(4);
    let builder = Encoder::builder(&config, &ID);
    builder.mark(&[7; 32], mark, store).build().unwrap()
}

#[test]
fn marks_keep_lives_apart() {
    let stored = Arc::new(AtomicU64::new(0));
    let store = stored.clone();
    let mut first = marked(0, move |mark| {
        store.fetch_max(mark, Ordering::Relaxed);
        Ok(())
    });
    let cid = first.next_cid().unwrap();
    assert_eq!(stored.load(Ordering::Relaxed), MARK_STEP);
    let mut same = marked(0, |_| Ok(()));
    let mut second = marked(MARK_STEP, |_| Ok(()));
    let read = decoder_of_marked();
    let nonce = |cid: Cid| read.read(&cid).unwrap().nonce().to_vec();
    assert_eq!(nonce(same.next_cid().unwrap()), nonce(cid));
    assert_ne!(nonce(second.next_cid().unwrap()), nonce(cid));
    let short = config(0).nonce_len(4);
    assert_eq!(Encoder::new(&short, &ID).unwrap_err(), Error::NONCE_RESTART);
}

fn decoder_of_marked() -> Decoder {
    let mut decoder = Decoder::new().unwrap();
    decoder.add(&config(0).nonce_len(4)).unwrap();
    decoder
}

#[test]
fn mark_that_fails_or_panics_refuses_and_is_asked_again() {
    let mut n = 0;
    let mut encoder = marked(0, move |_| {
        n += 1;
        match n {
            1 => Err(io::Error::from(io::ErrorKind::Other)),
            2 => throw(),
            3 => resume_unwind(Box::new(Bomb)),
            _ => Ok(()),
        }
    });
    for _ in 0..3 {
        assert_eq!(encoder.next_cid(), Err(Error::MARK));
    }
    assert!(encoder.next_cid().is_ok());
}

#[test]
fn marks_outlive_the_encoder_in_its_parts() {
    let calls = Arc::new(AtomicU64::new(0));
    let count = calls.clone();
    let mut parts = marked(0, move |_| {
        count.fetch_add(1, Ordering::Relaxed);
        Ok(())
    })
    .split(3)
    .unwrap();
    for part in &mut parts {
        part.next_cid().unwrap();
    }
    assert!(calls.load(Ordering::Relaxed) > 0);
    assert_eq!(Arc::strong_count(&calls), 2);
    drop(parts);
    assert_eq!(Arc::strong_count(&calls), 1);
}

#[test]
fn threshold_is_told_once_and_may_panic() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let told = seen.clone();
    let config = config(0);
    let builder = Encoder::builder(&config, &ID);
    let mut encoder = builder
        .threshold(u64::MAX, move |left| {
            told.lock().unwrap().push(left);
            throw()
        })
        .build()
        .unwrap();
    for _ in 0..3 {
        encoder.next_cid().unwrap();
    }
    assert_eq!(seen.lock().unwrap_or_else(|e| e.into_inner()).len(), 1);
    encoder.rotate(super::encoder(1)).unwrap();
    assert_eq!(Arc::strong_count(&seen), 1);
}

extern "C" {
    fn fork() -> c_int;
    fn waitpid(pid: c_int, status: *mut c_int, options: c_int) -> c_int;
    fn _exit(status: c_int) -> !;
}

#[test]
fn child_of_a_fork_issues_nothing() {
    let mut encoder = encoder(0);
    encoder.next_cid().unwrap();
    let mut status = 0;
    // SAFETY: the child asks for a CID and ends, without what other threads
    // of its parent might hold.
    unsafe {
        let child = fork();
        if child == 0 {
            let forked = encoder.next_cid() == Err(Error::FORKED);
            _exit(if forked { 42 } else { 1 });
        }
        assert_eq!(waitpid(child, &mut status, 0), child);
    }
    assert_eq!(status, 42 << 8);
    assert!(encoder.next_cid().is_ok());
}
