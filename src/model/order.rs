//! What hands are asked to do outside the estate's verbs: one attempt at a program, a
//! request or an errand, with all it needs; and what is looked for once it was made.
//! Values only.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    Action, Attempt, CommandSpec, Compare, Effect, Errand, Estimate, Evidenced, Expect,
    Meaning, Moment, Site, SiteId, Span, Text, answer,
    errand::{Until, waits_for},
};

/// What is taken from an answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wanted {
    /// Paths into the answer, by the names their values get. `stdout` is all a program
    /// printed; a request has its status as `@status` and its seconds as `@took`.
    pub outputs: BTreeMap<String, String>,
    /// The exit status that counts as yes; 0 when the plan says nothing.
    pub exit: i32,
    /// What the answer itself must be: what a drill makes its answer of.
    pub own: Vec<Expect>,
}

/// One attempt at something outside the estate.
///
/// Every slot is filled, but for secrets: what still is a slot names a variable of our own
/// environment, whose value hands put in when they send it, and nobody keeps.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    pub attempt: Attempt,
    /// A command, a request or an errand.
    pub action: Action,
    /// Words that carry a command to another machine.
    pub via: Vec<String>,
    /// Whose identity and region it is made with, where the plan says so.
    pub site: Option<Site>,
    pub wanted: Wanted,
    /// How long it may take.
    pub limit: Span,
    pub estimate: Estimate,
    /// What it means to the estate.
    pub meaning: Meaning,
    /// The side the runbook leaves, and the one it goes to.
    pub way: (SiteId, SiteId),
}

impl Order {
    /// One attempt at `action`, with nothing said about it.
    pub fn of(attempt: Attempt, action: Action, limit: Span) -> Self {
        Self {
            attempt,
            action,
            via: Vec::new(),
            site: None,
            wanted: Wanted::default(),
            limit,
            estimate: Estimate { p50: Span::ZERO, p95: Span::ZERO },
            meaning: Meaning::default(),
            way: (SiteId::new("here"), SiteId::new("here")),
        }
    }

    /// The program that carries it out; none for a request, and for what we do ourselves.
    pub fn program(&self) -> Option<CommandSpec> {
        match &self.action {
            Action::Command(spec) => Some(spec.clone().carried(&self.via)),
            Action::Errand(errand) => errand.program(self.site.as_ref()),
            Action::Estate { .. }
            | Action::Http(_)
            | Action::Check { .. }
            | Action::Manual { .. }
            | Action::Approval { .. }
            | Action::Wait { .. }
            | Action::Notify { .. } => None,
        }
    }

    /// As people, previews and the drill's ledger name it.
    pub fn line(&self) -> String {
        match (&self.action, self.program()) {
            (Action::Http(spec), _) => format!("{} {}", spec.method, spec.url),
            (Action::Errand(errand @ Errand::File(_)), _) => errand.line().to_string(),
            (_, Some(spec)) => spec.argv.join(" "),
            (Action::Errand(errand), None) => errand.line().to_string(),
            (
                Action::Command(_)
                | Action::Estate { .. }
                | Action::Check { .. }
                | Action::Manual { .. }
                | Action::Approval { .. }
                | Action::Wait { .. }
                | Action::Notify { .. },
                None,
            ) => String::new(),
        }
    }

    /// Whether it only looks.
    pub fn looks(&self) -> bool {
        self.action.looks()
    }
}

impl Errand {
    /// What `text`, its answer, says: of a query the first value, else all of it.
    pub fn answer(&self, text: &str) -> Value {
        match self {
            Self::Sql(_) => {
                let first = text.lines().next().unwrap_or_default();
                answer::read(first.split('|').next().unwrap_or_default())
            }
            Self::Aws(_)
            | Self::Kubectl(_)
            | Self::Dns(_)
            | Self::File(_)
            | Self::Prompt { .. }
            | Self::Mark { .. }
            | Self::Until { .. }
            | Self::Respond { .. }
            | Self::Call { .. } => answer::read(text),
        }
    }
}

impl Action {
    /// As [`Errand::answer`].
    pub fn answer(&self, text: &str) -> Value {
        match self {
            Self::Errand(errand) => errand.answer(text),
            Self::Command(_)
            | Self::Http(_)
            | Self::Estate { .. }
            | Self::Check { .. }
            | Self::Manual { .. }
            | Self::Approval { .. }
            | Self::Wait { .. }
            | Self::Notify { .. } => answer::read(text),
        }
    }

    /// Whether it only looks, and may be done again and again.
    pub fn looks(&self) -> bool {
        match self {
            Self::Errand(errand) => errand.effect() == Effect::Read,
            Self::Http(_) => self.observable(),
            Self::Check { .. } | Self::Wait { .. } => true,
            Self::Command(_)
            | Self::Estate { .. }
            | Self::Manual { .. }
            | Self::Approval { .. }
            | Self::Notify { .. } => false,
        }
    }

