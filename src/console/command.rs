//! What the console can be told, as one table; keymap, palette, footer, help and the
//! written reference are folds over it. Rows live in `table`; nothing here acts.

pub use super::table::COMMANDS;
use super::{
    Effect, Model,
    model::{ConfirmStage, Overlay, PreviewState, SMALLEST},
    msg::Key,
    update::act,
};
use crate::model::{Mode, Moment};

/// How far a command reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Only looks, or changes this screen.
    Look,
    /// Writes to our own log.
    Log,
    /// Who leads, and whether there is an incident: no step starts by it.
    Lead,
    /// Changes the world, or lets a step past a guard: only while armed.
    World,
    /// Stops further steps: always, disarmed, in any window.
    Hold,
}

/// How a command was called.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// The words after its name; empty for a key.
    pub args: &'a str,
    pub at: Moment,
}

/// One row of the table.
#[derive(Debug)]
pub struct Command {
    /// The palette's word.
    pub name: &'static str,
    /// What may follow it in the palette.
    pub takes: &'static str,
    /// Keys that run it; none for the rare and severe.
    pub keys: &'static [Key],
    /// Those keys as the screen shows them.
    pub key: &'static str,
    pub label: &'static str,
    pub reach: Reach,
    /// Whether a held key may run it again and again: moving, never acting.
    pub repeats: bool,
    /// The reason why not, as a sentence without a full stop.
    pub enabled: fn(&Model) -> Result<(), String>,
    pub run: fn(&mut Model, Call<'_>) -> Vec<Effect>,
}

impl Command {
    /// Whether running it can change the world or let something past a guard.
    pub const fn world_changing(&self) -> bool {
        matches!(self.reach, Reach::World)
    }
}

/// A key and what it does, for the last row of the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    pub key: &'static str,
    pub label: &'static str,
}

/// A row of the palette and of help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandRow {
    pub key: &'static str,
    pub name: &'static str,
    pub label: &'static str,
    /// Why it cannot be used now.
    pub disabled: Option<String>,
}

/// Commands a window too small to read still obeys.
const IN_ANY_WINDOW: &[&str] = &["hold", "help", "palette", "q", "back"];

/// Whether `command` can run now.
///
/// # Errors
/// The reason why not, in words for the screen.
pub fn available(model: &Model, command: &Command) -> Result<(), String> {
    if model.is_tiny() && !IN_ANY_WINDOW.contains(&command.name) {
        let (columns, rows) = SMALLEST;
        return Err(format!("the window is too small: {columns}x{rows} at least"));
    }
    if model.session.read_only && command.reach != Reach::Look {
        return Err("this console is read-only".to_owned());
    }
    (command.enabled)(model)?;
    if command.world_changing() && model.armed_for().is_none() {
        return Err(format!("press {} to arm first", key_of("arm")));
    }
    Ok(())
}

/// Every command, with the reason where it cannot run now: a key that does nothing stays
/// listed, so that nobody has to guess.
pub fn rows(model: &Model) -> Vec<CommandRow> {
    COMMANDS
        .iter()
        .map(|command| CommandRow {
            key: command.key,
            name: command.name,
            label: command.label,
            disabled: available(model, command).err(),
        })
        .collect()
}

/// What the last row of the screen offers, most wanted first.
pub fn hints(model: &Model) -> Vec<Hint> {
    match &model.overlay {
        None => screen_hints(model),
        Some(Overlay::Prompt(_)) => {
            pairs(&[("Enter", "write"), ("Esc", "cancel"), ("Ctrl-U", "clear")])
        }
        Some(Overlay::Help { .. }) => {
            pairs(&[("Esc", "close"), ("type", "to search"), ("PgDn", "more")])
        }
        Some(Overlay::Palette { .. }) => {
            pairs(&[("Enter", "run"), ("Esc", "close"), ("Down", "choose")])
        }
        Some(Overlay::Leave { .. }) => pairs(&[("Esc", "stay"), ("y", "leave")]),
        Some(Overlay::Readout) => pairs(&[("y", "copy"), ("Esc", "close")]),
        Some(Overlay::Confirm(confirm)) => match (&confirm.stage, &confirm.preview) {
            (ConfirmStage::AbortWindow { .. }, _) => pairs(&[("any key", "stop it")]),
            (ConfirmStage::Asked { .. } | ConfirmStage::Refused { .. }, _) => {
                pairs(&[("Esc", "close"), ("!", "HOLD")])
            }
            (ConfirmStage::Typing, preview) if confirm.is_strip() => {
                strip(model, preview)
            }
            (ConfirmStage::Typing, PreviewState::Failed(_)) => {
                pairs(&[("Esc", "do nothing"), ("v", "look again"), ("!", "HOLD")])
            }
            (ConfirmStage::Typing, PreviewState::Waiting | PreviewState::Ready(_)) => {
                let mut all = pairs(&[
                    ("Esc", "do nothing"),
                    ("Enter", "run when the line matches"),
                    ("Ctrl-U", "clear"),
                    ("!", "HOLD"),
                ]);
                if confirm.pages > 1 {
                    all.insert(2, Hint { key: "PgDn", label: "next page" });
                }
                all
            }
        },
    }
}

