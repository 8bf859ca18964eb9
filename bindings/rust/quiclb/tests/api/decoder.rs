// SPDX-License-Identifier: BSD-2-Clause

//! Decoders: batches, tenants, and tables that change under readers.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;
use std::thread;

use super::*;

#[test]
fn batches_are_single_calls() {
    let mut encoder = encoder(0);
    assert_eq!(encoder.next_batch(&mut []), Ok(0));
    let mut cids = [Cid::default(); 200];
    assert_eq!(encoder.next_batch(&mut cids), Ok(200));
    assert_eq!(HashSet::from(cids).len(), 200);
    cids[70] = Cid::default();
    let decoder = decoder(0);
    let mut ids = [Err(Error::ARG); 200];
    assert_eq!(decoder.decode_batch(&cids, &mut ids), 199);
    for (cid, id) in cids.iter().zip(ids) {
        assert_eq!(decoder.decode(cid), id);
    }
    // the shorter slice counts
    let mut few = [Err(Error::RANDOM); 150];
    assert_eq!(decoder.decode_batch(&cids[..65], &mut few), 65);
    assert_eq!((few[64].is_ok(), few[65]), (true, Err(Error::RANDOM)));
    assert_eq!(decoder.decode_batch(&cids, &mut few[..3]), 3);
    assert_eq!(decoder.decode_batch::<Cid>(&[], &mut few), 0);
}

#[test]
fn tenants_are_told_apart_by_servers_they_know() {
    let mut decoder = decoder(0);
    let other = config(0).key(b"of other tenants");
    let taken = decoder.add_tenant(&other, 1);
    assert_eq!(taken, Err(Error::ROTATION_IN_USE));
    let alive = Arc::new(());
    let held = alive.clone();
    decoder.set_known(move |tenant, id| {
        let _ = &held;
        match (tenant, id) {
            (0, [0xbb, _]) => throw(),
            (tenant, id) => id == if tenant == 0 { ID } else { [2, 2] },
        }
    });
    decoder.add_tenant(&other, 1).unwrap();
    let mut theirs = Encoder::new(&other, &[2, 2]).unwrap();
    let cid = theirs.next_cid().unwrap();
    assert_eq!(decoder.read(&cid).unwrap().tenant(), 1);
    let cid = encoder(0).next_cid().unwrap();
    assert_eq!(decoder.read(&cid).unwrap().tenant(), 0);
    let mut stranger = Encoder::new(&config(0), &[0xbb, 0]).unwrap();
    let cid = stranger.next_cid().unwrap();
    assert_eq!(decoder.decode(&cid), Err(Error::UNKNOWN_SERVER));
    decoder.clear_known();
    assert_eq!(Arc::strong_count(&alive), 1);
    assert_eq!(decoder.decode(&cid).unwrap()[..], [0xbb, 0]);
    decoder.remove(0).unwrap();
    assert_eq!(decoder.remove(0), Err(Error::NO_CONFIG));
    assert_eq!(decoder.decode(&cid), Err(Error::NO_CONFIG));
}

#[test]
fn readers_keep_what_they_have() {
    let alive = Arc::new(());
    let held = alive.clone();
    let mut first = decoder(0);
    first.set_known(move |_, _| Arc::strong_count(&held) > 0);
    let table = Table::new(first).unwrap();
    let (mut reader, mut late) =
        (table.reader().unwrap(), table.reader().unwrap());
    let cid = encoder(0).next_cid().unwrap();
    let current = reader.decoder();
    table.swap(decoder(1)).unwrap();
    assert_eq!(current.decode(&cid).unwrap()[..], ID);
    assert_eq!(Arc::strong_count(&alive), 2);
    assert_eq!(reader.decoder().decode(&cid), Err(Error::NO_CONFIG));
    assert_eq!(Arc::strong_count(&alive), 1);
    drop(table);
    let cid = encoder(1).next_cid().unwrap();
    assert!(reader.decoder().decode(&cid).is_ok());
    assert!(late.decoder().decode(&cid).is_ok());
}

/// Each decoder knows servers by a closure of its own, and ends with it.
#[test]
fn readers_in_threads_while_a_table_is_swapped() {
    let n_alive = Arc::new(());
    let fresh = || {
        let mut decoder = decoder(0);
        let held = n_alive.clone();
        decoder.set_known(move |_, id| {
            let _ = &held;
            id == ID
        });
        decoder
    };
    let table = Table::new(fresh()).unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let read = |mut reader: Reader| {
        let stop = stop.clone();
        let cid = encoder(0).next_cid().unwrap();
        thread::spawn(move || {
            let mut n = 0;
            while n == 0 || !stop.load(Ordering::Relaxed) {
                assert_eq!(reader.decoder().decode(&cid).unwrap()[..], ID);
                n += 1;
            }
            n
        })
    };
    let readers = (0..3).map(|_| table.reader().unwrap());
    let threads: Vec<thread::JoinHandle<u64>> = readers.map(read).collect();
    for _ in 0..500 {
        table.swap(fresh()).unwrap();
        thread::yield_now();
    }
    stop.store(true, Ordering::Relaxed);
    for thread in threads {
        println!("# {} reads", thread.join().unwrap());
    }
    drop(table);
    assert_eq!(Arc::strong_count(&n_alive), 1);
}

#[test]
fn decoder_is_read_by_many_threads() {
    let decoder = decoder(0);
    let mut encoder = encoder(0);
    let cids: Vec<Cid> = (0..64).map(|_| encoder.next_cid().unwrap()).collect();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for cid in cids.iter().cycle().take(2000) {
                    assert_eq!(decoder.decode(cid).unwrap()[..], ID);
                }
            });
        }
    });
}
