// SPDX-License-Identifier: BSD-2-Clause

//! What quinn gets.

use quiclb::quinn::Generator;
use quinn_proto::ConnectionIdGenerator;

use super::encoder::marked;
use super::*;

#[test]
fn generator_makes_cids_and_rotates() {
    let mut generator = Generator::new(encoder(0));
    let keep = generator.clone();
    assert_eq!(generator.cid_len(), 11);
    assert_eq!(generator.cid_lifetime(), None);
    let cid = generator.generate_cid();
    assert_eq!(decoder(0).decode(&cid).unwrap()[..], ID);
    let longer = config(1).server_use_len(1);
    let refused = keep.rotate(Encoder::new(&longer, &ID).unwrap());
    assert_eq!(refused.unwrap_err().error, Error::ARG);
    keep.rotate(encoder(1)).unwrap();
    assert!(decoder(1).decode(&generator.generate_cid()).is_ok());
    keep.retire(0).unwrap();
    assert_eq!(keep.n_unroutable(), 0);
    assert_eq!(keep.remaining(), u64::MAX - 1);
}

#[test]
fn generator_cannot_fail() {
    let encoder = marked((1 << 32) - 1, |_| Ok(()));
    let mut generator = Generator::new(encoder);
    assert_eq!(generator.generate_cid()[0] >> 5, 0);
    let cid = generator.generate_cid();
    assert_eq!((cid[0] >> 5, cid.len()), (7, generator.cid_len()));
    assert_eq!(generator.n_unroutable(), 1);
}
