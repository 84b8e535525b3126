//! Values of a run: where each comes from, what is asked, and whether what somebody gave
//! can be one. A value becomes part of calls and of the record; a secret never does. Pure.

use serde::{Deserialize, Serialize};

use super::{AwsCall, CommandSpec, Moment, ParameterId, Text, answer, pattern, template};

/// The longest value, in characters.
const LONGEST: usize = 500;

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// Written in the plan.
    Literal,
    /// An environment variable, read when the plan is loaded.
    Env(String),
    /// An environment variable, read when it is sent and never written anywhere.
    Secret(String),
    /// A person types it when the run begins.
    Prompt,
    /// A person picks it from a list of what there is.
    Pick(String),
}

/// A value a run may still need.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OpenValue {
    pub id: ParameterId,
    pub source: Source,
    /// What is asked.
    pub ask: Text,
    pub example: Option<Text>,
    /// One of these, when there are any.
    pub values: Vec<Text>,
    /// A run does not begin without it.
    pub needed: bool,
    /// What it is: `number`, `port`, `date`, `time` are looked at; other words are not.
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    pub kind: Text,
    /// What it must look like, as a regular expression.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<Text>,
    /// Whom to ask what there is to pick from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list: Option<Listing>,
}

/// How what there is to pick from is asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Listing {
    pub ask: ListCall,
    /// A path into the answer; without one each line of it is one thing to pick.
    pub path: Option<String>,
}

/// Whom a list is asked of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ListCall {
    Aws(AwsCall),
    Command(CommandSpec),
}

impl Listing {
    /// What `text`, the answer, offers: each thing once, in the answer's order.
    pub fn offers(&self, text: &str) -> Vec<Text> {
        let found = match &self.path {
            Some(path) => answer::part(&answer::read(text), path).unwrap_or_default(),
            None => text.lines().map(str::trim).collect(),
        };
        let mut offers: Vec<Text> = Vec::new();
        for item in found.as_array().into_iter().flatten() {
            let item = answer::told(item);
            if !item.is_empty() && !offers.contains(&item) {
                offers.push(item);
            }
        }
        offers
    }
}

impl OpenValue {
    /// The variable a secret is read from when it is sent.
    pub fn secret(&self) -> Option<&str> {
        match &self.source {
            Source::Secret(variable) => Some(variable),
            Source::Literal | Source::Env(_) | Source::Prompt | Source::Pick(_) => None,
        }
    }

    /// The variable of the environment it comes from, where it does.
    pub fn variable(&self) -> Option<&str> {
        match &self.source {
            Source::Secret(variable) | Source::Env(variable) => Some(variable),
            Source::Literal | Source::Prompt | Source::Pick(_) => None,
        }
    }

    /// Whether a person is asked for it.
    pub const fn is_asked(&self) -> bool {
        matches!(self.source, Source::Prompt | Source::Pick(_))
    }

    /// How it is given, for whoever misses it.
    pub fn how(&self) -> String {
        let id = &self.id;
        match &self.source {
            Source::Secret(variable) => {
                format!(
                    "{variable} (a secret: set it in the environment, then resume with \
                     --plan and --adopt)"
                )
            }
            Source::Env(variable) => {
                format!("{variable} (give it with set {id}=VALUE)")
            }
            Source::Literal | Source::Prompt | Source::Pick(_) => {
                format!("{id} (give it with set {id}=VALUE)")
            }
        }
    }

    /// What stands for it in a drill, where nobody gave a value: nothing real is called.
    pub fn stand_in(&self) -> Text {
        if self.secret().is_some() {
            return MASK.into();
        }
        let first = self.example.clone().or_else(|| self.values.first().cloned());
        first.unwrap_or_else(|| Text::clean(format!("drill-{}", self.id)))
    }

