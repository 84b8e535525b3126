//! One thing that is true of one place: value, age, and how bad it is. What nobody
//! knows is a state of its own.

use unicode_width::UnicodeWidthStr;

use crate::{
    console::{
        theme::Role,
        widget::{Cell, Row, clip, columns},
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
    pub const fn glyph(self) -> &'static str {
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
    /// The value in fewer words, for panes with few columns.
    pub short: Option<String>,
    pub age: Option<Span>,
    /// Whether users are served by it: a copy that stands still takes no site down.
    pub serves: bool,
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
        Self { name, state, word, value, short: None, age: None, serves: true }
    }

    #[must_use]
    pub fn word(self, word: &'static str) -> Self {
        Self { word, ..self }
    }

    #[must_use]
    pub fn short(self, short: impl Into<String>) -> Self {
        Self { short: Some(short.into()), ..self }
    }

    /// A copy, or how far it lags: it serves nobody.
    #[must_use]
    pub fn aside(self) -> Self {
        Self { serves: false, ..self }
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

    /// The age as it is shown; minutes are enough where columns are few.
    pub fn age_text(&self, narrow: bool) -> String {
        match self.age {
            None => "-".to_owned(),
            Some(age) if narrow && age >= Span::mins(1) && age < Span::mins(60) => {
                format!("{}m", age.as_secs() / 60)
            }
            Some(age) => age.age(),
        }
    }

    /// The row, in the widths that all facts of the pane share; one whose value does not
    /// fit into them takes what its own name leaves free.
    pub fn row(&self, shape: &Shape, ascii: bool) -> Row {
        let age = Row::dim(self.age_text(shape.narrow()));
        let left = shape.width.saturating_sub(3);
        let room = |name: usize| left.saturating_sub(name + 2 + shape.age);
        let own = self.name.as_str().width();
        let forms = self.forms();
        let fits = |name: usize| forms.iter().find(|said| said.width() <= room(name));
        let (name, said) = match (fits(shape.name), fits(own.min(shape.name))) {
            (Some(said), _) => (shape.name, said.clone()),
            (None, Some(said)) => (own, said.clone()),
            (None, None) => {
                let shortest = forms.into_iter().next_back().unwrap_or_default();
                (own.min(shape.name), self.clipped(&shortest, room(own), ascii))
            }
        };
        let cells = vec![
            Cell::right(Row::of(self.state.role(), self.state.glyph()), 2),
            Cell::fixed(Row::text(self.name.clone()), name),
            Cell::rest(said),
            Cell::right(age, shape.age),
        ];
        columns(cells, shape.width, ascii)
    }

    /// Word and value, from the longest way of saying it to the shortest.
    fn forms(&self) -> Vec<Row> {
        let said = |value: &str| {
            let gap = if self.word.is_empty() || value.is_empty() { "" } else { " " };
            Row::of(self.state.role(), self.word)
                .with(Role::Text, gap)
                .with(self.value_role(), value)
        };
        let short = self.short.iter().map(|short| said(short));
        std::iter::once(said(&self.value)).chain(short).collect()
    }

    const fn value_role(&self) -> Role {
        match self.state {
            State::Expected => Role::Expected,
            State::Crit | State::Warn | State::Unknown | State::Ok => Role::Text,
        }
    }

    /// The word is never cut, and the value between its words: half a word of it says less
    /// than none.
    fn clipped(&self, said: &Row, width: usize, ascii: bool) -> Row {
        let word = Row::of(self.state.role(), self.word);
        if word.is_empty() {
            return said.clone().cut(width, ascii);
        }
        let value = self.short.as_ref().unwrap_or(&self.value);
        let left = width.saturating_sub(word.width() + 1);
        let first = value.split_whitespace().next().unwrap_or_default();
        let kept = clip(value, left, ascii);
        let value = match kept.starts_with(first) {
            true => kept,
            false if first.width() <= left => first.to_owned(),
            false => return word.cut(width, ascii),
        };
        word.with(Role::Text, " ").with(self.value_role(), value).cut(width, ascii)
    }
}

/// Widths of the columns of a pane of facts.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    pub width: usize,
    pub name: usize,
    pub age: usize,
}

impl Shape {
    /// Whether words and ages are as short as they can be.
    pub const fn narrow(&self) -> bool {
        self.width < 46
    }
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
        return vec![unknown("not read yet".to_owned()).short("")];
    };
    let why = reading.lost.as_ref().map(|(unknown, _)| unknown.why.to_string());
    let Some((value, at)) = &reading.last else {
        let fact = unknown(why.unwrap_or_else(|| "not read yet".to_owned()));
        return vec![fact.short("")];
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
    let short = format!("was {was}");
    vec![unknown(value).short(short).age(age)]
}
