//! The dialog between a key and a change of the world.
//!
//! Opened, seen, awake after the dead time, typed, matched, Enter, looked at again, the
//! abort window, asked, answered. Whatever changes on the way clears the line, says what
//! it was and starts the dead time anew. Esc, a paste, a held key and Enter alone never
//! get any further.

use std::sync::Arc;

use super::{
    ask_from, say,
    standing::{Standing, has_own_preview, own_preview, tier, typing},
};
use crate::{
    console::{
        Effect, Model,
        model::{
            Arming, Confirm, ConfirmStage, DEAD_TIME, DIALOG_TTL, Overlay, Pending,
            PreviewState,
        },
        msg::{Key, Press},
    },
    engine::{
        Command as Wish, Confirmation, Incident,
        gate::{CONFIRM_TTL, token},
        undo,
    },
    model::{Moment, Preview, Span, Step, StepId, Text, Tier},
    room::Request,
};

/// What the dialog showed counts this long; a little less than the engine allows, so that
/// an answer typed in time is never refused for its age.
const FACTS_HOLD: Span = Span::millis(CONFIRM_TTL.as_millis() - 5_000);

/// What a key before its time is told.
const TOO_EARLY: &str = "too early: that key was not taken; read it first";

/// More than any token.
const LINE: usize = 80;

/// Opens the dialog of `id`.
pub(super) fn open(
    model: &mut Model,
    id: &StepId,
    undo: bool,
    at: Moment,
) -> Vec<Effect> {
    let Some(incident) = model.snapshot.incident.clone() else {
        return Vec::new();
    };
    let Some((step, _)) = incident.step(id) else {
        return Vec::new();
    };
    let (preview, effects) = preview(&incident, id, undo);
    model.overlay = Some(Overlay::Confirm(Confirm {
        step: id.clone(),
        undo,
        opened_at: at,
        live_at: at + DEAD_TIME,
        last_key_at: at,
        typed: String::new(),
        token: token_of(&incident, step, undo).unwrap_or_else(|| "y".to_owned()),
        shown: Standing::of(model, id, undo).fingerprint(),
        preview,
        page: 0,
        seen: 0,
        pages: 0,
        stage: ConfirmStage::Typing,
        notice: None,
    }));
    effects
}

/// The words asked for; none when a key is enough.
fn token_of(incident: &Incident, step: &Step, undo: bool) -> Option<String> {
    if undo { undo::token(incident, step) } else { token(incident, step) }
}

/// What would be sent: known here, or asked for.
fn preview(incident: &Incident, id: &StepId, undo: bool) -> (PreviewState, Vec<Effect>) {
    let found = incident.step(id);
    match found.and_then(|(step, record)| own_preview(incident, step, record, undo)) {
        Some(preview) => (PreviewState::Ready(preview), Vec::new()),
        None => (PreviewState::Waiting, vec![Effect::Preview { step: id.clone() }]),
    }
}

/// Takes the dialog out, lets `change` have it, and puts back what is left of it.
fn with(
    model: &mut Model,
    change: impl FnOnce(&mut Model, Confirm) -> (Option<Confirm>, Vec<Effect>),
) -> Vec<Effect> {
    match model.overlay.take() {
        Some(Overlay::Confirm(confirm)) => {
            let (left, effects) = change(model, confirm);
            if model.overlay.is_none() {
                model.overlay = left.map(Overlay::Confirm);
            }
            effects
        }
        other => {
            model.overlay = other;
            Vec::new()
        }
    }
}

/// Clears the line and starts the dead time anew. Nothing was sent.
fn again(confirm: &mut Confirm, now: Moment, why: &str) {
    let stopped = matches!(confirm.stage, ConfirmStage::AbortWindow { .. });
    if !stopped && confirm.stage != ConfirmStage::Typing {
        return;
    }
    confirm.typed.clear();
    confirm.live_at = now + DEAD_TIME;
    confirm.stage = ConfirmStage::Typing;
    let tail = if stopped { "; stopped, nothing was sent" } else { "" };
    confirm.notice = Some(Text::clean(format!("{why}{tail}")));
}

