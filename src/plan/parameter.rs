//! Parameters: the values of a plan that differ between two uses of it. What is known when
//! the plan is loaded is filled in then; what a person gives, what a tenant changes and
//! what only a run can know stays a slot. One that is unset stops only what uses it.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    language::{ParameterRow, Said},
    problem::{Place, Problems},
    suggest,
};
use crate::model::{
    Source, Text,
    template::{Part, Slot, parts},
};

/// Values by name, as `config` read them from the environment once.
pub type Env = BTreeMap<String, String>;

/// One declared parameter, filled in or not.
///
/// The value ends up in the journal with the rest of the procedure: a secret has none
/// here, and its slot stays a slot until it is sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    pub id: String,
    pub source: Source,
    /// The environment variable it is taken from, where there is one.
    pub variable: Option<String>,
    pub value: Option<Text>,
    /// A secret that is there, although its value is not kept.
    pub held: bool,
    /// Its value differs from lane to lane.
    pub per_tenant: bool,
    /// What is made of it, as dotted paths.
    pub users: Vec<String>,
    /// As it was written.
    pub row: ParameterRow,
    pub(super) place: Place,
}

impl Parameter {
    /// Whether nobody has given it a value that can be used now.
    pub fn is_unset(&self) -> bool {
        self.value.is_none() && !self.held && self.usual().is_none()
    }

    /// What it is when nobody chooses otherwise, where people may choose.
    pub(super) fn usual(&self) -> Option<&String> {
        let asked = matches!(self.source, Source::Prompt | Source::Pick(_));
        self.row.default.get().filter(|_| asked)
    }

    /// Whether anything at, or under, one of these dotted paths is made of it and cannot
    /// do without; `optional` are the keys that can.
    pub(super) fn is_used_in(
        &self,
        paths: &[String],
        optional: &BTreeSet<&'static str>,
    ) -> bool {
        let under = |user: &str, path: &str| {
            user.strip_prefix(path)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let needed = |user: &&String| {
            let key = user.rsplit('.').next().unwrap_or_default();
            !optional.contains(key)
        };
        let mut users = self.users.iter().filter(needed);
        users.any(|user| paths.iter().any(|path| under(user, path)))
    }
}

/// All declared parameters.
#[derive(Clone, Debug, Default)]
pub(super) struct Parameters(pub Vec<Parameter>);

impl Parameters {
    /// Whether a slot of one of them stands at that place.
    pub(super) fn stand_at(&self, at: &str) -> bool {
        self.0.iter().any(|one| one.users.iter().any(|user| user == at))
    }

    /// `raw` with every slot replaced whose value is known now. Another stays as it is
    /// written, so that nobody takes it for a value.
    pub(super) fn fill(
        &mut self,
        raw: &str,
        place: &Place,
        problems: &mut Problems,
    ) -> String {
        if !raw.contains("${") {
            return raw.to_owned();
        }
        let mut out = String::new();
        for part in parts(raw) {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Slot(Slot::Parameter(id), written) => {
                    out.push_str(&self.value(&id, written, place, problems));
                }
                Part::Slot(_, written) => out.push_str(written),
                Part::Bad(written) => {
                    problems.error(
                        "L81",
                        place,
                        format!("`{written}` is nothing a plan can fill in"),
                        "write ${id} of a [[parameter]], ${step.ID.OUTPUT}, ${run.time}, \
                         ${run.date}, ${run.epoch}, ${incident.id} or ${each}",
                    );
                    out.push_str(written);
                }
                Part::Open => {
                    problems.error(
                        "L81",
                        place,
                        "`${` is never closed",
                        "write `${id}` with the id of a [[parameter]]",
                    );
                    out.push_str("${");
                }
            }
        }
        out
    }

    fn value(
        &mut self,
        id: &str,
        written: &str,
        place: &Place,
        problems: &mut Problems,
    ) -> String {
        if let Some(found) = self.0.iter_mut().find(|parameter| parameter.id == id) {
            found.users.push(place.at.clone());
            let known = found.value.as_ref().filter(|_| !found.per_tenant);
            return known.map_or_else(|| written.to_owned(), ToString::to_string);
        }
        let known: Vec<&str> = self.0.iter().map(|one| one.id.as_str()).collect();
        problems.error(
            "L81",
            place,
            format!("`{written}` names no declared parameter"),
            if known.is_empty() {
                "declare it as a [[parameter]]".to_owned()
            } else {
                suggest::advice(
                    id,
                    &known,
                    "declare it as a [[parameter]], or use one of",
                )
            },
        );
        written.to_owned()
    }
}

/// Says which parameters nobody uses, and which are unset and whom that stops. The one
/// lanes are told apart by is used by that.
pub(super) fn judge(
    parameters: &[Parameter],
    tenancy: Option<&String>,
    problems: &mut Problems,
) {
    for parameter in parameters {
        let Parameter { id, variable, users, place, .. } = parameter;
        if users.is_empty() && tenancy == Some(id) {
            continue;
        }
        if users.is_empty() {
            problems.warning(
                "L81",
                place,
                format!("parameter `{id}` is used nowhere"),
                format!("write `${{{id}}}` where it is meant, or remove it"),
            );
        } else if parameter.is_unset()
            && !parameter.per_tenant
            && let Some(variable) = variable
        {
            problems.warning(
                "P-unset-parameter",
                place,
                format!(
                    "parameter `{id}` has no value: a live run stops where it needs {}",
                    users.join(", ")
                ),
                format!(
                    "set the environment variable {variable} before a live run; a drill \
                     does without"
                ),
            );
        }
    }
}
