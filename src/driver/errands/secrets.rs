//! Keeps secrets out of everything an errand leaves behind: the plan's own, and values that
//! look like one.

use crate::model::value::MASK;

/// Parts of a name that make its value a secret.
const MARKS: &[&str] =
    &["AUTH", "COOKIE", "CREDENTIAL", "KEY", "PASS", "SECRET", "SIGNATURE", "TOKEN"];

/// Shorter values are not masked: they would be found everywhere.
const SHORTEST: usize = 4;

/// What stands where a value of the environment was that only looks like a secret.
const STARS: &str = "***";

/// The values to keep out, each with what stands in its place; the longest first.
#[derive(Clone, Default)]
pub(crate) struct Secrets(Vec<(String, &'static str)>);

impl Secrets {
    /// Of names and values, those whose name says secret.
    pub(crate) fn of<'a>(
        pairs: impl IntoIterator<Item = (&'a String, &'a String)>,
    ) -> Self {
        let secret = |name: &str| {
            let name = name.to_ascii_uppercase();
            MARKS.iter().any(|mark| name.contains(mark))
        };
        let values = pairs.into_iter().flat_map(|(name, value)| {
            if secret(name) {
                // `Bearer abc`: an echo may show the second word alone.
                let word = value.rsplit(' ').next().unwrap_or(value);
                vec![value.clone(), word.to_owned()]
            } else {
                login(value).into_iter().collect()
            }
        });
        let long = values.filter(|value| value.len() >= SHORTEST);
        Self::default().and(long.map(|value| (value, STARS)))
    }

    /// With the plan's own secrets, whatever they are called and however short they are.
    /// What holds one of them is shown as one of them.
    pub(crate) fn and_of_the_plan(mut self, values: &[String]) -> Self {
        let values = values.iter().filter(|value| !value.is_empty());
        for (held, mask) in &mut self.0 {
            if values.clone().any(|value| held.contains(value.as_str())) {
                *mask = MASK;
            }
        }
        self.and(values.map(|value| (value.clone(), MASK)))
    }

    fn and(mut self, more: impl Iterator<Item = (String, &'static str)>) -> Self {
        self.0.extend(more);
        self.0.sort_by_key(|(value, _)| std::cmp::Reverse(value.len()));
        self
    }

    pub(crate) fn mask(&self, text: &str) -> String {
        let masked = |text: String, (value, mask): &(String, &str)| {
            text.replace(value.as_str(), mask)
        };
        self.0.iter().fold(text.to_owned(), masked)
    }
}

/// The `user:password` of an address: what a proxy's may hold.
fn login(value: &str) -> Option<String> {
    let (_, rest) = value.split_once("://")?;
    let (login, _) = rest.split_once('@')?;
    (login.contains(':') && !login.contains('/')).then(|| login.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_masked_when_its_name_says_so() {
        let pairs = [
            ("API_TOKEN", "canary-1"),
            ("Authorization", "Bearer canary-2"),
            ("REGION", "eu-west-1"),
            ("PIN_KEY", "12"),
            ("HTTPS_PROXY", "http://me:canary-3@proxy:3128"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let secrets = Secrets::of(pairs.iter().map(|(name, value)| (name, value)));
        let text = "canary-1 in eu-west-1, Bearer canary-2, canary-2, 12";
        assert_eq!(secrets.mask(text), "*** in eu-west-1, ***, ***, 12");
        let text = "no answer from http://me:canary-3@proxy:3128";
        assert_eq!(secrets.mask(text), "no answer from http://***@proxy:3128");
        let plan = ["x1".to_owned(), "canary-2".to_owned(), String::new()];
        let of_the_plan = secrets.and_of_the_plan(&plan);
        let text = "canary-1 x1, Bearer canary-2, canary-2";
        assert_eq!(of_the_plan.mask(text), "*** •••, •••, •••");
    }
}
