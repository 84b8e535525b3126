//! Whether what is looked for in a log can ever stand there.

use super::super::{Check, Findings, LintDef};
use crate::{
    model::{
        Action, Errand, Moment, Span, pattern,
        template::{Part, Slot, fill, parts, time},
    },
    plan::{
        Level, Plan,
        language::{Found, Items, ProbeRow, Said},
    },
};

pub(super) const CANNOT_WORK: LintDef = LintDef {
    id: "L50",
    name: "log-check-cannot-work",
    level: Level::Error,
    doc: "What a log check looks for does not stand in the lines its writer writes.",
    mend: "Take a line from the real log into `sample`, and write the pattern for it.",
    check: Check::Plan(cannot_work),
};

fn cannot_work(plan: &Plan, findings: &mut Findings<'_>) {
    for row in plan.file.probe.items() {
        let Some(id) = row.id.get() else { continue };
        if let Some(pattern) = &row.pattern {
            past_day(id, pattern, findings);
            unreadable(id, pattern, findings);
            unmatched(plan, row, pattern, findings);
        }
        if let Some(measure) = &row.measure {
            field(plan, row, measure, findings);
        }
    }
}

/// A line as its writer writes it: the declared one, else what a step of the plan adds to
/// the same file.
fn sample(plan: &Plan, row: &ProbeRow) -> Option<String> {
    if let Some(sample) = row.sample.get() {
        return Some(example(sample));
    }
    let file = row.file.get()?;
    let mut steps = plan.runbooks.iter().flat_map(crate::model::Runbook::steps);
    steps.find_map(|step| match &step.action {
        Action::Errand(Errand::File(call)) if call.path == *file => {
            Some(example(call.text.lines().next()?))
        }
        Action::Errand(_)
        | Action::Estate { .. }
        | Action::Command(_)
        | Action::Http(_)
        | Action::Check { .. }
        | Action::Manual { .. }
        | Action::Approval { .. }
        | Action::Wait { .. }
        | Action::Notify { .. } => None,
    })
}

/// A text with something in its slots that they could hold.
fn example(text: &str) -> String {
    let at = Moment::default();
    fill(text, &mut |slot| match slot {
        Slot::RunTime { shift, format } => Some(time(at, *shift, format.as_deref())),
        Slot::Incident { field, format } if field == "time" => {
            Some(time(at, Span::ZERO, format.as_deref()))
        }
        Slot::RunEpoch | Slot::Between { .. } | Slot::ProbeValue => {
            Some("900".to_owned())
        }
        Slot::Parameter(_)
        | Slot::Incident { .. }
        | Slot::Output { .. }
        | Slot::Each
        | Slot::Listed { .. } => Some("x".to_owned()),
    })
}

/// A pattern whose slots are whatever shape their value will have; none when one has a
/// shape nobody knows.
fn shaped(pattern: &str) -> Option<String> {
    parts(pattern)
        .into_iter()
        .map(|part| match part {
            Part::Text(text) => Some(text.to_owned()),
            Part::Slot(Slot::RunTime { format: Some(format), .. }, _) => shape(&format),
            Part::Slot(Slot::RunEpoch, _) => Some("[0-9]+".to_owned()),
            Part::Slot(..) => Some(".*".to_owned()),
            Part::Bad(_) | Part::Open => None,
        })
        .collect()
}

/// What a date of this format looks like.
fn shape(format: &str) -> Option<String> {
    let mut out = String::new();
    let mut chars = format.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push_str(&regex_lite::escape(c.encode_utf8(&mut [0; 4])));
            continue;
        }
        out.push_str(match chars.next()? {
            'Y' => "[0-9]{4}",
            'm' | 'd' | 'H' | 'M' | 'S' | 'y' | 'I' | 'U' | 'V' => "[0-9]{2}",
            'e' | 'k' | 'l' => "[ 0-9][0-9]",
            'j' => "[0-9]{3}",
            'b' | 'a' | 'h' => "[A-Z][a-z]{2}",
            'B' | 'A' => "[A-Z][a-z]+",
            'p' => "[AP]M",
            's' => "[0-9]+",
            'F' => "[0-9]{4}-[0-9]{2}-[0-9]{2}",
            'T' => "[0-9]{2}:[0-9]{2}:[0-9]{2}",
            'z' => "[+-][0-9]{4}",
            'Z' => "[A-Z]+",
            _ => return None,
        });
    }
    Some(out)
}

