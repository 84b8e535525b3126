//! A line of text and what it becomes. The only place where a paste is welcome.

use super::{
    ask_from, lead, log::remark, reach, say, still_allowed, talk::task_of, values,
};
use crate::{
    console::{
        Effect, Model,
        command::{Call, Reach},
        model::{Arming, Asking, Overlay, Pending, Prompt},
        msg::{Key, Press},
    },
    engine::{Command as Wish, NoteKind, Ruling, Say, closing},
    model::{Moment, Span, StepId, Text},
    room::Request,
};

/// Characters a line may hold: a long paragraph.
const LIMIT: usize = 500;

/// What arming did.
const ARMED_NOW: &str = "armed for 15:00: capital keys work";

/// How long an alarm stays aside when nobody says.
const SHELVED_FOR: Span = Span::mins(30);

/// The longest an alarm may stay aside.
const SHELVED_AT_MOST: Span = Span::mins(8 * 60);

pub(super) fn pressed(model: &mut Model, press: Press) -> Vec<Effect> {
    let Some(Overlay::Prompt(prompt)) = &mut model.overlay else {
        return Vec::new();
    };
    match press.key {
        Key::Esc | Key::Ctrl('c') => {
            if prompt.asking == Asking::Filter {
                model.filter.clear();
            }
            model.overlay = None;
            return Vec::new();
        }
        Key::Enter if press.repeat => return Vec::new(),
        Key::Enter => {
            let prompt = prompt.clone();
            if let Some(why) = values::unlisted(model, &prompt) {
                say(model, why);
                return Vec::new();
            }
            model.overlay = None;
            return submit(model, prompt);
        }
        Key::Char(c) if prompt.typed.chars().count() < LIMIT => prompt.typed.push(c),
        Key::Backspace => {
            prompt.typed.pop();
        }
        Key::Ctrl('u') => prompt.typed.clear(),
        Key::Tab | Key::Down | Key::BackTab | Key::Up
            if matches!(prompt.asking, Asking::Value { .. }) =>
        {
            values::pick(model, matches!(press.key, Key::Tab | Key::Down));
            return Vec::new();
        }
        // To change a word of what is suggested.
        Key::Tab if prompt.typed.is_empty() => prompt.typed.clone_from(&prompt.suggested),
        Key::Char(_)
        | Key::Ctrl(_)
        | Key::Tab
        | Key::BackTab
        | Key::Up
        | Key::Down
        | Key::Left
        | Key::Right
        | Key::PageUp
        | Key::PageDown
        | Key::Home
        | Key::End
        | Key::F1 => {}
    }
    follow_filter(model);
    Vec::new()
}

/// Pasted words join the line; nothing in them can finish it.
pub(super) fn paste(model: &mut Model, text: &Text) -> Vec<Effect> {
    if model.is_tiny() {
        return Vec::new();
    }
    if let Some(Overlay::Prompt(prompt)) = &mut model.overlay {
        let room = LIMIT.saturating_sub(prompt.typed.chars().count());
        prompt.typed.extend(text.as_str().chars().take(room));
        follow_filter(model);
    } else {
        super::confirm::interrupted(model, "paste is off here: the line is cleared");
        say(model, "paste is off: only a line of text takes it");
    }
    Vec::new()
}

fn follow_filter(model: &mut Model) {
    if let Some(Overlay::Prompt(prompt)) = &model.overlay
        && prompt.asking == Asking::Filter
    {
        model.filter.clone_from(&prompt.typed);
    }
}

