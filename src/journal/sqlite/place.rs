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

/// The tree of one world.
fn tree(dir: &Path, mode: Mode) -> PathBuf {
    dir.join(match mode {
        Mode::Live => "live",
        Mode::Drill => "drill",
    })
}

/// Whether there is a journal at all.
pub(super) fn exists(dir: &Path, mode: Mode) -> bool {
    tree(dir, mode).join(FILE).symlink_metadata().is_ok()
}

/// Creates what is missing and checks the rest. Returns the file, in a path free of links.
///
/// # Errors
/// [`JournalError::Unsafe`] says what to run; [`JournalError::Storage`] when it cannot be
/// created or looked at.
pub(super) fn prepare(dir: &Path, mode: Mode) -> Result<PathBuf, JournalError> {
    let tree = tree(dir, mode);
    for dir in [dir, &tree] {
        if dir.symlink_metadata().is_err() {
            DirBuilder::new()
                .recursive(true)
                .mode(DIR_MODE)
                .create(dir)
                .map_err(|why| failed("create", dir, &why))?;
            sync(dir.parent().unwrap_or(dir))?;
        }
        check(dir, Kind::Directory)?;
    }
    let file = tree.join(FILE);
    let created =
        OpenOptions::new().write(true).create_new(true).mode(FILE_MODE).open(&file);
    match created {
        Ok(_) => sync(&tree)?,
        Err(why) if why.kind() == ErrorKind::AlreadyExists => {}
        // On a read-only disk the check below speaks first, then the database.
        Err(_) if file.symlink_metadata().is_ok() => {}
        Err(why) => return Err(failed("create", &file, &why)),
    }
    inspect(dir, mode)
}

/// Checks what is there. Returns the file, in a path free of links.
///
/// # Errors
/// As [`prepare`].
pub(super) fn inspect(dir: &Path, mode: Mode) -> Result<PathBuf, JournalError> {
    let tree = tree(dir, mode);
    check(dir, Kind::Directory)?;
    check(&tree, Kind::Directory)?;
    let file = tree.join(FILE);
    check(&file, Kind::File)?;
    for beside in ["journal.sqlite-wal", "journal.sqlite-shm"] {
        let beside = tree.join(beside);
        if beside.symlink_metadata().is_ok() {
            check(&beside, Kind::File)?;
        }
    }
    // A link further up (a home on another disk) is the owner's own business.
    let tree = tree.canonicalize().map_err(|why| failed("find", &tree, &why))?;
    Ok(tree.join(FILE))
}

#[derive(Clone, Copy)]
enum Kind {
    Directory,
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
    let (right, noun, mode) = match kind {
        Kind::Directory => (found.is_dir(), "directory", DIR_MODE),
        Kind::File => (found.is_file(), "file", FILE_MODE),
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
    let loose = found.mode() & 0o077;
    (loose != 0).then(|| {
        let has = found.mode() & 0o777;
        format!(
            "{shown} has mode {has:04o}: others on this host could read or change the \
             journal; run: chmod {mode:o} '{shown}'"
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
