//! The traces one attempt of a program leaves on disk: that it was asked for, that it has
//! begun, how it ended. Each is a file made once and never changed. Owns their order; must
//! never let an attempt begin twice, nor after somebody has looked and found it not begun.
//!
//! * `….asked` is written before anything is started: without it the attempt belongs to
//!   another place, and its silence proves nothing.
//! * `….begun` is made, whole and locked, before the program starts, by its supervisor, who
//!   keeps the lock until it ends. Only one can make it: a process that looks and finds none
//!   makes it itself, and the program will never begin.
//! * `….ended` holds the outcome.

use std::{
    fmt::Write as _,
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, ErrorKind, Read, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::model::{Attempt, Evidenced, Text, Trouble};

/// What stands in a `….begun` that was made so that nothing begins.
const FORSAKEN: &[u8] = b"forsaken";

/// The newest form of an outcome this program reads, and the one it writes.
const FORMAT: u32 = 1;

/// How a program ended, when nobody had other wishes than an exit status of 0.
pub(super) type Outcome = Result<Evidenced, Trouble>;

/// How a program ended, with what others read out of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ran {
    pub(super) outcome: Outcome,
    /// None when it did not start, or did not end by itself.
    pub(super) code: Option<i32>,
    /// All it printed on its first stream, masked; none when that was too long.
    pub(super) answer: Option<String>,
}

impl From<Trouble> for Ran {
    fn from(trouble: Trouble) -> Self {
        Self { outcome: Err(trouble), code: None, answer: None }
    }
}

/// What is left of an attempt.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Left {
    Ended(Ran),
    Running(Text),
    Lost(Text),
}

#[derive(Serialize, Deserialize)]
struct Ended {
    format: u32,
    outcome: Outcome,
    #[serde(default)]
    code: Option<i32>,
    #[serde(default)]
    answer: Option<String>,
}

/// Where one attempt leaves its traces.
#[derive(Clone, Debug)]
pub(super) struct Trace {
    dir: PathBuf,
    key: String,
}

