// SPDX-License-Identifier: BSD-2-Clause

//! bench --samples N --calls N: nanoseconds per CID, one line of JSON for each
//! codec and operation.

use std::env;
use std::process::exit;
use std::time::Instant;

use quiclb::{Cid, Config, Decoder, Encoder, Error, Result, ServerId};

const CODECS: [(&str, usize, usize); 3] =
    [("plain", 3, 8), ("single-pass", 8, 8), ("four-pass", 3, 8)];
const N_CIDS: usize = 1024;
const BATCH: usize = 64;

struct Bench {
    samples: usize,
    calls: usize,
    server_id: Vec<u8>,
    encoder: Encoder,
    decoder: Decoder,
    cids: Vec<Cid>,
    seen: usize, // made of all results, so that none is left out
}

impl Bench {
    fn new(
        row: (&str, usize, usize),
        samples: usize,
        calls: usize,
    ) -> Result<Bench> {
        let codec: quiclb::Codec = row.0.parse()?;
        let mut config = Config::new(codec).server_id_len(row.1);
        config = config.nonce_len(row.2);
        if codec.is_keyed() {
            config = config.key(b"a benchmark key.");
        }
        let server_id = vec![0xa5; row.1];
        let mut encoder = Encoder::new(&config, &server_id)?;
        let mut decoder = Decoder::new()?;
        decoder.add(&config)?;
        let mut cids = vec![Cid::default(); N_CIDS];
        assert_eq!(encoder.next_batch(&mut cids)?, N_CIDS);
        Ok(Bench { samples, calls, server_id, encoder, decoder, cids, seen: 0 })
    }

    /// Warms up, then measures. `run` handles so many CIDs.
    fn print(&mut self, row: (&str, &str), run: fn(&mut Bench, usize)) {
        run(self, self.calls);
        let mut ns = Vec::with_capacity(self.samples);
        for _ in 0..self.samples {
            let start = Instant::now();
            run(self, self.calls);
            let spent = start.elapsed().as_nanos() as f64;
            ns.push(format!("{:.2}", spent / self.calls as f64));
        }
        println!(
            "{{\"language\": \"Rust\", \"codec\": \"{}\", \
             \"operation\": \"{}\", \"ns\": [{}]}}",
            row.0,
            row.1,
            ns.join(", ")
        );
    }

    /// Once, before anything is timed.
    fn check(&mut self) {
        let cid = self.encoder.next_cid().unwrap();
        assert_eq!(self.decoder.decode(&cid).unwrap()[..], self.server_id);
        let mut ids = [Err(Error::ARG); BATCH];
        let n = self.decoder.decode_batch(&self.cids[..BATCH], &mut ids);
        assert_eq!(n, BATCH);
        for id in ids {
            assert_eq!(id.unwrap()[..], self.server_id);
        }
    }
}

fn next(bench: &mut Bench, n: usize) {
    for _ in 0..n {
        bench.seen += bench.encoder.next_cid().unwrap().len();
    }
}

fn decode(bench: &mut Bench, n: usize) {
    for cid in bench.cids.iter().cycle().take(n) {
        bench.seen += bench.decoder.decode(cid).unwrap().len();
    }
}

fn decode_batch(bench: &mut Bench, n: usize) {
    let mut ids: [Result<ServerId>; BATCH] = [Err(Error::ARG); BATCH];
    let batches = bench.cids.chunks(BATCH).cycle();
    for cids in batches.take((n + BATCH - 1) / BATCH) {
        bench.seen += bench.decoder.decode_batch(cids, &mut ids);
        bench.seen += ids.iter().flatten().map(|id| id.len()).sum::<usize>();
    }
}

/// The number behind an option.
fn option(name: &str) -> usize {
    let value = env::args().skip_while(|word| word != name).nth(1);
    let number = value.and_then(|word| word.parse().ok());
    number.filter(|&n| n > 0).unwrap_or_else(|| {
        eprintln!("usage: bench --samples N --calls N");
        exit(2)
    })
}

fn main() -> Result<()> {
    let samples = option("--samples");
    // whole batches, so that all operations handle as many CIDs
    let calls = (option("--calls") + BATCH - 1) / BATCH * BATCH;
    for row in CODECS {
        let mut bench = Bench::new(row, samples, calls)?;
        bench.check();
        bench.print((row.0, "next"), next);
        bench.print((row.0, "decode"), decode);
        bench.print((row.0, "decode_batch"), decode_batch);
        assert!(bench.seen > 0);
    }
    Ok(())
}
