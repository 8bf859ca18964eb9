// SPDX-License-Identifier: BSD-2-Clause

//! A server and a client on quinn, for make.py. The server's connection IDs
//! come from a file, one a line in hex. The client moves to another port.

use std::fs::{read, File};
use std::io::{BufRead, BufReader, Lines};
use std::net::{SocketAddr, UdpSocket};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use quinn::{ClientConfig, Endpoint, EndpointConfig, ServerConfig};
use rustls::client::{ServerCertVerified, ServerCertVerifier};
use rustls::{Certificate, PrivateKey};

type Failure = Box<dyn std::error::Error>;

const REQUESTS: usize = 6;

struct Listed {
    lines: Arc<Mutex<Lines<BufReader<File>>>>,
    len: usize,
}

fn bytes(text: &str) -> Vec<u8> {
    let octet = |i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap();
    (0..text.len() / 2).map(octet).collect()
}

impl quinn_proto::ConnectionIdGenerator for Listed {
    fn generate_cid(&mut self) -> quinn_proto::ConnectionId {
        let line = self.lines.lock().unwrap().next().unwrap().unwrap();
        quinn_proto::ConnectionId::new(&bytes(&line))
    }

    fn cid_len(&self) -> usize {
        self.len
    }

    fn cid_lifetime(&self) -> Option<Duration> {
        None
    }
}

struct AnyCertificate;

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &Certificate,
        _: &[Certificate],
        _: &rustls::ServerName,
        _: &mut dyn Iterator<Item = &[u8]>,
        _: &[u8],
        _: SystemTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }
}

async fn echo(connecting: quinn::Connecting) -> Result<(), Failure> {
    let connection = connecting.await?;
    loop {
        let (mut send, recv) = connection.accept_bi().await?;
        let data = recv.read_to_end(1 << 16).await?;
        send.write_all(&data).await?;
        send.finish().await?;
    }
}

async fn serve(args: &[String]) -> Result<(), Failure> {
    let cert = rustls_pemfile::certs(&mut &read(&args[1])?[..])?.remove(0);
    let keys = read(&args[2])?;
    let key = rustls_pemfile::pkcs8_private_keys(&mut &keys[..])?.remove(0);
    let lines = BufReader::new(File::open(&args[3])?).lines();
    let lines = Arc::new(Mutex::new(lines));
    let len = usize::from_str_radix(&args[4], 16)?;
    let mut config = EndpointConfig::default();
    config.cid_generator(move || {
        Box::new(Listed {
            lines: lines.clone(),
            len,
        })
    });
    let server = ServerConfig::with_single_cert(
        vec![Certificate(cert)],
        PrivateKey(key),
    )?;
    let socket = UdpSocket::bind(args[0].parse::<SocketAddr>()?)?;
    let endpoint =
        Endpoint::new(config, Some(server), socket, quinn::TokioRuntime)?;
    while let Some(connecting) = endpoint.accept().await {
        // its end by the client is an error, and all that can happen
        let _ = echo(connecting).await;
    }
    Ok(())
}

async fn request(connection: &quinn::Connection) -> Result<(), Failure> {
    let (mut send, recv) = connection.open_bi().await?;
    send.write_all(&[0; 300]).await?;
    send.finish().await?;
    recv.read_to_end(1 << 16).await?;
    Ok(())
}

async fn fetch(to: SocketAddr) -> Result<(), Failure> {
    let any: SocketAddr =
        if to.is_ipv6() { "[::]:0" } else { "0.0.0.0:0" }.parse()?;
    let mut tls = rustls::ClientConfig::builder()
        .with_safe_defaults()
        .with_custom_certificate_verifier(Arc::new(AnyCertificate))
        .with_no_client_auth();
    tls.key_log = Arc::new(rustls::KeyLogFile::new());
    let mut endpoint = Endpoint::client(any)?;
    endpoint.set_default_client_config(ClientConfig::new(Arc::new(tls)));
    let connection = endpoint.connect(to, "lab.test")?.await?;
    for i in 0..REQUESTS {
        if i == REQUESTS / 2 {
            endpoint.rebind(UdpSocket::bind(any)?)?;
        }
        request(&connection).await?;
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    connection.close(0u32.into(), b"done");
    endpoint.wait_idle().await;
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args[0].as_str() {
        "get" => fetch(args[1].parse()?).await,
        _ => serve(&args[1..]).await,
    }
}
