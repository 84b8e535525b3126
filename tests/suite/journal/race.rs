//! Several writers, and watchers, at one store: one order, nothing lost, nothing twice.

use std::{collections::BTreeMap, thread};

use warroom::{
    journal::{Journal, JournalError, Lease, sqlite::Sqlite},
    model::{IncidentId, Mode},
};

use super::{Store, at, begun, check, holder, note, on_disk};

const EACH: usize = 60;

/// Appends until [`EACH`] were acknowledged, deciding again on each conflict. Returns what
/// was acknowledged: number and words.
fn insist(
    journal: &mut dyn Journal,
    id: &IncidentId,
    name: &str,
    mut lease: impl FnMut(&mut dyn Journal) -> Lease,
) -> Vec<(u64, String)> {
    let mut acknowledged = Vec::new();
    while acknowledged.len() < EACH {
        let lease = lease(journal);
        let words = format!("{name} {}", acknowledged.len());
        let newest = journal
            .heads()
            .unwrap()
            .iter()
            .find(|head| head.id == *id)
            .map(|head| head.records)
            .unwrap();
        match journal.append(id, newest, Some(&lease), &[note(&words)]) {
            Ok(records) => acknowledged.push((records[0].seq, words)),
            Err(JournalError::Conflict { .. } | JournalError::Held { .. }) => {}
            Err(why) => panic!("{name}: {why}"),
        }
    }
    acknowledged
}

/// The journal holds exactly what was acknowledged, under the acknowledged numbers.
fn compare(store: &Store, id: &IncidentId, acknowledged: Vec<Vec<(u64, String)>>) {
    let all: BTreeMap<u64, String> = acknowledged.into_iter().flatten().collect();
    assert_eq!(all.len(), 2 * EACH, "{}: a number was given twice", store.name);
    let records = store.open().read(id, 0).unwrap();
    assert_eq!(records.len(), all.len(), "{}: something unacknowledged", store.name);
    for record in &records {
        assert_eq!(record.event, note(&all[&record.seq]).event);
    }
    assert!(records.is_sorted_by_key(|record| record.epoch), "an old epoch came back");
}

/// Two threads with a handle each: `lease` decides how each gets its right to append.
fn contest(
    store: &Store,
    id: &IncidentId,
    lease: impl Fn(&mut dyn Journal, &str) -> Lease + Sync,
) {
    let acknowledged = thread::scope(|scope| {
        let threads = ["one", "two"].map(|name| {
            let (mut journal, lease) = (store.open(), &lease);
            scope.spawn(move || {
                insist(journal.as_mut(), id, name, |journal| lease(journal, name))
            })
        });
        threads.map(|thread| thread.join().unwrap()).to_vec()
    });
    compare(store, id, acknowledged);
}

#[test]
fn two_writers_under_one_lease_make_one_order() {
    check(|store| {
        let (id, shared) = begun(store.open().as_mut());
        contest(store, &id, |_, _| shared.clone());
    });
}

#[test]
fn two_writers_who_keep_robbing_each_other_make_one_order() {
    check(|store| {
        let (id, _) = begun(store.open().as_mut());
        contest(store, &id, |journal, name| {
            journal.acquire(&id, &holder(name), at(0), true).unwrap()
        });
    });
}

#[test]
fn of_many_who_ask_at_once_one_becomes_the_executor() {
    check(|store| {
        let id = store.open().open_incident().unwrap();
        let granted = thread::scope(|scope| {
            let threads = ["a", "b", "c", "d"].map(|name| {
                let (mut journal, id) = (store.open(), &id);
                scope.spawn(move || {
                    journal.acquire(id, &holder(name), at(0), false).is_ok()
                })
            });
            threads.map(|thread| thread.join().unwrap())
        });
        assert_eq!(granted.iter().filter(|granted| **granted).count(), 1);
    });
}

#[test]
fn many_who_create_the_journal_at_once_get_the_same_one() {
    for _ in 0..10 {
        let dir = tempfile::tempdir().unwrap();
        let path = &dir.path().join("new");
        let mut ids = thread::scope(|scope| {
            let threads = [(); 6].map(|()| {
                scope.spawn(move || {
                    Sqlite::open(path, Mode::Live).unwrap().open_incident().unwrap()
                })
            });
            threads.map(|thread| thread.join().unwrap())
        });
        ids.sort_unstable();
        let expected = [1, 2, 3, 4, 5, 6].map(|n| format!("INC-000{n}").as_str().into());
        assert_eq!(ids, expected);
    }
}

/// A watcher sees a growing, always intact journal, and holds nobody up.
#[test]
fn a_watcher_reads_beside_a_writer() {
    let dir = tempfile::tempdir().unwrap();
    let id = on_disk(dir.path(), 1);
    let mut writer = Sqlite::open(dir.path(), Mode::Live).unwrap();
    let lease = writer.acquire(&id, &holder("w"), at(99), true).unwrap();
    let mut watcher = Sqlite::open_read_only(dir.path(), Mode::Live).unwrap();
    let refused = watcher.append(&id, 1, Some(&lease), &[note("no")]);
    assert!(matches!(refused, Err(JournalError::Storage(_))), "{refused:?}");
    thread::scope(|scope| {
        let writing = scope.spawn(|| {
            for seq in 1..200 {
                writer.append(&id, seq, Some(&lease), &[note("busy")]).unwrap();
            }
        });
        let mut seen = watcher.read(&id, 0).unwrap();
        while seen.len() < 200 {
            let last = seen.last().unwrap().clone();
            let finished = writing.is_finished();
            let more = watcher.read(&id, last.seq).unwrap();
            if let Some(next) = more.first() {
                assert_eq!((next.seq, &next.prev), (last.seq + 1, &last.hash));
            }
            assert!(!(finished && more.is_empty()), "the end is not seen");
            seen.extend(more);
        }
        writing.join().unwrap();
        assert_eq!(watcher.verify(&id).unwrap().records, 200);
    });
}
