//! A hash that can be read out over a phone. Only for comparing by ear: must never be read
//! back in.

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_the_published_ones() {
        assert_eq!(of_hex("7f000001"), "lusab-babad");
        assert_eq!(of_hex("3f54dcc1"), "gutih-tugad");
        assert_eq!(of_hex(""), "");
    }
}
