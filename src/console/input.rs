//! From the terminal's events to messages, without the terminal's quirks: releases are
//! dropped, held keys are marked, a paste is a paste whatever it contains, and keys that
//! come faster than fingers move are no keys.
//!
//! What a paste looks like when the terminal does not bracket it: many keys at once. That
//! is decided over everything that has arrived, before any of it acts.

use std::collections::VecDeque;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::msg::{Key, Msg, Press};
use crate::model::{Moment, Text};

/// More keys than this within [`WINDOW_MS`] are a paste.
const MOST: usize = 8;

/// Real milliseconds: fingers know nothing of a drill's speed.
const WINDOW_MS: u64 = 50;

/// The same key again within this time is a held key: nobody taps so fast, and few
/// terminals say it.
const HELD_MS: u64 = 45;

/// A key that decides something does not count so soon before or behind another one: fewer
/// keys than make a burst can still be a paste (`y` and a line break, a short site's name
/// and Enter), and nobody answers a question in the same breath as typing.
const APART_MS: u64 = 20;

/// An event with the real milliseconds at which it was read.
#[derive(Clone, Debug)]
pub struct Timed {
    pub event: Event,
    pub ms: u64,
}

impl Timed {
    /// Whether it is a key that must have come alone to count.
    pub(super) fn decides(&self) -> bool {
        match &self.event {
            Event::Key(event) => key(*event).is_some_and(decides),
            Event::Paste(_)
            | Event::Resize(..)
            | Event::FocusGained
            | Event::FocusLost
            | Event::Mouse(_) => false,
        }
    }
}

/// Decides which keys were pressed by a person.
#[derive(Debug, Default)]
pub struct Guard {
    /// When the newest acting keys arrived.
    recent: VecDeque<u64>,
    /// A paste was seen: what still trickles in until then belongs to it.
    until: Option<u64>,
    last: Option<(Key, u64)>,
}

/// One key of a batch.
#[derive(Clone, Copy)]
struct Typed {
    key: Key,
    repeat: bool,
    ms: u64,
}

impl Guard {
    /// Takes everything that has arrived. `text` says whether a paste is welcome: then a
    /// burst is one. `at` is steady time, for the presses.
    pub fn admit(&mut self, batch: Vec<Timed>, text: bool, at: Moment) -> Vec<Msg> {
        let mut messages = Vec::new();
        let mut keys = Vec::new();
        for Timed { event, ms } in batch {
            match event {
                Event::Key(event) => keys.extend(self.typed(event, ms)),
                Event::Paste(raw) => {
                    messages.extend(self.keys(std::mem::take(&mut keys), text, at));
                    // What leaks out of the brackets comes right behind.
                    self.until = Some(ms + WINDOW_MS);
                    messages.push(Msg::Paste(pasted(&raw)));
                }
                Event::Resize(columns, rows) => {
                    messages.retain(|msg| !matches!(msg, Msg::Resize { .. }));
                    messages.push(Msg::Resize { columns, rows });
                }
                Event::FocusGained => messages.push(Msg::Focus { gained: true, at }),
                Event::FocusLost => messages.push(Msg::Focus { gained: false, at }),
                Event::Mouse(_) => {}
            }
        }
        messages.extend(self.keys(keys, text, at));
        messages
    }

    fn typed(&mut self, event: KeyEvent, ms: u64) -> Option<Typed> {
        let told = match event.kind {
            KeyEventKind::Press => false,
            KeyEventKind::Repeat => true,
            KeyEventKind::Release => return None,
        };
        let key = key(event)?;
        let held = self
            .last
            .is_some_and(|(last, then)| last == key && ms.saturating_sub(then) < HELD_MS);
        self.last = Some((key, ms));
        Some(Typed { key, repeat: told || held, ms })
    }

    fn keys(&mut self, keys: Vec<Typed>, text: bool, at: Moment) -> Vec<Msg> {
        let hurried = self.hurried(&keys);
        let bursts = self.bursts(&keys);
        let (mut messages, mut dropped) = (Vec::new(), Vec::new());
        for ((typed, burst), hurried) in keys.into_iter().zip(bursts).zip(hurried) {
            if burst {
                dropped.push(typed.key);
            } else {
                let Typed { key, repeat, .. } = typed;
                messages.push(Msg::Press(Press { key, repeat: repeat || hurried, at }));
            }
        }
        messages.extend(gone(&dropped, text, at));
        messages
    }

