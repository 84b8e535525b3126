//! The plan's own secrets: read once from our environment, put into what is sent in the
//! moment it is sent, and nowhere else. Never shown, not even by `Debug`.

use std::{collections::BTreeMap, fmt};

use serde::{Serialize, de::DeserializeOwned};

use crate::model::{
    Text,
    template::{Slot, fill_all, slots},
};

/// Secrets by the variable they are in; none for one that is not set.
#[derive(Clone, Default)]
pub(super) struct Vault(BTreeMap<String, Option<String>>);

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Vault {
    /// The variables in `names`, as `env` has them.
    pub(super) fn of(env: &BTreeMap<String, String>, names: &[String]) -> Self {
        let set =
            |name: &String| env.get(name).filter(|value| !value.is_empty()).cloned();
        Self(names.iter().map(|name| (name.clone(), set(name))).collect())
    }

    /// `thing` with every slot that names a secret filled, and the secrets that are in it.
    ///
    /// # Errors
    /// Which secret is not there. Other slots stay: they are somebody else's.
    pub(super) fn fill<T>(&self, thing: &T) -> Result<(T, Vec<String>), Text>
    where
        T: Serialize + DeserializeOwned + Clone,
    {
        let wanted: Vec<&String> = slots(thing)
            .iter()
            .filter_map(|(slot, _)| self.0.get_key_value(name(slot)?))
            .map(|(name, _)| name)
            .collect();
        let mut used = Vec::new();
        for name in wanted {
            match self.0.get(name) {
                Some(Some(value)) => used.push(value.clone()),
                Some(None) | None => {
                    return Err(Text::clean(format!(
                        "{name} is a secret, and is not set in the environment"
                    )));
                }
            }
        }
        let filled = fill_all(thing, &mut |slot| self.0.get(name(slot)?)?.clone());
        Ok((filled, used))
    }
}

fn name(slot: &Slot) -> Option<&str> {
    match slot {
        Slot::Parameter(name) => Some(name),
        Slot::RunTime { .. }
        | Slot::RunEpoch
        | Slot::Incident { .. }
        | Slot::Output { .. }
        | Slot::Each
        | Slot::ProbeValue
        | Slot::Between { .. }
        | Slot::Listed { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_plan_calls_a_secret_is_put_in() {
        let env = [("TOKEN", "s3cret"), ("HOME", "/root"), ("EMPTY", "")];
        let env = env.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let vault = Vault::of(&env, &["TOKEN".to_owned(), "EMPTY".to_owned()]);
        let put = |text: &str| vault.fill(&text.to_owned());
        let (text, used) = put("Bearer ${TOKEN} in ${HOME} at ${run.time}").unwrap();
        assert_eq!(text, "Bearer s3cret in ${HOME} at ${run.time}");
        assert_eq!(used, ["s3cret"]);
        assert!(put("${EMPTY}").unwrap_err().as_str().contains("EMPTY"));
        assert!(!format!("{vault:?}").contains("s3cret"));
    }
}
