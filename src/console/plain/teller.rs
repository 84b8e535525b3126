//! From lines to keys, and from what changed to lines. Pure: time comes with the messages.

use std::{collections::BTreeSet, sync::Arc};

use super::words::{self, Question};
use crate::{
    console::{
        Effect, Model, Msg,
        command::{COMMANDS, key_of, named, word_of},
        keymap,
        model::{ConfirmStage, Overlay, Pane, Screen, Session},
        msg::{Key, Press},
        update::{order, update},
    },
    model::{Moment, Span, Text},
    room::Snapshot,
};

/// The clocks are said this often when nothing else is.
const CLOCK_EVERY: Span = Span::mins(1);

/// A running step is spoken of this often.
const WORKING_EVERY: Span = Span::secs(10);

/// What a line-by-line console knows, and what of it has been said.
#[derive(Debug)]
pub struct Teller {
    model: Model,
    /// Lines that answer what was just typed.
    answers: Vec<String>,
    /// Newest record told.
    seq: u64,
    next: String,
    alarms: BTreeSet<Text>,
    toast: Option<(Text, Moment)>,
    question: Option<Question>,
    armed: bool,
    clock_at: Option<Moment>,
    working_at: Option<Moment>,
}

impl Teller {
    pub fn new(session: Session, snapshot: Arc<Snapshot>) -> Self {
        // A size nothing is too small for; nothing is drawn.
        let model = Model::new(session, snapshot, (120, 40));
        let now = model.now;
        Self {
            answers: words::welcome(&model),
            seq: model.snapshot.timeline.last().map_or(0, |record| record.seq),
            model,
            next: String::new(),
            alarms: BTreeSet::new(),
            toast: None,
            question: None,
            armed: false,
            clock_at: Some(now),
            working_at: None,
        }
    }

    pub const fn model(&self) -> &Model {
        &self.model
    }

    pub fn take(&mut self, msg: Msg) -> Vec<Effect> {
        update(&mut self.model, msg)
    }

    /// Lines that came together. More than one is a paste and none of them counts, but for
    /// somebody hammering on HOLD.
    pub fn hear(&mut self, lines: &[String], at: Moment) -> Vec<Effect> {
        let held = lines.iter().all(|line| line.trim() == "!");
        match lines {
            [] => Vec::new(),
            [line] => self.line(line, at),
            [line, ..] if held => self.line(line, at),
            lines => self.take(Msg::Burst { dropped: lines.len() }),
        }
    }

    fn line(&mut self, line: &str, at: Moment) -> Vec<Effect> {
        let line = Text::clean(line.trim_end_matches(['\r', '\n']));
        let line = line.as_str().trim();
        if line == "!" {
            return self.press(Key::Char('!'), at);
        }
        match &self.model.overlay {
            None => self.command(line, at),
            Some(Overlay::Prompt(prompt)) => {
                let suggested = line == "." && !prompt.suggested.is_empty();
                if suggested { self.press(Key::Enter, at) } else { self.answer(line, at) }
            }
            Some(Overlay::Confirm(confirm)) => match confirm.stage {
                ConfirmStage::Typing => self.answer(line, at),
                // Whatever is typed stops it, and closes what is over.
                ConfirmStage::AbortWindow { .. }
                | ConfirmStage::Asked { .. }
                | ConfirmStage::Refused { .. } => self.press(Key::Esc, at),
            },
            Some(Overlay::Leave { .. }) if matches!(line, "y" | "quit") => {
                self.press(Key::Char('y'), at)
            }
            Some(
                Overlay::Leave { .. }
                | Overlay::Help { .. }
                | Overlay::Palette { .. }
                | Overlay::Readout,
            ) => self.press(Key::Esc, at),
        }
    }

    /// A whole line into the open question; an empty one is Esc.
    fn answer(&mut self, typed: &str, at: Moment) -> Vec<Effect> {
        if typed.is_empty() {
            return self.press(Key::Esc, at);
        }
        let mut effects = self.press(Key::Ctrl('u'), at);
        for c in typed.chars() {
            effects.extend(self.press(Key::Char(c), at));
        }
        // A strip is answered by its one key; then there is no line to finish.
        if matches!(self.model.overlay, Some(Overlay::Prompt(_))) || self.is_typing() {
            effects.extend(self.press(Key::Enter, at));
        }
        effects
    }

    fn is_typing(&self) -> bool {
        match &self.model.overlay {
            Some(Overlay::Confirm(confirm)) => confirm.stage == ConfirmStage::Typing,
            Some(
                Overlay::Prompt(_)
                | Overlay::Help { .. }
                | Overlay::Palette { .. }
                | Overlay::Leave { .. }
                | Overlay::Readout,
            )
            | None => false,
        }
    }

    fn press(&mut self, key: Key, at: Moment) -> Vec<Effect> {
        self.take(Msg::Press(Press { key, repeat: false, at }))
    }