    /// For each key whether it decides something and did not come alone.
    fn hurried(&self, keys: &[Typed]) -> Vec<bool> {
        let times: Vec<(usize, u64)> = keys
            .iter()
            .enumerate()
            .filter(|(_, typed)| acts(typed.key))
            .map(|(at, typed)| (at, typed.ms))
            .collect();
        let near = |one: u64, other: u64| one.abs_diff(other) < APART_MS;
        let alone = |(at, typed): (usize, &Typed)| {
            let mut others = times.iter().filter(|(other, _)| *other != at);
            !others.any(|(_, ms)| near(*ms, typed.ms))
                && !self.recent.back().is_some_and(|ms| near(*ms, typed.ms))
        };
        let decides = keys
            .iter()
            .enumerate()
            .map(|(at, typed)| decides(typed.key) && !alone((at, typed)));
        decides.collect()
    }

    /// For each key whether it belongs to a burst.
    fn bursts(&mut self, keys: &[Typed]) -> Vec<bool> {
        let old = self.recent.len();
        let mut times: Vec<(u64, Option<usize>)> =
            self.recent.iter().map(|ms| (*ms, None)).collect();
        times.extend(
            keys.iter()
                .enumerate()
                .filter(|(_, typed)| acts(typed.key))
                .map(|(at, typed)| (typed.ms, Some(at))),
        );
        let mut marked = vec![false; keys.len()];
        for (end, (now, index)) in times.iter().enumerate().skip(old) {
            let window = times.iter().take(end + 1).rev();
            let near: Vec<_> = window
                .take_while(|(ms, _)| now.saturating_sub(*ms) <= WINDOW_MS)
                .collect();
            let tail = self.until.is_some_and(|until| *now <= until);
            if near.len() > MOST || tail {
                self.until = Some(now + WINDOW_MS);
                let burst = near.iter().filter_map(|(_, index)| *index).chain(*index);
                mark(&mut marked, burst);
            }
        }
        self.recent = times.iter().rev().take(MOST).rev().map(|(ms, _)| *ms).collect();
        marked
    }
}

fn mark(marked: &mut [bool], indexes: impl Iterator<Item = usize>) {
    for index in indexes {
        if let Some(mark) = marked.get_mut(index) {
            *mark = true;
        }
    }
}

/// Keys a burst is counted by: those that could act or be text. A mouse wheel sends
/// arrows, many at once, and they only move.
const fn acts(key: Key) -> bool {
    match key {
        Key::Char(_)
        | Key::Enter
        | Key::Esc
        | Key::Tab
        | Key::BackTab
        | Key::Backspace
        | Key::F1
        | Key::Ctrl(_) => true,
        Key::Up
        | Key::Down
        | Key::Left
        | Key::Right
        | Key::PageUp
        | Key::PageDown
        | Key::Home
        | Key::End => false,
    }
}

/// Keys that finish a line, answer a question or start a step by themselves. HOLD is none:
/// it always works.
const fn decides(key: Key) -> bool {
    matches!(key, Key::Enter | Key::Char('y' | 'X' | 'R'))
}

/// What becomes of a burst: words, where words are wanted; HOLD, when somebody hammers on
/// it; else nothing but a remark.
fn gone(keys: &[Key], text: bool, at: Moment) -> Option<Msg> {
    if keys.is_empty() {
        return None;
    }
    if keys.len() > MOST && keys.iter().all(|key| *key == Key::Char('!')) {
        return Some(Msg::Press(Press { key: Key::Char('!'), repeat: false, at }));
    }
    if text {
        return Some(Msg::Paste(Text::clean(
            keys.iter().copied().map(glyph).collect::<String>(),
        )));
    }
    Some(Msg::Burst { dropped: keys.len() })
}

fn glyph(key: Key) -> char {
    if let Key::Char(c) = key { c } else { ' ' }
}

/// Line breaks become spaces: a paste cannot finish a line.
fn pasted(raw: &str) -> Text {
    Text::clean(raw.replace("\r\n", " ").replace(['\r', '\n'], " "))
}

