//! What every store promises, one law a test.

use warroom::{
    engine::event::{Event, Record},
    journal::{GENESIS, Journal, JournalError, LEASE_TTL, Lease, export},
    model::{IncidentId, Mode, Moment, Span},
};

use super::{Store, at, begun, check, holder, note, resumed};

#[test]
fn what_was_appended_is_read_by_anybody_from_anywhere() {
    check(|store| {
        let mut journal = store.open();
        let (id, lease) = begun(journal.as_mut());
        let mut written = journal.append(&id, 0, Some(&lease), &[note("one")]).unwrap();
        written.extend(
            journal.append(&id, 1, Some(&lease), &[resumed(), note("three")]).unwrap(),
        );
        for reader in [journal, store.open()] {
            for after in 0..=3 {
                let from = usize::try_from(after).unwrap();
                assert_eq!(reader.read(&id, after).unwrap(), written[from..]);
            }
        }
        let seqs: Vec<u64> = written.iter().map(|record| record.seq).collect();
        assert_eq!(seqs, [1, 2, 3], "{}", store.name);
        assert_eq!(written[2].event, note("three").event);
        assert!(written.iter().all(|record| record.epoch == lease.epoch));
    });
}

#[test]
fn each_record_names_the_one_before_and_the_head_names_the_last() {
    check(|store| {
        let mut journal = store.open();
        let (id, lease) = begun(journal.as_mut());
        let empty = journal.verify(&id).unwrap();
        assert_eq!((empty.records, empty.head.as_str()), (0, GENESIS));
        let records = journal
            .append(&id, 0, Some(&lease), &[note("a"), note("b"), note("a")])
            .unwrap();
        let mut prev = GENESIS.to_owned();
        for Record { prev: named, hash, .. } in &records {
            assert_eq!(*named, prev);
            prev.clone_from(hash);
        }
        assert_ne!(records[0].hash, records[2].hash, "the place is part of the hash");
        let head = store.open().heads().unwrap().remove(0);
        assert_eq!((head.records, &head.hash, head.last_at), (3, &prev, at(1)));
        let verdict = store.open().verify(&id).unwrap();
        assert_eq!((verdict.records, &verdict.head), (3, &prev));
    });
}

#[test]
fn its_lines_are_its_records_and_a_file_of_them_is_sound() {
    check(|store| {
        let mut journal = store.open();
        let (id, lease) = begun(journal.as_mut());
        assert_eq!(journal.lines(&id).unwrap(), []);
        journal.append(&id, 0, Some(&lease), &[note("a \"b\""), resumed()]).unwrap();
        let lines = store.open().lines(&id).unwrap();
        let records: Vec<Record> = lines.iter().map(|line| line.record.clone()).collect();
        assert_eq!(records, journal.read(&id, 0).unwrap(), "{}", store.name);
        let file: String = lines.iter().map(|line| export::line(line) + "\n").collect();
        let sound = export::verify(&file).unwrap();
        assert_eq!(sound.verdict, journal.verify(&id).unwrap());
        assert_eq!((sound.mode, sound.records), (journal.mode(), records));
        let nobody = IncidentId::new("INC-0099");
        let missing = journal.lines(&nobody);
        assert!(matches!(missing, Err(JournalError::NoSuchIncident(id)) if id == nobody));
    });
}

#[test]
fn incidents_are_numbered_by_world_and_listed_oldest_first() {
    for (mode, ids) in [
        (Mode::Live, ["INC-0001", "INC-0002", "INC-0003"]),
        (Mode::Drill, ["DRILL-0001", "DRILL-0002", "DRILL-0003"]),
    ] {
        for store in [Store::memory(mode), Store::sqlite(mode)] {
            for id in ids {
                assert_eq!(store.open().open_incident().unwrap().as_str(), id);
            }
            let heads = store.open().heads().unwrap();
            let listed: Vec<&str> = heads.iter().map(|head| head.id.as_str()).collect();
            assert_eq!(listed, ids, "{}", store.name);
            let last = heads.last().unwrap();
            assert_eq!((last.records, last.last_at), (0, Moment::default()));
            assert_eq!(store.open().mode(), mode);
        }
    }
}

