//! The files of a plan: reading them, naming them, finding a line in them. The only place
//! of `plan` that touches a disk; it never says whether what it read makes sense.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Component, Path, PathBuf},
};

use sha2::{Digest, Sha256};

use crate::model::Text;

/// Past this a file is no plan.
const MAX_BYTES: u64 = 2 * 1024 * 1024;

/// One file of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Name within the plan: `plan.toml`, `runbooks/failover.toml`.
    pub name: String,
    /// Name as a person can open it from where they stand.
    pub shown: String,
    pub text: String,
}

/// A stretch of one file, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spot {
    pub file: usize,
    pub start: usize,
    pub end: usize,
}

/// All files of a plan, in the order they are read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources {
    pub files: Vec<Source>,
    /// Where they came from.
    pub path: String,
    /// Where files beside the plan are looked for; nowhere for one in the program, whose
    /// other files are in `others`.
    pub dir: Option<PathBuf>,
    pub others: BTreeMap<String, String>,
}

/// Where each line of each file begins, in bytes.
#[derive(Debug)]
pub(super) struct Lines<'s> {
    sources: &'s Sources,
    begins: Vec<Vec<usize>>,
}

impl Lines<'_> {
    /// 1-based line and column (in characters) where `spot` begins.
    pub(super) fn line_column(&self, spot: Spot) -> (u32, u32) {
        let source = self.sources.files.get(spot.file);
        let Some((source, begins)) = source.zip(self.begins.get(spot.file)) else {
            return (1, 1);
        };
        let end = spot.start.min(source.text.len());
        let line = begins.partition_point(|begin| *begin <= end);
        let begin = begins.get(line.saturating_sub(1)).copied().unwrap_or_default();
        let before = source.text.get(begin..end).unwrap_or_default();
        let column = before.chars().count() + 1;
        (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(1))
    }
}

/// A file that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    pub file: String,
    pub why: String,
    pub help: &'static str,
}

impl Sources {
    /// Reads a plan's directory, or its one file.
    pub fn read(path: &Path) -> (Self, Vec<Unreadable>) {
        let dir = if path.is_dir() { Some(path) } else { path.parent() };
        let mut sources = Self {
            path: path.display().to_string(),
            dir: dir.map(Path::to_owned),
            ..Self::default()
        };
        let mut bad = Vec::new();
        if path.is_dir() {
            sources.take(&path.join("plan.toml"), "plan.toml", &mut bad);
            let runbooks = path.join("runbooks");
            for file in toml_files(&runbooks, &mut bad) {
                let name = file.file_name().unwrap_or_default().to_string_lossy();
                let name = format!("runbooks/{name}");
                sources.take(&file, &name, &mut bad);
            }
        } else {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            sources.take(path, &name, &mut bad);
        }
        (sources, bad)
    }

    /// A plan that is part of the program.
    pub fn embedded(name: &str, files: &[(&str, &str)]) -> Self {
        let is_plan =
            |file: &str| Path::new(file).extension().is_some_and(|ext| ext == "toml");
        let (own, others): (Vec<_>, Vec<_>) =
            files.iter().copied().partition(|(file, _)| is_plan(file));
        let source = |(file, text): (&str, &str)| Source {
            name: file.to_owned(),
            shown: format!("{name}/{file}"),
            text: text.to_owned(),
        };
        Self {
            files: own.into_iter().map(source).collect(),
            path: name.to_owned(),
            dir: None,
            others: others
                .into_iter()
                .map(|(file, text)| (file.to_owned(), text.to_owned()))
                .collect(),
        }
    }

    /// The text of a file beside the plan, never of one outside its directory.
    pub fn beside(&self, name: &str) -> Option<String> {
        if let Some(text) = self.others.get(name) {
            return Some(text.clone());
        }
        read_text(&self.place(name)?).ok()
    }

    /// Whether there is such a file beside the plan.
    pub fn has(&self, name: &str) -> bool {
        self.others.contains_key(name) || self.place(name).is_some()
    }