/// The keys of a strip: there is no line to finish, and no other key does anything.
fn strip(model: &Model, preview: &PreviewState) -> Vec<Hint> {
    let Some(Overlay::Confirm(confirm)) = &model.overlay else { return Vec::new() };
    let incident = model.snapshot.incident.as_ref();
    let step = incident.and_then(|incident| incident.step(&confirm.step));
    let verb = step.and_then(|(step, _)| step.action.estate());
    let yes = match verb {
        _ if confirm.undo => "put back",
        Some((_, _, verb)) => verb.word(),
        None => "do it",
    };
    let mut all = pairs(&[("y", yes), ("Esc", "do nothing"), ("!", "HOLD")]);
    if matches!(preview, PreviewState::Failed(_)) {
        all.push(Hint { key: "v", label: "look again" });
    }
    if confirm.pages > 1 {
        all.push(Hint { key: "PgDn", label: "next page" });
    }
    all.push(Hint { key: "other keys", label: "do nothing" });
    all
}

fn pairs(hints: &[(&'static str, &'static str)]) -> Vec<Hint> {
    hints.iter().map(|(key, label)| Hint { key, label }).collect()
}

/// Footer of the screens: commands with a place there, those that cannot run left out,
/// but for HOLD, which is always shown where it works, and for a yes somebody waits for.
fn screen_hints(model: &Model) -> Vec<Hint> {
    const FOOTER: &[&str] = &[
        "execute",
        "approve",
        "tick",
        "take-back",
        "hold",
        "arm",
        "declare",
        "respond",
        "note",
        "ack",
        "lane",
        "poll",
        "readout",
        "task",
        "decide",
        "kinds",
        "correct",
        "filter",
        "wall",
        "palette",
        "help",
    ];
    FOOTER
        .iter()
        .filter_map(|name| named(name))
        .filter(|command| {
            let wanted = match command.name {
                "hold" => !model.session.read_only,
                "approve" => act::asks_me(model).is_some(),
                // A drill is one incident.
                "declare" => is_first(model) && available(model, command).is_ok(),
                _ => false,
            };
            let listed = command.name != "declare";
            wanted || listed && available(model, command).is_ok()
        })
        .map(hint)
        .collect()
}

/// Whether nothing was declared here yet, or a real one is over and another may come.
fn is_first(model: &Model) -> bool {
    model.snapshot.incident.is_none() || model.session.mode == Mode::Live
}

/// A command of the footer; the only one without a key is written out.
const fn hint(command: &Command) -> Hint {
    if command.key.is_empty() {
        return Hint { key: ":declare", label: "an incident" };
    }
    Hint { key: command.key, label: command.label }
}

/// How the screen tells people to run a command: its key, else what to write in the
/// palette. The only source of such words: a key that moves takes its sentences along.
pub fn key_of(name: &str) -> String {
    match named(name) {
        Some(command) if !command.key.is_empty() => command.key.to_owned(),
        Some(_) | None => format!(":{name}"),
    }
}

/// The same for a command that is better written out.
pub fn word_of(name: &str) -> String {
    format!(":{}", named(name).map_or(name, |command| command.name))
}

/// The command of that name.
pub fn named(name: &str) -> Option<&'static Command> {
    COMMANDS.iter().find(|command| command.name == name)
}
