//! Drills, played at the keyboard.

use std::{collections::BTreeMap, process::Command};

use serde_json::Value;

use crate::isolation::Cage;

use super::{
    player::{play, token, verified, wants_words},
    seat::Seat,
};

/// A place for journals, and the program in it.
struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn warroom(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_warroom"));
        command
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", self.0.path())
            .env("WARROOM_STATE_DIR", self.0.path().join("state"))
            .env("WARROOM_PERSON", "shah")
            .args(args);
        command
    }

    fn told(&self, args: &[&str]) -> String {
        let output = self.warroom(args).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{args:?}: {text}");
        text
    }

    /// How often each step began, less how often that was recorded to have failed.
    fn attempts(&self) -> BTreeMap<String, i32> {
        let mut counts = BTreeMap::new();
        for line in self.told(&["incident", "export", "DRILL-0001"]).lines() {
            let record: Value = serde_json::from_str(line).unwrap();
            let change = match record["event"]["event"].as_str() {
                Some("intended") => 1,
                Some("failed" | "refused") => -1,
                Some(_) | None => continue,
            };
            let step = record["event"]["step"].as_str().unwrap().to_owned();
            *counts.entry(step).or_default() += change;
        }
        counts
    }
}

/// Plays the whole drill as a person does, by what the screen says and nothing else.
fn to_the_end(size: (u16, u16)) {
    let home = Home::new();
    let mut seat = Seat::open(&home.warroom(&["drill", "--speed", "60"]), size);
    seat.until_shows("NEXT > ");
    play(&mut seat, |_| {}, verified);
    let text = seat.text();
    assert!(text.contains("RTO 30:00   MET with "), "{text}");
    assert!(text.contains("26 of 26 done"), "{text}");
    let (status, printed) = seat.leave();
    assert_eq!(status, 0, "{printed}");
    let attempts = home.attempts();
    assert!(attempts.values().all(|begun| *begun == 1), "{attempts:?}");
    let told = home.told(&["incident", "verify", "DRILL-0001"]);
    assert!(told.contains("DRILL-0001"), "{told}");
}

#[test]
fn a_drill_is_played_to_its_end_by_keys() {
    to_the_end((80, 24));
}

#[test]
fn a_drill_is_played_to_its_end_on_a_wide_screen() {
    to_the_end((120, 40));
}

/// Whatever is pasted, in brackets or not, whole or cut short, one after the other.
fn hundreds(seat: &mut Seat, words: &str) {
    let short = words.get(words.len() - 2..).unwrap();
    let pastes = [
        format!("\x1b[200~{words}\r\x1b[201~"),
        format!("\x1b[200~x\x1b[201~{words}\r\x1b[201~"),
        format!("{words}\r"),
        format!("{short}\r"),
        format!("{words}\r\r\r\r"),
        format!("\r{words}\r\n"),
    ];
    for paste in pastes.iter().cycle().take(200) {
        // It may be too early for keys to count, but it is the dialog.
        assert!(seat.shows("Esc = do nothing"), "{paste:?} led away:\n{}", seat.text());
        seat.keys(paste);
        seat.glance();
    }
}

/// With credentials that look real, at the keyboard, killed in the middle and gone on with.
#[test]
fn a_drill_at_the_keyboard_calls_nobody() {
    let cage = Cage::new();
    let drill = ["drill", "--plan", "plan", "--speed", "60"];
    let mut seat = Seat::open(&cage.command(&[], &drill), (80, 24));
    seat.until_shows("NEXT > ");
    play(&mut seat, |_| {}, wants_words);
    seat.kill();
    let resume = cage.command(&[], &["incident", "resume", "DRILL-0001"]);
    let mut seat = Seat::open(&resume, (80, 24));
    seat.until_shows("NEXT > ");
    let (status, printed) = seat.leave();
    assert_eq!(status, 0, "{printed}");
    assert_eq!(cage.trap.sprung(), 0);
}

#[test]
fn paste_and_bursts_never_confirm() {
    let home = Home::new();
    let mut seat = Seat::open(&home.warroom(&["drill", "--speed", "60"]), (80, 24));
    seat.until_shows("NEXT > ");
    play(&mut seat, |_| {}, wants_words);
    let words = token(&seat.text()).unwrap();
    seat.write(words.get(..words.len() - 1).unwrap());
    for (how, said) in [
        (format!("\x1b[200~{words}\r\x1b[201~"), "paste is off here"),
        (format!("{words}\r"), "too many keys at once"),
    ] {
        seat.until("the typing line", wants_words);
        seat.keys(&how);
        seat.until_shows(said);
        assert_eq!(seat.typed(), "", "{}", seat.text());
    }
    hundreds(&mut seat, &words);
    seat.until("the typing line", wants_words);
    seat.press("\x1b", "the screen", |seat| !wants_words(seat));
    let (status, printed) = seat.leave();
    assert_eq!(status, 0, "{printed}");
    let attempts = home.attempts();
    assert!(attempts.contains_key("ready"), "{attempts:?}");
    assert!(!attempts.contains_key("fence"), "{attempts:?}");
}
