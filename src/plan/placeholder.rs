//! Values somebody meant to fill in. A plan with one of them would call a real service
//! with it.

/// What in `value` looks left to be filled in.
pub(super) fn placeholder(value: &str) -> Option<String> {
    bracketed(value, '[', ']')
        .or_else(|| bracketed(value, '<', '>'))
        .or_else(|| telling_part(value))
        .or_else(|| value.split(is_break).find_map(telling_word))
}

/// What in a name or a sentence looks left to be filled in: people are called Todo, and
/// documents `your-guide`.
pub(super) fn unwritten(prose: &str) -> Option<String> {
    let left = |word: &str| {
        (["TODO", "TBD", "FIXME"].contains(&word) || word.contains("XXX"))
            .then(|| word.to_owned())
    };
    bracketed(prose, '[', ']')
        .or_else(|| bracketed(prose, '<', '>'))
        .or_else(|| prose.split(is_break).find_map(left))
}

/// `[Name]`, `<your-zone>`: letters and spaces between brackets, and not one letter only.
fn bracketed(value: &str, open: char, close: char) -> Option<String> {
    let (before, rest) = value.split_once(open)?;
    let (inner, _) = rest.split_once(close)?;
    // `incident[name]` is a field of a form, not a gap in one.
    if before.ends_with(char::is_alphanumeric) {
        return None;
    }
    let wordy = inner.chars().filter(|c| c.is_alphabetic()).count() > 1
        && inner.chars().all(|c| c.is_alphabetic() || " -_".contains(c));
    wordy.then(|| format!("{open}{inner}{close}"))
}

const PARTS: &[&str] =
    &[".region.", "region:account", "affected-customer", "your-", ":account_id:"];

fn telling_part(value: &str) -> Option<String> {
    let lower = value.to_lowercase();
    PARTS.iter().find(|part| lower.contains(*part)).map(|part| (*part).to_owned())
}

const WORDS: &[&str] =
    &["abc123", "todo", "tbd", "fixme", "changeme", "example-id", "placeholder"];

fn is_break(c: char) -> bool {
    !(c.is_alphanumeric() || c == '-' || c == '.')
}

fn telling_word(word: &str) -> Option<String> {
    let lower = word.to_lowercase();
    let telling = WORDS.contains(&lower.as_str())
        || word.contains("XXX")
        || lower.contains("xxxx")
        // The account of documentation.
        || word == "123456789012"
        // Zone ids of documentation count upwards.
        || word.starts_with("Z123456")
        || word == "1.2.3.4";
    telling.then(|| word.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_left_to_fill_in_is_found_and_real_values_are_not() {
        for (value, found) in [
            ("[Name]", Some("[Name]")),
            ("<hosted-zone>", Some("<hosted-zone>")),
            ("+44 7XXX XXXXXX", Some("7XXX")),
            ("abc123", Some("abc123")),
            ("Z1234567890ABC", Some("Z1234567890ABC")),
            ("inventory-db.region.rds.amazonaws.com", Some(".region.")),
            ("ecommerce-db.c9akciq32.us-east-1.rds.amazonaws.com", None),
            ("Z32O12XQLNTSW2", None),
            ("ask the [x] team", None),
            ("incident[name]=Outage", None),
            ("sg-xxxxxxxxx", Some("sg-xxxxxxxxx")),
            ("arn:aws:iam::123456789012:role/a", Some("123456789012")),
            ("arn:aws:iam::ACCOUNT_ID:role/a", Some(":account_id:")),
            ("arn:aws:iam::${account_id}:role/a", None),
            ("tasks [0-9]+ < 3 > 1", None),
            ("10.1.2.3:5432", None),
        ] {
            assert_eq!(placeholder(value).as_deref(), found, "{value}");
        }
    }
}