    /// What somebody gave, if it can be a value.
    ///
    /// # Errors
    /// Why it cannot, as a sentence without a full stop.
    pub fn check(&self, given: &str) -> Result<Text, String> {
        let id = &self.id;
        if let Some(variable) = self.secret() {
            return Err(format!(
                "{id} is a secret: it is read from {variable} when it is sent, and given \
                 nowhere else"
            ));
        }
        let given = given.trim();
        if given.is_empty() {
            return Err(format!("{id} cannot be empty"));
        }
        let value = Text::clean(given);
        if value.as_str() != given || given.chars().count() > LONGEST {
            return Err(format!("{id} has hidden characters, or more than {LONGEST}"));
        }
        if !is_plain(given) {
            return Err(format!(
                "{id} cannot hold `${{`: a value is not filled in again"
            ));
        }
        if !self.values.is_empty() && !self.values.contains(&value) {
            let known: Vec<&str> = self.values.iter().map(Text::as_str).collect();
            return Err(format!("{id} is one of: {}", known.join(", ")));
        }
        // A program would take it for one of its options.
        if given.starts_with('-') && self.values.is_empty() && self.pattern.is_none() {
            return Err(format!("{id} cannot begin with `-`"));
        }
        self.looks_right(given)?;
        Ok(value)
    }

    fn looks_right(&self, given: &str) -> Result<(), String> {
        let id = &self.id;
        if let Some(text) = &self.pattern {
            let pattern = pattern::compile(text.as_str());
            let pattern = pattern.map_err(|why| format!("{id}: its pattern: {why}"))?;
            if !pattern.is_match(given) {
                return Err(format!("{id} must look like {text}"));
            }
        }
        let (fits, what) = match self.kind.as_str() {
            "number" => (given.parse::<f64>().is_ok(), "a number"),
            "port" => (given.parse::<u16>().is_ok_and(|port| port > 0), "a port"),
            "date" => (given.parse::<jiff::civil::Date>().is_ok(), "a day: 2026-01-31"),
            "time" => (Moment::parse(given).is_ok(), "a moment: 2026-01-31T09:30:00Z"),
            _ => return Ok(()),
        };
        if fits { Ok(()) } else { Err(format!("{id} is {what}")) }
    }
}

/// What is shown where a secret would stand.
pub const MASK: &str = "•••";

/// Whether `text` may stand for a slot: what is filled in is never filled in again.
pub fn is_plain(text: &str) -> bool {
    template::parts(text).iter().all(|part| matches!(part, template::Part::Text(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(kind: &str) -> OpenValue {
        OpenValue {
            id: "snapshot".into(),
            source: Source::Prompt,
            ask: "Which?".into(),
            example: None,
            values: Vec::new(),
            needed: true,
            kind: kind.into(),
            pattern: None,
            list: None,
        }
    }

    #[test]
    fn a_value_is_looked_at_before_it_is_one() {
        let listed =
            OpenValue { values: vec!["blue".into(), "-1".into()], ..open("text") };
        let like = OpenValue { pattern: Some("^-?[0-9]+$".into()), ..open("text") };
        for (of, given, taken) in [
            (&open("text"), "orders-2026", true),
            (&open("text"), "  ", false),
            (&open("text"), "--kubeconfig=/x", false),
            (&open("text"), "a ${b}", false),
            (&open("text"), "a ${", false),
            (&open("text"), "a\u{202e}b", false),
            (&open("text"), &"x".repeat(501), false),
            (&listed, "blue", true),
            (&listed, "-1", true),
            (&listed, "green", false),
            (&like, "-12", true),
            (&like, "twelve", false),
            (&open("number"), "1.5", true),
            (&open("number"), "many", false),
            (&open("port"), "70000", false),
            (&open("date"), "2026-02-30", false),
            (&open("time"), "2026-01-31T09:30:00Z", true),
            (&open("time"), "noon", false),
        ] {
            assert_eq!(of.check(given).is_ok(), taken, "{} {given}", of.kind);
        }
        let secret = OpenValue { source: Source::Secret("TOKEN".into()), ..open("text") };
        assert!(secret.check("x").unwrap_err().contains("TOKEN"));
        assert_eq!(secret.stand_in().as_str(), MASK);
    }

    #[test]
    fn a_list_offers_each_thing_once() {
        let call = || ListCall::Aws(AwsCall::default());
        let of =
            |path: Option<&str>| Listing { ask: call(), path: path.map(str::to_owned) };
        let json = r#"{ "S": [{ "Id": "b" }, { "Id": "a" }, { "Id": "b" }] }"#;
        assert_eq!(of(Some("S[*].Id")).offers(json), ["b".into(), "a".into()]);
        assert!(of(Some("T")).offers(json).is_empty());
        assert_eq!(of(None).offers(" x \n\ny\nx\n"), ["x".into(), "y".into()]);
    }
}
