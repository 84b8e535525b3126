//! The console as lines: the same rules, no picture, no escape byte.

use std::{
    io::{Read, Write},
    process::{Command as Process, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::Duration,
};

use proptest::prelude::*;
use tokio::time::Instant;
use warroom::{
    console::{Effect, Msg, model::Session, plain::Teller},
    engine::{Command, Event, NoteKind},
    model::{Mode, Moment, Preview, Span, Text, text::is_unsafe},
    room::AskError,
};

use crate::desk::{Story, at, commands, dispatches, holds, snapshot};

const TOKEN: &str = "LIVE us-west-2";

/// Longer than anything here takes on a busy machine: only a failure waits for it.
const PATIENCE: Duration = Duration::from_mins(1);

/// Somebody who types lines and is told lines.
struct Line {
    teller: Teller,
    story: Story,
    now: Moment,
    heard: Vec<String>,
}

impl Line {
    fn new(story: Story) -> Self {
        let session = Session {
            mode: Mode::Live,
            person: "shah".into(),
            tty: "tty1".into(),
            read_only: false,
        };
        let first = snapshot(Some(&story), at(0), true, &[]);
        let mut line = Self {
            teller: Teller::new(session, first),
            story,
            now: at(0),
            heard: Vec::new(),
        };
        line.listen();
        line
    }

    fn armed(story: Story) -> Self {
        let mut line = Self::new(story);
        line.say("A");
        line.say("bridge agreed");
        assert!(line.teller.model().armed_for().is_some());
        line
    }

    /// In the dialog of the promotion, told and awake.
    fn confirming() -> Self {
        let mut line = Self::armed(Story::up_to("promote").approved("promote"));
        line.say("go 5");
        let preview = Ok(Preview::default());
        line.send(Msg::Previewed { step: "promote".into(), preview });
        line.wait(Span::secs(1));
        line
    }

    fn listen(&mut self) {
        self.heard.extend(self.teller.news());
        assert!(self.teller.told(self.now).is_empty());
    }

    fn send(&mut self, msg: Msg) -> Vec<Effect> {
        let effects = self.teller.take(msg);
        self.listen();
        effects
    }

    fn say(&mut self, line: &str) -> Vec<Effect> {
        self.say_all(&[line])
    }

    /// Lines that come together.
    fn say_all(&mut self, lines: &[&str]) -> Vec<Effect> {
        self.now = self.now + Span::secs(2);
        let lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        let effects = self.teller.hear(&lines, self.now);
        self.listen();
        effects
    }

    fn wait(&mut self, span: Span) -> Vec<Effect> {
        let end = self.now + span;
        let mut effects = Vec::new();
        while self.now < end {
            self.now = (self.now + Span::secs(1)).min(end);
            effects.extend(self.send(Msg::Tick(self.now)));
        }
        effects
    }

    fn happens(&mut self, who: &str, event: Event) {
        self.story.add(who, event);
        let fresh = snapshot(Some(&self.story), self.now, true, &[]);
        self.send(Msg::Snapshot(fresh));
    }

    fn heard(&self, part: &str) -> bool {
        self.heard.iter().any(|line| line.contains(part))
    }
}

#[test]
fn it_begins_with_where_we_are_and_what_is_next() {
    let line = Line::new(Story::up_to("fence"));
    for part in
        ["LIVE  us-east-1 > us-west-2", "RTO 30:00  LEFT", "GO BY", "NEXT > 3 fence"]
    {
        assert!(line.heard(part), "{part}: {:#?}", line.heard);
    }
}

#[test]
fn the_words_then_the_wait_start_it_and_nothing_less_does() {
    let mut line = Line::confirming();
    assert!(line.heard("WILL RUN") && line.heard("CHECKS"), "{:#?}", line.heard);
    assert!(line.heard("type LIVE us-west-2 and Enter"));
    let mut effects = line.say(TOKEN);
    assert_eq!(dispatches(&effects), 0, "the abort window comes first");
    assert!(line.heard("starts in 5 s. Enter stops it."));
    effects = line.wait(Span::secs(6));
    assert_eq!(dispatches(&effects), 1);
    for wrong in ["", "y", "live us-west-2", "LIVE us-east-1", "us-west-2", "\n"] {
        let mut line = Line::confirming();
        let mut effects = line.say(wrong);
        effects.extend(line.wait(Span::secs(10)));
        assert_eq!(dispatches(&effects), 0, "{wrong:?}");
    }
}

#[test]
fn any_line_stops_the_abort_window_and_an_empty_one_closes_the_question() {
    for stop in ["", "y", TOKEN, "anything"] {
        let mut line = Line::confirming();
        line.say(TOKEN);
        let mut effects = line.say(stop);
        effects.extend(line.wait(Span::secs(10)));
        assert_eq!(dispatches(&effects), 0, "{stop:?}");
    }
    let mut line = Line::confirming();
    line.say("");
    assert!(line.teller.model().overlay.is_none());
    assert!(line.heard("closed; nothing was sent"));
}

#[test]
fn lines_that_come_together_are_a_paste_and_none_counts() {
    let mut line = Line::armed(Story::up_to("promote").approved("promote"));
    let mut effects = line.say_all(&["go 5", TOKEN]);
    effects.extend(line.wait(Span::secs(10)));
    assert_eq!(effects.len(), 0);
    assert!(line.heard("2 keys came at once, like a paste: none was used"));
    let mut line = Line::confirming();
    let mut effects = line.say_all(&[TOKEN, "y"]);
    effects.extend(line.wait(Span::secs(10)));
    assert_eq!(dispatches(&effects), 0);
}

#[test]
fn hold_is_an_exclamation_mark_and_enter_from_everywhere() {
    let mut lines = vec![
        Line::new(Story::up_to("promote")),
        Line::armed(Story::up_to("promote")),
        Line::confirming(),
    ];
    for typed in ["n", "p", "t", "A", "quit"] {
        let mut line = Line::new(Story::up_to("promote"));
        line.say(typed);
        lines.push(line);
    }
    for line in &mut lines {
        assert_eq!(holds(&line.say("!")), 1, "{:#?}", line.heard.last());
        assert!(line.teller.model().armed_for().is_none());
    }
    let mut line = Line::new(Story::up_to("promote"));
    assert_eq!(holds(&line.say_all(&["!", "!", "!"])), 1, "somebody hammers on it");
}

#[test]
fn a_check_that_changes_is_told_and_clears_what_was_typed() {
    let mut line = Line::confirming();
    let fresh = snapshot(Some(&line.story), line.now, false, &[]);
    line.send(Msg::Snapshot(fresh));
    assert!(line.heard("orders in us-east-1 is fenced is now fail"), "{:#?}", line.heard);
    let mut effects = line.say(TOKEN);
    effects.extend(line.wait(Span::secs(10)));
    assert_eq!(dispatches(&effects), 0);
}

#[test]
fn commands_go_by_their_word_or_their_key_and_never_by_a_guess() {
    for typed in ["note 14 tickets", ":note 14 tickets", "n 14 tickets"] {
        let mut line = Line::new(Story::up_to("fence"));
        let effects = line.say(typed);
        let Some(Command::Note { text, .. }) = commands(&effects).next() else {
            panic!("{typed}: {effects:?}");
        };
        assert_eq!(text.as_str(), "14 tickets");
    }
    // The palette finds `execute` by less; here nobody sees what it found.
    let mut line = Line::armed(Story::up_to("scale"));
    assert!(line.say("exec").is_empty());
    assert!(line.heard("no command `exec`"));
    let mut line = Line::new(Story::up_to("call"));
    line.say("Space");
    let effects = line.say("bank confirmed");
    assert!(matches!(commands(&effects).next(), Some(Command::Tick { .. })));
}

#[test]
fn what_a_screen_shows_is_said() {
    let mut line = Line::new(Story::up_to("fence"));
    for (typed, part) in [
        ("main", "POINT OF NO RETURN"),
        ("regions", "us-west-2"),
        ("people", "TASKS"),
        ("timeline", "DECLARE"),
        ("r", "UTC"),
        ("help", "hold (!)  HOLD"),
    ] {
        line.heard.clear();
        line.say(typed);
        assert!(line.heard(part), "{typed}: {:#?}", line.heard);
        assert!(line.teller.model().overlay.is_none(), "{typed}");
    }
    line.heard.clear();
    line.say("help");
    assert!(line.heard("execute (X)  execute; not now: press A to arm first"));
}

#[test]
fn what_happens_is_told_once_and_the_clock_every_minute() {
    let mut line = Line::new(Story::up_to("fence"));
    line.heard.clear();
    let text = "region is back".into();
    let note = Event::Noted { kind: NoteKind::Note, text, pressed_at: at(0) };
    line.happens("okafor", note);
    let told = line.heard.iter().filter(|line| line.contains("region is back")).count();
    assert_eq!(told, 1, "{:#?}", line.heard);
    line.heard.clear();
    line.wait(Span::secs(150));
    let clocks = line.heard.iter().filter(|line| line.contains("LEFT")).count();
    assert_eq!(clocks, 2, "{:#?}", line.heard);
    // NEXT does not repeat itself because a figure in it counts.
    assert!(!line.heard("NEXT"), "{:#?}", line.heard);
}

#[test]
fn a_refusal_says_that_nothing_was_sent() {
    let mut line = Line::confirming();
    line.say(TOKEN);
    line.wait(Span::secs(6));
    let ticket = line.teller.model().ticket;
    line.send(Msg::Answered { ticket, answer: Err(AskError::Closed) });
    assert!(line.heard("REFUSED  the room has closed. Nothing was sent."));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    /// Whatever somebody types, however they bundle it: without the whole token no step.
    #[test]
    fn no_lines_without_the_token_start_a_step(
        typed in prop::collection::vec("[ -xz~A-Z!.:0-9]{0,12}|go 5|X|LIVE us-west|quit", 1..25),
    ) {
        let mut line = Line::armed(Story::up_to("promote").approved("promote"));
        for one in &typed {
            let mut effects = line.say(one);
            effects.extend(line.wait(Span::secs(2)));
            prop_assert_eq!(dispatches(&effects), 0, "{:?}", one);
        }
    }

    /// No byte of what is said can drive a terminal.
    #[test]
    fn nothing_from_outside_gets_out(raw in "\\PC{0,9}[\u{1b}\u{7}\u{202e}\u{9b}]\\PC{0,9}") {
        let mut line = Line::new(Story::up_to("fence"));
        let note = |text| Event::Noted { kind: NoteKind::Note, text, pressed_at: at(0) };
        line.happens(&raw, note(Text::clean(&raw)));
        for command in ["status", "main", "regions", "people", "timeline", "help"] {
            line.say(command);
        }
        line.say(&raw);
        for said in &line.heard {
            prop_assert!(!said.chars().any(is_unsafe), "{:?}", said);
        }
    }
}

/// The program in a pipe: lines in, lines out.
struct Piped {
    child: std::process::Child,
    said: Receiver<Vec<u8>>,
    heard: Vec<u8>,
}

impl Piped {
    fn open(home: &tempfile::TempDir, args: &[&str]) -> Self {
        let mut child = Process::new(env!("CARGO_BIN_EXE_warroom"))
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", home.path())
            .env("WARROOM_STATE_DIR", home.path().join("state"))
            .env("WARROOM_PERSON", "shah")
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut out = child.stdout.take().unwrap();
        let (send, said) = channel();
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = out.read(&mut buffer) {
                let read = buffer.iter().take(count).copied().collect();
                if send.send(read).is_err() {
                    return;
                }
            }
        });
        Self { child, said, heard: Vec::new() }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.heard).into_owned()
    }

    fn until(&mut self, part: &str) {
        let end = Instant::now() + PATIENCE;
        while !self.text().contains(part) {
            let left = end.saturating_duration_since(Instant::now());
            let Ok(bytes) = self.said.recv_timeout(left) else {
                panic!("never heard `{part}`:\n{}", self.text());
            };
            self.heard.extend(bytes);
        }
    }

    fn say(&mut self, line: &str) {
        let stdin = self.child.stdin.as_mut().unwrap();
        writeln!(stdin, "{line}").unwrap();
        stdin.flush().unwrap();
    }
}