/// The lock that says that a program's supervisor is alive. Freed with this value.
#[derive(Debug)]
pub(super) struct Begun(#[expect(dead_code, reason = "held for its lock")] File);

impl Trace {
    pub(super) fn of(dir: &Path, attempt: &Attempt) -> Self {
        Self::named(dir, &key(attempt))
    }

    /// By the key another process was given.
    pub(super) fn named(dir: &Path, key: &str) -> Self {
        Self { dir: dir.to_owned(), key: key.to_owned() }
    }

    pub(super) fn key(&self) -> &str {
        &self.key
    }

    fn file(&self, what: &str) -> PathBuf {
        self.dir.join(format!("{}.{what}", self.key))
    }

    /// Says, durably, that the attempt will be started from here.
    ///
    /// # Errors
    /// When the place cannot be written, is open to others, or the attempt was asked for
    /// before: then it is not started.
    pub(super) fn ask(&self) -> io::Result<()> {
        prepare(&self.dir)?;
        let mut file = create(&self.file("asked"))?;
        file.write_all(self.key.as_bytes())?;
        file.sync_all()?;
        sync(&self.dir)
    }

    /// Makes the attempt this process' own.
    ///
    /// # Errors
    /// [`ErrorKind::AlreadyExists`] when it began already, or must not begin any more.
    pub(super) fn begin(&self) -> io::Result<Begun> {
        self.claim(format!("pid {}", std::process::id()).as_bytes()).map(Begun)
    }

    /// Appears under its name whole and locked: nobody ever sees it without its holder.
    fn claim(&self, content: &[u8]) -> io::Result<File> {
        let new = self.file(&format!("begun.{}", std::process::id()));
        let mut file = create(&new)?;
        let linked = file
            .try_lock()
            .map_err(io::Error::from)
            .and_then(|()| file.write_all(content))
            .and_then(|()| file.sync_all())
            .and_then(|()| fs::hard_link(&new, self.file("begun")));
        fs::remove_file(&new)?;
        linked?;
        sync(&self.dir)?;
        Ok(file)
    }

    /// Writes the outcome, durably and whole.
    ///
    /// # Errors
    /// When it cannot be written; then nobody will know it.
    pub(super) fn end(&self, ran: Ran) -> io::Result<()> {
        let Ran { outcome, code, answer } = ran;
        let ended = Ended { format: FORMAT, outcome, code, answer };
        let new = self.file("ended.new");
        let mut file = create(&new)?;
        file.write_all(&serde_json::to_vec(&ended)?)?;
        file.sync_all()?;
        fs::rename(&new, self.file("ended"))?;
        sync(&self.dir)
    }

    /// The outcome, where one was left.
    ///
    /// # Errors
    /// When there is one that cannot be read.
    pub(super) fn outcome(&self) -> io::Result<Option<Ran>> {
        let bytes = match fs::read(self.file("ended")) {
            Ok(bytes) => bytes,
            Err(why) if why.kind() == ErrorKind::NotFound => return Ok(None),
            Err(why) => return Err(why),
        };
        let ended: Ended = serde_json::from_slice(&bytes)?;
        if ended.format > FORMAT {
            return Err(io::Error::other(format!("its format is {}", ended.format)));
        }
        let Ended { outcome, code, answer, .. } = ended;
        Ok(Some(Ran { outcome, code, answer }))
    }

    /// What became of the attempt, for a process that did not hear its end.
    pub(super) fn recall(&self) -> Left {
        self.look().unwrap_or_else(|why| {
            Left::Lost(Text::clean(format!("its traces cannot be read: {why}")))
        })
    }

    fn look(&self) -> io::Result<Left> {
        if let Some(outcome) = self.outcome()? {
            return Ok(Left::Ended(outcome));
        }
        match File::open(self.file("begun")) {
            Ok(begun) => self.look_again(begun),
            Err(why) if why.kind() != ErrorKind::NotFound => Err(why),
            Err(_) if self.file("asked").exists() => self.forsake(),
            Err(_) => Ok(Left::Lost("there is no trace of it here".into())),
        }
    }

    /// It began. Whoever holds the lock still runs it; a free one may have been freed with
    /// the last word.
    fn look_again(&self, mut begun: File) -> io::Result<Left> {
        let mut who = Vec::new();
        begun.read_to_end(&mut who)?;
        if who == FORSAKEN {
            return Ok(Left::Ended(never().into()));
        }
        let who = String::from_utf8_lossy(&who).into_owned();
        if begun.try_lock_shared().is_err() {
            return Ok(Left::Running(Text::clean(format!(
                "still running, supervised by {who}"
            ))));
        }
        Ok(self.outcome()?.map_or_else(
            || {
                Left::Lost(Text::clean(format!(
                    "it began under {who}, who is gone without a word"
                )))
            },
            Left::Ended,
        ))
    }

    /// It was asked for and has not begun: now it never will.
    fn forsake(&self) -> io::Result<Left> {
        match self.claim(FORSAKEN) {
            Ok(_) => Ok(Left::Ended(never().into())),
            // It began this very moment.
            Err(why) if why.kind() == ErrorKind::AlreadyExists => {
                Ok(Left::Running("it is just beginning".into()))
            }
            Err(why) => Err(why),
        }
    }
}

fn never() -> Trouble {
    Trouble::NotSent("the console ended before the program began; it never will".into())
}

/// A file name. What is not plainly one becomes one by its digest.
fn key(attempt: &Attempt) -> String {
    let Attempt { incident, step, number, intended_at } = attempt;
    let raw = format!("{incident}-{step}-a{number}-{}", intended_at.as_millis());
    let raw = raw.to_ascii_lowercase();
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    if raw.len() <= 120 && raw.chars().all(plain) {
        return raw;
    }
    let digest = Sha256::digest(raw.as_bytes());
    digest.iter().fold("attempt-".to_owned(), |mut name, byte| {
        // Writing to a string cannot fail.
        write!(name, "{byte:02x}").ok();
        name
    })
}

/// For nobody else to read. An existing one is never followed, and never reused.
fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// Makes the place, or refuses one that others could write.
fn prepare(dir: &Path) -> io::Result<()> {
    if fs::symlink_metadata(dir).is_err() {
        DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
        sync(dir.parent().unwrap_or(dir))?;
    }
    let found = fs::symlink_metadata(dir)?;
    let ours = found.uid() == rustix::process::geteuid().as_raw();
    let loose = found.mode() & 0o077;
    if found.is_dir() && ours && loose == 0 {
        return Ok(());
    }
    Err(io::Error::other(format!(
        "{} is a link, or open to others; run: chmod 700",
        dir.display()
    )))
}

fn sync(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Moment;

    fn attempt(step: &str) -> Attempt {
        Attempt {
            incident: "INC-0001".into(),
            step: step.into(),
            number: 1,
            intended_at: Moment::from_millis(1_788_000_000_000),
        }
    }

    fn traces() -> (tempfile::TempDir, Trace) {
        let dir = tempfile::tempdir().unwrap();
        let trace = Trace::of(&dir.path().join("errands"), &attempt("tell"));
        (dir, trace)
    }

    fn ended() -> Ran {
        let (summary, raw) = ("exit 0".into(), vec!["x".into()]);
        let outcome = Ok(Evidenced { summary, raw, ..Evidenced::default() });
        Ran { outcome, code: Some(0), answer: Some("x\n".to_owned()) }
    }

    #[test]
    fn each_stage_is_told_from_every_other() {
        let (_dir, trace) = traces();
        assert!(matches!(trace.recall(), Left::Lost(_)), "of another place");
        trace.ask().unwrap();
        let begun = trace.begin().unwrap();
        assert!(matches!(trace.recall(), Left::Running(_)));
        drop(begun);
        assert!(matches!(trace.recall(), Left::Lost(_)), "its supervisor died");
        trace.end(ended()).unwrap();
        assert_eq!(trace.recall(), Left::Ended(ended()));
    }

    #[test]
    fn what_was_looked_for_before_it_began_never_begins() {
        let (_dir, trace) = traces();
        trace.ask().unwrap();
        for _ in 0..2 {
            let Left::Ended(ran) = trace.recall() else { panic!("it may begin") };
            assert!(matches!(ran.outcome, Err(Trouble::NotSent(_))));
        }
        let late = trace.begin().unwrap_err();
        assert_eq!(late.kind(), ErrorKind::AlreadyExists);
    }

    #[test]
    fn nothing_is_asked_or_begun_twice() {
        let (_dir, trace) = traces();
        trace.ask().unwrap();
        assert!(trace.ask().is_err());
        drop(trace.begin().unwrap());
        assert!(trace.begin().is_err());
    }

    #[test]
    fn an_outcome_half_written_or_of_a_newer_program_is_no_answer() {
        let (_dir, trace) = traces();
        trace.ask().unwrap();
        drop(trace.begin().unwrap());
        for text in ["", "{\"format\":1", "{\"format\":2,\"outcome\":{\"Ok\":null}}"] {
            fs::write(trace.file("ended"), text).unwrap();
            assert!(matches!(trace.recall(), Left::Lost(_)), "{text}");
        }
    }

    #[test]
    fn no_step_can_name_a_place_elsewhere() {
        for step in ["../../etc/x", "a/b", "a b", "\u{202e}", &"x".repeat(400)] {
            let key = key(&attempt(step));
            assert!(key.starts_with("attempt-") && key.len() < 100, "{key}");
        }
        assert_eq!(key(&attempt("tell")), "inc-0001-tell-a1-1788000000000");
    }

    #[test]
    fn a_place_open_to_others_is_refused() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let (dir, trace) = traces();
        let place = dir.path().join("errands");
        fs::create_dir(&place).unwrap();
        fs::set_permissions(&place, fs::Permissions::from_mode(0o755)).unwrap();
        assert!(trace.ask().is_err());
        fs::remove_dir(&place).unwrap();
        symlink(dir.path(), &place).unwrap();
        assert!(trace.ask().is_err());
    }
}
