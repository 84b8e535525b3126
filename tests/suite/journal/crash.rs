//! The process is killed; the disk is full. Both in a child: this test binary, called again
//! with the name of a test that only runs when asked for.

use std::{
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use rand::{Rng, SeedableRng};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tempfile::TempDir;
use warroom::{
    journal::{Journal, JournalError, sqlite::Sqlite},
    model::Mode,
};

use super::{at, begun, holder, note, on_disk};

const STATE: &str = "WARROOM_TEST_STATE";

/// Where a child finds the journal it was started for.
#[expect(clippy::disallowed_methods, reason = "how a test binary speaks to itself")]
fn state() -> PathBuf {
    std::env::var(STATE).expect("only run as a child, by another test").into()
}

/// Starts `test` of this binary on `state`, with the signal of a too large file ignored.
fn child(test: &str, state: &Path) -> Child {
    Command::new("sh")
        .args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""])
        .arg(std::env::current_exe().unwrap())
        .args([test, "--exact", "--ignored", "--nocapture", "--quiet"])
        .env(STATE, state)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

#[test]
#[ignore = "the child of another test: appends until it is killed"]
fn child_appends() {
    let mut journal = Sqlite::open(&state(), Mode::Live).unwrap();
    let id = journal.heads().unwrap().remove(0).id;
    let lease = journal.acquire(&id, &holder("child"), at(99), true).unwrap();
    let mut seq = journal.verify(&id).unwrap().records;
    let mut out = std::io::stdout().lock();
    loop {
        // One to three records at once, some larger than a page.
        let count = usize::try_from(seq % 3).unwrap() + 1;
        let entries = vec![note(&"x".repeat(count * 1500)); count];
        seq =
            journal.append(&id, seq, Some(&lease), &entries).unwrap().last().unwrap().seq;
        writeln!(out, "acked {seq}").unwrap();
        out.flush().unwrap();
    }
}

#[test]
fn what_was_acknowledged_survives_a_kill_at_any_point() {
    let dir = TempDir::new().unwrap();
    let id = on_disk(dir.path(), 1);
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(0x0077_6172);
    let mut acknowledged = 1;
    // The same journal again and again: each start also recovers from the kill before.
    for round in 0..15 {
        let mut child = child("journal::crash::child_appends", dir.path());
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let kill_after = random.random_range(1..60);
        let mut seen = 0;
        for line in lines.map_while(Result::ok) {
            let Some(seq) = line.trim().strip_prefix("acked ") else { continue };
            acknowledged = seq.parse().unwrap();
            seen += 1;
            if seen == kill_after {
                // What it still acknowledges until the signal arrives counts too.
                child.kill().unwrap();
            }
        }
        assert!(!child.wait().unwrap().success());
        assert!(seen >= kill_after, "round {round}: the child ended by itself");
        let journal = Sqlite::open(dir.path(), Mode::Live).unwrap();
        let verdict = journal.verify(&id).unwrap();
        assert!(verdict.records >= acknowledged, "round {round}: lost {verdict}");
        // At most the one append that was under way, whole.
        assert!(verdict.records <= acknowledged + 3, "round {round}: {verdict}");
        let records = journal.read(&id, 0).unwrap();
        assert_eq!(records.len(), usize::try_from(verdict.records).unwrap());
        acknowledged = verdict.records;
    }
}

/// Appends until the disk refuses, then `relieve`s it and goes on.
fn fill(state: &Path, relieve: impl FnOnce()) {
    let mut journal = Sqlite::open(state, Mode::Live).unwrap();
    let (id, lease) = begun(&mut journal);
    let pair = [note(&"x".repeat(900)), note(&"y".repeat(5000))];
    let mut seq = 0;
    let refused = loop {
        match journal.append(&id, seq, Some(&lease), &pair) {
            Ok(records) => seq = records.last().unwrap().seq,
            Err(why) => break why,
        }
        assert!(seq < 100_000, "the disk never filled");
    };
    assert!(matches!(refused, JournalError::Storage(_)), "{refused:?}");
    // Again and again: each time nothing, and what was there stays readable.
    for _ in 0..5 {
        assert!(journal.append(&id, seq, Some(&lease), &pair).is_err());
        assert_eq!(journal.verify(&id).unwrap().records, seq);
        assert_eq!(journal.heads().unwrap()[0].records, seq);
    }
    let reader = Sqlite::open_read_only(state, Mode::Live).unwrap();
    assert_eq!(reader.verify(&id).unwrap().records, seq);
    relieve();
    for _ in 0..20 {
        seq = journal.append(&id, seq, Some(&lease), &pair).unwrap()[1].seq;
    }
    assert_eq!(reader.verify(&id).unwrap().records, seq);
    drop(journal);
    let reopened = Sqlite::open(state, Mode::Live).unwrap();
    assert_eq!(reopened.verify(&id).unwrap().records, seq);
    writeln!(std::io::stdout(), "refused with: {refused}").unwrap();
}

fn limit_files(bytes: Option<u64>) {
    let Rlimit { maximum, .. } = getrlimit(Resource::Fsize);
    setrlimit(Resource::Fsize, Rlimit { current: bytes, maximum }).unwrap();
}

#[test]
#[ignore = "the child of another test: limits the size of files it may write"]
fn child_fills() {
    drop(Sqlite::open(&state(), Mode::Live).unwrap());
    limit_files(Some(200_000));
    fill(&state(), || limit_files(None));
}

/// Real refused writes, by the limit on the size of a file: it needs no mount.
#[test]
fn a_full_disk_refuses_whole_appends_and_works_again_with_space() {
    let dir = TempDir::new().unwrap();
    let child = child("journal::crash::child_fills", dir.path());
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("refused with: the journal cannot be used: "), "{said}");
}

/// By hand: `mount -t tmpfs -o size=2m,mode=700 none /mnt/small`, then run it with
/// `WARROOM_TEST_STATE=/mnt/small`.
#[test]
#[ignore = "needs a small disk of its own"]
fn by_hand_on_a_small_disk() {
    let ballast = state().join("ballast");
    std::fs::write(&ballast, vec![0; 1_000_000]).unwrap();
    fill(&state(), || std::fs::remove_file(ballast).unwrap());
}
