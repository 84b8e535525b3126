//! The journal of every run a person cares about: one `SQLite` file for each world, shared
//! by the processes of one host. Owns the statements; must never acknowledge what is not
//! on stable storage (write-ahead log, `synchronous=FULL`, both read back on opening), and
//! never decide anything outside the transaction that writes it.
//!
//! Not for a network file system: its locks and its shared memory are local.

use std::path::Path;

use rusqlite::{
    Connection, OptionalExtension, Row, Transaction, params, types::ValueRef,
};

use self::schema::storage;
use super::{
    GENESIS, Head, Holder, Journal, JournalError, Lease,
    chain::{Verdict, Walk},
    lease::Tenure,
    record::{self, Sealed, Stored, Tip},
};
use crate::{
    engine::event::{Entry, Record},
    model::{IncidentId, Mode, Moment, Text},
};

mod place;
mod schema;

/// A handle of the journal of one world. Each process, and each thread, opens its own.
#[derive(Debug)]
pub struct Sqlite {
    conn: Connection,
    mode: Mode,
}

impl Sqlite {
    /// Opens the journal below `dir` for appending; creates it when there is none.
    /// Milliseconds, whatever its size.
    ///
    /// # Errors
    /// [`JournalError::Unsafe`] when the place is open to others, a link, another world's,
    /// or without durability; [`JournalError::Newer`]; [`JournalError::Storage`].
    pub fn open(dir: &Path, mode: Mode) -> Result<Self, JournalError> {
        let file = place::prepare(dir, mode, |new| schema::create(new, mode))?;
        Ok(Self { conn: schema::open(&file, mode)?, mode })
    }

    /// Opens it for looking: takes no lock a writer would wait for, writes nothing to the
    /// journal (the shared-memory file beside it may be created), and every change is
    /// refused.
    ///
    /// # Errors
    /// As [`Sqlite::open`], and [`JournalError::Storage`] when there is no journal (ask
    /// [`Sqlite::exists`] first) or it lies on a disk mounted read-only.
    pub fn open_read_only(dir: &Path, mode: Mode) -> Result<Self, JournalError> {
        let file = place::inspect(dir, mode)?;
        Ok(Self { conn: schema::open_read_only(&file, mode)?, mode })
    }

    /// Whether anything was ever run below `dir` in this world.
    pub fn exists(dir: &Path, mode: Mode) -> bool {
        place::exists(dir, mode)
    }

