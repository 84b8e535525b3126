//! One line on every lane above the steps: how far it is, and what is wrong with it. A
//! lane in trouble is never the one that is left out.

use crate::console::{
    lane::{Standing, State},
    theme::Role,
    view::sight::Sight,
    widget::Row,
};

/// At most `most` rows of `width` columns; none where the run has no lanes.
pub(super) fn rows(sight: &Sight<'_>, width: usize, most: usize) -> Vec<Row> {
    let lanes: Vec<&Standing> = sight.lanes.iter().collect();
    if lanes.is_empty() || most == 0 {
        return Vec::new();
    }
    let forms = [Form::Whole, Form::Count, Form::Bare];
    let packed = forms.into_iter().find_map(|form| {
        let said = lanes.iter().map(|one| piece(sight, one, form)).collect();
        pack(said, width, most)
    });
    packed.unwrap_or_else(|| worst(sight, lanes, width, most))
}

/// How much is said of a lane.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// `acme 5/17 next 12`.
    Whole,
    /// `acme 5/17`, and what is wrong.
    Count,
    /// `acme`, and what is wrong.
    Bare,
}

fn piece(sight: &Sight<'_>, one: &Standing, form: Form) -> Row {
    let looked_at = sight.model.lane() == Some(&one.lane.tenant);
    let (mark, name) = if looked_at { (">", Role::Select) } else { ("", Role::Title) };
    let mut row = Row::of(name, mark).with(name, one.lane.tenant.as_str().to_owned());
    if form != Form::Bare {
        row = row.with(Role::Text, format!(" {}/{}", one.done, one.all));
    }
    if form == Form::Whole || one.state.is_trouble() {
        row = row.with(Role::Text, " ").with(role(one.state), one.state.told());
    }
    row
}

/// The role of what is said of a lane.
pub(in crate::console) const fn role(state: State) -> Role {
    match state {
        State::Failed(_) => Role::Crit,
        State::InDoubt(_) => Role::Doubt,
        State::Running(_) => Role::Running,
        State::Next(_) => Role::Text,
        State::Through => Role::Dim,
    }
}

/// All pieces side by side in as few rows as they need; none when they need too many.
fn pack(pieces: Vec<Row>, width: usize, most: usize) -> Option<Vec<Row>> {
    let mut rows: Vec<Row> = Vec::new();
    for piece in pieces {
        match rows.last_mut() {
            Some(last) if last.width() + 3 + piece.width() <= width => {
                *last = std::mem::take(last).with(Role::Text, "   ").then(piece);
            }
            _ if piece.width() > width => return None,
            Some(_) | None => rows.push(piece),
        }
    }
    (rows.len() <= most).then_some(rows)
}

/// Those in trouble first, as many as there is room for; the others are counted.
fn worst(
    sight: &Sight<'_>,
    mut lanes: Vec<&Standing>,
    width: usize,
    most: usize,
) -> Vec<Row> {
    lanes.sort_by_key(|one| one.state);
    for shown in (1..lanes.len()).rev() {
        let (told, rest) = lanes.split_at(shown);
        let mut pieces: Vec<Row> =
            told.iter().map(|one| piece(sight, one, Form::Bare)).collect();
        let bad = rest.iter().filter(|one| one.state.is_trouble()).count();
        let more = Row::dim(format!("+{} lanes", rest.len()));
        let more = match bad {
            0 => more,
            bad => more.with(Role::Crit, format!(", {bad} in trouble")),
        };
        pieces.push(more);
        if let Some(rows) = pack(pieces, width, most) {
            return rows;
        }
    }
    let bad = lanes.iter().filter(|one| one.state.is_trouble()).count();
    let role = if bad > 0 { Role::Crit } else { Role::Text };
    vec![Row::of(role, format!("{} lanes, {bad} in trouble", lanes.len()))]
}
