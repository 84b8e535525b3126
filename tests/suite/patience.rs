//! How long the tests that can go on for ever go on.

use proptest::prelude::ProptestConfig;

/// As many cases as `PROPTEST_CASES` says, or `usual`: a default that is quick, and a fuzz
/// loop for whoever has the night.
#[expect(clippy::disallowed_methods, reason = "how a person speaks to a test")]
pub(crate) fn cases(usual: u32) -> ProptestConfig {
    let told = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    ProptestConfig::with_cases(told.unwrap_or(usual))
}
