//! Patterns of plans: regular expressions, as a parameter's `pattern` and a log probe's have
//! them. Pure; no pattern and no text can hold anybody up, because `regex-lite` matches in
//! time linear in both, and both are bounded.

use regex_lite::{Regex, RegexBuilder};

/// Bytes one compiled pattern may take.
const LARGEST: usize = 1 << 17;

/// How deep groups may stand in groups.
const DEEPEST: u32 = 20;

/// Reads a pattern.
///
/// # Errors
/// In words, what is wrong with it.
pub fn compile(text: &str) -> Result<Regex, String> {
    RegexBuilder::new(text)
        .size_limit(LARGEST)
        .nest_limit(DEEPEST)
        .build()
        .map_err(|why| why.to_string())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_log_checks_are_written_in_is_understood() {
        for (text, line, found) in [
            ("^Z[A-Z0-9]+$", "Z07551303", true),
            ("^Z[A-Z0-9]+$", "z07551303", false),
            ("backup completed", "02:00 backup completed", true),
            ("^2026-[0-9]{2}-[0-9]{2} .*done", "2026-01-31 02:00 done", true),
            ("[[:digit:]]+s", "took 900s", true),
            (r"\.sql\.gz$", "latest-sql-gz", false),
            (r"\bok\b", "tokens", false),
            ("(?i)done", "DONE", true),
        ] {
            assert_eq!(compile(text).unwrap().is_match(line), found, "{text} in {line}");
        }
    }

    #[test]
    fn what_is_no_pattern_says_so() {
        for text in ["(a", "a)", "*a", "a{2,1}", r"(a)\1", "(?=a)"] {
            let said = compile(text).unwrap_err();
            assert!(said.contains(' '), "{text}: {said}");
        }
    }

    #[test]
    fn a_pattern_that_would_be_too_much_work_is_refused() {
        let deep = format!("{}a{}", "(".repeat(200), ")".repeat(200));
        assert!(compile(&deep).is_err());
        assert!(compile("((((a{1000}){1000}){1000}){1000})").is_err());
        let slow = compile("((a*)*)*b").unwrap();
        assert!(!slow.is_match(&"a".repeat(500)));
    }

    proptest! {
        #[test]
        fn no_pattern_and_no_text_panics(
            text in "[a(|)*+?{},\\[\\]^$.\\\\b0-9-]{0,12}",
            line in "[ab0 ]{0,12}",
        ) {
            if let Ok(pattern) = compile(&text) {
                pattern.is_match(&line);
            }
        }
    }
}
