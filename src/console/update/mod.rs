//! What a message does to the console. Pure: a model and a message in, effects out; no
//! clock, no terminal, no waiting. Time comes with the messages.

pub(super) mod act;
pub(super) mod browse;
mod confirm;
pub(super) mod lead;
mod leave;
pub(super) mod log;
mod pace;
mod palette;
mod prompt;
pub(super) mod reach;
mod reading;
pub(super) mod scene;
mod standing;
pub(super) mod talk;
pub(super) mod values;
mod watch;

pub use leave::keeps_running;
pub use log::alarm;
pub use standing::typing;
pub use values::choices;

use super::{
    Effect, Model, Msg,
    command::{Call, Command, Reach, available, key_of, named},
    keymap,
    model::{Asking, ConfirmStage, Overlay, Pending, Prompt},
    msg::{Key, Press},
};
use crate::{
    engine::Command as Wish,
    model::{Moment, Text},
    room::{AskError, Request},
};

/// Takes one message in.
pub fn update(model: &mut Model, msg: Msg) -> Vec<Effect> {
    let mut effects = handle(model, msg);
    effects.extend(pace::follow(model));
    model.forget_the_past();
    effects
}

fn handle(model: &mut Model, msg: Msg) -> Vec<Effect> {
    match msg {
        Msg::Press(press) => pressed(model, press),
        Msg::Paste(text) => prompt::paste(model, &text),
        Msg::Burst { dropped } => burst(model, dropped),
        Msg::Resize { columns, rows } => {
            (model.columns, model.rows) = (columns, rows);
            confirm::resized(model);
            Vec::new()
        }
        Msg::Focus { gained, at } => {
            advance(model, at);
            model.unfocused_since =
                if gained { None } else { model.unfocused_since.or(Some(at)) };
            watch::disarm_when_due(model);
            Vec::new()
        }
        Msg::Snapshot(snapshot) => watch::snapshot(model, snapshot),
        Msg::Tick(at) => {
            let before = model.now;
            advance(model, at);
            talk::overdue(model, before);
            watch::tick(model)
        }
        Msg::Previewed { step, preview } => {
            confirm::previewed(model, &step, preview);
            Vec::new()
        }
        Msg::Answered { ticket, answer } => {
            answered(model, ticket, answer);
            Vec::new()
        }
        Msg::Shown { pages, at } => {
            advance(model, at);
            confirm::shown(model, pages);
            Vec::new()
        }
        Msg::Ended { why } => {
            let summary = leave::summary(model, Some(why));
            vec![Effect::Quit { summary }]
        }
    }
}

/// Time never runs backwards here, whatever order messages arrive in.
fn advance(model: &mut Model, at: Moment) {
    model.now = model.now.max(at);
}

fn pressed(model: &mut Model, press: Press) -> Vec<Effect> {
    advance(model, press.at);
    let held = press.key == Key::Char('!') && !press.repeat;
    if held && !is_text(model) {
        return call(model, "hold", press.at);
    }
    if press.key == Key::Ctrl('z') && !press.repeat {
        return call(model, "suspend", press.at);
    }
    if model.is_tiny() && model.overlay.is_some() && !for_tiny(model, press.key) {
        return Vec::new();
    }
    match &model.overlay {
        None => on_screen(model, press),
        Some(Overlay::Confirm(_)) => confirm::pressed(model, press),
        Some(Overlay::Prompt(_)) => prompt::pressed(model, press),
        Some(Overlay::Palette { .. }) => palette::pressed(model, press),
        Some(Overlay::Help { .. }) => reading::help(model, press),
        Some(Overlay::Readout) => reading::readout(model, press),
        Some(Overlay::Leave { .. }) => leave::pressed(model, press),
    }
}

/// Whether `!` is a character of a text somebody is in the middle of. On an empty line it
/// is HOLD; a filter may begin with it.
fn is_text(model: &Model) -> bool {
    match &model.overlay {
        Some(Overlay::Prompt(prompt)) => {
            prompt.asking == Asking::Filter || !prompt.typed.is_empty()
        }
        Some(Overlay::Palette { typed, .. }) => !typed.is_empty(),
        Some(
            Overlay::Confirm(_)
            | Overlay::Help { .. }
            | Overlay::Leave { .. }
            | Overlay::Readout,
        )
        | None => false,
    }
}

