//! One thing that is true of one place: value, age, and how bad it is. What nobody
//! knows is a state of its own.

use crate::{
    console::{
        theme::Role,
        widget::{Cell, Row, columns},
    },
    model::{Moment, Reading, Span},
};

/// How bad; the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    Crit,
    Warn,
    Unknown,
    /// Bad, and we did it ourselves.
    Expected,
    Ok,
}

impl State {
    /// What stands before the row, whatever the theme.
    const fn glyph(self) -> &'static str {
        match self {
            Self::Crit => "!!",
            Self::Warn => "!",
            Self::Unknown => "?",
            Self::Expected => "-",
            Self::Ok => "",
        }
    }

    pub const fn role(self) -> Role {
        match self {
            Self::Crit => Role::Crit,
            Self::Warn => Role::Warn,
            Self::Unknown => Role::Unknown,
            Self::Expected => Role::Expected,
            Self::Ok => Role::Ok,
        }
    }
}

/// A row of the estate.
#[derive(Clone, Debug)]
pub struct Fact {
    pub name: String,
    pub state: State,
    /// DOWN, FAIL, UNKNOWN: the word that carries the state; empty when all is well.
    pub word: &'static str,
    pub value: String,
    pub age: Option<Span>,
}

impl Fact {
    pub fn new(name: impl Into<String>, state: State, value: impl Into<String>) -> Self {
        let word = match state {
            State::Crit => "FAIL",
            State::Warn => "WARN",
            State::Unknown => "UNKNOWN",
            State::Expected | State::Ok => "",
        };
        let (name, value) = (name.into(), value.into());
        Self { name, state, word, value, age: None }
    }

    #[must_use]
    pub fn word(self, word: &'static str) -> Self {
        Self { word, ..self }
    }

    #[must_use]
    pub fn age(self, age: Span) -> Self {
        Self { age: Some(age), ..self }
    }

    /// What we took down ourselves is not an alarm.
    #[must_use]
    pub fn expected(self) -> Self {
        match self.state {
            State::Crit | State::Warn => {
                Self { state: State::Expected, word: "", ..self }
            }
            State::Unknown | State::Expected | State::Ok => self,
        }
    }

    /// The age as it is shown.
    pub fn age_text(&self) -> String {
        self.age.map_or_else(|| "-".to_owned(), Span::age)
    }

    /// The row, in the widths that all facts of the pane share.
    pub fn row(&self, shape: &Shape, ascii: bool) -> Row {
        let word = Row::of(self.state.role(), self.word);
        let gap = if self.word.is_empty() || self.value.is_empty() { "" } else { " " };
        let value = match self.state {
            State::Expected => Role::Expected,
            State::Crit | State::Warn | State::Unknown | State::Ok => Role::Text,
        };
        let cells = vec![
            Cell::right(Row::of(self.state.role(), self.state.glyph()), 2),
            Cell::fixed(Row::text(self.name.clone()), shape.name),
            Cell::rest(word.with(Role::Text, gap).with(value, self.value.clone())),
            Cell::right(Row::dim(self.age_text()), shape.age),
        ];
        columns(cells, shape.width, ascii)
    }
}

/// Widths of the columns of a pane of facts.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    pub width: usize,
    pub name: usize,
    pub age: usize,
}

/// The fact of a reading that may be missing or too old: then UNKNOWN, with what it was.
pub fn of_reading<T>(
    name: &str,
    reading: Option<&Reading<T>>,
    now: Moment,
    seen: impl Fn(&T) -> Vec<Fact>,
) -> Vec<Fact> {
    let unknown = |value: String| Fact::new(name, State::Unknown, value);
    let Some(reading) = reading else {
        return vec![unknown("not read yet".to_owned())];
    };
    let why = reading.lost.as_ref().map(|(unknown, _)| unknown.why.to_string());
    let Some((value, at)) = &reading.last else {
        return vec![unknown(why.unwrap_or_else(|| "not read yet".to_owned()))];
    };
    let age = now - *at;
    let facts = seen(value);
    if age <= reading.max_age {
        return facts.into_iter().map(|fact| fact.age(age)).collect();
    }
    let was = facts.first().map(|fact| fact.value.clone()).unwrap_or_default();
    let value = match why {
        Some(why) => format!("{why}; was {was}"),
        None => format!("no reading; was {was}"),
    };
    vec![unknown(value).age(age)]
}
