//! One probe's verdict with hysteresis: so many bad answers in a row turn it bad, so many
//! good ones turn it back.

/// How a verdict turns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// None before the first answer.
    verdict: Option<bool>,
    /// Answers in a row against the verdict.
    against: u32,
}

impl Window {
    pub const fn new() -> Self {
        Self { verdict: None, against: 0 }
    }

    /// Takes one answer in and returns the verdict. The first answer is the verdict;
    /// after that `fall` bad or `rise` good ones in a row turn it (at least one).
    pub fn ingest(&mut self, healthy: bool, fall: u32, rise: u32) -> bool {
        let Some(verdict) = self.verdict else {
            self.verdict = Some(healthy);
            return healthy;
        };
        if healthy == verdict {
            self.against = 0;
            return verdict;
        }
        self.against += 1;
        let needed = if verdict { fall } else { rise };
        if self.against >= needed.max(1) {
            *self = Self { verdict: Some(healthy), against: 0 };
            return healthy;
        }
        verdict
    }

    pub const fn verdict(self) -> Option<bool> {
        self.verdict
    }
}

impl Default for Window {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_verdict_turns_only_after_enough_answers_in_a_row(
            answers in proptest::collection::vec(any::<bool>(), 1..60),
            fall in 1..5u32,
            rise in 1..5u32,
        ) {
            let mut window = Window::new();
            let mut before: Option<bool> = None;
            for (at, answer) in answers.iter().enumerate() {
                let verdict = window.ingest(*answer, fall, rise);
                if let Some(old) = before.filter(|old| *old != verdict) {
                    let needed = if old { fall } else { rise } as usize;
                    prop_assert!(at + 1 >= needed);
                    prop_assert!(answers[at + 1 - needed..=at].iter().all(|a| *a == verdict));
                }
                before = Some(verdict);
            }
        }
    }
}