#[test]
fn an_append_on_old_knowledge_conflicts_and_leaves_nothing() {
    check(|store| {
        let mut journal = store.open();
        let (id, lease) = begun(journal.as_mut());
        journal.append(&id, 0, Some(&lease), &[note("one"), note("two")]).unwrap();
        for wrong in [0, 1, 3, u64::MAX] {
            let refused =
                journal.append(&id, wrong, Some(&lease), &[note("no")]).unwrap_err();
            assert!(
                matches!(
                    refused,
                    JournalError::Conflict { expected, found: 2, .. } if expected == wrong
                ),
                "{}: {refused:?}",
                store.name
            );
        }
        assert_eq!(journal.verify(&id).unwrap().records, 2);
        journal.append(&id, 2, Some(&lease), &[note("three")]).unwrap();
    });
}

#[test]
fn all_entries_or_none_become_records() {
    check(|store| {
        let mut journal = store.open();
        let (id, lease) = begun(journal.as_mut());
        // The last of three has a time no calendar has.
        let mut never = note("never");
        never.at = Moment::from_millis(i64::MAX);
        let entries = [note("one"), note("two"), never];
        let refused = journal.append(&id, 0, Some(&lease), &entries).unwrap_err();
        assert!(matches!(refused, JournalError::Storage(_)), "{refused:?}");
        assert_eq!(journal.read(&id, 0).unwrap(), []);
        assert_eq!(journal.append(&id, 0, Some(&lease), &[]).unwrap(), []);
        assert_eq!(journal.append(&id, 0, Some(&lease), &entries[..2]).unwrap().len(), 2);
    });
}

#[test]
fn a_reader_who_saw_more_than_there_is_learns_what_is_missing() {
    check(|store| {
        let mut journal = store.open();
        let (id, lease) = begun(journal.as_mut());
        journal.append(&id, 0, Some(&lease), &[note("one")]).unwrap();
        for after in [2, 7] {
            let refused = journal.read(&id, after).unwrap_err();
            let found = matches!(refused, JournalError::Damaged { seq: 2, .. });
            assert!(found, "{}: {refused:?}", store.name);
        }
    });
}

#[test]
fn nothing_is_known_of_an_incident_nobody_opened() {
    check(|store| {
        let mut journal = store.open();
        let (_, mut lease) = begun(journal.as_mut());
        let id = IncidentId::new("INC-0404");
        for refused in [
            journal.read(&id, 0).map(|_| ()),
            journal.verify(&id).map(|_| ()),
            journal.append(&id, 0, Some(&lease), &[note("no")]).map(|_| ()),
            journal.acquire(&id, &holder("a"), at(0), true).map(|_| ()),
            journal.renew(&id, &mut lease, at(0)),
            journal.release(&id, &lease),
            journal.lease(&id).map(|_| ()),
        ] {
            let unknown = matches!(refused, Err(JournalError::NoSuchIncident(_)));
            assert!(unknown, "{}: {refused:?}", store.name);
        }
    });
}

/// Whether `result` is a refusal that names `by` and `epoch`.
fn is_held<T>(result: &Result<T, JournalError>, by: &str, epoch: u64) -> bool {
    matches!(
        result,
        Err(JournalError::Held { by: who, epoch: now, .. })
            if who.as_str() == by && *now == epoch
    )
}

#[test]
fn a_lease_is_taken_when_free_silent_or_forced() {
    let ttl = LEASE_TTL.as_secs();
    // Seconds after the first holder's beat, force, and whether the second gets it.
    for (after, force, granted) in [
        (0, false, false),
        (ttl - 1, false, false),
        (ttl, false, true),
        (0, true, true),
        (-3600, false, false),
        (-3600, true, true),
        (3600, false, true),
    ] {
        check(|store| {
            let mut journal = store.open();
            let (id, first) = begun(journal.as_mut());
            let mut other = store.open();
            let asked = other.acquire(&id, &holder("second"), at(after), force);
            if granted {
                let second = asked.unwrap();
                assert_eq!(second.epoch, first.epoch + 1);
                assert_eq!(journal.lease(&id).unwrap(), Some(second));
            } else {
                assert!(is_held(&asked, "first on bastion-2", first.epoch), "{after}");
                assert_eq!(journal.lease(&id).unwrap(), Some(first));
            }
        });
    }
}

