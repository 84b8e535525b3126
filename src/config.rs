//! What this machine and this person say: directories, names, colours. The environment
//! is read here, once, and nowhere else.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    io::IsTerminal,
    path::{Path, PathBuf},
};

use directories::BaseDirs;

use crate::model::{PersonId, Text};

/// A copy of the environment, taken at the start.
#[derive(Clone, Default)]
pub struct Env(BTreeMap<String, String>);

impl std::fmt::Debug for Env {
    /// Names only: values may be secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Env {
    /// Reads the process's environment; values that are not UTF-8 are left out.
    pub fn read() -> Self {
        let utf8 = |(name, value): (OsString, OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        Self(std::env::vars_os().filter_map(utf8).collect())
    }

    /// A set value; set but empty counts as unset.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    pub fn all(&self) -> &BTreeMap<String, String> {
        &self.0
    }
}

impl From<BTreeMap<String, String>> for Env {
    fn from(values: BTreeMap<String, String>) -> Self {
        Self(values)
    }
}

/// No place to keep a journal.
#[derive(Debug, thiserror::Error)]
#[error("no home directory: set HOME or WARROOM_STATE_DIR to where journals may live")]
pub struct NoHome;

/// Settled for the life of the process.
#[derive(Clone, Debug)]
pub struct Config {
    /// Journals live here, `live/` and `drill/` apart.
    pub state_dir: PathBuf,
    pub person: PersonId,
    /// Terminal and host, as records show them.
    pub tty: Text,
    pub env: Env,
}

impl Config {
    /// Flags beat the environment, the environment beats what the system says.
    ///
    /// # Errors
    /// [`NoHome`] when no state directory was named and none can be found.
    pub fn new(
        env: Env,
        state_dir: Option<&Path>,
        person: Option<&str>,
    ) -> Result<Self, NoHome> {
        let state_dir = state_dir
            .map(Path::to_owned)
            .or_else(|| env.get("WARROOM_STATE_DIR").map(PathBuf::from))
            .or_else(|| default_state_dir(&env))
            .ok_or(NoHome)?;
        let person = person
            .or_else(|| env.get("WARROOM_PERSON"))
            .or_else(|| env.get("USER"))
            .or_else(|| env.get("LOGNAME"))
            .unwrap_or("operator");
        let person = PersonId::new(Text::capped(person.trim(), 40).as_str());
        Ok(Self { state_dir, person, tty: terminal(), env })
    }

    /// Columns of the terminal that shows standard output; none for a pipe or a file.
    pub fn width(&self) -> Option<usize> {
        let out = std::io::stdout();
        let size = rustix::termios::tcgetwinsize(&out).ok()?;
        Some(usize::from(size.ws_col)).filter(|columns| *columns > 0)
    }

    /// Colour on standard output: `NO_COLOR` beats `CLICOLOR_FORCE` and `FORCE_COLOR`,
    /// those beat whether anybody is looking.
    pub fn colour(&self) -> bool {
        if self.env.get("NO_COLOR").is_some() {
            return false;
        }
        let forced = ["FORCE_COLOR", "CLICOLOR_FORCE"]
            .iter()
            .any(|name| self.env.get(name).is_some_and(|value| value != "0"));
        let dumb = self.env.get("TERM").is_some_and(|term| term == "dumb");
        forced || (!dumb && std::io::stdout().is_terminal())
    }
}

/// `$XDG_STATE_HOME/warroom`, also where the system has no such custom.
fn default_state_dir(env: &Env) -> Option<PathBuf> {
    if let Some(dir) = env.get("XDG_STATE_HOME") {
        return Some(Path::new(dir).join("warroom"));
    }
    let dirs = BaseDirs::new()?;
    let home = dirs.state_dir().unwrap_or_else(|| dirs.data_local_dir());
    Some(home.join("warroom"))
}

fn terminal() -> Text {
    let tty = rustix::termios::ttyname(std::io::stdin(), Vec::new())
        .ok()
        .and_then(|name| name.into_string().ok())
        .map_or_else(|| "no terminal".to_owned(), |name| name.replace("/dev/", ""));
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    Text::capped(&format!("{tty} on {host}"), 80)
}
