//! A journal as a file people can keep: one line a record, each as it was stored and with
//! its two hashes added at the end, so that the chain can be checked again wherever the
//! file goes. Must never write a record anew: the hash is of the stored bytes.
//!
//! ```text
//! {…the stored line…,"prev":"<64 digits>","hash":"<64 digits>"}
//! ```

use super::{
    chain::{Damage, Fault, Verdict, Walk},
    record::{self, Sealed, Stored, Tip},
};
use crate::{
    engine::event::Record,
    model::{IncidentId, Mode},
};

/// What stands around the hashes. None of it can stand inside a stored line: quotes in a
/// text are escaped there, and no event has a field called so.
const PREV: &str = r#","prev":""#;
const HASH: &str = r#"","hash":""#;
const END: &str = r#""}"#;

/// Why a file is no sound export.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotSound {
    #[error("it holds no records")]
    Empty,
    #[error(
        "line {0} is not a line of an export (`warroom incident export ID --format jsonl` \
         writes them)"
    )]
    NotALine(usize),
    #[error(transparent)]
    Damaged(#[from] Damage),
}

/// A file whose chain is whole.
#[derive(Clone, Debug, PartialEq)]
pub struct Sound {
    pub mode: Mode,
    pub verdict: Verdict,
    pub records: Vec<Record>,
}

/// One record as a line of the file, without its line break.
pub fn line(sealed: &Sealed) -> String {
    let Sealed { record, body } = sealed;
    let Record { prev, hash, .. } = record;
    let open = body.strip_suffix('}').unwrap_or(body);
    format!("{open}{PREV}{prev}{HASH}{hash}{END}")
}

/// Checks a whole file. That it was not cut off at its end nobody can tell from the file:
/// compare the verdict's head with one kept elsewhere.
///
/// # Errors
/// [`NotSound`]: the first line that is not what it must be.
pub fn verify(text: &str) -> Result<Sound, NotSound> {
    let lines: Vec<Line<'_>> = text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(at, line)| Line::read(line).ok_or(NotSound::NotALine(at + 1)))
        .collect::<Result<_, _>>()?;
    let (Some(first), Some(last)) = (lines.first(), lines.last()) else {
        return Err(NotSound::Empty);
    };
    let damaged = |fault| NotSound::Damaged(Damage { seq: 1, fault });
    let header = record::header(first.body.as_bytes());
    let header = header.map_err(|why| damaged(Fault::from(why)))?;
    let (id, mode) = (IncidentId::new(&header.incident), header.mode);
    let tip = Tip { seq: lines.len() as u64, hash: last.hash.to_owned() };
    let mut walk = Walk::new(&id, mode);
    let mut records = Vec::with_capacity(lines.len());
    for line in &lines {
        records.push(walk.read(&line.stored(walk.next()))?);
    }
    let verdict = walk.finish(&tip)?;
    Ok(Sound { mode, verdict, records })
}

/// The three parts of a line.
#[derive(Clone, Debug)]
struct Line<'a> {
    prev: &'a str,
    hash: &'a str,
    /// As it was stored.
    body: String,
}

impl<'a> Line<'a> {
    fn read(line: &'a str) -> Option<Self> {
        let rest = line.trim_end().strip_suffix(END)?;
        let (rest, hash) = rest.rsplit_once(HASH)?;
        let (open, prev) = rest.rsplit_once(PREV)?;
        Some(Self { prev, hash, body: format!("{open}}}") })
    }

    /// With its place in the chain: what it says itself where its own hash holds, else the
    /// one it was found in.
    fn stored(&self, found: u64) -> Stored<'_> {
        let (prev, body) = (self.prev.as_bytes(), self.body.as_bytes());
        let holds = record::link(prev, body) == self.hash;
        let says = record::header(body).map(|header| header.seq);
        let seq = says.ok().filter(|_| holds).unwrap_or(found);
        Stored { seq, prev, hash: self.hash.as_bytes(), body }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        engine::event::{Entry, Event},
        journal::GENESIS,
        model::{Actor, Moment},
    };

    fn file(count: usize) -> Vec<String> {
        let entries: Vec<Entry> = (0..count)
            .map(|n| Entry {
                at: Moment::from_millis(1000),
                stamp: None,
                actor: Actor::System,
                event: Event::Held {
                    reason: format!("say \"{n}\",\"prev\":\"é").into()
                },
            })
            .collect();
        let genesis = Tip { seq: 0, hash: GENESIS.to_owned() };
        let id = IncidentId::new("INC-0001");
        let sealed = record::seal(&id, Mode::Live, &genesis, 1, &entries).unwrap();
        sealed.iter().map(line).collect()
    }

    #[test]
    fn what_was_exported_is_found_whole() {
        for ending in ["\n", "\r\n"] {
            let sound = verify(&(file(3).join(ending) + ending)).unwrap();
            assert_eq!(sound.verdict.id, "INC-0001".into());
            assert_eq!((sound.verdict.records, sound.mode), (3, Mode::Live));
            assert_eq!(sound.records.len(), 3);
        }
    }

    #[test]
    fn every_change_is_found_at_its_record() {
        let whole = file(4);
        let with = |at: usize, from: &str, to: &str| {
            let mut lines = whole.clone();
            lines[at] = lines[at].replacen(from, to, 1);
            lines
        };
        let without = |at: usize| {
            let mut lines = whole.clone();
            lines.remove(at);
            lines
        };
        let swapped = {
            let mut lines = whole.clone();
            lines.swap(1, 2);
            lines
        };
        for (lines, seq, fault) in [
            (with(1, "say", "SAY"), 2, Fault::Altered),
            (with(2, "\"seq\":3", "\"seq\":7"), 3, Fault::Altered),
            (with(1, "\"hash\":\"", "\"hash\":\"0"), 2, Fault::Altered),
            (without(0), 1, Fault::Missing { next: 2 }),
            (without(1), 2, Fault::Missing { next: 3 }),
            (swapped, 2, Fault::Missing { next: 3 }),
        ] {
            let damage = NotSound::Damaged(Damage { seq, fault });
            assert_eq!(verify(&lines.join("\n")), Err(damage));
        }
        // The end alone cannot say that it is not the end.
        assert_eq!(verify(&without(3).join("\n")).unwrap().verdict.records, 3);
    }

    #[test]
    fn what_is_no_export_is_called_so() {
        assert_eq!(verify(" \n"), Err(NotSound::Empty));
        for text in ["{}", "hello", r#"{"seq":1,"hash":"x"}"#] {
            assert_eq!(verify(text), Err(NotSound::NotALine(1)));
        }
        let lines = file(2).join("\n") + "\nand a note";
        assert_eq!(verify(&lines), Err(NotSound::NotALine(3)));
    }
}