/// Our key for the terminal's. Chords with Alt, Super, Hyper or Meta are none: Alt and a
/// letter are the same bytes as Esc and the letter.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "a key this table does not know is no key of ours"
)]
fn key(event: KeyEvent) -> Option<Key> {
    let KeyEvent { code, modifiers, .. } = event;
    let beyond = KeyModifiers::CONTROL | KeyModifiers::SHIFT;
    if !beyond.contains(modifiers) {
        return None;
    }
    let ctrl = modifiers.contains(KeyModifiers::CONTROL);
    named(code).or(match code {
        KeyCode::Char(c) if ctrl => Some(Key::Ctrl(c.to_ascii_lowercase())),
        KeyCode::Char(c) if c.is_control() => None,
        KeyCode::Char(c) => Some(Key::Char(c)),
        _ => None,
    })
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "a key this table does not know is no key of ours"
)]
fn named(code: KeyCode) -> Option<Key> {
    Some(match code {
        KeyCode::Enter => Key::Enter,
        KeyCode::Esc => Key::Esc,
        KeyCode::Tab => Key::Tab,
        KeyCode::BackTab => Key::BackTab,
        KeyCode::Backspace => Key::Backspace,
        KeyCode::Up => Key::Up,
        KeyCode::Down => Key::Down,
        KeyCode::Left => Key::Left,
        KeyCode::Right => Key::Right,
        KeyCode::PageUp => Key::PageUp,
        KeyCode::PageDown => Key::PageDown,
        KeyCode::Home => Key::Home,
        KeyCode::End => Key::End,
        KeyCode::F(1) => Key::F1,
        _ => return None,
    })
}

