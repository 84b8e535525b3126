//! R22: what was changed, cut or moved is found by the chain; what was rewritten whole, by
//! the words somebody kept.

use std::path::Path;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rusqlite::{Connection, params};
use warroom::{
    engine::{Entry, Event, NoteKind},
    journal::{
        GENESIS, Kept,
        chain::verify,
        record::{Sealed, Tip, link, seal},
    },
    model::{Actor, IncidentId, Mode, Moment},
};

use super::home::Home;

const MUTATIONS: usize = 100_000;
const RECORDS: usize = 12;

fn id() -> IncidentId {
    "INC-0001".into()
}

fn note(number: usize) -> Entry {
    let at =
        Moment::from_millis(1_788_000_000_000 + 1000 * i64::try_from(number).unwrap());
    let text = format!("note {number}").as_str().into();
    let event = Event::Noted { kind: NoteKind::Note, text, pressed_at: at };
    let actor = Actor::Person { name: "ada".into(), from: "tty1".into() };
    Entry { at, stamp: None, actor, event }
}

fn chain() -> Vec<Sealed> {
    let genesis = Tip { seq: 0, hash: GENESIS.to_owned() };
    let entries: Vec<Entry> = (0..RECORDS).map(note).collect();
    seal(&id(), Mode::Live, &genesis, 1, &entries).unwrap()
}

fn tip(lines: &[Sealed]) -> Tip {
    lines.last().map_or(Tip { seq: 0, hash: GENESIS.to_owned() }, |line| Tip {
        seq: line.record.seq,
        hash: line.record.hash.clone(),
    })
}

/// Another character in the place of one of `text`.
fn flip(text: &mut String, random: &mut ChaCha8Rng) {
    let at = random.random_range(0..text.len());
    let old = text.as_bytes()[at];
    let new = loop {
        let new = random.random_range(b' '..=b'~');
        if new != old {
            break new;
        }
    };
    text.replace_range(at..=at, &char::from(new).to_string());
}

/// One thing somebody does to the records, and the first place where it shows.
fn mutate(lines: &mut Vec<Sealed>, random: &mut ChaCha8Rng) -> usize {
    let at = random.random_range(0..lines.len());
    match random.random_range(0..8) {
        0 => flip(&mut lines[at].body, random),
        1 => flip(&mut lines[at].record.hash, random),
        2 => flip(&mut lines[at].record.prev, random),
        3 => drop(lines.remove(at)),
        4 => lines.truncate(at),
        5 => {
            let other = (at + random.random_range(1..lines.len())) % lines.len();
            let numbers = (lines[at].record.seq, lines[other].record.seq);
            lines.swap(at, other);
            // In each other's place, or each with its number in the wrong one.
            if random.random() {
                lines[at].record.seq = numbers.0;
                lines[other].record.seq = numbers.1;
            }
            return at.min(other);
        }
        6 => {
            let twice = lines[at].clone();
            lines.insert(at, twice);
            // The first of the two is the one that was there.
            return at + 1;
        }
        _ => {
            lines.remove(at);
            for line in &mut lines[at..] {
                line.record.seq -= 1;
            }
        }
    }
    at
}

/// Makes every link right again, as somebody who can write the file would.
fn forge(lines: &mut [Sealed]) {
    let mut prev = GENESIS.to_owned();
    for (place, line) in lines.iter_mut().enumerate() {
        let seq = place as u64 + 1;
        let says = format!("\"seq\":{}", line.record.seq);
        line.body = line.body.replacen(&says, &format!("\"seq\":{seq}"), 1);
        line.record.seq = seq;
        line.record.prev.clone_from(&prev);
        line.record.hash = link(prev.as_bytes(), line.body.as_bytes());
        prev.clone_from(&line.record.hash);
    }
}

