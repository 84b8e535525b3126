//! The on-disk mirror of a record: one line of JSON and the hash that links it to the line
//! before. Owns the format; must never check a stored line by writing it again, because a
//! field added later must not break an old chain.
//!
//! The link is `SHA-256(prev ++ body)`: the 64 hexadecimal digits of the record before
//! ([`GENESIS`](super::GENESIS) for the first) and the stored bytes of the body, nothing
//! between. Anybody can check it by hand: `printf %s%s "$prev" "$body" | sha256sum`.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::JournalError;
use crate::{
    engine::{
        Speech,
        event::{Entry, Event, Record},
    },
    model::{
        Actor, IncidentId, Mode, Moment, PhaseTerms, Runbook, RunbookTerms, Stamp, Terms,
        Text,
    },
};

/// The newest format this program reads. A line is written in the oldest that can say it:
/// see [`format_of`].
pub const FORMAT: u32 = 2;

/// A line as it lies in the store. Bytes, because a damaged one need not be text.
#[derive(Clone, Copy, Debug)]
pub struct Stored<'a> {
    /// The place it was found at, which the body must agree with.
    pub seq: u64,
    pub prev: &'a [u8],
    pub hash: &'a [u8],
    pub body: &'a [u8],
}

/// A record and the line that says it.
#[derive(Clone, Debug, PartialEq)]
pub struct Sealed {
    /// As a reader of `body` will see it, to the last bit: what is applied now and what a
    /// replay applies are the same value.
    pub record: Record,
    pub body: String,
}

impl Sealed {
    pub fn stored(&self) -> Stored<'_> {
        Stored {
            seq: self.record.seq,
            prev: self.record.prev.as_bytes(),
            hash: self.record.hash.as_bytes(),
            body: self.body.as_bytes(),
        }
    }
}

/// The newest record of a chain, kept beside the chain so that a cut tail shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tip {
    /// 0 for an incident without records.
    pub seq: u64,
    pub hash: String,
}

/// Where a line says it belongs: all that verification needs of a body.
#[derive(Debug, PartialEq, Eq, Deserialize)]
pub struct Header<'a> {
    pub format: u32,
    #[serde(borrow)]
    pub incident: Cow<'a, str>,
    pub mode: Mode,
    pub seq: u64,
}

/// The fields of a line, in their order. Borrowed to write, owned to read.
#[derive(Serialize, Deserialize)]
struct Body<I, A, E> {
    format: u32,
    incident: I,
    mode: Mode,
    seq: u64,
    at: Moment,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stamp: Option<Stamp>,
    actor: A,
    epoch: u64,
    event: E,
}

/// Why a body cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unreadable {
    Newer { found: u32 },
    Garbled(Text),
}

/// Turns `entries` into the lines that follow `tip`.
///
/// # Errors
/// [`JournalError::Storage`] when an entry holds what JSON cannot bring back.
pub fn seal(
    id: &IncidentId,
    mode: Mode,
    tip: &Tip,
    epoch: u64,
    entries: &[Entry],
) -> Result<Vec<Sealed>, JournalError> {
    let mut sealed = Vec::with_capacity(entries.len());
    let mut tip = tip.clone();
    for entry in entries {
        let line = seal_one(id, mode, &tip, epoch, entry).map_err(|why| {
            let seq = tip.seq + 1;
            JournalError::Storage(format!(
                "record {seq} of {id} cannot be put into words: {why}"
            ))
        })?;
        tip = Tip { seq: line.record.seq, hash: line.record.hash.clone() };
        sealed.push(line);
    }
    Ok(sealed)
}

fn seal_one(
    id: &IncidentId,
    mode: Mode,
    tip: &Tip,
    epoch: u64,
    entry: &Entry,
) -> Result<Sealed, serde_json::Error> {
    let body = serde_json::to_string(&Body {
        format: format_of(&entry.event),
        incident: id,
        mode,
        seq: tip.seq + 1,
        at: entry.at,
        stamp: entry.stamp.clone(),
        actor: &entry.actor,
        epoch,
        event: &entry.event,
    })?;
    // Read back before it is promised: a line nobody can read must not become durable.
    let read: Body<IncidentId, Actor, Event> = serde_json::from_str(&body)?;
    let hash = link(tip.hash.as_bytes(), body.as_bytes());
    Ok(Sealed { record: read.into_record(tip.hash.clone(), hash), body })
}

