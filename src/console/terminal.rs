//! The person's terminal: taken, and given back as it was, whatever happens. Nothing here
//! fails loudly: a terminal that is gone is an answer.

use std::{
    io::{self, Write},
    sync::{
        OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};

use crossterm::terminal::{disable_raw_mode, enable_raw_mode};
use ratatui::{Frame, backend::CrosstermBackend};
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    process::{Signal, getpid, getppid, getsid, kill_current_process_group},
    stdio,
};

use super::screen::Screen;
use crate::model::Text;

/// Title kept, alternate screen, bracketed paste, focus reports, cursor hidden.
const ENTER: &str = "\x1b[22;2t\x1b[?1049h\x1b[?2004h\x1b[?1004h\x1b[?25l\x1b[2J";

/// The same backwards; also ends a frame that was cut off, and any style.
const LEAVE: &str =
    "\x1b[?2026l\x1b[0m\x1b[?1004l\x1b[?2004l\x1b[?25h\x1b[?1049l\x1b[23;2t";

/// A process has one terminal: whether it is ours now.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// It stopped taking what is written to it.
static LOST: AtomicBool = AtomicBool::new(false);

/// Keeps reads of a terminal that is gone waiting instead of spinning.
static SILENCE: OnceLock<io::PipeWriter> = OnceLock::new();

/// Most of a text a clipboard sequence may carry; terminals cut or drop longer ones.
const CLIPBOARD_LIMIT: usize = 50_000;

/// Gives the terminal back, if it is taken. Safe to call twice, and from a panic hook.
pub fn restore() {
    if TAKEN.swap(false, Ordering::SeqCst) {
        put(LEAVE);
        // Failing means that there is no terminal left to restore.
        drop(disable_raw_mode());
    }
}

/// Whether a console has it now.
pub fn is_taken() -> bool {
    TAKEN.load(Ordering::SeqCst)
}

/// Writes `sequence`; a terminal that does not take it has lost nothing it could show.
fn put(sequence: &str) {
    let mut out = Paper;
    drop(out.write_all(sequence.as_bytes()).and_then(|()| out.flush()));
}

/// Standard output that remembers a failure and does not report it: ratatui would print
/// one to standard error when it is dropped, which panics when that is gone as well.
#[derive(Debug)]
struct Paper;

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match io::stdout().lock().write(bytes) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => {
                LOST.store(true, Ordering::SeqCst);
                Ok(bytes.len())
            }
            written => written,
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        if io::stdout().lock().flush().is_err() {
            LOST.store(true, Ordering::SeqCst);
        }
        Ok(())
    }
}

/// The terminal while it is taken. Dropping it gives it back.
#[derive(Debug)]
pub struct Terminal {
    screen: Screen<CrosstermBackend<Paper>>,
    title: Text,
}

impl Terminal {
    /// Takes the terminal.
    ///
    /// # Errors
    /// When input and output are not a terminal, or it refuses raw mode.
    pub fn enter(title: Text) -> io::Result<Self> {
        use std::io::IsTerminal as _;
        if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
            return Err(io::Error::other("input and output must be a terminal"));
        }
        let terminal = Self { screen: blank()?, title };
        terminal.take()?;
        Ok(terminal)
    }

    fn take(&self) -> io::Result<()> {
        // Set first: a failure half-way is given back too.
        TAKEN.store(true, Ordering::SeqCst);
        enable_raw_mode()?;
        put(ENTER);
        put(&format!("\x1b]2;{}\x1b\\", self.title));
        Ok(())
    }

    /// Draws a frame in one piece; nothing is sent when it is the one before.
    ///
    /// # Errors
    /// When the terminal does not take it: it is gone.
    pub fn draw(&mut self, picture: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        if !self.screen.paint(picture)? {
            return Ok(());
        }
        put("\x1b[?2026h");
        let drawn = self.screen.send();
        put("\x1b[?2026l");
        if LOST.load(Ordering::SeqCst) {
            return Err(io::Error::from(io::ErrorKind::BrokenPipe));
        }
        drawn
    }

    /// Takes the terminal anew, whatever somebody else did to it in between.
    ///
    /// # Errors
    /// When it refuses raw mode.
    pub fn retake(&mut self) -> io::Result<()> {
        restore();
        // Every cell is drawn again. `clear` would do it too, but asks the terminal where
        // the cursor is and waits for an answer that the key reader takes away.
        self.screen = blank()?;
        self.take()
    }

    /// Gives the terminal back and stops this job; whoever waits for it to continue takes
    /// it again with [`Terminal::retake`]. False when there is no shell to go to.
    pub fn suspend(&self) -> bool {
        if !has_shell() {
            return false;
        }
        restore();
        kill_current_process_group(Signal::STOP).is_ok()
    }

    pub fn bell(&self) {
        put("\x07");
    }

    /// Puts `text` on the clipboard of the terminal the person sits at (OSC 52).
    pub fn copy(&self, text: &Text, tmux: bool) {
        put(&clipboard(text.as_str(), tmux));
    }
}

