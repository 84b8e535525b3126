//! The timeline as a table for spreadsheets (RFC 4180, with plain line breaks).

use super::timeline::Row;
use crate::model::Actor;

/// The columns, in order; they are only ever added to, at the end.
const HEAD: &str = "seq,utc,since_impact_s,who,who_is,kind,text";

/// One line a record, after a line of column names.
pub fn text(rows: &[Row]) -> String {
    let mut text = format!("{HEAD}\n");
    for row in rows {
        let (who, is) = match &row.actor {
            Actor::Person { name, .. } => (name.as_str(), "person"),
            Actor::Scripted { name } => (name.as_str(), "scripted"),
            Actor::System => ("", "system"),
        };
        let (at, since) = (row.at.rfc3339(), row.since.as_secs_f64());
        let cells = [cell(who), cell(is), cell(row.word), cell(&row.text)];
        text += &format!("{},{at},{since:.3},{}\n", row.seq, cells.join(","));
    }
    text
}

/// Quoted, and never taken for a formula: a spreadsheet would run one.
fn cell(value: &str) -> String {
    let formula = value.starts_with(['=', '+', '-', '@']);
    let guard = if formula { "'" } else { "" };
    format!("\"{guard}{}\"", value.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Moment, Span};

    #[test]
    fn quotes_commas_and_formulas_stay_text() {
        let row = |who: &str, text: &str| Row {
            seq: 7,
            at: Moment::from_millis(1_788_000_000_000),
            since: -Span::millis(1500),
            actor: Actor::Scripted { name: who.into() },
            word: "NOTE",
            text: text.to_owned(),
        };
        let rows = [row("a", "say \"yes\", now"), row("=cmd()", "@SUM(A1)")];
        assert_eq!(
            text(&rows),
            "seq,utc,since_impact_s,who,who_is,kind,text\n\
             7,2026-08-29T10:40:00.000Z,-1.500,\"a\",\"scripted\",\"NOTE\",\
             \"say \"\"yes\"\", now\"\n\
             7,2026-08-29T10:40:00.000Z,-1.500,\"'=cmd()\",\"scripted\",\"NOTE\",\
             \"'@SUM(A1)\"\n"
        );
    }
}