    /// A command by its word, or by its key.
    fn command(&mut self, line: &str, at: Moment) -> Vec<Effect> {
        let line = line.strip_prefix(':').unwrap_or(line);
        let (word, args) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let args = args.trim();
        let mut keys = word.chars();
        let key = match (keys.next(), keys.next()) {
            (Some(c), None) => keymap::command(Key::Char(c)),
            // `Space`, as the screen writes it.
            _ => COMMANDS.iter().find(|command| command.key == word),
        };
        match word {
            "" => return Vec::new(),
            "status" => self.answers.extend(words::status(&self.model)),
            "next" => self.answers.push(words::next(&self.model)),
            "go" => return self.go(args, at),
            "quit" => return order(&mut self.model, "q", "", at),
            word => {
                if let Some(command) = key.or_else(|| named(word)) {
                    let effects = order(&mut self.model, command.name, args, at);
                    self.shown(command.name);
                    return effects;
                }
                let help = word_of("help");
                self.answers.push(format!("no command `{word}`: {help} lists them"));
            }
        }
        Vec::new()
    }

    /// `go 5`: the step of that number, else the next one.
    fn go(&mut self, number: &str, at: Moment) -> Vec<Effect> {
        self.model.selected = None;
        let mut effects = Vec::new();
        if !number.is_empty() {
            effects.extend(order(&mut self.model, "step", number, at));
            if self.model.selected.is_none() {
                return effects;
            }
        }
        effects.extend(order(&mut self.model, "execute", "", at));
        effects
    }

    /// What would be a screen is said once; nothing stays open.
    fn shown(&mut self, name: &str) {
        let told = match self.model.overlay {
            Some(Overlay::Help { .. }) => words::help(&self.model),
            Some(Overlay::Readout) => words::readout(&self.model),
            Some(
                Overlay::Palette { .. }
                | Overlay::Prompt(_)
                | Overlay::Confirm(_)
                | Overlay::Leave { .. },
            )
            | None => Vec::new(),
        };
        self.answers.extend(told);
        if matches!(
            self.model.overlay,
            Some(Overlay::Help { .. } | Overlay::Readout | Overlay::Palette { .. })
        ) {
            self.model.overlay = None;
        }
        if ["main", "regions", "timeline", "people"].contains(&name) {
            let told = words::screen(&self.model);
            self.answers.extend(told);
            (self.model.screen, self.model.pane) = (Screen::Main, Pane::Plan);
        }
    }

    /// Everything that has not been said yet, in the order it matters: what was asked for,
    /// what happened, what is wrong, what is next, how late it is.
    pub fn news(&mut self) -> Vec<String> {
        let mut said = std::mem::take(&mut self.answers);
        said.extend(self.records());
        said.extend(self.remark());
        said.extend(self.alarms());
        said.extend(self.arming());
        said.extend(self.asked());
        said.extend(self.coming());
        said.extend(self.working());
        said.extend(self.clock());
        // Names come from outside, too.
        said.iter().map(|line| Text::clean(line).to_string()).collect()
    }

    /// The question that was just written out can be answered now.
    pub fn told(&mut self, at: Moment) -> Vec<Effect> {
        let unseen = matches!(
            &self.model.overlay,
            Some(Overlay::Confirm(confirm)) if confirm.pages == 0
        );
        if unseen { self.take(Msg::Shown { pages: 1, at }) } else { Vec::new() }
    }

    fn records(&mut self) -> Vec<String> {
        let new = words::records(&self.model, self.seq);
        self.seq = self.model.snapshot.timeline.last().map_or(0, |record| record.seq);
        new
    }

    fn remark(&mut self) -> Option<String> {
        let toast = self.model.toast.clone();
        let (text, at) = toast.filter(|toast| self.toast.as_ref() != Some(toast))?;
        self.toast = Some((text.clone(), at));
        Some(format!("- {text}"))
    }

    fn alarms(&mut self) -> Vec<String> {
        let now = words::alarms(&self.model);
        let keys: BTreeSet<Text> = now.iter().map(|(key, _)| key.clone()).collect();
        let news = now.into_iter().filter(|(key, _)| !self.alarms.contains(key));
        let mut said: Vec<String> = news.map(|(_, words)| words).collect();
        let over = self.alarms.difference(&keys).map(|key| format!("over: {key}"));
        said.extend(over);
        self.alarms = keys;
        said
    }

    fn arming(&mut self) -> Option<String> {
        let armed = self.model.armed_for().is_some();
        if armed == self.armed {
            return None;
        }
        self.armed = armed;
        let arm = key_of("arm");
        Some(if armed {
            format!("ARMED: commands that change the world work; {arm} disarms")
        } else {
            format!("safe: {arm} arms")
        })
    }

    fn asked(&mut self) -> Vec<String> {
        let question = Question::of(&self.model);
        if question == self.question {
            return Vec::new();
        }
        let said = words::question(&self.model, self.question.as_ref());
        self.question = question;
        said
    }

    fn coming(&mut self) -> Option<String> {
        let next = words::next(&self.model);
        let lasting = words::lasting(&next);
        if lasting == self.next {
            return None;
        }
        self.next = lasting;
        Some(next)
    }

    fn working(&mut self) -> Vec<String> {
        let due = self
            .working_at
            .is_none_or(|at| self.model.now - at >= self.model.human(WORKING_EVERY));
        let said = words::working(&self.model);
        if said.is_empty() {
            self.working_at = None;
            return Vec::new();
        }
        if !due {
            return Vec::new();
        }
        self.working_at = Some(self.model.now);
        said
    }

    fn clock(&mut self) -> Option<String> {
        let due = self
            .clock_at
            .is_none_or(|at| self.model.now - at >= self.model.human(CLOCK_EVERY));
        if !due {
            return None;
        }
        self.clock_at = Some(self.model.now);
        Some(words::clock(&self.model))
    }
}