fn unreadable(id: &str, pattern: &Found<String>, findings: &mut Findings<'_>) {
    let Some(Err(why)) = shaped(&pattern.value).map(|text| pattern::compile(&text))
    else {
        return;
    };
    findings.at(
        &pattern.place,
        format!("what {id} looks for is no regular expression: {why}"),
        "write one as `grep -E` takes it; a `\\` before what is meant as it is",
    );
}

fn unmatched(
    plan: &Plan,
    row: &ProbeRow,
    pattern: &Found<String>,
    findings: &mut Findings<'_>,
) {
    let Some(line) = sample(plan, row) else { return };
    let shaped = shaped(&pattern.value).and_then(|text| pattern::compile(&text).ok());
    if shaped.is_some_and(|pattern| !pattern.is_match(&line)) {
        let id = row.id.get().map_or("", String::as_str);
        findings.at(
            &pattern.place,
            format!(
                "{id} looks for \"{}\", and its writer writes \"{line}\"",
                pattern.value
            ),
            "write the pattern for that line, in the order its parts stand there; or \
             measure the age of the newest line instead",
        );
    }
}

/// A pattern with the date of one past day sees that day's lines and no others.
fn past_day(id: &str, pattern: &Found<String>, findings: &mut Findings<'_>) {
    let shift = parts(&pattern.value).into_iter().find_map(|part| match part {
        Part::Slot(Slot::RunTime { shift, .. }, _) if shift < Span::ZERO => {
            Some(shift.abs())
        }
        Part::Slot(..) | Part::Text(_) | Part::Bad(_) | Part::Open => None,
    });
    if let Some(ago) = shift {
        findings.at(
            &pattern.place,
            format!(
                "{id} looks for the day exactly {ago} ago: what was done a day earlier or \
                 later is not seen"
            ),
            format!("write `measure = \"newest-age\"` and `critical = \"> {ago}\"`"),
        );
    }
}

/// A field that is to be a number, and is none in the line that is written.
fn field(
    plan: &Plan,
    row: &ProbeRow,
    measure: &Found<String>,
    findings: &mut Findings<'_>,
) {
    let Some((number, unit)) = numbered(&measure.value) else { return };
    let (Some(line), Some(id)) = (sample(plan, row), row.id.get()) else { return };
    let found = line.split_whitespace().nth(number.saturating_sub(1));
    let value = found.map(|found| found.strip_suffix(unit).unwrap_or(found));
    if value.is_some_and(|value| value.parse::<f64>().is_ok()) {
        return;
    }
    let right = line.split_whitespace().position(|word| {
        !unit.is_empty()
            && word.strip_suffix(unit).is_some_and(|rest| rest.parse::<f64>().is_ok())
    });
    let help = right.map_or_else(
        || "count the fields of a real line: they are parted by spaces".to_owned(),
        |at| format!("the number is field {}", at + 1),
    );
    let what =
        found.map_or_else(|| "not there".to_owned(), |found| format!("\"{found}\""));
    findings.at(
        &measure.place,
        format!("{id} takes field {number} of \"{line}\", and that is {what}, no number"),
        help,
    );
}

/// `last line, field 4, without s`: the field's number, and what is cut from its end.
fn numbered(measure: &str) -> Option<(usize, &str)> {
    let mut parts = measure.split(',').map(str::trim);
    let number = parts.clone().find_map(|part| part.strip_prefix("field "))?;
    let unit = parts.find_map(|part| part.strip_prefix("without ")).unwrap_or_default();
    Some((number.trim().parse().ok()?, unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_in_a_pattern_has_the_shape_of_its_format() {
        for (text, line, want) in [
            ("${run.date:%Y%m%d}.*done", "20260131 done", true),
            ("${run.date:%Y%m%d}.*done", "done 20260131", false),
            ("^${run.date} .*done", "2026-01-31 02:00 done", true),
            ("^${run.time:%b %e %H:%M}", "Jan  1 02:00", true),
            ("^${run.time:%d.%m.}", "31-01-", false),
            ("${who} done", "anybody done", true),
        ] {
            let shaped = pattern::compile(&shaped(text).unwrap()).unwrap();
            assert_eq!(shaped.is_match(line), want, "{text} on {line}");
        }
        assert_eq!(shaped("${run.time:%q}"), None);
    }

    #[test]
    fn a_measure_may_name_a_field() {
        assert_eq!(numbered("last line, field 4, without s"), Some((4, "s")));
        assert_eq!(numbered("field 2"), Some((2, "")));
        assert_eq!(numbered("newest-age"), None);
    }
}