/// The format an event needs: 2 for what the first release does not know, and for a
/// procedure whose terms it would pass over in silence.
fn format_of(event: &Event) -> u32 {
    match event {
        Event::Declared { procedure, .. } | Event::PlanAdopted { procedure, .. } => {
            if has_terms(&procedure.runbook) {
                2
            } else {
                1
            }
        }
        Event::PassedOver { .. }
        | Event::Watched { .. }
        | Event::Raised { .. }
        | Event::SeveritySet { .. }
        | Event::ValuesGiven { .. }
        | Event::OutOfOrder { .. }
        | Event::OutputsRead { .. } => 2,
        Event::Spoken { speech } => match speech {
            Speech::Responded { .. }
            | Speech::Contacted { .. }
            | Speech::Escalated { .. } => 2,
            Speech::PollOpened { .. }
            | Speech::PollAnswered { .. }
            | Speech::PollClosed { .. }
            | Speech::TaskGiven { .. }
            | Speech::TaskDone { .. }
            | Speech::Corrected { .. }
            | Speech::TakenBack { .. } => 1,
        },
        Event::ImpactMoved { .. }
        | Event::SeatTaken { .. }
        | Event::Decided { .. }
        | Event::Noted { .. }
        | Event::Held { .. }
        | Event::Resumed
        | Event::Aborted { .. }
        | Event::ApprovalAsked { .. }
        | Event::ApprovalGiven { .. }
        | Event::SoloAsked { .. }
        | Event::Overridden { .. }
        | Event::Intended { .. }
        | Event::Acted { .. }
        | Event::Verified { .. }
        | Event::Failed { .. }
        | Event::Refused { .. }
        | Event::Doubted { .. }
        | Event::Ruled { .. }
        | Event::Skipped { .. }
        | Event::HealthChanged { .. }
        | Event::ServiceRecovered { .. }
        | Event::ClockStepped { .. }
        | Event::LeaseTaken { .. }
        | Event::Closed { .. } => 1,
    }
}

fn has_terms(runbook: &Runbook) -> bool {
    runbook.terms != RunbookTerms::default()
        || runbook.phases.iter().any(|phase| phase.terms != PhaseTerms::default())
        || runbook.steps().any(|step| step.terms != Terms::default())
}

/// The hash of a line: 64 lower-case hexadecimal digits.
pub fn link(prev: &[u8], body: &[u8]) -> String {
    let digest = Sha256::new().chain_update(prev).chain_update(body).finalize();
    digest
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|nibble| char::from_digit(u32::from(nibble), 16))
        .collect()
}

/// Reads where a body says it belongs, and nothing else of it.
///
/// # Errors
/// [`Unreadable`]: newer than [`FORMAT`], or not a body at all.
pub fn header(body: &[u8]) -> Result<Header<'_>, Unreadable> {
    let header: Header<'_> =
        serde_json::from_slice(body).map_err(|why| unreadable(body, &why))?;
    known(header.format)?;
    Ok(header)
}

/// Reads a whole line whose link was already checked.
///
/// # Errors
/// [`Unreadable`]: newer than [`FORMAT`], or not a body at all.
pub fn open(
    body: &[u8],
    prev: &str,
    hash: &str,
) -> Result<(Header<'static>, Record), Unreadable> {
    let read: Body<IncidentId, Actor, Event> =
        serde_json::from_slice(body).map_err(|why| unreadable(body, &why))?;
    known(read.format)?;
    let header = Header {
        format: read.format,
        incident: Cow::Owned(read.incident.to_string()),
        mode: read.mode,
        seq: read.seq,
    };
    Ok((header, read.into_record(prev.to_owned(), hash.to_owned())))
}

impl Body<IncidentId, Actor, Event> {
    fn into_record(self, prev: String, hash: String) -> Record {
        Record {
            seq: self.seq,
            at: self.at,
            stamp: self.stamp,
            actor: self.actor,
            epoch: self.epoch,
            event: self.event,
            prev,
            hash,
        }
    }
}

const fn known(format: u32) -> Result<(), Unreadable> {
    if format > FORMAT { Err(Unreadable::Newer { found: format }) } else { Ok(()) }
}