#[test]
fn every_mutation_before_what_was_kept_is_found() {
    let sound = chain();
    let mut random = ChaCha8Rng::seed_from_u64(22);
    let (mut by_chain, mut by_anchor) = (0, 0);
    for number in 0..MUTATIONS {
        let mut lines = sound.clone();
        let place = mutate(&mut lines, &mut random);
        let forged = number % 2 == 0;
        let end = if forged {
            forge(&mut lines);
            tip(&lines)
        } else {
            tip(&sound)
        };
        if lines == sound || (forged && place == RECORDS) {
            // A wrong link, made right again by who forges all of them; or something added
            // behind all that was kept.
            continue;
        }
        let stored: Vec<_> = lines.iter().map(Sealed::stored).collect();
        if verify(&id(), Mode::Live, &stored, &end).is_err() {
            by_chain += 1;
            continue;
        }
        assert!(forged, "{number}: not found by the chain, at {place}");
        // Kept when the record of that place, or any later one, was the newest.
        let kept_at = random.random_range(place..RECORDS);
        let hash = &sound[kept_at].record.hash;
        let kept: Kept = hash.get(..16).unwrap().parse().unwrap();
        let found = lines.iter().any(|line| kept.is_of(&line.record.hash));
        assert!(!found, "{number}: rewritten from {place} on, kept at {kept_at}");
        by_anchor += 1;
    }
    assert!(by_chain > MUTATIONS / 2, "{by_chain}");
    assert!(by_anchor > MUTATIONS / 4, "{by_anchor}");
}

/// A finished run, and the words printed at its end.
fn told() -> (Home, String) {
    let home = Home::new(&[("one", "run = [\"test\", \"-d\", \"/\"]".to_owned())]);
    let output = home.run(&[]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let line = text.lines().find(|line| line.starts_with("head of ")).unwrap();
    (home, line.rsplit(' ').next().unwrap().to_owned())
}

fn check(home: &Home, words: &str) -> (Option<i32>, String) {
    let output = home.told(&["incident", "verify", "INC-0001", "--head", words]);
    let text = String::from_utf8(output.stdout).unwrap();
    (output.status.code(), text + &String::from_utf8(output.stderr).unwrap())
}

/// Rewrites the end of the journal from record `from` on, every link and the head included;
/// cut off there when there is no `text` to write instead.
fn rewrite(state: &Path, from: i64, text: Option<&str>) {
    let conn = Connection::open(state.join("live/journal.sqlite")).unwrap();
    conn.execute_batch("DROP TRIGGER records_stay; DROP TRIGGER records_remain;")
        .unwrap();
    let rows: Vec<(i64, String)> = conn
        .prepare("SELECT seq, body FROM records WHERE seq >= ?1 ORDER BY seq")
        .unwrap()
        .query_map([from], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    conn.execute("DELETE FROM records WHERE seq >= ?1", [from]).unwrap();
    let mut prev: String = conn
        .query_row("SELECT hash FROM records WHERE seq = ?1", [from - 1], |row| {
            row.get(0)
        })
        .unwrap();
    let mut last = from - 1;
    for (seq, body) in rows.iter().filter(|_| text.is_some()) {
        let body = body.replace("\"actor\":\"system\"", text.unwrap_or_default());
        let hash = link(prev.as_bytes(), body.as_bytes());
        let row = params!["INC-0001", seq, prev, hash, body];
        conn.execute("INSERT INTO records VALUES (?1, ?2, ?3, ?4, ?5)", row).unwrap();
        (prev, last) = (hash, *seq);
    }
    conn.execute("UPDATE heads SET seq = ?1, hash = ?2", params![last, prev]).unwrap();
}

#[test]
fn the_words_printed_at_the_end_find_a_journal_that_was_rewritten() {
    let (home, words) = told();
    let said = words.replace('-', " ").to_uppercase();
    for words in [&words, &said] {
        let (code, text) = check(&home, words);
        assert_eq!(code, Some(0), "{text}");
        assert!(text.contains("is record"), "{text}");
    }
    let (code, text) = check(&home, "lusab-babad-lusab-babad");
    assert_eq!(code, Some(2), "{text}");
    let (code, text) = check(&home, "no such words");
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("four words"), "{text}");

    let somebody = "\"actor\":{\"scripted\":{\"name\":\"eve\"}}";
    for instead in [Some(somebody), None] {
        let (home, words) = told();
        rewrite(&home.state(), 4, instead);
        // The chain itself sees nothing wrong with it.
        let plain = home.told(&["incident", "verify", "INC-0001"]);
        assert_eq!(plain.status.code(), Some(0), "{plain:?}");
        let (code, text) = check(&home, &words);
        assert_eq!(code, Some(2), "{text}");
        assert!(text.contains("DAMAGED") && text.contains(&words), "{text}");
    }
}

/// A journal that grew after the words were kept is still the same one.
#[test]
fn words_kept_early_stay_good() {
    let (home, _) = told();
    let records = home.records();
    for record in &records {
        let hash = record["hash"].as_str().unwrap();
        let (code, text) = check(&home, hash);
        assert_eq!(code, Some(0), "{text}");
        assert!(text.contains(&format!("is record {}", record["seq"])), "{text}");
    }
}
