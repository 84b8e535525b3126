//! R17 on the screen: a journal, readings and typed lines full of what drives terminals, in
//! every place that takes a text, in every state, on every screen and overlay.

use std::{collections::BTreeSet, sync::Arc};

use serde_json::Value;
use warroom::{
    console::{
        Model,
        model::{Asking, Overlay, Pane, Prompt, Screen},
        view::{Look, readout},
    },
    engine::{Incident, Record},
    model::{Evidence, Lag, Observation, Text, Unknown, text::is_unsafe},
    room::{Executor, JournalHealth},
};

use super::{
    cases::{Case, cases, confirm_of, snapshot_of},
    shot::{drawn, look},
};
use crate::fixture::{self, Story};

/// Each begins harmlessly, as an attack does.
const ATTACKS: &[&str] = &[
    // Clear the screen, set the title, write the clipboard, ring, go back.
    "\u{1b}[2J\u{1b}]0;owned\u{7}\u{1b}]52;c;b3duZWQ=\u{1b}\\\u{8}\r\n",
    // The same with single characters of the second control set, and a delete.
    "\u{9b}2J\u{9d}0;owned\u{9c}\u{85}\u{7f}\u{90}q\u{9c}",
    // Another order of reading, and characters nobody sees.
    "\u{202e}tfel\u{2066}\u{200b}\u{200f}\u{feff}\u{ad}\u{2028}\u{e0041}\u{3164}",
];

const SIZES: &[(u16, u16)] = &[(60, 16), (80, 24), (120, 40), (200, 60)];

