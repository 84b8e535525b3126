//! What was done to the file behind our back is found, at the right record.

use std::{
    fs,
    path::{Path, PathBuf},
};

use rusqlite::{Connection, params};
use tempfile::TempDir;
use warroom::{
    journal::{
        Journal, JournalError,
        record::{Tip, seal},
        sqlite::Sqlite,
    },
    model::{IncidentId, Mode},
};

use super::{at, holder, note, on_disk};

const RECORDS: u64 = 8;

/// A sound journal, kept to make damaged copies of.
struct Original {
    dir: TempDir,
    id: IncidentId,
}

/// Where a state directory keeps the live journal.
fn file(dir: &Path) -> PathBuf {
    dir.join("live/journal.sqlite")
}

impl Original {
    fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let id = on_disk(dir.path(), RECORDS);
        // The last handle is closed: the whole journal is in the one file.
        assert!(!dir.path().join("live/journal.sqlite-wal").exists());
        Self { dir, id }
    }

    fn copy(&self) -> TempDir {
        let copy = TempDir::new().unwrap();
        drop(Sqlite::open(copy.path(), Mode::Live).unwrap());
        fs::copy(file(self.dir.path()), file(copy.path())).unwrap();
        copy
    }

    /// A copy after somebody with a database shell was at it.
    fn tampered(&self, deed: impl FnOnce(&Connection)) -> TempDir {
        let copy = self.copy();
        let conn = Connection::open(file(copy.path())).unwrap();
        conn.execute_batch(
            "DROP TRIGGER records_stay; DROP TRIGGER records_remain; \
             PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON;",
        )
        .unwrap();
        deed(&conn);
        copy
    }

    /// The number of the first record found damaged, by verifying and by reading.
    fn damage(&self, what: &str, deed: impl FnOnce(&Connection)) -> u64 {
        let copy = self.tampered(deed);
        let journal = Sqlite::open(copy.path(), Mode::Live).unwrap();
        let numbers =
            [journal.verify(&self.id).map(|_| ()), journal.read(&self.id, 0).map(|_| ())]
                .map(|found| match found {
                    Err(JournalError::Damaged { seq, .. }) => seq,
                    Err(why) => panic!("{what}: {why}"),
                    Ok(()) => panic!("{what}: not found"),
                });
        assert_eq!(numbers[0], numbers[1], "{what}");
        numbers[0]
    }
}

fn run(conn: &Connection, sql: &str, seq: u64) {
    let seq = i64::try_from(seq).unwrap();
    assert!(conn.execute(sql, [seq]).unwrap() > 0, "{sql}");
}

#[test]
fn every_kind_of_damage_is_found_at_its_record() {
    // At record `?1`; and the record it is found at: the same, unless said otherwise.
    const DEEDS: &[&str] = &[
        "UPDATE records SET body = replace(body, 'note', 'nope') WHERE seq = ?1",
        "UPDATE records SET body = body || ' ' WHERE seq = ?1",
        "UPDATE records SET body = replace(body, '\"epoch\":1', '\"epoch\":2') WHERE seq = ?1",
        "UPDATE records SET body = '' WHERE seq = ?1",
        "UPDATE records SET hash = replace(hash, substr(hash, 64), 'x') WHERE seq = ?1",
        "UPDATE records SET hash = upper(hash) WHERE seq = ?1",
        "UPDATE records SET prev = hash WHERE seq = ?1",
        "UPDATE records SET prev = '' WHERE seq = ?1",
        "UPDATE records SET body = CAST(x'ff00fe' AS TEXT) WHERE seq = ?1",
        "DELETE FROM records WHERE seq = ?1",
        "DELETE FROM records WHERE seq >= ?1",
        "UPDATE records SET seq = seq + 100 WHERE seq = ?1",
        "UPDATE records SET seq = seq + 100 WHERE seq >= ?1",
        "UPDATE records SET incident = 'INC-0099' WHERE seq = ?1",
    ];
    let original = Original::new();
    for seq in 1..=RECORDS {
        for deed in DEEDS {
            let what = format!("{deed} ({seq})");
            assert_eq!(
                original.damage(&what, |conn| run(conn, deed, seq)),
                seq,
                "{what}"
            );
        }
    }
}

#[test]
fn records_out_of_place_are_found_at_the_first_wrong_place() {
    let original = Original::new();
    for seq in 1..RECORDS {
        let swapped = original.damage("swapped", |conn| {
            run(conn, "UPDATE records SET seq = 99 WHERE seq = ?1", seq);
            run(conn, "UPDATE records SET seq = ?1 WHERE seq = ?1 + 1", seq);
            run(conn, "UPDATE records SET seq = ?1 + 1 WHERE seq = 99", seq);
        });
        assert_eq!(swapped, seq);
        let closed_up = original.damage("closed up", |conn| {
            run(conn, "DELETE FROM records WHERE seq = ?1", seq);
            for next in seq + 1..=RECORDS {
                run(conn, "UPDATE records SET seq = ?1 - 1 WHERE seq = ?1", next);
            }
        });
        assert_eq!(closed_up, seq);
    }
    for extra in [-1, 0] {
        let before = original.damage("before the first", |conn| {
            let sql = "INSERT INTO records SELECT incident, ?1, prev, hash, body \
                       FROM records WHERE seq = 1";
            conn.execute(sql, [extra]).unwrap();
        });
        assert_eq!(before, 0);
    }
    let after = original.damage("after the last", |conn| {
        let sql = "INSERT INTO records SELECT incident, seq + 1, hash, hash, body \
                   FROM records WHERE seq = ?1";
        run(conn, sql, RECORDS);
    });
    assert_eq!(after, RECORDS + 1);
}