pub(super) fn pressed(model: &mut Model, press: Press) -> Vec<Effect> {
    if press.repeat {
        return Vec::new();
    }
    with(model, |model, mut confirm| {
        confirm.last_key_at = press.at;
        match confirm.stage.clone() {
            ConfirmStage::AbortWindow { .. } => {
                again(&mut confirm, press.at, "a key was pressed");
                (Some(confirm), Vec::new())
            }
            ConfirmStage::Asked { .. } | ConfirmStage::Refused { .. } => {
                let close = matches!(press.key, Key::Esc | Key::Ctrl('c'));
                ((!close).then_some(confirm), Vec::new())
            }
            ConfirmStage::Typing => typed(model, confirm, press),
        }
    })
}

fn typed(
    model: &mut Model,
    mut confirm: Confirm,
    press: Press,
) -> (Option<Confirm>, Vec<Effect>) {
    let mut effects = Vec::new();
    match press.key {
        Key::Esc | Key::Ctrl('c') => {
            say(model, "closed; nothing was sent");
            return (None, effects);
        }
        Key::PageDown | Key::Down => {
            confirm.page = (confirm.page + 1).min(confirm.pages.saturating_sub(1));
            confirm.seen = confirm.seen.max(confirm.page);
        }
        Key::PageUp | Key::Up => confirm.page = confirm.page.saturating_sub(1),
        Key::Ctrl('u') => {
            confirm.typed.clear();
            confirm.notice = None;
        }
        Key::Backspace => {
            confirm.typed.pop();
            confirm.notice = None;
        }
        Key::Char('v') if matches!(confirm.preview, PreviewState::Failed(_)) => {
            confirm.preview = PreviewState::Waiting;
            effects.push(Effect::Preview { step: confirm.step.clone() });
        }
        // A strip's whole gesture is its one key: it is not a line to be finished, and a
        // key that slipped in before must not make it deaf.
        Key::Char('y') if confirm.is_strip() => {
            character(model, &mut confirm, 'y');
            return enter(model, confirm);
        }
        // Nor may a `y` of words that were meant for elsewhere be an answer.
        Key::Char(_) | Key::Enter if confirm.is_strip() => {
            confirm.live_at = confirm.live_at.max(press.at + DEAD_TIME);
            confirm.notice = Some("only y counts here; nothing was sent".into());
        }
        Key::Char(c) => character(model, &mut confirm, c),
        Key::Enter => return enter(model, confirm),
        Key::Ctrl(_)
        | Key::Tab
        | Key::BackTab
        | Key::Left
        | Key::Right
        | Key::Home
        | Key::End
        | Key::F1 => {}
    }
    (Some(confirm), effects)
}

fn character(model: &Model, confirm: &mut Confirm, c: char) {
    match typing(model, confirm) {
        Ok(()) if confirm.typed.chars().count() < LINE => {
            confirm.typed.push(c);
            // What was said of another line.
            confirm.notice = None;
        }
        Ok(()) => {}
        // In the dead time keys do not count, and that is said.
        Err(_) if model.now < confirm.live_at => confirm.notice = Some(TOO_EARLY.into()),
        Err(why) => confirm.notice = Some(Text::clean(why)),
    }
}

fn enter(model: &mut Model, mut confirm: Confirm) -> (Option<Confirm>, Vec<Effect>) {
    // What changed since the last look clears the line before it can count.
    if let Some(why) = news(model, &mut confirm) {
        again(&mut confirm, model.now, &why);
        return (Some(confirm), Vec::new());
    }
    if let Err(why) = typing(model, &confirm) {
        let early = model.now < confirm.live_at;
        confirm.notice = Some(Text::clean(if early { TOO_EARLY } else { &why }));
        return (Some(confirm), Vec::new());
    }
    if confirm.typed != confirm.token {
        let words = format!("the line must read `{}`; nothing was sent", confirm.token);
        confirm.notice = Some(Text::clean(words));
        return (Some(confirm), Vec::new());
    }
    let window = tier(model, &confirm).unwrap_or(Tier::T4).abort_window();
    if window > Span::ZERO {
        confirm.stage = ConfirmStage::AbortWindow { until: model.now + window };
        confirm.notice = None;
        return (Some(confirm), Vec::new());
    }
    send(model, confirm)
}