/// All strings of `value`, names of fields included.
fn strings(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => drop(into.insert(text.clone())),
        Value::Array(all) => all.iter().for_each(|value| strings(value, into)),
        Value::Object(fields) => {
            for (name, value) in fields {
                into.insert(name.clone());
                strings(value, into);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// `value` with every string `from` become `to`.
fn renamed(value: &Value, from: &str, to: &str) -> Value {
    let name = |text: &String| if text == from { to.to_owned() } else { text.clone() };
    match value {
        Value::String(text) => Value::String(name(text)),
        Value::Array(all) => all.iter().map(|value| renamed(value, from, to)).collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(field, value)| (name(field), renamed(value, from, to)))
            .collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

/// The same story told by an enemy: wherever a string may be any, it attacks. What is not
/// free (an event's name, a time) stays, or nothing could be read at all.
fn poisoned(story: &Story, attack: &str) -> Story {
    let mut value = serde_json::to_value(&story.records).unwrap();
    let mut all = BTreeSet::new();
    strings(&value, &mut all);
    let mut changed = 0;
    for text in all {
        let candidate = renamed(&value, &text, &format!("{text}{attack}"));
        let read = serde_json::from_value::<Vec<Record>>(candidate.clone());
        if read.is_ok_and(|records| Incident::fold(&story.id(), &records).is_ok()) {
            value = candidate;
            changed += 1;
        }
    }
    assert!(changed > 80, "only {changed} strings were free: nothing is tested");
    let records = serde_json::from_value(value).unwrap();
    Story { mode: story.mode, records }
}

/// What a cloud answers when it is the enemy.
fn answered(evidence: &Evidence, attack: &str) -> Evidence {
    let text = Text::clean(attack);
    let mut evidence = evidence.clone();
    let estate = std::mem::take(&mut evidence.estate);
    for ((resource, site), mut reading) in estate {
        if let Some((Observation::Database(view), _)) = &mut reading.last {
            view.status = text.clone();
            view.endpoint = Some(text.clone());
            view.lag = Lag::NotReplicating { reason: text.clone(), last: None };
        }
        if let Some((_, since)) = &reading.last {
            reading.lost = Some((Unknown { why: text.clone() }, *since));
        }
        let key = |id: &str| format!("{id}{attack}");
        let key = (key(resource.as_str()), key(site.as_str()));
        evidence.estate.insert((key.0.as_str().into(), key.1.as_str().into()), reading);
    }
    for reading in evidence.probes.values_mut() {
        if let Some((answer, _)) = &mut reading.last {
            answer.value = text.clone();
        }
    }
    evidence
}

/// The case as an enemy would have it.
fn model(case: &Case, attack: &str, size: (u16, u16)) -> Model {
    let story = case.story.as_ref().map(|story| poisoned(story, attack));
    let snapshot = fixture::snapshot(story.as_ref(), case.world, case.now);
    let mut model = fixture::model(case.mode, snapshot, size);
    (case.prepare)(&mut model);
    if matches!(model.overlay, Some(Overlay::Confirm(_))) {
        let confirm = confirm_of(&mut model);
        confirm.step = format!("{}{attack}", confirm.step).as_str().into();
        attack.clone_into(&mut confirm.typed);
        confirm.notice = Some(Text::clean(attack));
    }
    let text = Text::clean(attack);
    model.session.person = attack.into();
    attack.clone_into(&mut model.filter);
    model.toast = Some((text.clone(), model.now));
    snapshot_of(&mut model, |snapshot| {
        snapshot.evidence = Arc::new(answered(&snapshot.evidence, attack));
        for alarm in Arc::make_mut(&mut snapshot.alarms) {
            (alarm.key, alarm.text) = (text.clone(), text.clone());
        }
        if let Executor::Elsewhere { holder, .. } = &mut snapshot.executor {
            *holder = text.clone();
        }
        if let JournalHealth::Failing { why, .. } = &mut snapshot.journal {
            *why = text.clone();
        }
        let steps = snapshot.incident.iter().flat_map(|incident| incident.steps.keys());
        let lines = steps.map(|step| (step.clone(), text.clone()));
        snapshot.progress = Arc::new(lines.collect());
    });
    model
}

fn assert_clean(model: &Model, look: &Look, size: (u16, u16), what: &str) {
    for cell in &drawn(model, look, size).content {
        let symbol = cell.symbol();
        assert!(!symbol.chars().any(is_unsafe), "{what} at {size:?}: {symbol:?}");
    }
}

fn overlays(attack: &str, model: &Model) -> Vec<Overlay> {
    let typed = attack.to_owned();
    let (asking, pressed_at) = (Asking::Note, model.now);
    vec![
        Overlay::Help { scroll: 0, filter: typed.clone() },
        Overlay::Palette { typed: typed.clone(), row: 0 },
        Overlay::Prompt(Prompt { asking, suggested: typed.clone(), typed, pressed_at }),
        Overlay::Leave { opened_at: model.now },
        Overlay::Readout,
    ]
}

#[test]
fn no_text_of_an_enemy_drives_the_terminal_anywhere() {
    for (case, attack) in cases().iter().zip(ATTACKS.iter().cycle()) {
        let mut model = model(case, attack, (80, 24));
        let plain = look();
        let ascii = Look { ascii: true, ..look() };
        for size in SIZES {
            (model.columns, model.rows) = *size;
            assert_clean(&model, &plain, *size, case.name);
            assert_clean(&model, &ascii, *size, case.name);
        }
        let said = readout(&model);
        assert!(!said.as_str().chars().any(is_unsafe), "{}: {said}", case.name);
    }
}

#[test]
fn nor_on_another_screen_nor_in_an_overlay() {
    for attack in ATTACKS {
        let all = cases();
        let case = all.iter().find(|case| case.name == "running").unwrap();
        let mut model = model(case, attack, (80, 24));
        for size in SIZES {
            (model.columns, model.rows) = *size;
            for screen in [
                Screen::Main,
                Screen::Regions,
                Screen::Timeline,
                Screen::People,
                Screen::Promises,
            ] {
                model.screen = screen;
                for pane in [Pane::Plan, Pane::Regions, Pane::Timeline] {
                    (model.pane, model.zoomed) = (pane, size.0 == 80);
                    assert_clean(&model, &look(), *size, "a screen");
                }
            }
            for overlay in overlays(attack, &model) {
                model.overlay = Some(overlay);
                assert_clean(&model, &look(), *size, "an overlay");
                model.overlay = None;
            }
        }
    }
}
