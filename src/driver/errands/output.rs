//! What a program prints: cut into lines, masked, cleaned, and capped with its beginning
//! and its end kept.

use std::collections::VecDeque;

use super::secrets::Secrets;
use crate::model::Text;

/// Characters of one line.
const LINE: usize = 500;

/// Bytes kept from the beginning, and as many from the end.
const HALF: usize = 32 * 1024;

/// Bytes of an answer that is read as a whole.
const ANSWER: usize = 512 * 1024;

/// Collects lines.
#[derive(Default)]
pub(super) struct Output {
    secrets: Secrets,
    /// The line being read, per stream.
    partial: [Vec<u8>; 2],
    head: Vec<Text>,
    head_bytes: usize,
    tail: VecDeque<Text>,
    tail_bytes: usize,
    dropped: usize,
    /// All of stream 0, while it is no longer than an answer may be.
    whole: Option<Vec<u8>>,
}

impl Output {
    pub(super) fn new(secrets: Secrets) -> Self {
        Self { secrets, whole: Some(Vec::new()), ..Self::default() }
    }

    /// Takes bytes of stream 0 or 1; `say` gets every line that is whole.
    pub(super) fn take(&mut self, stream: usize, bytes: &[u8], say: &dyn Fn(Text)) {
        if stream == 0 {
            self.whole = self.whole.take().filter(|whole| whole.len() <= ANSWER);
            self.whole.iter_mut().for_each(|whole| whole.extend_from_slice(bytes));
        }
        for byte in bytes {
            let Some(partial) = self.partial.get_mut(stream) else {
                return;
            };
            if *byte != b'\n' {
                partial.push(*byte);
            }
            // A program that never ends a line must not fill the memory.
            if *byte == b'\n' || partial.len() >= 4 * LINE {
                self.end_line(stream, say);
            }
        }
    }

    /// The program has ended: what is left is a line too.
    pub(super) fn end(&mut self, say: &dyn Fn(Text)) {
        for stream in 0..2 {
            if self.partial.get(stream).is_some_and(|left| !left.is_empty()) {
                self.end_line(stream, say);
            }
        }
    }

    fn end_line(&mut self, stream: usize, say: &dyn Fn(Text)) {
        let Some(bytes) = self.partial.get_mut(stream).map(std::mem::take) else {
            return;
        };
        let raw = String::from_utf8_lossy(&bytes);
        let raw = raw.trim_end_matches('\r');
        let line = Text::capped(&self.secrets.mask(raw), LINE);
        say(line.clone());
        let size = line.as_str().len() + 1;
        if self.head_bytes + size <= HALF && self.tail.is_empty() {
            self.head_bytes += size;
            self.head.push(line);
            return;
        }
        self.tail_bytes += size;
        self.tail.push_back(line);
        while self.tail_bytes > HALF {
            let Some(gone) = self.tail.pop_front() else { break };
            self.tail_bytes -= gone.as_str().len() + 1;
            self.dropped += 1;
        }
    }

    /// The last line that says anything.
    pub(super) fn last(&self) -> Option<&Text> {
        let lines = self.tail.iter().rev().chain(self.head.iter().rev());
        lines.into_iter().find(|line| !line.as_str().trim().is_empty())
    }

    /// All of the first stream, masked; none when it is longer than an answer may be.
    pub(super) fn answer(&self) -> Option<String> {
        let whole = self.whole.as_ref().filter(|whole| whole.len() <= ANSWER)?;
        Some(self.secrets.mask(&String::from_utf8_lossy(whole)))
    }

    /// All that was kept.
    pub(super) fn lines(self) -> Vec<Text> {
        let mut lines = self.head;
        if self.dropped > 0 {
            lines.push(Text::clean(format!("({} lines left out)", self.dropped)));
        }
        lines.extend(self.tail);
        lines
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn beginning_and_end_are_kept_and_the_gap_is_named() {
        let mut output = Output::default();
        let said = Cell::new(0);
        for n in 0..20_000 {
            let line = format!("line {n}\n");
            output.take(0, line.as_bytes(), &|_| said.set(said.get() + 1));
        }
        output.take(1, b"no end of line", &|_| {});
        output.end(&|_| said.set(said.get() + 1));
        assert_eq!(said.get(), 20_001);
        assert_eq!(output.last().unwrap().as_str(), "no end of line");
        let lines = output.lines();
        assert_eq!(lines[0].as_str(), "line 0");
        assert!(lines.iter().any(|line| line.as_str().ends_with("lines left out)")));
        let bytes: usize = lines.iter().map(|line| line.as_str().len() + 1).sum();
        assert!(bytes <= 2 * HALF + 100, "{bytes}");
    }

    #[test]
    fn an_answer_is_whole_or_none() {
        let mut output = Output::new(Secrets::default());
        output.take(0, b"{\"a\":\n", &|_| {});
        output.take(1, b"a warning\n", &|_| {});
        output.take(0, b"1}\n", &|_| {});
        assert_eq!(output.answer().unwrap(), "{\"a\":\n1}\n");
        output.take(0, &vec![b'x'; ANSWER + 1], &|_| {});
        output.take(0, b"x", &|_| {});
        assert_eq!(output.answer(), None);
    }

    #[test]
    fn an_endless_line_is_cut_and_no_escape_survives() {
        let mut output = Output::default();
        output.take(0, &vec![b'x'; 100_000], &|_| {});
        output.take(1, b"\x1b[2J\xff\r\n", &|_| {});
        let lines = output.lines();
        assert!(lines.iter().all(|line| line.as_str().chars().count() <= LINE));
        assert_eq!(lines.last().unwrap().as_str(), "\u{fffd}[2J\u{fffd}");
    }
}