    /// Runs `act` under the write lock; its error undoes everything.
    fn write<T>(
        &mut self,
        act: impl FnOnce(&Transaction<'_>) -> Result<T, JournalError>,
    ) -> Result<T, JournalError> {
        let tx = schema::immediate(&mut self.conn)?;
        let done = act(&tx)?;
        tx.commit().map_err(storage)?;
        Ok(done)
    }

    /// Runs `act` on one state of the journal, whatever others append meanwhile.
    fn look<T>(
        &self,
        act: impl FnOnce(&Transaction<'_>) -> Result<T, JournalError>,
    ) -> Result<T, JournalError> {
        let tx = self.conn.unchecked_transaction().map_err(storage)?;
        act(&tx)
    }

    /// What `keep` makes of each record after `after`, once the chain is checked to its end.
    fn checked<T>(
        &self,
        id: &IncidentId,
        after: u64,
        keep: impl Fn(Record, &Stored<'_>) -> T,
    ) -> Result<Vec<T>, JournalError> {
        self.look(|tx| {
            let tip = tip(tx, id)?;
            let mut walk = Walk::after(id, self.mode, known(tx, id, &tip, after)?);
            let mut kept = Vec::new();
            Self::stroll(tx, id, &mut walk, |walk, line| {
                let record = walk.read(line).map_err(|damage| damage.of(id))?;
                kept.push(keep(record, line));
                Ok(())
            })?;
            walk.finish(&tip).map_err(|damage| damage.of(id))?;
            Ok(kept)
        })
    }

    /// Hands the lines after `walk`'s position to `each`, in order.
    fn stroll(
        tx: &Transaction<'_>,
        id: &IncidentId,
        walk: &mut Walk<'_>,
        mut each: impl FnMut(&mut Walk<'_>, &Stored<'_>) -> Result<(), JournalError>,
    ) -> Result<(), JournalError> {
        const LINES: &str = "SELECT seq, prev, hash, body FROM records \
                             WHERE incident = ?1 AND seq >= ?2 ORDER BY seq";
        // The first line may carry any number: one below 1 is damage too.
        let from = if walk.next() == 1 { i64::MIN } else { signed(walk.next())? };
        let mut query = tx.prepare(LINES).map_err(storage)?;
        let mut rows = query.query(params![id.as_str(), from]).map_err(storage)?;
        loop {
            match rows.next() {
                Ok(Some(row)) => each(walk, &line(row)?)?,
                Ok(None) => return Ok(()),
                Err(why) if schema::is_corrupt(&why) => {
                    let what = format!("the page it lies on is damaged ({why})");
                    let (id, seq) = (id.clone(), walk.next());
                    return Err(JournalError::Damaged { id, seq, what });
                }
                Err(why) => return Err(storage(why)),
            }
        }
    }
}

impl Journal for Sqlite {
    fn mode(&self) -> Mode {
        self.mode
    }

    fn heads(&self) -> Result<Vec<Head>, JournalError> {
        const HEADS: &str = "SELECT h.incident, h.seq, h.last_at, h.hash, \
                             l.epoch, l.name, l.token, l.beat \
                             FROM heads h LEFT JOIN leases l USING (incident) \
                             ORDER BY h.number";
        let mut query = self.conn.prepare(HEADS).map_err(storage)?;
        let rows = query
            .query_map([], |row| {
                Ok(Head {
                    id: IncidentId::new(row.get::<_, String>(0)?),
                    records: unsigned(row.get(1)?),
                    last_at: Moment::from_millis(row.get(2)?),
                    hash: row.get(3)?,
                    lease: tenure_from(row, 4)?.lease(),
                })
            })
            .map_err(storage)?;
        rows.collect::<Result<_, _>>().map_err(storage)
    }

    fn open_incident(&mut self) -> Result<IncidentId, JournalError> {
        const COUNT: &str = "UPDATE journal SET opened = opened + 1 RETURNING opened";
        const HEAD: &str = "INSERT INTO heads VALUES (?1, ?2, 0, ?3, 0)";
        let mode = self.mode;
        self.write(|tx| {
            let number: i64 =
                tx.query_row(COUNT, [], |row| row.get(0)).map_err(storage)?;
            let id = super::numbered(mode, number);
            tx.execute(HEAD, params![id.as_str(), number, GENESIS]).map_err(storage)?;
            Ok(id)
        })
    }

    fn read(&self, id: &IncidentId, after: u64) -> Result<Vec<Record>, JournalError> {
        self.checked(id, after, |record, _| record)
    }

    fn lines(&self, id: &IncidentId) -> Result<Vec<Sealed>, JournalError> {
        self.checked(id, 0, |record, line| {
            // What was read as JSON is text.
            let body = String::from_utf8_lossy(line.body).into_owned();
            Sealed { record, body }
        })
    }

    fn verify(&self, id: &IncidentId) -> Result<Verdict, JournalError> {
        self.look(|tx| {
            let tip = tip(tx, id)?;
            let mut walk = Walk::new(id, self.mode);
            Self::stroll(tx, id, &mut walk, |walk, line| {
                walk.check(line).map_err(|damage| damage.of(id))
            })?;
            walk.finish(&tip).map_err(|damage| damage.of(id))
        })
    }

    fn append(
        &mut self,
        id: &IncidentId,
        expected: u64,
        lease: Option<&Lease>,
        entries: &[Entry],
    ) -> Result<Vec<Record>, JournalError> {
        let mode = self.mode;
        self.write(|tx| {
            let tip = tip(tx, id)?;
            let epoch = tenure(tx, id)?.writes(id, lease, entries)?;
            super::expect(id, &tip, expected)?;
            // Nothing is added to an end that somebody tampered with.
            let walk = Walk::after(id, mode, known(tx, id, &tip, tip.seq)?);
            walk.finish(&tip).map_err(|damage| damage.of(id))?;
            let lines = record::seal(id, mode, &tip, epoch, entries)?;
            insert(tx, id, &lines)?;
            Ok(lines.into_iter().map(|line| line.record).collect())
        })
    }

    fn acquire(
        &mut self,
        id: &IncidentId,
        holder: &Holder,
        now: Moment,
        force: bool,
    ) -> Result<Lease, JournalError> {
        self.write(|tx| {
            let tenure = tenure(tx, id)?.claimed(id, holder, now, force)?;
            keep(tx, id, &tenure)?;
            Ok(Lease { holder: holder.clone(), epoch: tenure.epoch, beat: now })
        })
    }

    fn renew(
        &mut self,
        id: &IncidentId,
        lease: &mut Lease,
        now: Moment,
    ) -> Result<(), JournalError> {
        self.write(|tx| {
            let tenure = tenure(tx, id)?;
            tenure.admit(id, lease, now)?;
            keep(tx, id, &Tenure { beat: now, ..tenure })
        })?;
        lease.beat = now;
        Ok(())
    }

    fn release(&mut self, id: &IncidentId, lease: &Lease) -> Result<(), JournalError> {
        self.write(|tx| {
            let tenure = tenure(tx, id)?;
            match tenure.admit(id, lease, lease.beat) {
                Ok(()) => keep(tx, id, &Tenure { holder: None, ..tenure }),
                // Somebody else has it: there is nothing to give back.
                Err(_) => Ok(()),
            }
        })
    }

    fn lease(&self, id: &IncidentId) -> Result<Option<Lease>, JournalError> {
        self.look(|tx| Ok(tenure(tx, id)?.lease()))
    }
}

/// What the end of the chain is, says the head kept beside it.
fn tip(tx: &Transaction<'_>, id: &IncidentId) -> Result<Tip, JournalError> {
    const TIP: &str = "SELECT seq, hash FROM heads WHERE incident = ?1";
    let tip = tx
        .query_row(TIP, [id.as_str()], |row| {
            Ok(Tip { seq: unsigned(row.get(0)?), hash: row.get(1)? })
        })
        .optional()
        .map_err(storage)?;
    tip.ok_or_else(|| JournalError::NoSuchIncident(id.clone()))
}

/// The link a reader who has record `seq` goes on from.
fn known(
    tx: &Transaction<'_>,
    id: &IncidentId,
    tip: &Tip,
    seq: u64,
) -> Result<Tip, JournalError> {
    const HASH: &str = "SELECT hash FROM records WHERE incident = ?1 AND seq = ?2";
    if seq == 0 {
        return Ok(Tip { seq, hash: GENESIS.to_owned() });
    }
    let hash = tx
        .query_row(HASH, params![id.as_str(), signed(seq)?], |row| row.get(0))
        .optional()
        .map_err(storage)?;
    hash.map(|hash| Tip { seq, hash }).ok_or_else(|| super::lost(id, tip, seq))
}

fn insert(
    tx: &Transaction<'_>,
    id: &IncidentId,
    lines: &[Sealed],
) -> Result<(), JournalError> {
    const LINE: &str = "INSERT INTO records VALUES (?1, ?2, ?3, ?4, ?5)";
    const HEAD: &str =
        "UPDATE heads SET seq = ?2, hash = ?3, last_at = ?4 WHERE incident = ?1";
    let Some(last) = lines.last().map(|line| &line.record) else { return Ok(()) };
    let mut insert = tx.prepare(LINE).map_err(storage)?;
    for Sealed { record, body } in lines {
        let seq = signed(record.seq)?;
        insert
            .execute(params![id.as_str(), seq, record.prev, record.hash, body])
            .map_err(storage)?;
    }
    let seq = signed(last.seq)?;
    tx.execute(HEAD, params![id.as_str(), seq, last.hash, last.at.as_millis()])
        .map_err(storage)?;
    Ok(())
}

fn tenure(tx: &Transaction<'_>, id: &IncidentId) -> Result<Tenure, JournalError> {
    const LEASE: &str = "SELECT l.epoch, l.name, l.token, l.beat \
                         FROM heads h LEFT JOIN leases l USING (incident) \
                         WHERE h.incident = ?1";
    tx.query_row(LEASE, [id.as_str()], |row| tenure_from(row, 0))
        .optional()
        .map_err(storage)?
        .ok_or_else(|| JournalError::NoSuchIncident(id.clone()))
}

/// Reads epoch, name, token and beat from the columns at `first`; nulls are no tenure.
fn tenure_from(row: &Row<'_>, first: usize) -> rusqlite::Result<Tenure> {
    let epoch: Option<i64> = row.get(first)?;
    let name: Option<String> = row.get(first + 1)?;
    let token: Option<String> = row.get(first + 2)?;
    let beat: Option<i64> = row.get(first + 3)?;
    Ok(Tenure {
        epoch: unsigned(epoch.unwrap_or(0)),
        holder: name
            .zip(token)
            .map(|(name, token)| Holder { name: Text::from(name), token }),
        beat: Moment::from_millis(beat.unwrap_or(0)),
    })
}

fn keep(
    tx: &Transaction<'_>,
    id: &IncidentId,
    tenure: &Tenure,
) -> Result<(), JournalError> {
    const KEEP: &str = "INSERT INTO leases VALUES (?1, ?2, ?3, ?4, ?5) \
                        ON CONFLICT DO UPDATE SET epoch = excluded.epoch, \
                        name = excluded.name, token = excluded.token, \
                        beat = excluded.beat";
    let name = tenure.holder.as_ref().map(|holder| holder.name.as_str());
    let token = tenure.holder.as_ref().map(|holder| holder.token.as_str());
    let (epoch, beat) = (signed(tenure.epoch)?, tenure.beat.as_millis());
    tx.execute(KEEP, params![id.as_str(), epoch, name, token, beat]).map_err(storage)?;
    Ok(())
}

/// A row as bytes. A column that is no text was altered, and will not match its hash.
fn line<'a>(row: &'a Row<'_>) -> Result<Stored<'a>, JournalError> {
    let bytes = |column| {
        let value = row.get_ref(column).map_err(storage)?;
        Ok(match value {
            ValueRef::Text(bytes) => bytes,
            ValueRef::Null
            | ValueRef::Integer(_)
            | ValueRef::Real(_)
            | ValueRef::Blob(_) => &[],
        })
    };
    Ok(Stored {
        seq: unsigned(row.get(0).map_err(storage)?),
        prev: bytes(1)?,
        hash: bytes(2)?,
        body: bytes(3)?,
    })
}

/// The database counts in signed numbers.
fn signed(number: u64) -> Result<i64, JournalError> {
    i64::try_from(number)
        .map_err(|why| JournalError::Storage(format!("record number {number}: {why}")))
}

/// A number below zero is nobody's; 0 is out of order everywhere.
fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
