//! A hash that can be read out over a phone, and what a person kept of one. Only for
//! comparing: must never make a hash of words.

use std::{fmt, str::FromStr};

/// Hexadecimal digits as pronounceable words, four digits a word: consonant, vowel,
/// consonant, vowel, consonant (the "proquint" alphabet, so that other tools can check it).
pub(super) fn of_hex(hex: &str) -> String {
    const CONSONANTS: [char; 16] =
        ['b', 'd', 'f', 'g', 'h', 'j', 'k', 'l', 'm', 'n', 'p', 'r', 's', 't', 'v', 'z'];
    const VOWELS: [char; 4] = ['a', 'i', 'o', 'u'];
    let nibbles: Vec<u16> = hex
        .chars()
        .filter_map(|c| c.to_digit(16).and_then(|digit| u16::try_from(digit).ok()))
        .collect();
    let mut out = String::new();
    for quad in nibbles.chunks(4) {
        let bits = quad.iter().fold(0_u16, |bits, nibble| bits << 4 | nibble);
        if !out.is_empty() {
            out.push('-');
        }
        for (shift, letters) in [
            (12, CONSONANTS.as_slice()),
            (10, VOWELS.as_slice()),
            (6, CONSONANTS.as_slice()),
            (4, VOWELS.as_slice()),
            (0, CONSONANTS.as_slice()),
        ] {
            let index = usize::from(bits >> shift) % letters.len();
            out.extend(letters.get(index));
        }
    }
    out
}

/// A head as a person kept it: the four words, or the first 16 or more digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept(String);

/// What was given is no head.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a head is four words such as lusab-babad-gutih-tugad, or 16 to 64 digits 0-9a-f"
)]
pub struct NoHead;

impl Kept {
    /// Whether `hash`, of 64 digits, begins as what was kept.
    pub fn is_of(&self, hash: &str) -> bool {
        let words = || hash.get(..16).map(of_hex);
        if self.0.contains('-') {
            words().is_some_and(|words| words == self.0)
        } else {
            hash.starts_with(&self.0)
        }
    }
}

/// Read as they were said, and as they were copied: case and separators do not matter.
impl FromStr for Kept {
    type Err = NoHead;

    fn from_str(text: &str) -> Result<Self, NoHead> {
        let text = text.to_ascii_lowercase();
        let parts: Vec<&str> = text
            .split(|c: char| !c.is_ascii_alphanumeric())
            .filter(|part| !part.is_empty())
            .collect();
        let kept = match parts.as_slice() {
            [digits] => {
                let hex = digits.chars().all(|c| c.is_ascii_hexdigit());
                (hex && (16..=64).contains(&digits.len())).then(|| (*digits).to_owned())
            }
            words => {
                let word = |word: &&str| {
                    word.len() == 5 && word.chars().all(|c| c.is_ascii_lowercase())
                };
                (words.len() == 4 && words.iter().all(word)).then(|| words.join("-"))
            }
        };
        kept.map(Self).ok_or(NoHead)
    }
}

impl fmt::Display for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_the_published_ones() {
        assert_eq!(of_hex("7f000001"), "lusab-babad");
        assert_eq!(of_hex("3f54dcc1"), "gutih-tugad");
        assert_eq!(of_hex(""), "");
    }

    #[test]
    fn a_head_is_known_by_its_words_and_by_its_digits() {
        let (hash, other) = ("7f0000013f54dcc1".repeat(4), "7f0000013f54dcc0".repeat(4));
        let short = hash.get(..16).unwrap();
        let words = of_hex(short);
        assert_eq!(words, "lusab-babad-gutih-tugad");
        let said = words.replace('-', " ").to_uppercase();
        for kept in [&words, &said, short, &hash] {
            let kept: Kept = kept.parse().unwrap();
            assert!(kept.is_of(&hash) && !kept.is_of(&other), "{kept}");
        }
        for no in ["", "lusab-babad", "0123456789abcde", "xyzxyzxyzxyzxyzx", "a-b-c-d"] {
            assert_eq!(no.parse::<Kept>(), Err(NoHead), "{no}");
        }
    }
}
