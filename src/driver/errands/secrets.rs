//! Keeps values that look like secrets out of everything an errand leaves behind.

/// Parts of a name that make its value a secret.
const MARKS: &[&str] =
    &["AUTH", "COOKIE", "CREDENTIAL", "KEY", "PASS", "SECRET", "SIGNATURE", "TOKEN"];

/// Shorter values are not masked: they would be found everywhere.
const SHORTEST: usize = 4;

/// The values to keep out.
#[derive(Clone, Default)]
pub(super) struct Secrets(Vec<String>);

impl Secrets {
    /// Of names and values, those whose name says secret.
    pub(super) fn of<'a>(
        pairs: impl IntoIterator<Item = (&'a String, &'a String)>,
    ) -> Self {
        let secret = |name: &str| {
            let name = name.to_ascii_uppercase();
            MARKS.iter().any(|mark| name.contains(mark))
        };
        let mut values: Vec<String> = pairs
            .into_iter()
            .filter(|(name, value)| secret(name) && value.len() >= SHORTEST)
            .flat_map(|(_, value)| {
                // `Bearer abc`: an echo may show the second word alone.
                let word = value.rsplit(' ').next().unwrap_or(value);
                [value.clone(), word.to_owned()]
            })
            .filter(|value| value.len() >= SHORTEST)
            .collect();
        values.sort_by_key(|value| std::cmp::Reverse(value.len()));
        Self(values)
    }

    pub(super) fn mask(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, value| text.replace(value, "***"))
    }
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
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let secrets = Secrets::of(pairs.iter().map(|(name, value)| (name, value)));
        let text = "canary-1 in eu-west-1, Bearer canary-2, canary-2, 12";
        assert_eq!(secrets.mask(text), "*** in eu-west-1, ***, ***, 12");
    }
}
