//! The doors of the program: standard output, standard error, the log, and what a panic
//! says. Owns the last look at every byte: whatever a plan, a journal or a cloud put into a
//! sentence, no character of it may drive a terminal.

use std::{
    fmt::Write as _,
    fs::{DirBuilder, File, OpenOptions},
    io::{self, IsTerminal, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    panic::PanicHookInfo,
    sync::Arc,
};

use color_eyre::{
    config::{HookBuilder, PanicHook},
    eyre::{Result, WrapErr},
};
use tracing_subscriber::fmt::MakeWriter;

use crate::{config::Config, console::terminal, model::text::is_unsafe};

/// Writes lines to standard output.
pub(crate) fn say(text: &str) -> Result<()> {
    ours(&plain(text))
}

/// As [`say`], leaving colours in it. Only for text whose parts from outside are clean.
pub(crate) fn say_coloured(text: &str) -> Result<()> {
    ours(&coloured(text))
}

/// Writes a value for programs: every character that is not a glyph is an escape of JSON,
/// so that nothing is lost.
pub(crate) fn say_json(value: &serde_json::Value) -> Result<()> {
    ours(&escaped(&serde_json::to_string_pretty(value)?))
}

/// Text from inside the program.
pub(crate) fn ours(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())
        .and_then(|()| if text.ends_with('\n') { Ok(()) } else { out.write_all(b"\n") })
        .and_then(|()| out.flush())
        .wrap_err("standard output")
}

/// Writes what went wrong to standard error. Nobody may be there to read it.
pub(crate) fn complain(text: &str) {
    let text = plain(text);
    drop(writeln!(io::stderr(), "{}", text.trim_end_matches('\n')));
}

/// `text` with everything but glyphs and line breaks made visible.
fn plain(text: &str) -> String {
    let glyph = |c: char| match c {
        '\n' => '\n',
        '\t' => ' ',
        c if is_unsafe(c) => '\u{FFFD}',
        c => c,
    };
    text.chars().map(glyph).collect()
}

/// [`plain`], with sequences that only set colours left in.
fn coloured(text: &str) -> String {
    let (mut out, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once("\x1b[") {
        out.push_str(&plain(before));
        let code = |c: char| c.is_ascii_digit() || c == ';';
        let tail = after.trim_start_matches(code);
        if let Some(tail) = tail.strip_prefix('m') {
            let codes = after.strip_suffix(tail).unwrap_or_default();
            out.push_str("\x1b[");
            out.push_str(codes);
            rest = tail;
        } else {
            out.push_str("\u{FFFD}[");
            rest = after;
        }
    }
    out + &plain(rest)
}

/// JSON with only glyphs and line breaks in it. What is escaped can only be in a string.
pub(crate) fn escaped(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if c == '\n' || !is_unsafe(c) {
            out.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            // Writing to a string cannot fail.
            write!(out, "\\u{unit:04x}").ok();
        }
    }
    out
}

/// Reports of errors and panics. A panic of the screen gives the terminal back first; one
/// of a worker must not disturb a screen that goes on, and is only logged then.
///
/// # Errors
/// When it was done before.
pub fn install_hooks() -> Result<()> {
    let (panics, errors) = HookBuilder::default().into_hooks();
    errors.install()?;
    let screen = std::thread::current().id();
    std::panic::set_hook(Box::new(move |info| {
        panicked(&panics, info, std::thread::current().id() == screen);
    }));
    Ok(())
}

/// `screen`: whether the thread that draws the screen, and whoever asked for the hooks, is
/// the one that panicked.
fn panicked(hook: &PanicHook, info: &PanicHookInfo<'_>, screen: bool) {
    let report = hook.panic_report(info).to_string();
    tracing::error!("{}", plain(&report));
    if terminal::is_taken() && !screen && io::stderr().is_terminal() {
        return;
    }
    if screen {
        terminal::restore();
    }
    complain(&report);
}

/// Diagnostics go to a file in the state directory, when `WARROOM_LOG` asks for them:
/// the screen belongs to the console. A place that is not ours alone gets none.
pub(crate) fn log_to_file(config: &Config) {
    let Some(filter) = config.env.get("WARROOM_LOG") else {
        return;
    };
    let Ok(file) = log_file(config) else {
        return;
    };
    let log = tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::new(filter))
        .with_ansi(false)
        .with_writer(Log(Arc::new(file)));
    // A second installation cannot happen: this runs once.
    drop(log.try_init());
}

/// For its owner only, and never through a link.
fn log_file(config: &Config) -> io::Result<File> {
    DirBuilder::new().recursive(true).mode(0o700).create(&config.state_dir)?;
    let path = config.state_dir.join("warroom.log");
    let no_follow = rustix::fs::OFlags::NOFOLLOW.bits().cast_signed();
    OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .custom_flags(no_follow)
        .open(path)
}

/// The log: a line of it is as clean as one on the screen.
#[derive(Clone, Debug)]
struct Log(Arc<File>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = plain(&String::from_utf8_lossy(bytes));
        self.0.as_ref().write_all(text.as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.as_ref().flush()
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn is_clean(text: &str) -> bool {
        text.chars().all(|c| c == '\n' || !is_unsafe(c))
    }

    #[test]
    fn colours_stay_and_nothing_else_does() {
        for (raw, shown) in [
            ("\x1b[1;31merror\x1b[0m", "\x1b[1;31merror\x1b[0m"),
            ("\x1b[2Jgone", "\u{FFFD}[2Jgone"),
            ("\x1b]0;title\x07", "\u{FFFD}]0;title\u{FFFD}"),
            ("a\x1b[", "a\u{FFFD}["),
            ("\x1b[31", "\u{FFFD}[31"),
            ("m\n", "m\n"),
        ] {
            assert_eq!(coloured(raw), shown, "{raw:?}");
        }
    }

    #[test]
    fn the_log_is_as_clean_as_the_screen() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        let mut log = Log(Arc::new(File::create(&path).unwrap()));
        log.write_all("a\x1b]0;title\x07\u{202e}b\nc\n".as_bytes()).unwrap();
        let written = std::fs::read_to_string(&path).unwrap();
        assert_eq!(written, "a\u{FFFD}]0;title\u{FFFD}\u{FFFD}b\nc\n");
    }

    proptest! {
        #[test]
        fn nothing_unsafe_leaves(raw in any::<String>()) {
            prop_assert!(is_clean(&plain(&raw)));
        }

        #[test]
        fn json_is_clean_and_says_the_same(raw in any::<String>()) {
            let value = serde_json::json!({ raw.clone(): [raw] });
            let json = escaped(&serde_json::to_string_pretty(&value).unwrap());
            prop_assert!(is_clean(&json));
            prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&json).unwrap(), value);
        }
    }
}
