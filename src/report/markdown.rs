//! Page one and the timeline as a document for a ticket or a repository.

use super::{summary::Summary, timeline::Row};

/// The whole document.
pub fn text(summary: &Summary, rows: &[Row]) -> String {
    let mut text = format!(
        "# {}: {}\n\n## Summary\n\n| | |\n|---|---|\n",
        escape(&summary.id),
        escape(&summary.runbook)
    );
    for (label, values) in grouped(summary.fields()) {
        let values: Vec<String> = values.iter().map(|value| escape(value)).collect();
        text += &format!("| {} | {} |\n", escape(&label), values.join("<br>"));
    }
    text += "\n## Timeline\n\n| # | UTC | Since impact | Who | Kind | What |\n";
    text += "|---:|---|---:|---|---|---|\n";
    for row in rows {
        let cells = [
            row.seq.to_string(),
            row.at.date_time(),
            row.since.signed(),
            escape(&row.actor.to_string()),
            row.word.to_owned(),
            escape(&row.text),
        ];
        text += &format!("| {} |\n", cells.join(" | "));
    }
    text
}

/// A value without a label belongs to the label before it.
fn grouped(fields: Vec<(String, String)>) -> Vec<(String, Vec<String>)> {
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    for (label, value) in fields {
        match groups.last_mut() {
            Some((_, values)) if label.is_empty() => values.push(value),
            Some(_) | None => groups.push((label, vec![value])),
        }
    }
    groups
}

/// Text from outside stays text: no markup, no HTML, no new cell.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if "\\`*_[]<>|~&".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_from_outside_stays_text() {
        assert_eq!(
            escape("a|b <img src=x> [c](d) *e* `f` \\"),
            "a\\|b \\<img src=x\\> \\[c\\](d) \\*e\\* \\`f\\` \\\\"
        );
    }

    #[test]
    fn what_has_no_label_joins_what_has_one() {
        let field = |label: &str, value: &str| (label.to_owned(), value.to_owned());
        let fields = vec![field("a", "1"), field("", "2"), field("b", "3")];
        let groups = grouped(fields);
        assert_eq!(groups[0], ("a".to_owned(), vec!["1".to_owned(), "2".to_owned()]));
        assert_eq!(groups.len(), 2);
    }
}
