//! What is wrong with a plan, where, and what to write instead. Collecting problems never
//! stops at the first one.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use super::source::{Lines, Sources, Spot, Unreadable};
use crate::model::Text;

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// The plan cannot be used.
    Error,
    /// The plan can be used; somebody should know.
    Warning,
}

impl Level {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

impl Serialize for Level {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.word())
    }
}

/// One thing wrong with a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// `L01` and so on, or `P-` and a word for the shape of the file; see `lints`.
    pub lint: &'static str,
    pub level: Level,
    pub file: Text,
    /// 1-based.
    pub line: u32,
    /// 1-based, in characters.
    pub column: u32,
    /// Dotted path: `runbook.region-failover.promote.estimate`.
    pub at: Text,
    /// What is wrong.
    pub message: Text,
    /// What to write instead.
    pub help: Text,
    /// Who accepted it, until when and why: a warning then, whatever its rule says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waived: Option<Text>,
    #[serde(skip)]
    pub spot: Option<Spot>,
}

/// Where something was written: bytes for the eye, a path for the mind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    pub spot: Spot,
    pub at: String,
}

impl Place {
    /// A part of this place, written at `spot`.
    #[must_use]
    pub fn part(&self, name: &str, spot: Spot) -> Self {
        Self { spot, at: join(&self.at, name) }
    }
}

pub(super) fn join(at: &str, name: &str) -> String {
    if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") }
}

/// Everything found so far.
#[derive(Clone, Debug, Default)]
pub struct Problems(Vec<Found>);

#[derive(Clone, Debug)]
struct Found {
    lint: &'static str,
    level: Level,
    place: Place,
    message: String,
    help: String,
    waived: Option<String>,
}

impl Problems {
    pub fn error(
        &mut self,
        lint: &'static str,
        place: &Place,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.add(Level::Error, lint, place, (message.into(), help.into()));
    }

    pub fn warning(
        &mut self,
        lint: &'static str,
        place: &Place,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.add(Level::Warning, lint, place, (message.into(), help.into()));
    }

    pub fn add(
        &mut self,
        level: Level,
        lint: &'static str,
        place: &Place,
        (message, help): (String, String),
    ) {
        let place = place.clone();
        self.0.push(Found { lint, level, place, message, help, waived: None });
    }

    /// Makes warnings of what `lint` found at or under `at`; how many there were.
    pub fn waive(&mut self, lint: &str, at: &str, note: &str) -> usize {
        let under = |path: &str| {
            path.strip_prefix(at)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let mut count = 0;
        let found = self.0.iter_mut();
        for one in found.filter(|one| one.lint == lint && under(&one.place.at)) {
            one.level = Level::Warning;
            one.waived = Some(note.to_owned());
            count += 1;
        }
        count
    }

    /// Keeps what `wanted` says yes to, by lint id.
    pub fn retain(&mut self, wanted: impl Fn(&'static str) -> bool) {
        self.0.retain(|found| wanted(found.lint));
    }

    /// How many there are so far.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    pub fn has_errors(&self) -> bool {
        self.0.iter().any(|found| found.level == Level::Error)
    }

    /// In the order of the files, each once.
    pub fn finish(mut self, sources: &Sources) -> Vec<Problem> {
        self.0.sort_by(|a, b| {
            (a.place.spot, a.lint, &a.message).cmp(&(b.place.spot, b.lint, &b.message))
        });
        let lines = sources.lines();
        let mut problems: Vec<Problem> =
            self.0.into_iter().map(|found| found.finish(sources, &lines)).collect();
        problems.dedup();
        folded(problems)
    }
}

/// How often one thing is said.
const ENOUGH: usize = 3;

/// One cause in many places is told a few times, and how often there is more: names that
/// are not there, and in a garbled file what follows from its first errors. Of what such a
/// file seems to say nothing else is told.
fn folded(problems: Vec<Problem>) -> Vec<Problem> {
    let cause = |one: &Problem| {
        let what =
            if one.lint == "P-syntax" { Text::default() } else { one.message.clone() };
        // One name may be missed in many files.
        let file = if one.lint == "L92" { Text::default() } else { one.file.clone() };
        (one.lint, file, what)
    };
    let folds = |one: &Problem| one.lint == "L92" || one.lint.starts_with("P-");
    let mut times: BTreeMap<_, usize> = BTreeMap::new();
    for one in problems.iter().filter(|one| folds(one)) {
        *times.entry(cause(one)).or_default() += 1;
    }
    let broken = |one: &Problem| {
        let syntax = ("P-syntax", one.file.clone(), Text::default());
        one.lint != "P-syntax"
            && one.lint.starts_with("P-")
            && times.get(&syntax).is_some_and(|times| *times > ENOUGH + 1)
    };
    let problems: Vec<Problem> =
        problems.into_iter().filter(|one| !broken(one)).collect();
    let mut told: BTreeMap<_, usize> = BTreeMap::new();
    let mut kept = Vec::new();
    for mut one in problems {
        let all = times.get(&cause(&one)).copied().unwrap_or(0);
        // Four places are no more to read than three and a remark.
        if all > ENOUGH + 1 {
            let told = told.entry(cause(&one)).or_default();
            *told += 1;
            if *told > ENOUGH {
                continue;
            }
            if *told == ENOUGH {
                let more = all - ENOUGH;
                one.message =
                    Text::clean(format!("{} (and {more} more of the kind)", one.message));
            }
        }
        kept.push(one);
    }
    kept
}

impl Found {
    fn finish(self, sources: &Sources, lines: &Lines<'_>) -> Problem {
        let (line, column) = lines.line_column(self.place.spot);
        Problem {
            lint: self.lint,
            level: self.level,
            file: sources
                .files
                .get(self.place.spot.file)
                .map(super::source::Source::label)
                .unwrap_or_default(),
            line,
            column,
            at: Text::clean(self.place.at),
            message: Text::clean(self.message),
            help: Text::clean(self.help),
            waived: self.waived.map(Text::clean),
            spot: Some(self.place.spot),
        }
    }
}

impl From<Unreadable> for Problem {
    fn from(bad: Unreadable) -> Self {
        Self {
            lint: "P-file",
            level: Level::Error,
            file: Text::clean(bad.file),
            line: 1,
            column: 1,
            at: Text::default(),
            message: Text::clean(bad.why),
            help: Text::clean(bad.help),
            waived: None,
            spot: None,
        }
    }
}