    /// Where a file beside the plan lies, when it is there; never one outside its directory.
    pub fn place(&self, name: &str) -> Option<PathBuf> {
        let inside = Path::new(name)
            .components()
            .all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
        let path = self.dir.as_ref()?.join(name);
        (inside && path.is_file()).then_some(path)
    }

    /// Whether a file beside the plan may be started as a program; none where nobody can
    /// tell.
    #[cfg(unix)]
    pub fn starts(&self, name: &str) -> Option<bool> {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(self.place(name)?).ok()?.permissions().mode();
        Some(mode & 0o111 != 0)
    }

    /// Whether a file beside the plan may be started as a program; nobody can tell here.
    #[cfg(not(unix))]
    pub fn starts(&self, _: &str) -> Option<bool> {
        None
    }

    fn take(&mut self, path: &Path, name: &str, bad: &mut Vec<Unreadable>) {
        let shown = path.display().to_string();
        match read_text(path) {
            Ok(text) => self.files.push(Source { name: name.to_owned(), shown, text }),
            Err(error) => bad.push(Unreadable {
                file: shown,
                why: format!("cannot read the plan: {error}"),
                help: help(&error),
            }),
        }
    }

    /// SHA-256 over names and bytes, so that two plans with the same digest are the same
    /// plan wherever they lie. `beside` are the files the plan names: a script that is
    /// changed makes it another plan.
    pub fn digest<'t>(
        &'t self,
        beside: impl Iterator<Item = (&'t str, &'t str)>,
    ) -> String {
        let own = self.files.iter().map(|one| (one.name.as_str(), one.text.as_str()));
        let mut files: Vec<(&str, &str)> = own.chain(beside).collect();
        files.sort_unstable();
        let mut hash = Sha256::new();
        for (name, text) in files {
            hash.update((name.len() as u64).to_be_bytes());
            hash.update(name);
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text);
        }
        hash.finalize()
            .iter()
            .flat_map(|byte| [byte >> 4, byte & 15])
            .map(digit)
            .collect()
    }

    /// Where lines begin, for as many places as one likes.
    pub(super) fn lines(&self) -> Lines<'_> {
        let begins = |source: &Source| {
            let ends = source.text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
            std::iter::once(0).chain(ends.map(|(at, _)| at + 1)).collect()
        };
        Lines { sources: self, begins: self.files.iter().map(begins).collect() }
    }

    /// The line `spot` begins on without its end, and the part of `spot` on it, as byte
    /// offsets in that line.
    pub fn line(&self, spot: Spot) -> Option<(&str, usize, usize)> {
        let text = &self.files.get(spot.file)?.text;
        let before = text.get(..spot.start)?;
        let begin = before.rfind('\n').map_or(0, |at| at + 1);
        let line = text.get(begin..)?.lines().next().unwrap_or_default();
        let start = (spot.start - begin).min(line.len());
        let end = spot.end.saturating_sub(begin).clamp(start, line.len());
        Some((line, start, end))
    }
}

/// A number below 16 as a hexadecimal digit.
fn digit(nibble: u8) -> char {
    char::from_digit(u32::from(nibble), 16).unwrap_or('0')
}

fn read_text(path: &Path) -> io::Result<String> {
    if fs::metadata(path)?.len() > MAX_BYTES {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "larger than 2 MB"));
    }
    fs::read_to_string(path)
}

fn toml_files(dir: &Path, bad: &mut Vec<Unreadable>) -> Vec<PathBuf> {
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Vec::new(),
        Err(error) => {
            bad.push(Unreadable {
                file: dir.display().to_string(),
                why: format!("cannot read the runbooks: {error}"),
                help: help(&error),
            });
            return Vec::new();
        }
    };
    let mut files: Vec<PathBuf> = entries
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|ext| ext == "toml"))
        .collect();
    files.sort();
    files
}

fn help(error: &io::Error) -> &'static str {
    if error.kind() == io::ErrorKind::NotFound {
        "name a directory that holds plan.toml, or one plan file"
    } else if error.kind() == io::ErrorKind::InvalidData {
        "save the file as UTF-8 text"
    } else {
        "check the path and your rights to it"
    }
}

impl Source {
    pub fn label(&self) -> Text {
        Text::clean(&self.shown)
    }
}