/// What changed since the dialog last showed it; it shows the new from here on.
fn news(model: &Model, confirm: &mut Confirm) -> Option<String> {
    let standing = Standing::of(model, &confirm.step, confirm.undo);
    let fingerprint = standing.fingerprint();
    if fingerprint != confirm.shown {
        let why = standing.changed(&confirm.shown);
        confirm.shown = fingerprint;
        confirm.opened_at = model.now;
        return Some(why);
    }
    let hot = matches!(confirm.stage, ConfirmStage::AbortWindow { .. });
    if !hot && confirm.typed.is_empty() {
        return None;
    }
    if model.armed_for().is_none() {
        return Some("the keys are no longer armed".to_owned());
    }
    standing.blocked()
}

fn send(model: &mut Model, mut confirm: Confirm) -> (Option<Confirm>, Vec<Effect>) {
    let Some(incident) = model.snapshot.incident.as_deref() else {
        return (None, Vec::new());
    };
    let confirmation = Confirmation {
        typed: Text::clean(&confirm.typed),
        opened_at: confirm.opened_at,
        plan_digest: incident.procedure.plan.digest.clone(),
        checks: confirm.shown.clone(),
    };
    let step = confirm.step.clone();
    let (command, done) = if confirm.undo {
        (Wish::Undo { step, confirmation }, "putting back has begun")
    } else {
        (Wish::Execute { step, confirmation }, "the step has begun")
    };
    let pending = Pending { done, prompt: None };
    super::act::follow_next(model, &confirm.step);
    let effects = ask_from(model, Request::Command(command), pending);
    confirm.stage = ConfirmStage::Asked { ticket: model.ticket };
    confirm.notice = None;
    used(model);
    (Some(confirm), effects)
}

/// Starts a step that needs no dialog.
pub(super) fn at_once(
    model: &mut Model,
    incident: &Arc<Incident>,
    step: &Step,
    at: Moment,
) -> Vec<Effect> {
    let confirmation = Confirmation {
        typed: Text::default(),
        opened_at: at,
        plan_digest: incident.procedure.plan.digest.clone(),
        checks: Standing::of(model, &step.id, false).fingerprint(),
    };
    let command = Wish::Execute { step: step.id.clone(), confirmation };
    used(model);
    super::wish(model, command, "the step has begun")
}

/// Keys that were just used stay hot.
pub(super) fn used(model: &mut Model) {
    if model.armed_for().is_some() {
        model.arming = Arming::Armed { until: model.now + model.armed_span() };
    }
}

/// Time passed, or the world changed: looks again, and sends when the abort window is over.
pub(super) fn review(model: &mut Model) -> Vec<Effect> {
    with(model, |model, mut confirm| {
        let now = model.now;
        let idle = now - confirm.last_key_at >= DIALOG_TTL;
        match confirm.stage {
            ConfirmStage::Asked { .. } => return (Some(confirm), Vec::new()),
            ConfirmStage::Typing | ConfirmStage::Refused { .. } if idle => {
                say(model, "the dialog closed after 60 s without a key");
                return (None, Vec::new());
            }
            ConfirmStage::Refused { .. } => return (Some(confirm), Vec::new()),
            ConfirmStage::Typing | ConfirmStage::AbortWindow { .. } => {}
        }
        let shown = filled_in(&confirm.shown).map(str::to_owned);
        if let Some(why) = news(model, &mut confirm) {
            again(&mut confirm, now, &why);
            let other = filled_in(&confirm.shown) != shown.as_deref();
            let effects = if other { anew(model, &mut confirm) } else { Vec::new() };
            return (Some(confirm), effects);
        }
        match confirm.stage {
            ConfirmStage::AbortWindow { until } if now >= until => send(model, confirm),
            ConfirmStage::Typing if now - confirm.opened_at > FACTS_HOLD => {
                let own = has_own_preview(model, &confirm);
                let effects = refresh(&mut confirm, own, now);
                (Some(confirm), effects)
            }
            ConfirmStage::Typing
            | ConfirmStage::AbortWindow { .. }
            | ConfirmStage::Asked { .. }
            | ConfirmStage::Refused { .. } => (Some(confirm), Vec::new()),
        }
    })
}

