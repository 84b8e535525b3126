//! The last two rows of every screen: the worst that is wrong, and what can be pressed.

use super::sight::Sight;
use crate::{
    console::{
        command::key_of,
        model::TOAST_FOR,
        theme::Role,
        widget::{Field, Row, fields},
    },
    room::{Alarm, JournalHealth, Severity},
};

/// The alarm line. What a console says by itself (a toast) stands here too, but never in
/// front of a journal that fails.
pub(super) fn alarm(sight: &Sight<'_>, width: usize) -> Row {
    let ascii = sight.ascii();
    if let JournalHealth::Failing { why, since } = &sight.snapshot().journal {
        let since = since.time_of_day();
        let all = [
            Field::new(9, Row::of(Role::Crit, " JOURNAL FAILS ")),
            Field::new(8, Row::text("nothing new starts")),
            Field::new(2, Row::text(why.to_string())).or_nothing(),
            Field::new(1, Row::dim(format!("since {since}"))).or_nothing(),
        ];
        return fields(&all, width, ascii);
    }
    let alarms = sight.alarms();
    let counted = rest(sight, alarms.len());
    if let Some(words) = toast(sight) {
        let line = Row::of(Role::Title, words);
        return line.against(counted_all(sight), width, ascii);
    }
    match alarms.first() {
        None => Row::dim("no alarms").against(counted, width, ascii),
        Some(worst) => fields(&worst_of(sight, worst, counted), width, ascii),
    }
}

fn toast(sight: &Sight<'_>) -> Option<String> {
    let (text, at) = sight.model.toast.as_ref()?;
    (sight.now() - *at < sight.model.human(TOAST_FOR)).then(|| text.to_string())
}

fn worst_of(sight: &Sight<'_>, worst: &Alarm, counted: Row) -> Vec<Field> {
    let (role, word) = match worst.severity {
        Severity::Crit => (Role::Crit, "!! CRIT"),
        Severity::Warn => (Role::Warn, "! WARN"),
    };
    let seen = sight.model.acknowledged.contains_key(&worst.key);
    let role = if seen { Role::Title } else { role };
    let since = format!("since {}", worst.since.time_of_day());
    let shelve = format!("{} shelve", key_of("shelve"));
    let acts = if seen {
        format!("seen   {shelve}")
    } else {
        format!("{} seen   {shelve}", key_of("ack"))
    };
    let text = Row::text(worst.text.to_string());
    vec![
        Field::new(9, Row::of(role, word)),
        Field::new(5, text),
        Field::new(2, Row::dim(since)).or_nothing(),
        Field::new(1, Row::dim(acts)).or_nothing(),
        Field::new(6, counted),
    ]
}

/// `+2 more, 1 shelved`.
fn rest(sight: &Sight<'_>, shown: usize) -> Row {
    let shelved = sight.alarm_count().shelved;
    let more = shown.saturating_sub(1);
    let parts: Vec<String> = [(more, "+", " more"), (shelved, "", " shelved")]
        .into_iter()
        .filter(|(count, ..)| *count > 0)
        .map(|(count, sign, word)| format!("{sign}{count}{word}"))
        .collect();
    Row::dim(parts.join(", "))
}

fn counted_all(sight: &Sight<'_>) -> Row {
    let count = sight.alarm_count();
    match (count.crit, count.warn) {
        (0, 0) => Row::new(),
        (0, warn) => Row::of(Role::Warn, format!("! WARN {warn}")),
        (crit, _) => Row::of(Role::Crit, format!("!! CRIT {crit}")),
    }
}

/// As many keys as fit, the most wanted first; HOLD always.
pub(super) fn keys(sight: &Sight<'_>, width: usize) -> Row {
    let hints = (sight.look.hints)(sight.model);
    let all: Vec<Field> = hints
        .iter()
        .enumerate()
        .map(|(at, hint)| {
            let key = Row::of(Role::Key, hint.key).with(Role::Text, " ");
            let field = key.with(Role::Text, hint.label);
            let rank = u8::try_from(200_usize.saturating_sub(at)).unwrap_or(0);
            match hint.key {
                "!" => Field::new(255, field),
                "?" | ":" => Field::new(254, field).or_nothing(),
                _ => Field::new(rank, field).or_nothing(),
            }
        })
        .collect();
    fields(&all, width, sight.ascii())
}
