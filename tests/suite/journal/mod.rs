//! The contract of a journal: stores that must answer alike, and what the tests share.

mod contract;
mod crash;
mod model;
mod place;
mod race;
mod tamper;

use std::path::Path;

use tempfile::TempDir;
use warroom::{
    engine::event::{Entry, Event, NoteKind},
    journal::{Holder, Journal, Lease, memory::Memory, sqlite::Sqlite},
    model::{Actor, IncidentId, Mode, Moment},
};

/// Handles of one store, as several processes would have them.
struct Store {
    name: &'static str,
    handle: Box<dyn Fn() -> Box<dyn Journal>>,
}

impl Store {
    fn memory(mode: Mode) -> Self {
        let store = Memory::new(mode);
        Self { name: "memory", handle: Box::new(move || Box::new(store.reopen())) }
    }

    fn sqlite(mode: Mode) -> Self {
        let dir = TempDir::new().unwrap();
        let handle = move || -> Box<dyn Journal> {
            Box::new(Sqlite::open(dir.path(), mode).unwrap())
        };
        Self { name: "sqlite", handle: Box::new(handle) }
    }

    fn open(&self) -> Box<dyn Journal> {
        (self.handle)()
    }
}

/// Checks a law on every store, in both worlds.
fn check(law: impl Fn(&Store)) {
    for mode in [Mode::Live, Mode::Drill] {
        for store in [Store::memory(mode), Store::sqlite(mode)] {
            law(&store);
        }
    }
}

fn at(secs: i64) -> Moment {
    Moment::from_millis(1_787_000_000_000 + secs * 1000)
}

fn holder(token: &str) -> Holder {
    Holder { name: format!("{token} on bastion-2").into(), token: token.to_owned() }
}

fn note(words: &str) -> Entry {
    Entry {
        at: at(1),
        stamp: None,
        actor: Actor::Person { name: "p.shah".into(), from: "tty1".into() },
        event: Event::Noted {
            kind: NoteKind::Note,
            text: words.into(),
            pressed_at: at(0),
        },
    }
}

fn resumed() -> Entry {
    Entry { at: at(2), stamp: None, actor: Actor::System, event: Event::Resumed }
}

/// A new incident and the right to append to it.
fn begun(journal: &mut dyn Journal) -> (IncidentId, Lease) {
    let id = journal.open_incident().unwrap();
    let lease = journal.acquire(&id, &holder("first"), at(0), false).unwrap();
    (id, lease)
}

/// A live journal of one incident with `count` notes, and its identifier.
fn on_disk(dir: &Path, count: u64) -> IncidentId {
    let mut journal = Sqlite::open(dir, Mode::Live).unwrap();
    let (id, lease) = begun(&mut journal);
    for seq in 0..count {
        journal.append(&id, seq, Some(&lease), &[note(&format!("note {seq}"))]).unwrap();
    }
    id
}
