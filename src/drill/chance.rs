//! Chance without order: every draw has its own generator, seeded by what is drawn for.
//! Which of two calls comes first can therefore never change what either of them gets.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sha2::{Digest, Sha256};

/// A generator for one purpose: the same `seed` and `parts` give the same numbers on
/// every machine.
pub(super) fn generator(seed: u64, parts: &[&str]) -> ChaCha8Rng {
    ChaCha8Rng::from_seed(digest(seed, parts))
}

/// A number from 0 up to, not including, 1.
pub(super) fn fraction(seed: u64, parts: &[&str]) -> f64 {
    generator(seed, parts).random()
}

/// A name nothing else has: `drill-` and twelve hexadecimal digits.
pub(super) fn name(seed: u64, parts: &[&str]) -> String {
    let number = generator(seed, parts).random::<u64>() >> 16;
    format!("drill-{number:012x}")
}

fn digest(seed: u64, parts: &[&str]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(seed.to_be_bytes());
    for part in parts {
        // The length keeps ("ab", "c") from being ("a", "bc").
        hash.update(part.len().to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_purpose_gets_the_same_number_and_another_one_does_not() {
        assert_eq!(name(7, &["a", "b"]), name(7, &["a", "b"]));
        for (seed, parts) in [(8, ["a", "b"]), (7, ["ab", ""]), (7, ["b", "a"])] {
            assert_ne!(name(7, &["a", "b"]), name(seed, &parts));
        }
    }
}
