//! Overlays that are only read: help and the read-out.

use crate::console::{
    Effect, Model,
    model::Overlay,
    msg::{Key, Press},
    view,
};

/// Printable keys search; nothing acts.
pub(super) fn help(model: &mut Model, press: Press) -> Vec<Effect> {
    let Some(Overlay::Help { scroll, filter }) = &mut model.overlay else {
        return Vec::new();
    };
    match press.key {
        Key::Esc | Key::F1 | Key::Char('?') | Key::Ctrl('c') => model.overlay = None,
        Key::Char('/') if filter.is_empty() => {}
        Key::Char(c) if filter.len() < 40 => {
            filter.push(c);
            *scroll = 0;
        }
        Key::Backspace => {
            filter.pop();
            *scroll = 0;
        }
        Key::Ctrl('u') => filter.clear(),
        Key::Down | Key::Tab => *scroll = scroll.saturating_add(1),
        Key::Up | Key::BackTab => *scroll = scroll.saturating_sub(1),
        Key::PageDown => *scroll = scroll.saturating_add(10),
        Key::PageUp => *scroll = scroll.saturating_sub(10),
        Key::Home => *scroll = 0,
        Key::Char(_) | Key::Ctrl(_) | Key::Enter | Key::Left | Key::Right | Key::End => {}
    }
    // No list of commands is longer, with its reasons: an End key must not scroll into
    // nothing.
    if let Some(Overlay::Help { scroll, .. }) = &mut model.overlay {
        *scroll = (*scroll).min(crate::console::command::COMMANDS.len() * 2);
    }
    Vec::new()
}

pub(super) fn readout(model: &mut Model, press: Press) -> Vec<Effect> {
    match press.key {
        Key::Esc | Key::Char('q' | 'r') | Key::Ctrl('c') => {
            model.overlay = None;
            Vec::new()
        }
        Key::Char('y') if !press.repeat => {
            super::say(model, "copied");
            vec![Effect::Copy { text: view::readout(model) }]
        }
        Key::Char(_)
        | Key::Ctrl(_)
        | Key::Enter
        | Key::Tab
        | Key::BackTab
        | Key::Backspace
        | Key::Up
        | Key::Down
        | Key::Left
        | Key::Right
        | Key::PageUp
        | Key::PageDown
        | Key::Home
        | Key::End
        | Key::F1 => Vec::new(),
    }
}
