//! Parameters: the few values of a plan that differ between two uses of it, filled in
//! when it is loaded. One that is unset stops only what uses it.

use std::collections::{BTreeMap, BTreeSet};

use super::problem::{Place, Problems};
use super::suggest;
use crate::model::Text;

/// Values by name, as `config` read them from the environment once.
pub type Env = BTreeMap<String, String>;

/// One declared parameter, filled in or not.
///
/// The value ends up in the journal with the rest of the procedure: never a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    pub id: String,
    /// The environment variable it is taken from, where there is one.
    pub variable: Option<String>,
    pub value: Option<Text>,
    /// What is made of it, as dotted paths.
    pub users: Vec<String>,
    pub(super) place: Place,
}

impl Parameter {
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
    /// `raw` with every `${id}` replaced. An unset one stays as it is written, so that
    /// nobody takes it for a value.
    pub(super) fn fill(
        &mut self,
        raw: &str,
        place: &Place,
        problems: &mut Problems,
    ) -> String {
        let mut out = String::new();
        let mut rest = raw;
        while let Some((before, after)) = rest.split_once("${") {
            out.push_str(before);
            let Some((id, tail)) = after.split_once('}') else {
                problems.error(
                    "L81",
                    place,
                    "`${` is never closed",
                    "write `${id}` with the id of a [[parameter]]",
                );
                out.push_str("${");
                rest = after;
                continue;
            };
            out.push_str(&self.value(id, place, problems));
            rest = tail;
        }
        out.push_str(rest);
        out
    }

    fn value(&mut self, id: &str, place: &Place, problems: &mut Problems) -> String {
        let as_written = format!("${{{id}}}");
        if let Some(found) = self.0.iter_mut().find(|parameter| parameter.id == id) {
            found.users.push(place.at.clone());
            return found.value.as_ref().map_or(as_written, ToString::to_string);
        }
        let known: Vec<&str> = self.0.iter().map(|one| one.id.as_str()).collect();
        problems.error(
            "L81",
            place,
            format!("`{as_written}` names no declared parameter"),
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
        as_written
    }
}

/// Says which parameters nobody uses, and which are unset and whom that stops.
pub(super) fn judge(parameters: &[Parameter], problems: &mut Problems) {
    for Parameter { id, variable, value, users, place } in parameters {
        if users.is_empty() {
            problems.warning(
                "L81",
                place,
                format!("parameter `{id}` is used nowhere"),
                format!("write `${{{id}}}` where it is meant, or remove it"),
            );
        } else if value.is_none() {
            let variable = variable.as_deref().unwrap_or_default();
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
