//! What the database file is made of and how it is opened: tables, durability settings,
//! and the database's errors in sentences. Must never open a file whose settings, read back, are
//! weaker than asked.

use std::{path::Path, time::Duration};

use rusqlite::{
    Connection, Error, ErrorCode, OpenFlags, OptionalExtension, Transaction,
    TransactionBehavior,
};

use crate::{journal::JournalError, model::Mode};

/// How long to wait for another process' transaction, which takes milliseconds.
const BUSY: Duration = Duration::from_secs(2);

/// "warr", so that another program's database is told from ours.
const APPLICATION: u32 = 0x7761_7272;

/// How the tables stand; what the lines in them say has a format of its own.
const LAYOUT: u32 = 1;

const TABLES: &str = "
CREATE TABLE journal (
    one    INTEGER PRIMARY KEY CHECK (one = 1),
    mode   TEXT    NOT NULL,
    opened INTEGER NOT NULL
) STRICT;
CREATE TABLE heads (
    incident TEXT    PRIMARY KEY,
    number   INTEGER NOT NULL UNIQUE,
    seq      INTEGER NOT NULL CHECK (seq >= 0),
    hash     TEXT    NOT NULL,
    last_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE leases (
    incident TEXT    PRIMARY KEY REFERENCES heads (incident),
    epoch    INTEGER NOT NULL CHECK (epoch > 0),
    name     TEXT,
    token    TEXT,
    beat     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE records (
    incident TEXT    NOT NULL REFERENCES heads (incident),
    seq      INTEGER NOT NULL CHECK (seq > 0),
    prev     TEXT    NOT NULL,
    hash     TEXT    NOT NULL,
    body     TEXT    NOT NULL,
    PRIMARY KEY (incident, seq)
) STRICT, WITHOUT ROWID;
-- Against a well-meant repair by hand. Against malice there is only the chain.
CREATE TRIGGER records_stay BEFORE UPDATE ON records
BEGIN SELECT RAISE(ABORT, 'a record never changes'); END;
CREATE TRIGGER records_remain BEFORE DELETE ON records
BEGIN SELECT RAISE(ABORT, 'a record is never removed'); END;
CREATE TRIGGER epochs_grow BEFORE UPDATE ON leases WHEN NEW.epoch < OLD.epoch
BEGIN SELECT RAISE(ABORT, 'an epoch never goes back'); END;
";

/// Fills an empty file that nobody else knows yet.
pub(super) fn create(file: &Path, mode: Mode) -> Result<(), JournalError> {
    let mut conn = connect(file, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    durable(&conn, file)?;
    let tx = immediate(&mut conn)?;
    tx.execute_batch(TABLES).map_err(storage)?;
    tx.execute("INSERT INTO journal VALUES (1, ?1, 0)", [mode.word()])
        .map_err(storage)?;
    tx.pragma_update(None, "application_id", APPLICATION).map_err(storage)?;
    tx.pragma_update(None, "user_version", LAYOUT).map_err(storage)?;
    tx.commit().map_err(storage)?;
    // Closing folds the log into the file: it is whole by itself.
    conn.close().map_err(|(_, why)| storage(why))
}

/// Opens for appending.
pub(super) fn open(file: &Path, mode: Mode) -> Result<Connection, JournalError> {
    let conn = connect(file, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    // Before any setting is touched: a newer program's file is left as it is.
    identify(&conn, file, mode)?;
    durable(&conn, file)?;
    Ok(conn)
}

/// Opens for reading beside a writer.
pub(super) fn open_read_only(
    file: &Path,
    mode: Mode,
) -> Result<Connection, JournalError> {
    let conn = connect(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    identify(&conn, file, mode).map_err(|why| in_place(file, why))?;
    Ok(conn)
}

fn connect(file: &Path, access: OpenFlags) -> Result<Connection, JournalError> {
    let flags =
        access | OpenFlags::SQLITE_OPEN_NOFOLLOW | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(file, flags).map_err(storage)?;
    conn.busy_timeout(BUSY).map_err(storage)?;
    Ok(conn)
}

/// Sets what durability rests on, and refuses to start when it did not take.
fn durable(conn: &Connection, file: &Path) -> Result<(), JournalError> {
    let journal: String = conn
        .pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))
        .map_err(storage)?;
    for (pragma, value) in [
        ("synchronous", "FULL"),
        ("foreign_keys", "ON"),
        ("trusted_schema", "OFF"),
        // macOS: flush the drive's own cache too. Elsewhere without effect.
        ("fullfsync", "ON"),
        ("checkpoint_fullfsync", "ON"),
    ] {
        conn.pragma_update(None, pragma, value).map_err(storage)?;
    }
    let synchronous = number(conn, "synchronous")?;
    if journal.eq_ignore_ascii_case("wal") && synchronous == 2 {
        return Ok(());
    }
    Err(JournalError::Unsafe(format!(
        "{} cannot promise durability on this file system: journal_mode is {journal} and \
         synchronous {synchronous}, not wal and 2; use a local disk",
        file.display()
    )))
}

/// Ours, of a format we know, and of the world it was asked for as.
fn identify(conn: &Connection, file: &Path, mode: Mode) -> Result<(), JournalError> {
    let shown = file.display();
    let application: u32 = conn
        .pragma_query_value(None, "application_id", |row| row.get(0))
        .map_err(|why| foreign(file, why))?;
    if application != APPLICATION {
        return Err(JournalError::Unsafe(format!(
            "{shown} is no journal: it was emptied, or belongs to another program; restore \
             it from a copy, or move it away to begin a new one"
        )));
    }
    let found = number(conn, "user_version")?;
    if found > LAYOUT {
        return Err(JournalError::Newer { found, known: LAYOUT });
    }
    let says: Option<String> = conn
        .query_row("SELECT mode FROM journal", [], |row| row.get(0))
        .optional()
        .map_err(storage)?;
    let says = says.unwrap_or_default();
    if says == mode.word() {
        return Ok(());
    }
    Err(JournalError::Unsafe(format!(
        "{shown} is a {says} journal, not a {mode} journal: it was moved; put it back where \
         it belongs"
    )))
}

fn number(conn: &Connection, pragma: &str) -> Result<u32, JournalError> {
    conn.pragma_query_value(None, pragma, |row| row.get(0)).map_err(storage)
}

/// Begins a transaction that holds the one write lock from its first statement on, so that
/// what it compares cannot change before it commits.
pub(super) fn immediate(conn: &mut Connection) -> Result<Transaction<'_>, JournalError> {
    if !conn.is_autocommit() {
        // A commit and its rollback both failed: end it before the next begins.
        conn.execute_batch("ROLLBACK").map_err(storage)?;
    }
    conn.transaction_with_behavior(TransactionBehavior::Immediate).map_err(storage)
}

/// The database's refusals, in words that say what to do.
const SENTENCES: &[(ErrorCode, &str)] = &[
    (ErrorCode::DiskFull, "the disk is full; free some space and try again"),
    (ErrorCode::ReadOnly, "it was opened, or its disk is mounted, read-only"),
    (
        ErrorCode::DatabaseBusy,
        "another process has held it for two seconds; if one is stopped (state T in ps), \
         continue or end it",
    ),
    (ErrorCode::SystemIoFailure, "the disk answered with an input/output error"),
    (
        ErrorCode::CannotOpen,
        "the file, or one beside it, cannot be opened or created; is the disk mounted read-only?",
    ),
    (ErrorCode::PermissionDenied, "permission denied"),
    (ErrorCode::DatabaseCorrupt, "the database file itself is damaged"),
    (ErrorCode::NotADatabase, "the file is not a database"),
];

/// Any failure of the store, as [`JournalError::Storage`] defines it.
#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
pub(super) fn storage(why: Error) -> JournalError {
    let sentence = why.sqlite_error_code().and_then(|code| {
        SENTENCES.iter().find(|(known, _)| *known == code).map(|(_, words)| *words)
    });
    JournalError::Storage(match sentence {
        Some(words) => format!("{words} ({why})"),
        None => why.to_string(),
    })
}

/// Whether the database found its own pages damaged.
pub(super) fn is_corrupt(why: &Error) -> bool {
    why.sqlite_error_code().is_some_and(|code| {
        code == ErrorCode::DatabaseCorrupt || code == ErrorCode::NotADatabase
    })
}

fn foreign(file: &Path, why: Error) -> JournalError {
    if is_corrupt(&why) {
        let shown = file.display();
        let what = format!("{shown} is no journal, or damaged beyond reading: {why}");
        return JournalError::Unsafe(what);
    }
    storage(why)
}

/// Reading needs the two files beside the journal, or leave to create them.
fn in_place(file: &Path, why: JournalError) -> JournalError {
    let JournalError::Storage(what) = why else { return why };
    JournalError::Storage(format!(
        "{} cannot be read in place: {what}. On a read-only disk copy the whole directory \
         elsewhere, keeping modes, and read the copy",
        file.display()
    ))
}
