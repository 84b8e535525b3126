//! An operator who reads the screen and nothing else: the NEXT row, the lines that want
//! words and the dialogs say what to press.

use std::time::Duration;

use tokio::time::Instant;

use super::seat::Seat;

/// More than a whole failover takes on a busy machine.
const PATIENCE: Duration = Duration::from_mins(8);

const PAGE_DOWN: &str = "\x1b[6~";

/// Plays until the screen is as wanted. `asked` hears, with the NEXT row, of every step
/// that waits for the yes of somebody else.
pub(super) fn play(
    seat: &mut Seat,
    mut asked: impl FnMut(&str),
    done: impl Fn(&Seat) -> bool,
) {
    let end = Instant::now() + PATIENCE;
    let mut heard = String::new();
    while !done(seat) {
        let text = seat.text();
        assert!(Instant::now() < end, "the play takes too long:\n{text}");
        assert!(!seat.is_over(), "it ended in the middle of the play:\n{text}");
        if text.contains("Enter write") {
            answer(seat);
        } else if text.contains("Esc do nothing") || text.contains("Esc = do nothing") {
            confirm(seat);
        } else if text.contains("Esc closes") {
            panic!("refused:\n{text}");
        } else {
            let row = seat.row("NEXT > ");
            if row.contains("asked") && row != heard {
                asked(&row);
                heard = row;
            } else {
                start(seat, &row);
            }
        }
    }
}

/// The incident is through: nothing is left but to close it.
pub(super) fn verified(seat: &Seat) -> bool {
    seat.row("NEXT > ").contains(":close ends the incident")
}

/// A dialog that takes words.
pub(super) fn wants_words(seat: &Seat) -> bool {
    token(&seat.text()).is_some()
}

fn start(seat: &mut Seat, row: &str) {
    let armed = seat.shows("ARMED ") || seat.shows("ARM ");
    let moved = |seat: &Seat| seat.row("NEXT > ") != row || has_overlay(seat);
    if row.contains("Space") {
        seat.keys(" ");
        seat.soon(has_overlay);
    } else if row.contains("A then") || (row.contains("approval") && !armed) {
        seat.keys("A");
        seat.soon(has_overlay);
    } else if row.contains("press X") || row.contains("approval") {
        seat.keys("X");
        seat.soon(moved);
    } else if row.contains("press R") {
        seat.keys("R");
        seat.soon(moved);
    } else {
        seat.glance();
    }
}

fn has_overlay(seat: &Seat) -> bool {
    ["Enter write", "do nothing"].iter().any(|part| seat.shows(part))
}

/// The line for a reason or an observation.
fn answer(seat: &mut Seat) {
    const WORDS: &str = "seen twice";
    if seat.typed() == WORDS {
        seat.enter(|seat| !seat.shows("Enter write"));
    } else {
        seat.type_next(WORDS);
    }
}

/// The words a dialog wants, when it takes them.
pub(super) fn token(text: &str) -> Option<String> {
    let row = text.lines().find(|row| row.contains("and press Enter."))?;
    let words = row.split_once("Type  ")?.1.split_once("  and press Enter.")?.0;
    Some(words.to_owned())
}

/// One look at the dialog, and one key.
fn confirm(seat: &mut Seat) {
    let text = seat.text();
    let page = seat.row("page ");
    if let Some(words) = token(&text) {
        if seat.typed() == words {
            seat.enter(|seat| token(&seat.text()).is_none());
        } else {
            seat.type_next(&words);
        }
    } else if is_unread(&text) {
        seat.keys(PAGE_DOWN);
        seat.soon(|seat| seat.row("page ") != page);
    } else if is_strip_open(&text) {
        seat.keys("y");
        seat.soon(|seat| !is_strip_open(&seat.text()));
    } else {
        seat.glance();
    }
}

/// Pages are left to be read before anything can be typed: the keys row says so too, but
/// only as one of many.
fn is_unread(text: &str) -> bool {
    text.lines().any(|row| row.contains("PgDn next page") && !row.contains("run when"))
}

/// A strip that takes its one key now.
fn is_strip_open(text: &str) -> bool {
    let is_key = |row: &str| row.starts_with(" y ") && row.contains("Esc do nothing");
    text.lines().any(|row| is_key(row) && !row.contains("Not yet"))
}
