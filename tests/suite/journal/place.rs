//! Where a journal may lie, and what is refused before a byte of it is read.

use std::{
    fs::{self, Permissions},
    os::unix::fs::{PermissionsExt, chown, symlink},
    path::{Path, PathBuf},
};

use tempfile::TempDir;
use warroom::{
    journal::{JournalError, sqlite::Sqlite},
    model::Mode,
};

use super::on_disk;

fn mode_of(path: &Path) -> u32 {
    path.symlink_metadata().unwrap().permissions().mode() & 0o777
}

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// What both ways of opening say, which must be the same.
fn complaint(dir: &Path, mode: Mode) -> String {
    let complaints =
        [Sqlite::open(dir, mode), Sqlite::open_read_only(dir, mode)].map(|opened| {
            match opened {
                Err(JournalError::Unsafe(what)) => what,
                other => panic!("{other:?}"),
            }
        });
    assert_eq!(complaints[0], complaints[1]);
    complaints[0].clone()
}

#[test]
fn what_is_created_is_for_its_owner_only() {
    let dir = TempDir::new().unwrap();
    let state = dir.path().join("a/b");
    assert!(!Sqlite::exists(&state, Mode::Drill));
    let journal = Sqlite::open(&state, Mode::Drill).unwrap();
    assert!(Sqlite::exists(&state, Mode::Drill));
    assert!(!Sqlite::exists(&state, Mode::Live));
    for path in ["", "drill"] {
        assert_eq!(mode_of(&state.join(path)), 0o700, "{path}");
    }
    for name in ["journal.sqlite", "journal.sqlite-wal", "journal.sqlite-shm"] {
        assert_eq!(mode_of(&state.join("drill").join(name)), 0o600, "{name}");
    }
    drop(journal);
}

#[test]
fn looser_modes_are_refused_with_the_command_to_run() {
    for (path, loose, right) in [
        ("", 0o775, "chmod go-w"),
        ("live", 0o755, "chmod 700"),
        ("live", 0o750, "chmod 700"),
        ("live", 0o701, "chmod 700"),
        ("live/journal.sqlite", 0o644, "chmod 600"),
        ("live/journal.sqlite", 0o620, "chmod 600"),
        ("live/journal.sqlite-wal", 0o640, "chmod 600"),
        ("live/journal.sqlite-shm", 0o604, "chmod 600"),
    ] {
        let dir = TempDir::new().unwrap();
        on_disk(dir.path(), 2);
        let keeper = Sqlite::open(dir.path(), Mode::Live).unwrap();
        let path: PathBuf = dir.path().join(path).components().collect();
        chmod(&path, loose);
        let what = complaint(dir.path(), Mode::Live);
        let run = format!("{right} '{}'", path.display());
        assert!(what.contains(&run), "{what} does not say {run}");
        assert_eq!(mode_of(&path), loose, "it was changed for the person");
        drop(keeper);
    }
}

#[test]
fn links_are_refused_wherever_they_stand() {
    for path in ["live", "live/journal.sqlite", "live/journal.sqlite-wal", ""] {
        let dir = TempDir::new().unwrap();
        let state = dir.path().join("state");
        on_disk(&state, 2);
        let keeper = Sqlite::open(&state, Mode::Live).unwrap();
        // An empty path joined would end in a slash, and so follow the link.
        let path = if path.is_empty() { state.clone() } else { state.join(path) };
        let aside = dir.path().join("aside");
        fs::rename(&path, &aside).unwrap();
        symlink(&aside, &path).unwrap();
        for state in [state.clone(), state.join(""), state.join(".")] {
            let what = complaint(&state, Mode::Live);
            assert!(what.contains("symbolic link"), "{what}");
        }
        drop(keeper);
    }
}

#[test]
fn a_link_above_the_state_directory_is_the_owners_business() {
    let dir = TempDir::new().unwrap();
    fs::create_dir(dir.path().join("disk")).unwrap();
    symlink(dir.path().join("disk"), dir.path().join("home")).unwrap();
    on_disk(&dir.path().join("home/state"), 2);
    Sqlite::open_read_only(&dir.path().join("disk/state"), Mode::Live).unwrap();
}

#[test]
fn what_belongs_to_somebody_else_is_refused() {
    if !rustix::process::geteuid().is_root() {
        // Only root can give a file away.
        return;
    }
    for path in ["", "live", "live/journal.sqlite"] {
        let dir = TempDir::new().unwrap();
        on_disk(dir.path(), 1);
        chown(dir.path().join(path), Some(65_534), None).unwrap();
        assert!(complaint(dir.path(), Mode::Live).contains("user 65534"), "{path}");
    }
}

#[test]
fn what_is_no_journal_is_refused() {
    let dir = TempDir::new().unwrap();
    on_disk(dir.path(), 1);
    let file = dir.path().join("live/journal.sqlite");
    fs::write(&file, "dear diary, ".repeat(100)).unwrap();
    assert!(complaint(dir.path(), Mode::Live).contains("no journal"));
    fs::remove_file(&file).unwrap();
    rusqlite::Connection::open(&file)
        .unwrap()
        .execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE bookmarks (url TEXT)")
        .unwrap();
    chmod(&file, 0o600);
    assert!(complaint(dir.path(), Mode::Live).contains("another program"));
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    chmod(&file, 0o700);
    assert!(complaint(dir.path(), Mode::Live).contains("not a file"));
}

#[test]
fn a_journal_of_the_other_world_is_refused_both_ways() {
    for (from, to, mode, says) in
        [("live", "drill", Mode::Drill, "LIVE"), ("drill", "live", Mode::Live, "DRILL")]
    {
        let dir = TempDir::new().unwrap();
        for mode in [Mode::Live, Mode::Drill] {
            drop(Sqlite::open(dir.path(), mode).unwrap());
        }
        let file = |tree: &str| dir.path().join(tree).join("journal.sqlite");
        fs::copy(file(from), file(to)).unwrap();
        let what = complaint(dir.path(), mode);
        assert!(what.contains(&format!("is a {says} journal")), "{what}");
    }
}

#[test]
fn looking_creates_nothing() {
    let dir = TempDir::new().unwrap();
    let refused = Sqlite::open_read_only(dir.path(), Mode::Live);
    assert!(matches!(refused, Err(JournalError::Storage(_))), "{refused:?}");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn an_emptied_journal_is_never_taken_for_a_new_one() {
    let dir = TempDir::new().unwrap();
    on_disk(dir.path(), 1);
    fs::write(dir.path().join("live/journal.sqlite"), "").unwrap();
    assert!(complaint(dir.path(), Mode::Live).contains("emptied"));
}

#[test]
fn creating_leaves_nothing_but_the_journal() {
    let dir = TempDir::new().unwrap();
    // What a crash in the middle of an earlier creation left.
    let left =
        dir.path().join(format!("drill/journal.sqlite.{}-0.new", std::process::id()));
    drop(Sqlite::open(dir.path(), Mode::Drill).unwrap());
    fs::remove_file(dir.path().join("drill/journal.sqlite")).unwrap();
    fs::write(&left, "half of a journal").unwrap();
    drop(Sqlite::open(dir.path(), Mode::Drill).unwrap());
    fs::remove_file(&left).unwrap();
    let names: Vec<_> = fs::read_dir(dir.path().join("drill"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(names, ["journal.sqlite"]);
}