    /// Whether hands can say what became of it when its answer was not heard: a program
    /// leaves word of its end, a file and a record set can be looked at.
    pub fn leaves_word(&self) -> bool {
        match self {
            Self::Command(_) => true,
            Self::Errand(errand) => match errand {
                Errand::Aws(_)
                | Errand::Kubectl(_)
                | Errand::Sql(_)
                | Errand::Dns(_)
                | Errand::File(_)
                | Errand::Until { until: Until::Waiter { .. } } => !self.looks(),
                Errand::Until { until: Until::Probe(_) }
                | Errand::Prompt { .. }
                | Errand::Mark { .. }
                | Errand::Respond { .. }
                | Errand::Call { .. } => false,
            },
            Self::Estate { .. }
            | Self::Http(_)
            | Self::Check { .. }
            | Self::Manual { .. }
            | Self::Approval { .. }
            | Self::Wait { .. }
            | Self::Notify { .. } => false,
        }
    }
}

/// One thing to be seen after an act.
#[derive(Clone, Debug, PartialEq)]
pub struct Vigil {
    pub expect: Expect,
    /// The act itself, for what it answered: asked again when it only looks.
    pub own: Order,
    /// When the act was accepted.
    pub since: Moment,
    /// What the last run of this runbook saw.
    pub last: Option<Text>,
    /// Names of machines whose addresses are the site's that is expected.
    pub hosts: Vec<String>,
}

/// What one look showed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Seen {
    /// Whether it is what was expected.
    pub met: bool,
    /// What was seen, in words.
    pub value: Text,
    /// Parts of the answer of the act itself, when it was asked again.
    pub outputs: BTreeMap<String, Text>,
}

impl Expect {
    /// The path into an answer to what is compared; empty for all of it.
    pub fn path(&self) -> &str {
        match self {
            Self::Aws { path, .. } => path.as_deref().unwrap_or_default(),
            Self::Part { path, .. } => path,
            Self::Waiter { .. }
            | Self::ExitCode(_)
            | Self::Dns { .. }
            | Self::Sql { .. }
            | Self::Kubectl(_)
            | Self::Probe(_)
            | Self::Answer(_) => "",
        }
    }

    /// How a value is compared; none for what is not told by a value.
    pub const fn compare(&self) -> Option<&Compare> {
        match self {
            Self::Aws { is, .. }
            | Self::Sql { is, .. }
            | Self::Part { is, .. }
            | Self::Answer(is) => Some(is),
            Self::Waiter { .. }
            | Self::ExitCode(_)
            | Self::Dns { .. }
            | Self::Kubectl(_)
            | Self::Probe(_) => None,
        }
    }

    /// Whether what stands at its path is what is expected, with what was seen in words;
    /// none for what is not told by a value.
    pub fn judge(&self, found: Option<&Value>, last: Option<&str>) -> Option<Seen> {
        let is = self.compare()?;
        let met = found.is_some_and(|found| is.met(found, last));
        let value = match found {
            Some(found) if met => answer::told(found).to_string(),
            Some(found) => format!("{}, not {}", answer::told(found), is.words()),
            None => format!("nothing, not {}", is.words()),
        };
        Some(Seen { met, value: Text::clean(value), outputs: BTreeMap::new() })
    }

    /// The errand that looks for it; none for what is looked at in another way.
    pub fn errand(&self) -> Option<Errand> {
        Some(match self {
            Self::Aws { call, .. } => Errand::Aws(call.clone()),
            Self::Sql { call, .. } => Errand::Sql(call.clone()),
            Self::Kubectl(call) => Errand::Kubectl(call.clone()),
            Self::Waiter { waiter, identifier, region } => {
                let name = waits_for(waiter).map(|(_, name)| name);
                let params = name.zip(identifier.as_ref()).map_or_else(
                    || serde_json::json!({}),
                    |(name, identifier)| serde_json::json!({ name: identifier }),
                );
                let (waiter, region) = (waiter.clone(), region.clone());
                Errand::Until { until: Until::Waiter { waiter, region, params } }
            }
            Self::ExitCode(_)
            | Self::Dns { .. }
            | Self::Probe(_)
            | Self::Answer(_)
            | Self::Part { .. } => return None,
        })
    }

    /// Whether the act's own answer decides it, without another look.
    pub const fn is_own(&self) -> bool {
        matches!(self, Self::Answer(_) | Self::Part { .. } | Self::ExitCode(_))
    }

    /// Why what the act itself answered is not what is expected; none when it is, or when
    /// its answer does not decide it.
    pub fn missed(&self, evidence: &Evidenced, last: Option<&str>) -> Option<Text> {
        if let Self::ExitCode(code) = self {
            let other = evidence.exit.filter(|found| found != code)?;
            return Some(Text::clean(format!("exit {other}, not {code}")));
        }
        if !self.is_own() {
            return None;
        }
        let found = match self.path() {
            "" => evidence.answer.as_ref(),
            path => evidence.outputs.get(path),
        };
        let found = found.map(|text| answer::read(text.as_str()));
        let seen = self.judge(found.as_ref(), last)?;
        (!seen.met).then_some(seen.value)
    }
}