/// How far the answer to a question reaches.
const fn extent(asking: &Asking) -> Reach {
    match asking {
        Asking::Filter => Reach::Look,
        Asking::Note
        | Asking::Decision
        | Asking::Observed(_)
        | Asking::ImpactTime
        | Asking::Respond
        | Asking::Contact
        | Asking::Escalate
        | Asking::Proposal
        | Asking::Objection(_)
        | Asking::Outcome(_)
        | Asking::Task
        | Asking::Correction(_)
        | Asking::Severity(_)
        | Asking::ShelveReason(_) => Reach::Log,
        Asking::Arm
        | Asking::DeclareReason
        | Asking::CloseSummary
        | Asking::CloseAnyway(_)
        | Asking::Value { step: None, .. } => Reach::Lead,
        Asking::SkipReason(_)
        | Asking::Value { step: Some(_), .. }
        | Asking::ApprovalWords(_)
        | Asking::SoloReason(_)
        | Asking::OverrideReason { .. }
        | Asking::RuleReason { .. }
        | Asking::EndHold(_)
        | Asking::AbortReason => Reach::World,
    }
}

/// The step an answer settles, so that nothing more is wanted where the cursor was.
const fn settles(asking: &Asking) -> Option<&StepId> {
    match asking {
        Asking::Observed(step)
        | Asking::SkipReason(step)
        | Asking::ApprovalWords(step)
        | Asking::RuleReason { step, .. } => Some(step),
        Asking::Note
        | Asking::Decision
        | Asking::Arm
        | Asking::SoloReason(_)
        | Asking::OverrideReason { .. }
        | Asking::AbortReason
        | Asking::EndHold(_)
        | Asking::Severity(_)
        | Asking::DeclareReason
        | Asking::ImpactTime
        | Asking::CloseSummary
        | Asking::CloseAnyway(_)
        | Asking::Respond
        | Asking::Contact
        | Asking::Escalate
        | Asking::ShelveReason(_)
        | Asking::Proposal
        | Asking::Objection(_)
        | Asking::Outcome(_)
        | Asking::Value { .. }
        | Asking::Task
        | Asking::Correction(_)
        | Asking::Filter => None,
    }
}

/// Finishes a line. One that cannot be used stays open with its words.
pub(super) fn submit(model: &mut Model, mut prompt: Prompt) -> Vec<Effect> {
    if prompt.typed.trim().is_empty() {
        prompt.typed.clone_from(&prompt.suggested);
    }
    if prompt.asking == Asking::Filter {
        prompt.typed.trim().clone_into(&mut model.filter);
        return Vec::new();
    }
    let stays = |model: &mut Model, prompt: Prompt, why: &str| {
        say(model, why);
        model.overlay = Some(Overlay::Prompt(prompt));
        Vec::new()
    };
    if prompt.typed.trim().is_empty() {
        return stays(model, prompt, "write something, or Esc");
    }
    if let Err(why) = still_allowed(model, extent(&prompt.asking)) {
        return stays(model, prompt, &why);
    }
    let words = Text::clean(prompt.typed.trim());
    match said(model, &prompt, words) {
        Said::Wish(command, done) => {
            if extent(&prompt.asking) == Reach::World {
                super::confirm::used(model);
            }
            if let Some(step) = settles(&prompt.asking) {
                super::act::follow_next(model, step);
            }
            let pending = Pending { done, prompt: Some(prompt) };
            ask_from(model, Request::Command(command), pending)
        }
        Said::Declare(impact_at, reason) => {
            let pending = Pending { done: "declared", prompt: Some(prompt) };
            ask_from(model, Request::Declare { impact_at, reason }, pending)
        }
        Said::Here(effects) => effects,
        Said::Unclear(why) => stays(model, prompt, why),
    }
}

