//! The lower end of the dialog: the words to type, what was typed, what happens next.

use super::content::{REMARK, Told};
use crate::{
    console::{
        command::key_of,
        model::{ConfirmStage, DIALOG_TTL, PreviewState},
        panel::step,
        theme::Role,
        view::sight::Sight,
        widget::{Field, Row, bar::bar, fields, wrap},
    },
    model::{Span, Text},
};

/// Rows of it in a box; they are reserved at every stage, so that nothing above moves.
pub(super) const HEIGHT: usize = 4;

#[derive(Clone, Copy)]
pub(super) struct Paging {
    pub strip: bool,
    /// Every page was on the screen once.
    pub read: bool,
}

pub(super) fn foot(told: &Told<'_>, width: usize, paging: Paging) -> Vec<Row> {
    if paging.strip && !paging.read {
        let more =
            Row::of(Role::Key, key_of("page-down")).with(Role::Text, " next page   ");
        return vec![more.with(Role::Key, "Esc").with(Role::Text, " do nothing")];
    }
    if paging.strip {
        return vec![keys(told, width)];
    }
    let mut rows = match &told.confirm.stage {
        ConfirmStage::Typing if !paging.read => unread(told, width),
        ConfirmStage::Typing => typing(told, width),
        ConfirmStage::AbortWindow { until } => {
            let left = *until - told.sight.now();
            let whole = told.step.tier.abort_window();
            countdown(told.sight, left, whole, width)
        }
        ConfirmStage::Asked { .. } => vec![Row::of(
            Role::Running,
            "Asked. Nothing leaves before the intent is written.",
        )],
        ConfirmStage::Refused { .. } => {
            vec![Row::text("Esc closes. What to do stands above.")]
        }
    };
    rows.resize(HEIGHT, Row::new());
    rows
}

fn unread(told: &Told<'_>, width: usize) -> Vec<Row> {
    let model = told.sight.model;
    let size = format!("This window is {}x{}.", model.columns, model.rows);
    let rule = "What cannot be seen cannot be confirmed: the typing line opens after \
                the last page.";
    let mut rows = vec![
        Row::of(Role::Key, format!("{} next page", key_of("page-down")))
            .with(Role::Text, format!("   Esc do nothing   {size}")),
    ];
    rows.extend(wrap(rule, width).into_iter().map(Row::text));
    rows
}

fn typing(told: &Told<'_>, width: usize) -> Vec<Row> {
    let confirm = told.confirm;
    let esc = Field::new(2, Row::dim("Esc = do nothing (default)"))
        .or(Row::dim("Esc = do nothing"))
        .or_nothing();
    let instruction = match obstacle(told) {
        Some(why) => Row::of(Role::Warn, "Not yet:").with(Role::Text, format!(" {why}")),
        None if is_early(told) => read_first(),
        None => Row::text("Type  ")
            .with(Role::Input, confirm.token.as_str())
            .with(Role::Text, "  and press Enter."),
    };
    let ascii = told.sight.ascii();
    let line = Row::text("> ");
    let mut rows = vec![
        fields(&[Field::new(9, instruction), esc], width, ascii),
        // No line to write on while nothing that is written counts.
        if is_early(told) {
            line
        } else {
            line.with(Role::Input, format!("{}_", confirm.typed))
        },
    ];
    rows.extend(remark(told, width));
    rows
}

/// Whether keys do not count yet.
fn is_early(told: &Told<'_>) -> bool {
    told.sight.now() < told.confirm.live_at
}

fn read_first() -> Row {
    Row::of(Role::Warn, "Read it first").with(Role::Text, ": keys count in a moment")
}

