// SPDX-License-Identifier: BSD-2-Clause

//! echo-client: two questions on one connection, the second one when a line
//! comes on standard input. Tells whether the connection survived.

use std::io::{stdin, stdout, Write};
use std::net::SocketAddr;
use std::process::exit;
use std::sync::Arc;
use std::time::Duration;

use crate::{Failure, Options};
use quinn::{ClientConfig, Connection, Endpoint, IdleTimeout};
use rustls::RootCertStore;
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(5);
const IDLE: Duration = Duration::from_secs(300);
const MOST: usize = 1 << 16; // bytes of an answer

fn config(options: &Options) -> Result<ClientConfig, Failure> {
    let mut roots = RootCertStore::empty();
    for certificate in crate::certificates(&options.get::<String>("ca")?)? {
        roots.add(&certificate)?;
    }
    let mut tls = rustls::ClientConfig::builder()
        .with_safe_default_cipher_suites()
        .with_safe_default_kx_groups()
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_root_certificates(roots)
        .with_no_client_auth();
    tls.alpn_protocols = vec![crate::ALPN.to_vec()];
    let mut transport = quinn::TransportConfig::default();
    transport.max_idle_timeout(Some(IdleTimeout::try_from(IDLE)?));
    let mut config = ClientConfig::new(Arc::new(tls));
    config.transport_config(Arc::new(transport));
    Ok(config)
}

async fn ask(connection: &Connection, what: &str) -> Result<String, Failure> {
    let (mut send, receive) = connection.open_bi().await?;
    send.write_all(what.as_bytes()).await?;
    send.finish().await?;
    Ok(String::from_utf8(receive.read_to_end(MOST).await?)?)
}

/// A line of output that is seen at once.
fn say(line: &str) {
    println!("{line}");
    // whoever reads it may be gone
    let _ = stdout().flush();
}

/// Asks and prints the answer, or prints that there is none and ends.
async fn answer(connection: &Connection, n: usize, what: &str) {
    match timeout(PATIENCE, ask(connection, what)).await {
        Ok(Ok(reply)) => say(&format!("answer {n} {reply}")),
        failure => {
            eprintln!("no answer to {what}: {failure:?}");
            say("connection lost");
            exit(1);
        }
    }
}

async fn line() -> Result<usize, Failure> {
    // the runtime's own thread goes on with the connection
    let read = || stdin().read_line(&mut String::new());
    Ok(tokio::task::spawn_blocking(read).await??)
}

async fn talk() -> Result<(), Failure> {
    let options = Options::from_args()?;
    let to: SocketAddr = options.get("connect")?;
    let any = if to.is_ipv6() { "[::]:0" } else { "0.0.0.0:0" };
    let mut endpoint = Endpoint::client(any.parse()?)?;
    endpoint.set_default_client_config(config(&options)?);
    let name: String = options.get("name")?;
    let connecting = timeout(PATIENCE, endpoint.connect(to, &name)?);
    let connection = connecting.await.map_err(|_| "no connection")??;
    answer(&connection, 1, "one").await;
    line().await?;
    answer(&connection, 2, "two").await;
    say("connection survived");
    connection.close(0u32.into(), b"");
    endpoint.wait_idle().await;
    Ok(())
}

/// The program.
pub fn main() {
    crate::run(talk());
}