fn blank() -> io::Result<Screen<CrosstermBackend<Paper>>> {
    let terminal = ratatui::Terminal::new(CrosstermBackend::new(Paper))?;
    Ok(Screen::new(terminal))
}

impl Drop for Terminal {
    fn drop(&mut self) {
        restore();
    }
}

/// Whether somebody could continue a stopped job: not when we lead the session, nor when
/// our parent belongs to another one.
fn has_shell() -> bool {
    let (Ok(ours), Some(parent)) = (getsid(None), getppid()) else {
        return false;
    };
    ours != getpid() && getsid(Some(parent)).is_ok_and(|theirs| theirs == ours)
}

/// Columns and rows, as the terminal itself says; 0x0 while it has none.
pub fn size() -> Option<(u16, u16)> {
    let size = rustix::termios::tcgetwinsize(stdio::stdout()).ok()?;
    Some((size.ws_col, size.ws_row))
}

/// Whether the other end of the terminal is gone.
pub fn hung_up() -> bool {
    if LOST.load(Ordering::SeqCst) {
        return true;
    }
    let input = stdio::stdin();
    let mut fds = [PollFd::new(&input, PollFlags::empty())];
    let now = Timespec { tv_sec: 0, tv_nsec: 0 };
    let gone = PollFlags::HUP | PollFlags::ERR;
    poll(&mut fds, Some(&now)).is_ok_and(|ready| ready > 0)
        && fds.iter().any(|fd| fd.revents().intersects(gone))
}

/// Puts a silent input and a patient output in the place of a terminal that is gone: the
/// key reader would spin on its end of file, and printing to it would fail.
pub fn isolate() {
    TAKEN.store(false, Ordering::SeqCst);
    if let Ok((silent, writer)) = io::pipe()
        && stdio::dup2_stdin(&silent).is_ok()
    {
        // Held open for good: an end of file would be read again and again.
        drop(SILENCE.set(writer));
    }
    if let Ok(sink) = std::fs::OpenOptions::new().write(true).open("/dev/null") {
        // What cannot be replaced fails when it is written to, and nobody reads it.
        stdio::dup2_stdout(&sink).ok();
        stdio::dup2_stderr(&sink).ok();
    }
}

fn clipboard(text: &str, tmux: bool) -> String {
    let cut: String = text.chars().take(CLIPBOARD_LIMIT).collect();
    let osc = format!("\x1b]52;c;{}\x07", base64(cut.as_bytes()));
    if tmux {
        format!("\x1bPtmux;{}\x1b\\", osc.replace('\x1b', "\x1b\x1b"))
    } else {
        osc
    }
}

fn base64(bytes: &[u8]) -> String {
    const SIGNS: &[u8; 64] =
        b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let group = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4 {
            let sign = if place > chunk.len() {
                '='
            } else {
                let index = (group >> (18 - 6 * place)) & 63;
                SIGNS.get(index as usize).map_or('=', |sign| char::from(*sign))
            };
            out.push(sign);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_the_rfc_s() {
        for (plain, coded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(plain.as_bytes()), coded, "{plain}");
        }
    }

    #[test]
    fn a_multiplexer_passes_the_clipboard_on() {
        let plain = clipboard("foo", false);
        assert_eq!(plain, "\x1b]52;c;Zm9v\x07");
        assert_eq!(clipboard("foo", true), "\x1bPtmux;\x1b\x1b]52;c;Zm9v\x07\x1b\\");
    }

    #[test]
    fn giving_back_what_was_not_taken_does_nothing() {
        restore();
        restore();
        assert!(!TAKEN.load(Ordering::SeqCst));
    }
}
