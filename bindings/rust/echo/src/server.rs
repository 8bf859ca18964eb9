// SPDX-License-Identifier: BSD-2-Clause

//! echo-server: answers what it reads, with its server ID before it. All its
//! CIDs come from quiclb.

use std::fs;
use std::net::UdpSocket;
use std::sync::Arc;

use crate::{from_hex, Failure, Options};
use quiclb::quinn::Generator;
use quiclb::{Config, Encoder};
use quinn::{Connecting, Endpoint, EndpointConfig, ServerConfig};

const MOST: usize = 1 << 16; // bytes of a stream

fn config(options: &Options, id_len: usize) -> Result<Config, Failure> {
    let config = Config::new(options.get::<String>("codec")?.parse()?)
        .config_rotation(options.get("config-rotation")?)
        .server_id_len(id_len)
        .nonce_len(options.get("nonce-len")?);
    let file = match options.maybe("key-file") {
        Some(file) => file,
        None => return Ok(config),
    };
    let key = from_hex(fs::read_to_string(file)?.trim())?;
    let key = key.as_slice().try_into().map_err(|_| "no key in --key-file")?;
    Ok(config.key(key))
}

fn tls(options: &Options) -> Result<ServerConfig, Failure> {
    let certs = crate::certificates(&options.get::<String>("cert")?)?;
    let key = crate::private_key(&options.get::<String>("key")?)?;
    let mut tls = rustls::ServerConfig::builder()
        .with_safe_default_cipher_suites()
        .with_safe_default_kx_groups()
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_no_client_auth()
        .with_single_cert(certs, key)?;
    tls.alpn_protocols = vec![crate::ALPN.to_vec()];
    Ok(ServerConfig::with_crypto(Arc::new(tls)))
}

/// One connection, until its end.
async fn answer(connecting: Connecting, id: String) -> Result<(), Failure> {
    let connection = connecting.await?;
    loop {
        let (mut send, receive) = connection.accept_bi().await?;
        let text = receive.read_to_end(MOST).await?;
        send.write_all(format!("{id} ").as_bytes()).await?;
        send.write_all(&text).await?;
        send.finish().await?;
    }
}

async fn serve() -> Result<(), Failure> {
    let options = Options::from_args()?;
    let id: String = options.get("server-id")?;
    let server_id = from_hex(&id)?;
    let config = config(&options, server_id.len())?;
    let cids = Generator::new(Encoder::new(&config, &server_id)?);
    let mut endpoint_config = EndpointConfig::default();
    cids.install(&mut endpoint_config);
    let host: String = options.get("listen")?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let socket = UdpSocket::bind((host, options.get("port")?))?;
    let address = socket.local_addr()?;
    let tls = Some(tls(&options)?);
    let endpoint =
        Endpoint::new(endpoint_config, tls, socket, quinn::TokioRuntime)?;
    println!("listening {address} server-id {id}");
    while let Some(connecting) = endpoint.accept().await {
        let id = id.clone();
        // its end is an error, and all that can happen to it
        tokio::spawn(async { answer(connecting, id).await.is_ok() });
    }
    Ok(())
}

/// The program.
pub fn main() {
    crate::run(serve());
}
