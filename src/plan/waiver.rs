//! Findings somebody has accepted for a while. An accepted finding stays in sight as a
//! warning with the name of whoever accepted it; past its day the waiver is an error, and
//! the finding what it was. The rules about losing data accept nothing.

use jiff::civil::Date;

use super::{
    Plan,
    cx::Cx,
    language::{Items, Said, WaiverRow},
    lint::{Check, LintDef, NEVER_WAIVED, lints},
    problem::Level,
    suggest,
};

/// Lets every good waiver take effect, and says what is wrong with the others. Without a
/// date no waiver is past its day.
pub(super) fn apply(cx: &mut Cx<'_>, plan: &Plan, today: Option<Date>) {
    for row in plan.file.waiver.items() {
        let (Some(lint), Some(at)) = (&row.lint, row.at.get()) else { continue };
        let Some(def) = lints().find(|def| def.id == lint.value) else {
            let known: Vec<&str> = lints().map(|def| def.id).collect();
            let nearest = suggest::nearest(&lint.value, known);
            let help = nearest.map_or_else(
                || "`warroom check --list-lints` shows all rules".to_owned(),
                |meant| format!("did you mean `{meant}`?"),
            );
            let what = format!("there is no rule `{}`", lint.value);
            cx.error("P-waiver", &lint.place, what, help);
            continue;
        };
        if !waivable(def.id) {
            cx.error(
                "P-waiver",
                &lint.place,
                format!("nobody can accept {} ({})", def.id, def.name),
                format!("mend it instead: {}", def.mend),
            );
            continue;
        }
        if is_past(row, today) {
            let place = row.expires.place().unwrap_or(&row.place).clone();
            cx.error(
                "P-waiver",
                &place,
                format!("this waiver of {} is past its day", def.id),
                "mend what it accepts, or have it accepted anew with a later `expires`",
            );
            continue;
        }
        if cx.problems.waive(def.id, at, &note(row)) == 0 && was_tried(cx, def, at) {
            let words = (
                format!("nothing of {} is found at `{at}`", def.id),
                "take the waiver away".to_owned(),
            );
            cx.problems.add(Level::Warning, "P-waiver-unused", &row.place, words);
        }
    }
}

/// Whether somebody can accept what a rule finds.
pub(super) fn waivable(id: &str) -> bool {
    !NEVER_WAIVED.contains(&id) && id.starts_with('L')
}

/// Whether the rule was asked of what the waiver is about: of what cannot be read no rule
/// is, and what it would find there nobody knows yet.
fn was_tried(cx: &Cx<'_>, def: &LintDef, at: &str) -> bool {
    let own = at.strip_prefix("runbook.").and_then(|rest| rest.split('.').next());
    let unread = own.is_some_and(|own| cx.broken.contains(&own.into()));
    match def.check {
        Check::Reading | Check::Runbook(_) => !unread,
        Check::Plan(_) | Check::Runbooks(_) => cx.broken.is_empty(),
    }
}

fn is_past(row: &WaiverRow, today: Option<Date>) -> bool {
    let last = row.expires.get().and_then(|text| text.as_str().parse::<Date>().ok());
    matches!((last, today), (Some(last), Some(today)) if today > last)
}

fn note(row: &WaiverRow) -> String {
    let text = |written: &Option<super::language::Found<crate::model::Text>>| {
        written.get().map(ToString::to_string).unwrap_or_default()
    };
    format!(
        "accepted until {} by {}: {}",
        text(&row.expires),
        text(&row.author),
        text(&row.reason)
    )
}