/// The part of a fingerprint that says what was filled in.
fn filled_in(fingerprint: &str) -> Option<&str> {
    fingerprint.split(';').find(|part| part.starts_with("values="))
}

/// Other values, another call: it is shown before anybody confirms it.
fn anew(model: &Model, confirm: &mut Confirm) -> Vec<Effect> {
    let Some(incident) = &model.snapshot.incident else { return Vec::new() };
    let (preview, effects) = preview(incident, &confirm.step, confirm.undo);
    confirm.preview = preview;
    (confirm.page, confirm.seen, confirm.pages) = (0, 0, 0);
    effects
}

/// The facts are getting old: they are read and shown anew.
fn refresh(confirm: &mut Confirm, own: bool, now: Moment) -> Vec<Effect> {
    again(confirm, now, "what was shown is a minute old: look again");
    confirm.opened_at = now;
    if own {
        return Vec::new();
    }
    confirm.preview = PreviewState::Waiting;
    vec![Effect::Preview { step: confirm.step.clone() }]
}

pub(super) fn previewed(model: &mut Model, id: &StepId, answer: Result<Preview, Text>) {
    with(model, |model, mut confirm| {
        let wanted = confirm.step == *id && !confirm.undo;
        if wanted && matches!(confirm.preview, PreviewState::Waiting) {
            confirm.preview = match answer {
                Ok(preview) => PreviewState::Ready(preview),
                Err(why) => PreviewState::Failed(why),
            };
            // What is new on the screen wants eyes before fingers, page by page.
            again(&mut confirm, model.now, "read what would be sent");
            confirm.notice = None;
            (confirm.page, confirm.seen, confirm.pages) = (0, 0, 0);
        }
        (Some(confirm), Vec::new())
    });
}

/// The dialog is on the screen, in `pages` pages.
pub(super) fn shown(model: &mut Model, pages: usize) {
    with(model, |model, mut confirm| {
        if confirm.pages == 0 && pages > 0 {
            confirm.live_at = confirm.live_at.max(model.now + DEAD_TIME);
        }
        confirm.pages = pages;
        confirm.page = confirm.page.min(pages.saturating_sub(1));
        (Some(confirm), Vec::new())
    });
}

/// Another size, other pages: everything has to be seen again.
pub(super) fn resized(model: &mut Model) {
    interrupted(model, "the window changed: the line is cleared");
    with(model, |_, mut confirm| {
        (confirm.page, confirm.seen, confirm.pages) = (0, 0, 0);
        (Some(confirm), Vec::new())
    });
}

pub(super) fn interrupted(model: &mut Model, why: &str) {
    with(model, |model, mut confirm| {
        again(&mut confirm, model.now, why);
        (Some(confirm), Vec::new())
    });
}

pub(super) fn accepted(model: &mut Model, ticket: u64) {
    with(model, |_, confirm| {
        let ours = confirm.stage == ConfirmStage::Asked { ticket };
        ((!ours).then_some(confirm), Vec::new())
    });
}

/// Whether `ticket` was this dialog's question; then it shows why not.
pub(super) fn refused(model: &mut Model, ticket: u64, why: &str) -> bool {
    let Some(Overlay::Confirm(confirm)) = &mut model.overlay else {
        return false;
    };
    if confirm.stage != (ConfirmStage::Asked { ticket }) {
        return false;
    }
    confirm.stage = ConfirmStage::Refused { why: Text::clean(why) };
    confirm.last_key_at = model.now;
    true
}