#[cfg(test)]
#[expect(
    clippy::wildcard_enum_match_arm,
    clippy::string_slice,
    reason = "tests pick what they look at"
)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TOKEN: &str = "LIVE us-west-2\n";

    fn press(c: char) -> Event {
        let code = if c == '\n' { KeyCode::Enter } else { KeyCode::Char(c) };
        Event::Key(KeyEvent::new(code, KeyModifiers::NONE))
    }

    fn timed(text: &str, gap: u64) -> Vec<Timed> {
        let times = (0..).map(|n| n * gap);
        text.chars().zip(times).map(|(c, ms)| Timed { event: press(c), ms }).collect()
    }

    fn admit(batch: Vec<Timed>, text: bool) -> Vec<Msg> {
        Guard::default().admit(batch, text, Moment::from_millis(0))
    }

    fn typed(messages: &[Msg]) -> String {
        let chars = messages.iter().filter_map(|msg| match msg {
            Msg::Press(Press { key: Key::Char(c), .. }) => Some(*c),
            Msg::Press(Press { key: Key::Enter, .. }) => Some('\n'),
            _ => None,
        });
        chars.collect()
    }

    #[test]
    fn fast_fingers_are_let_through() {
        // Twenty keys a second: faster than anybody types a name they must get right.
        assert_eq!(typed(&admit(timed(TOKEN, 50), false)), TOKEN);
        assert_eq!(typed(&admit(timed(TOKEN, 7), false)), TOKEN);
    }

    #[test]
    fn a_burst_is_dropped_whole_and_said() {
        let messages = admit(timed(TOKEN, 0), false);
        assert!(
            matches!(messages.as_slice(), [Msg::Burst { dropped: 15 }]),
            "{messages:?}"
        );
    }

    #[test]
    fn a_burst_where_words_are_wanted_is_a_paste_without_its_line_break() {
        let messages = admit(timed("support: 14 tickets\nall us-east-1\n", 0), true);
        let [Msg::Paste(text)] = messages.as_slice() else { panic!("{messages:?}") };
        assert_eq!(text.as_str(), "support: 14 tickets all us-east-1 ");
    }

    #[test]
    fn keys_that_leak_out_of_a_paste_do_not_act() {
        let paste = Event::Paste("harmless".to_owned());
        let mut batch = vec![Timed { event: paste, ms: 0 }];
        batch.extend([Timed { event: press('X'), ms: 1 }]);
        batch.extend([Timed { event: press('\n'), ms: 40 }]);
        assert_eq!(typed(&admit(batch, false)), "");
    }

    #[test]
    fn releases_are_dropped_and_held_keys_are_marked() {
        let event = |kind| {
            let key =
                KeyEvent::new_with_kind(KeyCode::Char('X'), KeyModifiers::NONE, kind);
            Timed { event: Event::Key(key), ms: 0 }
        };
        let kinds = [KeyEventKind::Press, KeyEventKind::Release];
        assert_eq!(typed(&admit(kinds.map(event).to_vec(), false)), "X");
        let held = timed("XX", 33);
        let messages = admit(held, false);
        let repeats: Vec<bool> = messages
            .iter()
            .filter_map(|msg| match msg {
                Msg::Press(press) => Some(press.repeat),
                _ => None,
            })
            .collect();
        assert_eq!(repeats, [false, true]);
    }

    #[test]
    fn a_key_that_decides_must_come_alone() {
        // Text, gap, and how many deciding keys of it count.
        for (text, gap, counted) in [
            ("y", 0, 1),
            ("\n", 0, 1),
            ("y\n", 1, 0),
            ("yes\n", 0, 0),
            ("west\n", 5, 0),
            ("west\n", 19, 0),
            ("west\n", 25, 1),
            ("X", 0, 1),
            ("Xy", 3, 0),
            ("X\n", 60, 2),
        ] {
            let messages = admit(timed(text, gap), false);
            let decided = messages.iter().filter(|msg| {
                matches!(msg, Msg::Press(press) if decides(press.key) && !press.repeat)
            });
            assert_eq!(decided.count(), counted, "{text:?} every {gap} ms");
        }
        // Nor when what came with it was admitted before it.
        let mut guard = Guard::default();
        let mut all = timed("west\n", 2);
        let enter = all.split_off(4);
        guard.admit(all, false, Moment::from_millis(0));
        let messages = guard.admit(enter, false, Moment::from_millis(0));
        assert!(matches!(&messages[..], [Msg::Press(press)] if press.repeat));
    }

    #[test]
    fn a_wheel_moves_and_hammering_on_hold_holds_once() {
        let up = Event::Key(KeyEvent::new(KeyCode::Up, KeyModifiers::NONE));
        let wheel: Vec<_> = (0..30).map(|_| Timed { event: up.clone(), ms: 0 }).collect();
        assert_eq!(admit(wheel, false).len(), 30);
        let messages = admit(timed("!!!!!!!!!!!!", 0), false);
        assert_eq!(typed(&messages), "!");
    }

    #[test]
    fn chords_map_to_themselves_and_alt_to_nothing() {
        let chord = |c, modifiers| key(KeyEvent::new(KeyCode::Char(c), modifiers));
        assert_eq!(chord('c', KeyModifiers::CONTROL), Some(Key::Ctrl('c')));
        assert_eq!(chord('X', KeyModifiers::ALT), None);
        assert_eq!(chord('X', KeyModifiers::SHIFT), Some(Key::Char('X')));
        // A line feed without brackets is Ctrl-J in raw mode: bound to nothing.
        assert_eq!(chord('j', KeyModifiers::CONTROL), Some(Key::Ctrl('j')));
    }

    /// Keys before, the words, keys after: typed or pasted, in heaps and pauses.
    struct Burst<'a> {
        before: &'a str,
        after: &'a str,
        gaps: &'a [u64],
        cuts: &'a [bool],
        as_paste: bool,
        ended_early: bool,
    }

    /// What of it comes through as typed.
    fn through(burst: &Burst<'_>) -> String {
        let Burst { before, after, .. } = burst;
        let text = format!("{before}{TOKEN}{after}");
        let mut guard = Guard::default();
        let (mut ms, mut batch, mut out) = (1_000, Vec::new(), Vec::new());
        let at = Moment::from_millis(0);
        let mut rest = text.as_str();
        if burst.as_paste {
            // `ESC[201~` in the middle ends the paste early; the rest leaks as keys.
            let cut = if burst.ended_early { before.len() } else { text.len() };
            let inside = text[..cut].to_owned();
            batch.push(Timed { event: Event::Paste(inside), ms });
            rest = &text[cut..];
        }
        for ((c, gap), cut) in rest.chars().zip(burst.gaps).zip(burst.cuts) {
            ms += gap;
            batch.push(Timed { event: press(c), ms });
            if *cut {
                out.extend(guard.admit(std::mem::take(&mut batch), false, at));
            }
        }
        out.extend(guard.admit(batch, false, at));
        typed(&out)
    }

    fn is_stopped(typed: &str) -> bool {
        !typed.contains(TOKEN.trim_end()) && typed.len() <= MOST
    }

    /// Found by the property below.
    #[test]
    fn hold_and_line_breaks_in_a_burst_hide_nothing() {
        let cuts: Vec<bool> = (0..48).map(|at| [7, 9, 10].contains(&at)).collect();
        let (before, after) = ("A!AA:\nA!A:!", "");
        let (gaps, as_paste, ended_early) = (&[0; 48], false, false);
        let burst = Burst { before, after, gaps, cuts: &cuts, as_paste, ended_early };
        let typed = through(&burst);
        assert!(is_stopped(&typed), "{typed:?}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        /// Split anyhow, with anything around it, slower or faster: never all of it.
        #[test]
        fn no_burst_comes_through_as_typed(
            before in "[a-zA-Z!:\n]{0,12}",
            after in "[a-z\n]{0,12}",
            gaps in prop::collection::vec(0_u64..=5, 48),
            cuts in prop::collection::vec(any::<bool>(), 48),
            as_paste in any::<bool>(),
            ended_early in any::<bool>(),
        ) {
            let (before, after, gaps, cuts) = (&before, &after, &gaps, &cuts);
            let burst = Burst { before, after, gaps, cuts, as_paste, ended_early };
            let typed = through(&burst);
            prop_assert!(is_stopped(&typed), "{typed:?}");
        }
    }
}