#[test]
fn a_beat_keeps_a_lease_and_a_release_frees_it_at_once() {
    check(|store| {
        let mut journal = store.open();
        let (id, mut lease) = begun(journal.as_mut());
        journal.renew(&id, &mut lease, at(9)).unwrap();
        assert_eq!(lease.beat, at(9));
        assert_eq!(journal.heads().unwrap()[0].lease.as_ref(), Some(&lease));
        let mut other = store.open();
        let asked = other.acquire(&id, &holder("second"), at(18), false);
        assert!(is_held(&asked, "first on bastion-2", 1));
        assert!(
            matches!(&asked, Err(JournalError::Held { ago, .. }) if *ago == Span::secs(9))
        );
        // The same process asking again is no new holder.
        let again = journal.acquire(&id, &holder("first"), at(10), false).unwrap();
        assert_eq!(again.epoch, lease.epoch);
        journal.release(&id, &lease).unwrap();
        assert_eq!(journal.lease(&id).unwrap(), None);
        let late = journal.append(&id, 0, Some(&lease), &[note("late")]);
        assert!(is_held(&late, "nobody", 1), "{late:?}");
        let second = other.acquire(&id, &holder("second"), at(10), false).unwrap();
        assert_eq!(second.epoch, 2, "an epoch is never given twice");
    });
}

#[test]
fn a_replaced_holder_can_do_nothing_more() {
    check(|store| {
        let mut old = store.open();
        let (id, mut first) = begun(old.as_mut());
        old.append(&id, 0, Some(&first), &[note("mine")]).unwrap();
        let mut new = store.open();
        let second = new.acquire(&id, &holder("second"), at(1), true).unwrap();
        // Before, and after, the new holder's first record; with the right number.
        for seq in [1, 2] {
            let late = old.append(&id, seq, Some(&first), &[note("late")]);
            assert!(is_held(&late, "second on bastion-2", 2), "{late:?}");
            assert!(is_held(
                &old.renew(&id, &mut first, at(2)),
                "second on bastion-2",
                2
            ));
            old.release(&id, &first).unwrap();
            assert_eq!(new.lease(&id).unwrap().as_ref(), Some(&second));
            new.append(&id, seq, Some(&second), &[resumed()]).unwrap();
        }
        // Neither half of the proof is enough.
        let forged = Lease { epoch: second.epoch, ..first.clone() };
        let stale = Lease { epoch: first.epoch, ..second.clone() };
        for lease in [forged, stale] {
            let refused = old.append(&id, 3, Some(&lease), &[note("no")]);
            assert!(is_held(&refused, "second on bastion-2", 2), "{refused:?}");
        }
        let epochs: Vec<u64> =
            new.read(&id, 0).unwrap().iter().map(|record| record.epoch).collect();
        assert_eq!(epochs, [1, 2, 2]);
    });
}

#[test]
fn incidents_do_not_touch_each_other() {
    check(|store| {
        let mut journal = store.open();
        let (one, first) = begun(journal.as_mut());
        let (two, second) = begun(journal.as_mut());
        journal.append(&one, 0, Some(&first), &[note("a")]).unwrap();
        journal.append(&two, 0, Some(&second), &[note("a"), resumed()]).unwrap();
        let (a, b) = (journal.read(&one, 0).unwrap(), journal.read(&two, 0).unwrap());
        assert_eq!((a.len(), b.len()), (1, 2));
        assert_eq!(b[1].event, Event::Resumed);
        assert_ne!(a[0].hash, b[0].hash, "the incident is part of the hash");
    });
}

/// The failure a test asks for is the failure a disk gives.
#[test]
fn the_memory_store_fails_on_request_and_forks() {
    let memory = warroom::journal::memory::Memory::new(Mode::Drill);
    let mut journal = memory.reopen();
    let (id, lease) = begun(&mut journal);
    memory.fail_append(2);
    journal.append(&id, 0, Some(&lease), &[note("one")]).unwrap();
    let failed = journal.append(&id, 1, Some(&lease), &[note("two")]);
    assert!(matches!(failed, Err(JournalError::Storage(_))));
    journal.append(&id, 1, Some(&lease), &[note("two")]).unwrap();
    memory.set_full(true);
    for _ in 0..2 {
        assert!(journal.append(&id, 2, Some(&lease), &[note("three")]).is_err());
    }
    memory.set_full(false);
    let fork = memory.fork();
    journal.append(&id, 2, Some(&lease), &[note("three")]).unwrap();
    let records = |journal: &dyn Journal| journal.verify(&id).unwrap().records;
    assert_eq!((records(&fork), records(&memory)), (2, 3));
    let past = memory.fork_at(&id, 1);
    assert_eq!((records(&past), past.lease(&id).unwrap()), (1, None));
}