#[test]
fn nothing_is_appended_to_an_end_that_was_tampered_with() {
    let original = Original::new();
    for deed in [
        "DELETE FROM records WHERE seq = ?1",
        "UPDATE records SET hash = prev WHERE seq = ?1",
        "UPDATE heads SET hash = replace(hash, substr(hash, 64), 'x') WHERE seq = ?1",
        "UPDATE heads SET seq = seq - 1 WHERE seq = ?1",
        "UPDATE heads SET seq = seq + 1 WHERE seq = ?1",
    ] {
        let copy = original.tampered(|conn| run(conn, deed, RECORDS));
        let mut journal = Sqlite::open(copy.path(), Mode::Live).unwrap();
        let lease = journal.acquire(&original.id, &holder("b"), at(99), true).unwrap();
        let head = journal.heads().unwrap().remove(0).records;
        let refused = journal.append(&original.id, head, Some(&lease), &[note("more")]);
        assert!(matches!(refused, Err(JournalError::Damaged { .. })), "{deed}");
        assert!(journal.verify(&original.id).is_err(), "{deed}");
    }
}

/// The limit, stated: whoever rewrites everything is told only by a head kept elsewhere.
#[test]
fn a_rewritten_end_verifies_but_not_under_the_words_posted_before() {
    let original = Original::new();
    let posted = Sqlite::open(original.dir.path(), Mode::Live)
        .unwrap()
        .verify(&original.id)
        .unwrap();
    let copy = original.tampered(|conn| {
        let prev: String = conn
            .query_row("SELECT prev FROM records WHERE seq = 8", [], |row| row.get(0))
            .unwrap();
        let tip = Tip { seq: 7, hash: prev };
        let forged =
            seal(&original.id, Mode::Live, &tip, 1, &[note("nothing happened")]).unwrap();
        let (hash, body) = (&forged[0].record.hash, &forged[0].body);
        conn.execute(
            "UPDATE records SET hash = ?1, body = ?2 WHERE seq = 8",
            params![hash, body],
        )
        .unwrap();
        conn.execute("UPDATE heads SET hash = ?1", [hash]).unwrap();
    });
    let forged =
        Sqlite::open(copy.path(), Mode::Live).unwrap().verify(&original.id).unwrap();
    assert_eq!(forged.records, posted.records);
    assert_ne!(forged.words(), posted.words());
}

/// Whatever byte of the file changes: an error, or nothing that was said is different.
#[test]
fn a_changed_byte_of_the_file_never_tells_another_story() {
    let original = Original::new();
    let sound = fs::read(file(original.dir.path())).unwrap();
    let story = Sqlite::open(original.dir.path(), Mode::Live)
        .unwrap()
        .read(&original.id, 0)
        .unwrap();
    let copy = original.copy();
    let mut found = 0;
    for offset in (0..sound.len()).step_by(89) {
        let mut bytes = sound.clone();
        bytes[offset] ^= 0x15;
        fs::write(file(copy.path()), &bytes).unwrap();
        for beside in ["live/journal.sqlite-wal", "live/journal.sqlite-shm"] {
            let _ = fs::remove_file(copy.path().join(beside)).ok();
        }
        let read = Sqlite::open_read_only(copy.path(), Mode::Live)
            .and_then(|journal| journal.read(&original.id, 0));
        match read {
            Ok(records) => assert_eq!(records, story, "byte {offset}"),
            Err(_) => found += 1,
        }
    }
    assert!(found > 10, "only {found} of the changes were seen at all");
}

#[test]
fn a_newer_format_is_refused_and_left_as_it_is() {
    let original = Original::new();
    let copy = original.tampered(|conn| {
        conn.execute_batch("PRAGMA user_version = 2; DROP TABLE journal;").unwrap();
    });
    let before = fs::read(file(copy.path())).unwrap();
    for opened in [
        Sqlite::open(copy.path(), Mode::Live),
        Sqlite::open_read_only(copy.path(), Mode::Live),
    ] {
        let newer = matches!(opened, Err(JournalError::Newer { found: 2, known: 1 }));
        assert!(newer, "{opened:?}");
    }
    assert_eq!(fs::read(file(copy.path())).unwrap(), before);
    // A single newer record in a file of our own format.
    let copy = original.tampered(|conn| {
        let (prev, body): (String, String) = conn
            .query_row("SELECT prev, body FROM records WHERE seq = 8", [], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .unwrap();
        let body = body.replacen("\"format\":1", "\"format\":7", 1);
        let hash = warroom::journal::record::link(prev.as_bytes(), body.as_bytes());
        let sql = "UPDATE records SET hash = ?1, body = ?2 WHERE seq = 8";
        conn.execute(sql, params![hash, body]).unwrap();
        conn.execute("UPDATE heads SET hash = ?1", [hash]).unwrap();
    });
    let journal = Sqlite::open(copy.path(), Mode::Live).unwrap();
    for answer in [
        journal.read(&original.id, 0).map(|_| ()),
        journal.read(&original.id, 7).map(|_| ()),
        journal.verify(&original.id).map(|_| ()),
    ] {
        let newer = matches!(answer, Err(JournalError::Newer { found: 7, known: 2 }));
        assert!(newer, "{answer:?}");
    }
}

#[test]
fn a_repair_by_hand_is_stopped_by_the_file_itself() {
    let original = Original::new();
    let conn = Connection::open(file(original.dir.path())).unwrap();
    for deed in [
        "UPDATE records SET body = '' WHERE seq = 3",
        "DELETE FROM records WHERE seq = 8",
        "UPDATE leases SET epoch = 0",
    ] {
        assert!(conn.execute(deed, []).is_err(), "{deed}");
    }
}