/// What a line means.
enum Said {
    Wish(Wish, &'static str),
    Declare(Moment, Text),
    /// It was about this console only.
    Here(Vec<Effect>),
    Unclear(&'static str),
}

impl From<Option<Wish>> for Said {
    /// What is asked of the room at once; none where the next line has been opened.
    fn from(wish: Option<Wish>) -> Self {
        wish.map_or_else(|| Self::Here(Vec::new()), |wish| Self::Wish(wish, "closed"))
    }
}

fn said(model: &mut Model, prompt: &Prompt, words: Text) -> Said {
    let pressed_at = prompt.pressed_at;
    match prompt.asking.clone() {
        Asking::Note if words.as_str().starts_with('@') => task(model, &words),
        Asking::Note => {
            let (kind, text) = kind(&words);
            Said::Wish(Wish::Note { kind, text, pressed_at }, "noted")
        }
        Asking::Task => task(model, &words),
        Asking::Respond => talk(Say::Respond { words }, "on record: you are on it"),
        Asking::Contact => reached(reach::contact(model, words.as_str())),
        Asking::Escalate => reached(reach::escalate(model, words.as_str())),
        Asking::Proposal => {
            talk(Say::Poll { proposal: words }, "asked: strong objections?")
        }
        Asking::Objection(poll) => talk(answer(poll, words), "answered"),
        Asking::Outcome(poll) => {
            talk(Say::ClosePoll { poll, outcome: words }, "the poll is closed")
        }
        Asking::Correction(entry) => {
            let said = Say::Correct { entry, text: words, pressed_at };
            talk(said, "corrected; the entry stays")
        }
        Asking::Decision => Said::Wish(decision(model, words, pressed_at), "decided"),
        Asking::Arm => Said::Here(arm(model, &words, pressed_at)),
        Asking::SkipReason(step) => {
            Said::Wish(Wish::Skip { step, reason: words }, "skipped")
        }
        Asking::Observed(step) => {
            Said::Wish(Wish::Tick { step, observed: words }, "ticked")
        }
        Asking::ApprovalWords(step) => {
            Said::Wish(Wish::Approve { step, words }, "approved for five minutes")
        }
        Asking::SoloReason(step) => Said::Wish(
            Wish::AskSolo { step, reason: words },
            "alone: after a wait of 1:00 the step can start",
        ),
        Asking::OverrideReason { step, check } => {
            Said::Wish(Wish::Override { step, check, reason: words }, "accepted by name")
        }
        Asking::RuleReason { step, done } => {
            Said::Wish(ruled(step, done, words), "ruled")
        }
        Asking::AbortReason => {
            Said::Wish(Wish::Abort { reason: words }, "aborted: no further step starts")
        }
        Asking::EndHold(phase) => {
            Said::Wish(Wish::EndWatch { phase, reason: words }, "the hold is ended")
        }
        Asking::Severity(severity) => {
            let said = "it is said how bad it is";
            Said::Wish(Wish::SetSeverity { severity, reason: words }, said)
        }
        Asking::DeclareReason => Said::Declare(pressed_at, words),
        Asking::ImpactTime => impact(model.now, &words),
        Asking::CloseSummary => lead::closing(model, words, pressed_at).into(),
        Asking::CloseAnyway(summary) => closed(summary, words),
        Asking::ShelveReason(key) => Said::Here(shelve(model, &key, &words, pressed_at)),
        Asking::Value { id, step } => {
            let given = Wish::Give { values: [(id, words)].into(), step };
            Said::Wish(given, "the value is on record")
        }
        Asking::Filter => Said::Here(Vec::new()),
    }
}

const fn talk(say: Say, done: &'static str) -> Said {
    Said::Wish(Wish::Say(say), done)
}

fn task(model: &Model, words: &Text) -> Said {
    match task_of(model, words.as_str()) {
        Ok((say, done)) => talk(say, done),
        Err(why) => Said::Unclear(why),
    }
}

/// By the word, and by no other.
fn closed(summary: Text, typed: Text) -> Said {
    if typed.as_str() == closing::WORD {
        return Said::Wish(Wish::Close { summary, typed }, "closed");
    }
    Said::Unclear("nothing was written: type CLOSE, or Esc")
}

fn reached(said: Result<Say, &'static str>) -> Said {
    match said {
        Ok(say) => talk(say, "on record: reached"),
        Err(why) => Said::Unclear(why),
    }
}

/// `none` is no objection; every other word is one.
fn answer(poll: u32, words: Text) -> Say {
    let none = ["none", "no", "-"].contains(&words.as_str().to_lowercase().as_str());
    Say::Answer { poll, objection: (!none).then_some(words) }
}

fn ruled(step: StepId, done: bool, reason: Text) -> Wish {
    let ruling = if done { Ruling::Done } else { Ruling::NotDone };
    Wish::Rule { step, ruling, reason }
}

/// `ask:`, `todo:` and `dec:` make another kind of note of it.
fn kind(words: &Text) -> (NoteKind, Text) {
    const KINDS: &[(&str, NoteKind)] = &[
        ("dec:", NoteKind::Decision),
        ("ask:", NoteKind::Question),
        ("todo:", NoteKind::Todo),
    ];
    let found = KINDS.iter().find_map(|(prefix, kind)| {
        let rest = words.as_str().strip_prefix(prefix)?.trim();
        (!rest.is_empty()).then(|| (*kind, Text::clean(rest)))
    });
    found.unwrap_or_else(|| (NoteKind::Note, words.clone()))
}

/// The first decision of an incident is the one its clock wants; later ones are notes.
fn decision(model: &Model, words: Text, pressed_at: Moment) -> Wish {
    let incident = model.snapshot.incident.as_ref();
    if incident.is_some_and(|incident| incident.clocks.decided.is_none()) {
        return Wish::Decide { words };
    }
    Wish::Note { kind: NoteKind::Decision, text: words, pressed_at }
}

fn arm(model: &mut Model, reason: &Text, at: Moment) -> Vec<Effect> {
    model.arming = Arming::Armed { until: model.now + model.armed_span() };
    let effects =
        remark(model, format!("armed: {reason}"), Call { args: "", at }, ARMED_NOW);
    say(model, ARMED_NOW);
    effects
}

/// `15m reason`, or just the reason.
fn shelve(model: &mut Model, key: &Text, words: &Text, at: Moment) -> Vec<Effect> {
    let (first, rest) = words.as_str().split_once(' ').unwrap_or((words.as_str(), ""));
    let given = first.parse::<Span>().ok().filter(|_| !rest.trim().is_empty());
    let (length, reason) = match given {
        Some(length) => (length.min(SHELVED_AT_MOST), rest.trim()),
        None => (SHELVED_FOR, words.as_str()),
    };
    let reason = Text::clean(reason);
    model.shelved.insert(key.clone(), (model.now + length, reason.clone()));
    let words = format!("shelved for {length}: {key}: {reason}");
    remark(model, words, Call { args: "", at }, "shelved")
}

/// `02:55:40 first alarm`: the latest such time that is not in the future.
fn impact(now: Moment, words: &Text) -> Said {
    let (first, rest) = words.as_str().split_once(' ').unwrap_or((words.as_str(), ""));
    let Some(at) = time_of_day(first, now) else {
        return Said::Unclear("write the time as 02:55 or 02:55:40, UTC");
    };
    let reason = if rest.trim().is_empty() { "read from the clock" } else { rest.trim() };
    let reason = Text::clean(reason);
    Said::Wish(Wish::MoveImpact { at, reason }, "the impact has moved")
}

fn time_of_day(word: &str, now: Moment) -> Option<Moment> {
    const DAY: i64 = 86_400_000;
    let parts: Vec<i64> =
        word.split(':').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let (h, m, s) = match parts.as_slice() {
        [h, m] => (*h, *m, 0),
        [h, m, s] => (*h, *m, *s),
        _ => return None,
    };
    let fits = (0..24).contains(&h) && (0..60).contains(&m) && (0..60).contains(&s);
    let midnight = now.as_millis() - now.as_millis().rem_euclid(DAY);
    let at = Moment::from_millis(midnight + (h * 3600 + m * 60 + s) * 1000);
    fits.then_some(if at > now { at - Span::millis(DAY) } else { at })
}