impl Drop for Piped {
    fn drop(&mut self) {
        // It may have ended by itself.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Also without being told: a pipe is no screen.
#[test]
fn a_drill_in_a_pipe_is_played_by_lines_and_writes_no_escape_byte() {
    let home = tempfile::tempdir().unwrap();
    let mut line = Piped::open(&home, &["drill", "--speed", "1"]);
    line.until("press Space when seen");
    line.say("tick");
    line.until("An empty line writes nothing");
    line.say("seen from three places");
    line.until("DONE  shah: 1 ");
    line.say("!");
    line.until("NEXT > HOLD since");
    line.say("quit");
    line.until("y and Enter leaves");
    // In the dead time it does not count; asked again it does.
    while line.child.try_wait().unwrap().is_none() {
        // It may have left between two looks.
        writeln!(line.child.stdin.as_mut().unwrap(), "y").ok();
        if let Ok(bytes) = line.said.recv_timeout(Duration::from_secs(1)) {
            line.heard.extend(bytes);
        }
    }
    assert!(line.child.wait().unwrap().success(), "{}", line.text());
    let bad = line.heard.iter().find(|byte| **byte < 0x20 && **byte != b'\n');
    assert_eq!(bad, None, "{}", line.text());
}

#[test]
fn an_input_that_ends_leaves_the_incident_open() {
    let home = tempfile::tempdir().unwrap();
    let mut line = Piped::open(&home, &["drill", "--plain"]);
    line.until("NEXT > ");
    drop(line.child.stdin.take());
    let status = line.child.wait().unwrap();
    line.until("ended: the input ended");
    line.until("stays open");
    assert!(status.code().is_some(), "{status:?}");
}