/// A newer format may have changed anything but the field that says so.
fn unreadable(body: &[u8], why: &serde_json::Error) -> Unreadable {
    #[derive(Deserialize)]
    struct Format {
        format: u32,
    }
    match serde_json::from_slice::<Format>(body) {
        Ok(Format { format }) if format > FORMAT => Unreadable::Newer { found: format },
        Ok(_) | Err(_) => Unreadable::Garbled(Text::capped(&why.to_string(), 160)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{engine::event::NoteKind, journal::GENESIS};

    /// As written by the first release. Must open for ever; never edit it.
    const GOLDEN: &str = r#"{"format":1,"incident":"INC-0007","mode":"live","seq":1,"at":"2026-08-22T03:14:19.204Z","actor":{"person":{"name":"p.shah","from":"bastion-2"}},"epoch":3,"event":{"event":"noted","kind":"decision","text":"we go west","pressed_at":"2026-08-22T03:14:18.000Z"}}"#;
    const GOLDEN_HASH: &str =
        "91eb29ad57dbb3ba2be1dcd83f0e6196d138a2bfcd5dc3754b1a9a59602b3c68";

    fn entry() -> Entry {
        Entry {
            at: Moment::parse("2026-08-22T03:14:19.204Z").unwrap(),
            stamp: None,
            actor: Actor::Person { name: "p.shah".into(), from: "bastion-2".into() },
            event: Event::Noted {
                kind: NoteKind::Decision,
                text: "we go west".into(),
                pressed_at: Moment::parse("2026-08-22T03:14:18Z").unwrap(),
            },
        }
    }

    fn tip() -> Tip {
        Tip { seq: 0, hash: GENESIS.to_owned() }
    }

    #[test]
    fn the_first_format_is_written_and_read_to_the_byte() {
        let id = IncidentId::new("INC-0007");
        let sealed = seal(&id, Mode::Live, &tip(), 3, &[entry()]).unwrap().remove(0);
        assert_eq!(sealed.body, GOLDEN);
        assert_eq!(sealed.record.hash, GOLDEN_HASH);
        let (header, record) = open(GOLDEN.as_bytes(), GENESIS, GOLDEN_HASH).unwrap();
        assert_eq!(record, sealed.record);
        assert_eq!(header, super::header(GOLDEN.as_bytes()).unwrap());
    }

    #[test]
    fn a_field_added_later_changes_nothing_for_this_program() {
        let later = GOLDEN.replacen("{\"format\":1,", "{\"format\":1,\"host\":\"b\",", 1);
        let (_, record) = open(later.as_bytes(), GENESIS, GOLDEN_HASH).unwrap();
        assert_eq!(record.event, entry().event);
        assert_ne!(link(GENESIS.as_bytes(), later.as_bytes()), GOLDEN_HASH);
    }

    #[test]
    fn a_newer_format_is_told_from_damage_whatever_else_it_changed() {
        let newer = Err(Unreadable::Newer { found: 3 });
        for body in [
            GOLDEN.replacen("\"format\":1", "\"format\":3", 1),
            r#"{"format":3,"what":"else"}"#.to_owned(),
        ] {
            assert_eq!(open(body.as_bytes(), "", "").map(|_| ()), newer);
            assert_eq!(header(body.as_bytes()).map(|_| ()), newer);
        }
        for body in ["", "{", "[]", r#"{"format":1}"#, r#"{"format":-1}"#] {
            assert!(matches!(header(body.as_bytes()), Err(Unreadable::Garbled(_))));
            assert!(matches!(open(body.as_bytes(), "", ""), Err(Unreadable::Garbled(_))));
        }
    }

    /// An older program must say that it is too old, not that the journal is damaged, and
    /// must not run what it would take for an unconditional step.
    #[test]
    fn what_the_first_format_cannot_say_is_written_in_the_second() {
        let severity =
            Event::SeveritySet { severity: "P1".into(), reason: "down".into() };
        let entry = Entry { event: severity, ..entry() };
        let id = IncidentId::new("INC-0007");
        let sealed = seal(&id, Mode::Live, &tip(), 3, &[entry]).unwrap().remove(0);
        assert!(sealed.body.starts_with("{\"format\":2,"), "{}", sealed.body);
        let mut runbook = Runbook {
            id: "r".into(),
            name: "r".into(),
            kind: crate::model::RunbookKind::Failover,
            from: "east".into(),
            to: "west".into(),
            phases: Vec::new(),
            terms: RunbookTerms::default(),
        };
        assert!(!has_terms(&runbook));
        runbook.terms.windows_from = crate::model::Mark::new("impact");
        assert!(has_terms(&runbook));
    }

    #[test]
    fn what_cannot_be_read_back_is_not_sealed() {
        let never = Entry { at: Moment::from_millis(i64::MAX), ..entry() };
        let refused = seal(&"INC-0007".into(), Mode::Live, &tip(), 3, &[never]);
        assert!(matches!(refused, Err(JournalError::Storage(_))), "{refused:?}");
    }
}
