//! Where the journal lies and who may touch it: `<dir>/live/journal.sqlite` and
//! `<dir>/drill/journal.sqlite`, readable by nobody else. Creates what is missing; must
//! never loosen, tighten or follow what it finds: a person decides.

use std::{
    fs::{self, DirBuilder, File, Metadata, OpenOptions},
    io::{self, ErrorKind},
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use crate::{journal::JournalError, model::Mode};

const DIR_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;
const FILE: &str = "journal.sqlite";

/// The state directory without a slash at its end, which would follow a link.
fn tidy(dir: &Path) -> PathBuf {
    dir.components().collect()
}

/// The tree of one world.
fn tree(dir: &Path, mode: Mode) -> PathBuf {
    tidy(dir).join(match mode {
        Mode::Live => "live",
        Mode::Drill => "drill",
    })
}

/// Whether there is a journal at all. One that may not be looked for counts as being
/// there: opening it says why, where "none" would be a guess.
pub(super) fn exists(dir: &Path, mode: Mode) -> bool {
    let found = tree(dir, mode).join(FILE).symlink_metadata();
    found.map_or_else(|why| why.kind() != ErrorKind::NotFound, |_| true)
}

/// Creates what is missing and checks the rest. Returns the file, in a path free of links.
///
/// A new journal is made complete under another name, by `make`, and then given its own:
/// nobody ever sees half of one, and an emptied one is never taken for a new one.
///
/// # Errors
/// [`JournalError::Unsafe`] says what to run; [`JournalError::Storage`] when it cannot be
/// created or looked at.
pub(super) fn prepare(
    dir: &Path,
    mode: Mode,
    make: impl FnOnce(&Path) -> Result<(), JournalError>,
) -> Result<PathBuf, JournalError> {
    let tree = tree(dir, mode);
    for (dir, kind) in [(&tidy(dir), Kind::State), (&tree, Kind::Tree)] {
        if dir.symlink_metadata().is_err() {
            DirBuilder::new()
                .recursive(true)
                .mode(DIR_MODE)
                .create(dir)
                .map_err(|why| failed("create", dir, &why))?;
            sync(dir.parent().unwrap_or(dir))?;
        }
        check(dir, kind)?;
    }
    if !exists(dir, mode) {
        let tree = real(&tree)?;
        let new = scratch(&tree)?;
        let finished = make(&new).and_then(|()| publish(&new, &tree.join(FILE)));
        fs::remove_file(&new).map_err(|why| failed("remove", &new, &why))?;
        finished?;
        sync(&tree)?;
    }
    inspect(dir, mode)
}

/// An empty file in `tree` that nobody else uses.
fn scratch(tree: &Path) -> Result<PathBuf, JournalError> {
    let pid = std::process::id();
    let mut count = 0_u32;
    loop {
        let path = tree.join(format!("{FILE}.{pid}-{count}.new"));
        let file =
            OpenOptions::new().write(true).create_new(true).mode(FILE_MODE).open(&path);
        match file {
            Ok(_) => return Ok(path),
            Err(why) if why.kind() == ErrorKind::AlreadyExists => count += 1,
            Err(why) => return Err(failed("create", &path, &why)),
        }
    }
}

/// Gives a finished journal its name, unless another process was faster.
fn publish(new: &Path, file: &Path) -> Result<(), JournalError> {
    File::open(new)
        .and_then(|new| new.sync_all())
        .map_err(|why| failed("write", new, &why))?;
    match fs::hard_link(new, file) {
        Err(why) if why.kind() != ErrorKind::AlreadyExists => {
            Err(failed("create", file, &why))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Checks what is there. Returns the file, in a path free of links.
///
/// # Errors
/// As [`prepare`].
pub(super) fn inspect(dir: &Path, mode: Mode) -> Result<PathBuf, JournalError> {
    let tree = tree(dir, mode);
    check(&tidy(dir), Kind::State)?;
    check(&tree, Kind::Tree)?;
    let file = tree.join(FILE);
    check(&file, Kind::File)?;
    for beside in ["journal.sqlite-wal", "journal.sqlite-shm"] {
        let beside = tree.join(beside);
        if beside.symlink_metadata().is_ok() {
            check(&beside, Kind::File)?;
        }
    }
    Ok(real(&tree)?.join(FILE))
}

/// The same place without links: the database follows none. One further up than the state
/// directory (a home on another disk) is its owner's own business.
fn real(tree: &Path) -> Result<PathBuf, JournalError> {
    tree.canonicalize().map_err(|why| failed("find", tree, &why))
}

#[derive(Clone, Copy)]
enum Kind {
    /// Given by the person, who may keep other things in it: others may look, but could
    /// they write, they could put another tree in the place of ours.
    State,
    Tree,
    File,
}

fn check(path: &Path, kind: Kind) -> Result<(), JournalError> {
    let found = path.symlink_metadata().map_err(|why| failed("look at", path, &why))?;
    complaint(path, kind, &found).map_or(Ok(()), |what| Err(JournalError::Unsafe(what)))
}

fn complaint(path: &Path, kind: Kind, found: &Metadata) -> Option<String> {
    let shown = path.display();
    if found.is_symlink() {
        return Some(format!(
            "{shown} is a symbolic link: the journal must lie where its path says; give the \
             real directory instead"
        ));
    }
    let (right, noun, forbidden, chmod) = match kind {
        Kind::State => (found.is_dir(), "directory", 0o022, "go-w"),
        Kind::Tree => (found.is_dir(), "directory", 0o077, "700"),
        Kind::File => (found.is_file(), "file", 0o077, "600"),
    };
    if !right {
        return Some(format!("{shown} is not a {noun}: move it away"));
    }
    let us = rustix::process::geteuid().as_raw();
    if found.uid() != us {
        let owner = found.uid();
        return Some(format!(
            "{shown} belongs to user {owner}, not to user {us} who runs this: log in as its \
             owner, or give another directory"
        ));
    }
    (found.mode() & forbidden != 0).then(|| {
        let has = found.mode() & 0o777;
        format!(
            "{shown} has mode {has:04o}: others on this host could read or change the \
             journal; run: chmod {chmod} '{shown}'"
        )
    })
}

/// Makes a new name durable.
fn sync(dir: &Path) -> Result<(), JournalError> {
    let dir = if dir.as_os_str().is_empty() { Path::new(".") } else { dir };
    File::open(dir)
        .and_then(|dir| dir.sync_all())
        .map_err(|why| failed("write the directory", dir, &why))
}

fn failed(verb: &str, path: &Path, why: &io::Error) -> JournalError {
    const HINTS: [(ErrorKind, &str); 3] = [
        (ErrorKind::ReadOnlyFilesystem, " (mounted read-only)"),
        (ErrorKind::StorageFull, " (free some space)"),
        (ErrorKind::NotFound, " (nothing has been run here yet)"),
    ];
    let hint =
        HINTS.iter().find(|(kind, _)| *kind == why.kind()).map_or("", |(_, words)| words);
    JournalError::Storage(format!("cannot {verb} {}: {why}{hint}", path.display()))
}
