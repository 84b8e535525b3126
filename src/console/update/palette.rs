//! The palette's line.

use super::run;
use crate::console::{
    Effect, Model,
    command::Call,
    model::Overlay,
    msg::{Key, Press},
    palette::{chosen, matches},
};

/// More than any command with its words needs.
const LIMIT: usize = 300;

pub(super) fn pressed(model: &mut Model, press: Press) -> Vec<Effect> {
    let Some(Overlay::Palette { typed, row }) = &model.overlay else {
        return Vec::new();
    };
    let (mut typed, mut row) = (typed.clone(), *row);
    match press.key {
        Key::Esc | Key::Ctrl('c') => {
            model.overlay = None;
            return Vec::new();
        }
        Key::Enter if press.repeat => return Vec::new(),
        Key::Enter => return enter(model, &typed, row, press),
        Key::Char(c) if typed.chars().count() < LIMIT => {
            typed.push(c);
            row = 0;
        }
        Key::Backspace => {
            typed.pop();
            row = 0;
        }
        Key::Ctrl('u') => {
            typed.clear();
            row = 0;
        }
        Key::Tab => {
            if let Some(found) = matches(model, &typed).get(row) {
                typed = format!("{} ", found.name);
                row = 0;
            }
        }
        Key::Down => {
            row = (row + 1).min(matches(model, &typed).len().saturating_sub(1));
        }
        Key::Up | Key::BackTab => row = row.saturating_sub(1),
        Key::Char(_)
        | Key::Ctrl(_)
        | Key::Left
        | Key::Right
        | Key::PageUp
        | Key::PageDown
        | Key::Home
        | Key::End
        | Key::F1 => {}
    }
    model.overlay = Some(Overlay::Palette { typed, row });
    Vec::new()
}

fn enter(model: &mut Model, typed: &str, row: usize, press: Press) -> Vec<Effect> {
    let Some((command, args)) = chosen(model, typed, row) else {
        if !typed.trim().is_empty() {
            super::say(model, format!("no command fits `{}`", typed.trim()));
        }
        return Vec::new();
    };
    model.overlay = None;
    run(model, command, Call { args: &args, at: press.at })
}