/// Why typing cannot help yet.
fn obstacle(told: &Told<'_>) -> Option<String> {
    match &told.confirm.preview {
        PreviewState::Waiting => return Some("asking what would be sent".to_owned()),
        PreviewState::Failed(_) => {
            return Some("the present state is UNKNOWN, v looks again".to_owned());
        }
        PreviewState::Ready(_) => {}
    }
    if let Some(why) = told.sight.powerless() {
        return Some(why);
    }
    if told.confirm.undo {
        return None;
    }
    let gate = told.sight.gate(told.step);
    if let Some(block) = gate.blocks.first() {
        return Some(step::why(told.sight, block));
    }
    let bad = gate.checks.iter().filter(|check| check.blocks()).count();
    (bad > 0).then(|| format!("{bad} of {} checks not passed", gate.checks.len()))
}

fn remark(told: &Told<'_>, width: usize) -> Vec<Row> {
    let (confirm, now) = (told.confirm, told.sight.now());
    if let Some(notice) = &confirm.notice {
        let lines = wrap(notice.as_str(), width);
        if lines.len() > REMARK {
            return vec![Row::of(Role::Warn, "Something changed: it is said above.")];
        }
        return lines.into_iter().map(|line| Row::of(Role::Warn, line)).collect();
    }
    let closes = (confirm.last_key_at + told.sight.model.human(DIALOG_TTL)) - now;
    let closes = closes.max(Span::ZERO).clock();
    let window = told.step.tier.abort_window();
    let all = [
        Field::new(3, Row::dim("Paste is off.")).or_nothing(),
        Field::new(2, Row::dim("A changed check clears this line.")).or_nothing(),
        Field::new(1, Row::dim(format!("Closes in {closes}."))).or_nothing(),
    ];
    let after = format!(
        "After Enter there are {} seconds in which any key stops it.",
        window.as_secs()
    );
    let after = if after.len() <= width {
        after
    } else {
        format!("After Enter any key stops it for {window}.")
    };
    vec![fields(&all, width, told.sight.ascii()), Row::dim(after)]
}

/// Enter was pressed: counting down, and any key still stops it.
fn countdown(sight: &Sight<'_>, left: Span, whole: Span, width: usize) -> Vec<Row> {
    let left = left.max(Span::ZERO);
    let whole = sight.model.human(whole);
    let speed = i64::from(sight.snapshot().speed.max(1));
    // Rounded up: it never says 0 while there is time to stop it.
    let seconds = (left.as_millis() + 1000 * speed - 1) / (1000 * speed);
    let gone = (whole - left).as_millis();
    vec![
        Row::of(Role::Armed, format!(" STARTS IN {seconds} s "))
            .with(Role::Title, "   any key stops it"),
        Row::text(bar(gone, whole.as_millis(), width.min(40), sight.ascii())),
        Row::text("Nothing was sent yet."),
    ]
}

/// The one line of keys of a strip.
fn keys(told: &Told<'_>, width: usize) -> Row {
    let ascii = told.sight.ascii();
    let words = match &told.confirm.stage {
        ConfirmStage::Asked { .. } => return Row::of(Role::Running, "Asked."),
        ConfirmStage::Refused { .. } => return Row::text("Esc closes."),
        ConfirmStage::AbortWindow { .. } => return Row::text("any key stops it"),
        ConfirmStage::Typing => verb(told),
    };
    let key = |words: &str| Row::of(Role::Key, "y").with(Role::Text, format!(" {words}"));
    let yes = if is_early(told) {
        Field::new(8, read_first()).or(Row::of(Role::Warn, "Read it first"))
    } else {
        Field::new(8, key(words.as_str())).or(key("do it"))
    };
    let no = Row::of(Role::Key, "Esc").with(Role::Text, " do nothing");
    let why = obstacle(told).map_or_else(Row::new, |why| {
        Row::of(Role::Warn, "Not yet:").with(Role::Text, format!(" {why}"))
    });
    let all = [yes, Field::new(9, no), Field::new(1, why).or_nothing()];
    fields(&all, width, ascii)
}

fn verb(told: &Told<'_>) -> Text {
    let estate = told.step.action.estate();
    let word = estate.map_or("do it", |(_, _, verb)| verb.word());
    Text::clean(if told.confirm.undo { "put back" } else { word })
}
