//! Text for people at a terminal: labelled values and paragraphs, wrapped to its width.
//! Knows nothing of incidents.

/// Labels stand in a column of this width.
const LABEL: usize = 15;

/// No paragraph is squeezed into less than this, however narrow the terminal.
const LEAST: usize = 20;

/// `label          value`, the value's further lines under its first. Without a width
/// nothing is wrapped: one line for one fact, as pipes want it.
pub fn field(label: &str, value: &str, width: Option<usize>) -> String {
    let head = format!("{label:<LABEL$}");
    paragraph(&head, value, width)
}

/// `text` after `head`, its further lines indented to where the first one began.
pub fn paragraph(head: &str, text: &str, width: Option<usize>) -> String {
    let indent = head.chars().count();
    let room = width.map_or(usize::MAX, |width| width.saturating_sub(indent).max(LEAST));
    let lines = wrap(text, room);
    let mut out = String::new();
    for (at, line) in lines.iter().enumerate() {
        let whole = if at == 0 {
            format!("{head}{line}")
        } else {
            format!("{:indent$}{line}", "")
        };
        out.push_str(whole.trim_end());
        out.push('\n');
    }
    out
}

/// At spaces; a word longer than a line is cut.
fn wrap(text: &str, room: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    for word in text.split(' ') {
        let mut rest: Vec<char> = word.chars().collect();
        let gap = usize::from(used > 0);
        if used > 0 && used + gap + rest.len() > room {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        while rest.len() > room {
            let tail = rest.split_off(room);
            lines.push(rest.iter().collect());
            rest = tail;
        }
        if used > 0 {
            line.push(' ');
            used += 1;
        }
        used += rest.len();
        line.extend(rest);
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn values_hang_under_their_first_line() {
        let shown = field("approved", "one two three four five", Some(36));
        assert_eq!(shown, "approved       one two three four\n               five\n");
        let piped = field("approved", "one two three four five", None);
        assert_eq!(piped, "approved       one two three four five\n");
        assert_eq!(field("closed", "", Some(80)), "closed\n");
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_nothing_is_too_wide(
            text in "[a-z0-9é ]{0,120}",
            width in 0..100_usize,
        ) {
            let shown = paragraph("12:00 ", &text, Some(width));
            let most = width.max(LEAST + 6);
            prop_assert!(shown.lines().all(|line| line.chars().count() <= most), "{shown}");
            let letters = |text: &str| -> String {
                text.chars().filter(|c| !c.is_whitespace()).collect()
            };
            prop_assert_eq!(letters(&shown), letters(&format!("12:00 {text}")));
        }
    }
}
