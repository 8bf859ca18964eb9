// SPDX-License-Identifier: BSD-2-Clause

//! Every row of tests/vectors, as Test Anything Protocol: one test per codec.
//! QUICLB_VECTORS: directories with vector files, colons between them.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::exit;

use quiclb::{Codec, Config, Decoder, Encoder, Error, Parts};

type Failure = Box<dyn std::error::Error>;

const HEAD: &str = "# quiclb vectors, format 2";

/// A row's columns: name, codec, bits, rotation, length, first, key,
/// server-id, nonce, server-use, cid.
type Row = [String; 11];

fn hex(text: &str) -> Result<Vec<u8>, Failure> {
    let digits = if text == "-" { "" } else { text };
    let octet = |i| u8::from_str_radix(digits.get(i..i + 2).unwrap_or("?"), 16);
    Ok((0..digits.len()).step_by(2).map(octet).collect::<Result<_, _>>()?)
}

fn rows(path: &PathBuf) -> Result<Vec<Row>, Failure> {
    let text = fs::read_to_string(path)?;
    if text.lines().next() != Some(HEAD) {
        return Err(format!("{}: not {HEAD}", path.display()).into());
    }
    let is_row = |line: &&str| !line.is_empty() && !line.starts_with('#');
    let columns = |line: &str| {
        let all: Vec<String> =
            line.split_whitespace().map(Into::into).collect();
        Row::try_from(all).map_err(|_| format!("columns: {line}").into())
    };
    let rows: Result<Vec<Row>, Failure> =
        text.lines().filter(is_row).map(columns).collect();
    match rows {
        Ok(rows) if rows.is_empty() => {
            Err(format!("{}: no rows", path.display()).into())
        }
        other => other,
    }
}

/// The rows of all files, by codec.
fn all_rows() -> Result<BTreeMap<String, Vec<Row>>, Failure> {
    let ours = || env::var("QUICLB_SOURCE").map(|s| s + "/tests/vectors");
    let directories = env::var("QUICLB_VECTORS").or_else(|_| ours())?;
    let mut codecs: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    for directory in directories.split(':') {
        for entry in fs::read_dir(directory)? {
            let path = entry?.path();
            if path.extension().map_or(true, |extension| extension != "txt") {
                continue;
            }
            for row in rows(&path)? {
                codecs.entry(row[1].clone()).or_default().push(row);
            }
        }
    }
    Ok(codecs)
}

fn config(row: &Row) -> Result<Config, Failure> {
    let mut config = Config::new(row[1].parse()?)
        .rotation_bits(row[2].parse()?)
        .config_rotation(row[3].parse()?)
        .server_id_len(hex(&row[7])?.len())
        .nonce_len(hex(&row[8])?.len())
        .server_use_len(hex(&row[9])?.len());
    if row[4] != "-" {
        config = config.encode_length(true).uncounted_len(row[4].parse()?);
    }
    if row[6] != "-" {
        let key = hex(&row[6])?;
        config = config.key(key.as_slice().try_into()?);
    }
    config.check()?;
    Ok(config)
}

fn same(what: &str, a: &[u8], b: &[u8]) -> Result<(), Failure> {
    if a != b {
        return Err(format!("{what}: {a:02x?} is not {b:02x?}").into());
    }
    Ok(())
}

fn encodes(row: &Row, config: &Config) -> Result<(), Failure> {
    let (id, nonce) = (hex(&row[7])?, hex(&row[8])?);
    let (server_use, first) = (hex(&row[9])?, hex(&row[5])?);
    let mut encoder = Encoder::builder(config, &id).short_nonce().build()?;
    let cid = encoder.encode(&Parts {
        nonce: Some(&nonce),
        server_use: Some(&server_use),
        // where the length stands instead it must win
        low_bits: if row[4] == "-" {
            first.first().copied()
        } else {
            Some(255)
        },
    })?;
    same("encode", &cid, &hex(&row[10])?)
}

fn decodes(row: &Row, config: &Config) -> Result<(), Failure> {
    let (id, nonce, cid) = (hex(&row[7])?, hex(&row[8])?, hex(&row[10])?);
    let mut decoder = Decoder::new()?;
    decoder.add(config)?;
    let all = decoder.read(&cid)?;
    same("server ID", all.server_id(), &id)?;
    same("nonce", all.nonce(), &nonce)?;
    same("rotation", &[all.config_rotation()], &[row[3].parse()?])?;
    same("length", &[all.cid_len() as u8], &[cid.len() as u8])?;
    same("decode", &decoder.decode(&cid)?, &id)?;
    if decoder.cid_len(cid[0])? != cid.len() {
        return Err("length by first octet".into());
    }
    decodes_in_a_batch(&decoder, &id, &cid)
}

/// More at a time than the binding hands on at once, and one too short.
fn decodes_in_a_batch(
    decoder: &Decoder,
    id: &[u8],
    cid: &[u8],
) -> Result<(), Failure> {
    let mut cids = [cid; 67];
    cids[65] = &cid[..1];
    let mut ids = [Err(Error::ARG); 67];
    if decoder.decode_batch(&cids, &mut ids) != 66 {
        return Err("batch: another number".into());
    }
    for (i, found) in ids.iter().enumerate() {
        match found {
            Err(Error::SHORT) if i == 65 => (),
            Ok(found) if i != 65 => same("batch", found, id)?,
            other => return Err(format!("batch: {other:?}").into()),
        }
    }
    Ok(())
}

fn passes(row: &Row) -> bool {
    let result = config(row).and_then(|config| {
        encodes(row, &config)?;
        decodes(row, &config)
    });
    if let Err(why) = &result {
        println!("# {}: {why}", row[0]);
    }
    result.is_ok()
}

/// Runs the rows of one codec; whether there are any and all pass.
fn run(n: usize, codec: &str, rows: &[Row]) -> bool {
    let passed = rows.iter().filter(|row| passes(row)).count();
    let failed = rows.len() - passed;
    let ok = failed == 0 && passed > 0;
    println!("# vectors Rust {codec} {passed} {failed}");
    println!("{}ok {n} - {codec}", if ok { "" } else { "not " });
    ok
}

fn main() -> Result<(), Failure> {
    let mut codecs = all_rows()?;
    for codec in Codec::all() {
        codecs.entry(codec.name().into()).or_default();
    }
    println!("1..{}", codecs.len());
    let results = codecs.iter().zip(1..);
    let results = results.map(|((codec, rows), n)| run(n, codec, rows));
    if results.filter(|&ok| !ok).count() > 0 {
        exit(1);
    }
    Ok(())
}
