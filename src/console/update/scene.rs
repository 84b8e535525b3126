//! Commands about what is seen and how: looking again, big clocks, kinds of records,
//! evidence, theme. None of them leaves this console but looking, which changes nothing.

use super::{ask, say};
use crate::{
    console::{
        Effect, Model,
        command::Call,
        model::{Kinds, Pane, SMALLEST_WALL, WALL},
        theme::{Theme, names},
    },
    room::Request,
};

pub(in crate::console) fn can_look(model: &Model) -> Result<(), String> {
    if model.session.read_only {
        // The room answers nobody who may only watch.
        return Err("a read-only console waits for the next reading".to_owned());
    }
    Ok(())
}

/// Every eye looks now; nothing changes by it.
pub(in crate::console) fn look(model: &mut Model, _: Call<'_>) -> Vec<Effect> {
    ask(model, Request::LookNow, "looking at everything now")
}

pub(in crate::console) fn can_wall(model: &Model) -> Result<(), String> {
    let (columns, rows) = SMALLEST_WALL;
    if model.columns >= columns && model.rows >= rows {
        return Ok(());
    }
    Err(format!("big clocks need {columns}x{rows}"))
}

pub(in crate::console) fn wall(model: &mut Model, _: Call<'_>) -> Vec<Effect> {
    let big = !model.is_wall();
    let by_size = model.columns >= WALL.0 && model.rows >= WALL.1;
    // What the size would do anyway is not a choice: it follows the next resize.
    model.wall = (big != by_size).then_some(big);
    Vec::new()
}

/// The kinds of records shown, one after the other.
pub(in crate::console) fn kinds(model: &mut Model, _: Call<'_>) -> Vec<Effect> {
    model.kinds = model.kinds.next();
    (model.entry, _) = (None, model.scroll.remove(&Pane::Timeline));
    if model.kinds != Kinds::All {
        let label = model.kinds.label();
        say(model, format!("the timeline shows {label}"));
    }
    Vec::new()
}

pub(in crate::console) fn evidence_down(model: &mut Model, _: Call<'_>) -> Vec<Effect> {
    evidence(model, 1)
}

pub(in crate::console) fn evidence_up(model: &mut Model, _: Call<'_>) -> Vec<Effect> {
    evidence(model, -1)
}

/// What is true, from wherever the cursor is: the sites, and the card of the step where
/// there is one.
fn evidence(model: &mut Model, by: isize) -> Vec<Effect> {
    let most = super::browse::length(model, Pane::Regions).saturating_sub(1);
    let scroll = model.scroll.entry(Pane::Regions).or_insert(0);
    *scroll = scroll.saturating_add_signed(by).min(most);
    // The picture clamps further: a card has at most so many lines of evidence.
    model.card_scroll = model.card_scroll.saturating_add_signed(by).min(200);
    Vec::new()
}

/// `:theme cvd-dark`.
pub(in crate::console) fn theme(model: &mut Model, call: Call<'_>) -> Vec<Effect> {
    let name = call.args.trim();
    if name.is_empty() {
        say(model, format!("themes: {}", names()));
        return Vec::new();
    }
    match Theme::named(name) {
        Ok(theme) => {
            model.theme = Some(theme);
            say(model, format!("theme {name}"));
        }
        Err(why) => say(model, why.to_string()),
    }
    Vec::new()
}

/// `:step 5`, by the number the screen gives it.
pub(in crate::console) fn step(model: &mut Model, call: Call<'_>) -> Vec<Effect> {
    let wanted = call.args.trim();
    let id = {
        let mut steps = model.snapshot.procedure.runbook.steps();
        let found = steps.find(|step| step.number.to_string() == wanted);
        found.map(|step| step.id.clone())
    };
    match id {
        Some(id) => {
            model.pane = Pane::Plan;
            model.selected = Some(id);
        }
        None => say(model, format!("there is no step `{wanted}`")),
    }
    Vec::new()
}

pub(in crate::console) fn has_lanes(model: &Model) -> Result<(), String> {
    if model.lanes().is_empty() {
        return Err("this run has no lanes".to_owned());
    }
    Ok(())
}

/// One lane after the other, then all of them; `:lane acme` goes to that one.
pub(in crate::console) fn lane(model: &mut Model, call: Call<'_>) -> Vec<Effect> {
    let lanes = model.lanes();
    let wanted = call.args.trim();
    let found = match (wanted, model.lane()) {
        ("all", _) => None,
        ("", None) => lanes.first(),
        ("", Some(here)) => {
            let at = lanes.iter().position(|lane| lane.tenant == *here);
            at.and_then(|at| lanes.get(at + 1))
        }
        (wanted, _) => {
            let named = lanes.iter().find(|lane| lane.tenant.as_str() == wanted);
            if named.is_none() {
                let all: Vec<&str> =
                    lanes.iter().map(|lane| lane.tenant.as_str()).collect();
                let why = format!("there is no lane `{wanted}`: {}", all.join(", "));
                say(model, why);
                return Vec::new();
            }
            named
        }
    };
    let told = match found {
        Some(lane) => format!("only {} ({}), and what all share", lane.name, lane.tenant),
        None => "all lanes".to_owned(),
    };
    model.lane = found.map(|lane| lane.tenant.clone());
    model.selected = None;
    model.pane = Pane::Plan;
    say(model, told);
    Vec::new()
}