/// What works over an overlay in a window too small to read it: closing it, leaving, and
/// stopping what is about to be sent.
fn for_tiny(model: &Model, key: Key) -> bool {
    match &model.overlay {
        Some(Overlay::Confirm(confirm)) => {
            key == Key::Esc || matches!(confirm.stage, ConfirmStage::AbortWindow { .. })
        }
        Some(Overlay::Prompt(_) | Overlay::Readout) => {
            matches!(key, Key::Esc | Key::Ctrl('c'))
        }
        Some(Overlay::Palette { .. } | Overlay::Help { .. } | Overlay::Leave { .. })
        | None => true,
    }
}

fn on_screen(model: &mut Model, press: Press) -> Vec<Effect> {
    let Some(command) = keymap::command(press.key) else {
        return Vec::new();
    };
    if press.repeat && !command.repeats {
        return Vec::new();
    }
    run(model, command, Call { args: "", at: press.at })
}

/// Runs `command`, or says why not.
fn run(model: &mut Model, command: &Command, call: Call<'_>) -> Vec<Effect> {
    if let Err(why) = available(model, command) {
        say(model, format!("{}: {why}", command.label));
        return Vec::new();
    }
    (command.run)(model, call)
}

/// Runs the command of that name, as if it had been written in the palette.
pub fn order(model: &mut Model, name: &str, args: &str, at: Moment) -> Vec<Effect> {
    advance(model, at);
    let command = named(name);
    command.map(|command| run(model, command, Call { args, at })).unwrap_or_default()
}

fn call(model: &mut Model, name: &str, at: Moment) -> Vec<Effect> {
    named(name)
        .map(|command| run(model, command, Call { args: "", at }))
        .unwrap_or_default()
}

/// Keys nobody could have pressed so fast: gone, and half a token with them.
fn burst(model: &mut Model, dropped: usize) -> Vec<Effect> {
    confirm::interrupted(model, "too many keys at once: the line is cleared");
    say(model, format!("{dropped} keys came at once, like a paste: none was used"));
    Vec::new()
}

fn answered(model: &mut Model, ticket: u64, answer: Result<(), AskError>) {
    let pending = model.pending.remove(&ticket);
    let why = match answer {
        Ok(()) => {
            confirm::accepted(model, ticket);
            if let Some(pending) = pending {
                say(model, pending.done);
            }
            return;
        }
        Err(why) => why.to_string(),
    };
    if confirm::refused(model, ticket, &why) {
        return;
    }
    if let Some(prompt) = pending.and_then(|pending| pending.prompt)
        && model.overlay.is_none()
    {
        model.overlay = Some(Overlay::Prompt(prompt));
    }
    say(model, format!("not done: {why}"));
}

/// A passing remark on the alarm line.
fn say(model: &mut Model, words: impl AsRef<str>) {
    model.toast = Some((Text::clean(words), model.now));
}

/// A question to the room; `done` is what the toast says when it was granted.
fn ask(model: &mut Model, request: Request, done: &'static str) -> Vec<Effect> {
    ask_from(model, request, Pending { done, prompt: None })
}

fn ask_from(model: &mut Model, request: Request, pending: Pending) -> Vec<Effect> {
    model.ticket += 1;
    let ticket = model.ticket;
    model.pending.insert(ticket, pending);
    vec![Effect::Ask { ticket, request }]
}

fn wish(model: &mut Model, wish: Wish, done: &'static str) -> Vec<Effect> {
    ask(model, Request::Command(wish), done)
}

/// Opens a line of text; words already given in the palette answer it at once.
fn ask_for(model: &mut Model, asking: Asking, call: Call<'_>) -> Vec<Effect> {
    suggest(model, asking, String::new(), call)
}

/// The same, with words that Enter takes while nothing else is written.
fn suggest(
    model: &mut Model,
    asking: Asking,
    suggested: String,
    call: Call<'_>,
) -> Vec<Effect> {
    let typed = call.args.to_owned();
    let prompt = Prompt { asking, typed, suggested, pressed_at: call.at };
    if prompt.typed.trim().is_empty() {
        model.overlay = Some(Overlay::Prompt(prompt));
        return Vec::new();
    }
    prompt::submit(model, prompt)
}

/// Whether `reach` needs the hot keys: a line of text may be finished after they cooled.
fn still_allowed(model: &Model, reach: Reach) -> Result<(), String> {
    match reach {
        Reach::World if model.armed_for().is_none() => {
            Err(format!("no longer armed: press {} first", key_of("arm")))
        }
        Reach::World | Reach::Lead | Reach::Log | Reach::Look | Reach::Hold => Ok(()),
    }
}
