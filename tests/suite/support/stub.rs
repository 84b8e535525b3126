//! A server that answers every request alike and keeps their first lines: for what no
//! emulator plays. Owns one listener, on a port the kernel chooses, and its thread.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::{TcpListener, TcpStream},
    sync::mpsc,
};

/// A running stub. Its thread ends with the process.
#[derive(Debug)]
pub(crate) struct Stub {
    port: u16,
    asked: mpsc::Receiver<String>,
}

impl Stub {
    /// Answers 200 with this JSON.
    pub(crate) fn saying(json: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (tell, asked) = mpsc::channel();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let Some(line) = answer(&stream, &json) else { continue };
                if tell.send(line).is_err() {
                    return;
                }
            }
        });
        Self { port, asked }
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The first lines of the requests since this was last asked.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.try_iter().collect()
    }
}

/// Reads a head, answers, and tells its first line; none when the caller went away.
fn answer(stream: &TcpStream, json: &str) -> Option<String> {
    let mut head = BufReader::new(stream).lines().map_while(Result::ok);
    let first = head.next()?;
    let _rest: Vec<String> = head.take_while(|line| !line.is_empty()).collect();
    let length = json.len();
    let answer = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\
         Connection: close\r\n\r\n{json}"
    );
    let mut stream = stream;
    stream.write_all(answer.as_bytes()).ok()?;
    Some(first)
}
