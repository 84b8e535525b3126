//! What a piece of work still needs, decided from a look: nothing, one call, or a person.
//! Shared by preview and execution, so that what was shown is what is sent.

use crate::model::{Call, Evidenced, Preview, Text, Trouble, Unknown};

/// The answer to "what is still to be done?". `C` is a driver's own call.
#[derive(Clone, Debug)]
pub(super) struct Need<C> {
    /// None: the world is as wanted, unless there are objections.
    pub(super) call: Option<C>,
    pub(super) line: String,
    /// What, now, after.
    pub(super) changes: Vec<(String, String, String)>,
    /// For undo, in the driver's own notation.
    pub(super) before: Option<String>,
    pub(super) irreversible: Option<String>,
    pub(super) objections: Vec<String>,
}

/// A call that may be made now.
#[derive(Clone, Debug)]
pub(super) struct Ready<C> {
    pub(super) call: C,
    pub(super) line: Text,
    pub(super) before: Option<Text>,
}

impl<C> Need<C> {
    /// The world is as wanted: `seen` says how.
    pub(super) fn already(what: &str, seen: &str, before: Option<String>) -> Self {
        Self {
            call: None,
            line: String::new(),
            changes: vec![(what.to_owned(), seen.to_owned(), seen.to_owned())],
            before,
            irreversible: None,
            objections: Vec::new(),
        }
    }

    pub(super) fn call(call: C, line: String) -> Self {
        Self {
            call: Some(call),
            line,
            changes: Vec::new(),
            before: None,
            irreversible: None,
            objections: Vec::new(),
        }
    }

    pub(super) fn refused(why: impl Into<String>) -> Self {
        Self {
            call: None,
            line: String::new(),
            changes: Vec::new(),
            before: None,
            irreversible: None,
            objections: vec![why.into()],
        }
    }

    pub(super) fn change(mut self, what: &str, now: &str, after: &str) -> Self {
        self.changes.push((what.to_owned(), now.to_owned(), after.to_owned()));
        self
    }

    pub(super) fn before(mut self, value: impl Into<String>) -> Self {
        self.before = Some(value.into());
        self
    }

    pub(super) fn irreversible(mut self, sentence: impl Into<String>) -> Self {
        self.irreversible = Some(sentence.into());
        self
    }

    pub(super) fn object(mut self, why: Option<String>) -> Self {
        self.objections.extend(why);
        self
    }

    pub(super) fn preview(self) -> Preview {
        let already = self.call.is_none() && self.objections.is_empty();
        let calls = self.call.iter().map(|_| Call { line: Text::clean(&self.line) });
        Preview {
            calls: calls.collect(),
            changes: self
                .changes
                .into_iter()
                .map(|(what, now, after)| (what.into(), now.into(), after.into()))
                .collect(),
            irreversible: self.irreversible.map(Text::from),
            objections: self.objections.into_iter().map(Text::from).collect(),
            already,
        }
    }

    /// The call to make, or the end of the matter without one.
    pub(super) fn ready(self) -> Result<Ready<C>, Result<Evidenced, Trouble>> {
        if !self.objections.is_empty() {
            let why = Text::clean(self.objections.join("; "));
            return Err(Err(Trouble::Refused(why)));
        }
        let before = self.before.map(Text::from);
        if let Some(call) = self.call {
            return Ok(Ready { call, line: Text::from(self.line), before });
        }
        let seen = self.changes.iter().map(|(what, now, _)| format!("{what} {now}"));
        let seen = seen.collect::<Vec<_>>().join(", ");
        let summary = Text::clean(format!("already as wanted: {seen}"));
        Err(Ok(Evidenced { summary, before, raw: Vec::new(), ..Evidenced::default() }))
    }
}

/// Looking came first and failed: nothing was sent.
pub(super) fn not_looked(unknown: &Unknown) -> Trouble {
    Trouble::NotSent(Text::clean(format!("could not look first: {}", unknown.why)))
}
