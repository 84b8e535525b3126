//! One HTTP/1.1 request over a fresh connection: enough for the control calls.
//!
//! Owns no state. Never used by the product: what the product sends goes through its
//! own clients.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// Longer than any `wait` a test may ask of the emulator.
const READ_TIMEOUT: Duration = Duration::from_secs(90);

/// An answer. `body` is text: the emulator's control calls speak JSON.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: String,
}

/// `POST` to a port of this machine.
///
/// # Errors
/// Which part of the exchange failed, in words.
pub(super) fn post(
    port: u16,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Result<Answer, String> {
    exchange(port, path, headers, body)
        .map_err(|why| format!("POST {path} on port {port}: {why}"))
        .and_then(|answer| parse(&answer).ok_or(format!("POST {path}: no HTTP answer")))
}

fn exchange(
    port: u16,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(READ_TIMEOUT))?;
    stream.set_nodelay(true)?;
    let length = body.len();
    let mut request = format!(
        "POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\
         Content-Length: {length}\r\n"
    )
    .into_bytes();
    for (name, value) in headers {
        request.extend(format!("{name}: {value}\r\n").into_bytes());
    }
    request.extend(b"\r\n");
    request.extend(body);
    stream.write_all(&request)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(answer)
}

fn parse(answer: &[u8]) -> Option<Answer> {
    let text = String::from_utf8_lossy(answer);
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some(Answer { status, body: body.to_owned() })
}
