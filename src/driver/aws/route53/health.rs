//! Health-check verdicts, asked sparingly: the account may ask four at once and one a
//! second after that (Route 53 Developer Guide, "Route 53 API throttling").

use std::collections::HashMap;

use tokio::sync::Mutex;

use super::super::Services;
use crate::model::{Moment, Span};

/// How long a verdict is kept.
const KEEP: Span = Span::secs(10);

/// More than this many percent of checkers must report healthy ("How Amazon Route 53
/// determines whether a health check is healthy").
const QUORUM: usize = 18;

/// Verdicts by health-check id.
#[derive(Debug, Default)]
pub(super) struct Health {
    known: Mutex<HashMap<String, (Moment, Option<bool>)>>,
}

impl Health {
    /// None when it cannot be told: calculated checks have no checkers of their own.
    pub(super) async fn verdict(
        &self,
        services: &Services,
        id: &str,
        now: Moment,
    ) -> Option<bool> {
        if let Some((at, verdict)) = self.known.lock().await.get(id)
            && now - *at < KEEP
        {
            return *verdict;
        }
        let verdict = ask(services, id).await;
        self.known.lock().await.insert(id.to_owned(), (now, verdict));
        verdict
    }
}

async fn ask(services: &Services, id: &str) -> Option<bool> {
    let call = services.route53.look.get_health_check_status().health_check_id(id);
    match call.send().await {
        Ok(answer) => {
            let reports = answer.health_check_observations().iter();
            let said: Vec<bool> = reports
                .filter_map(|one| one.status_report()?.status())
                .map(|status| status.starts_with("Success"))
                .collect();
            quorum(&said)
        }
        Err(why) => {
            tracing::warn!(health_check = id, error = %why, "no verdict");
            None
        }
    }
}

fn quorum(said: &[bool]) -> Option<bool> {
    let healthy = said.iter().filter(|success| **success).count();
    (!said.is_empty()).then(|| healthy * 100 > said.len() * QUORUM)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_than_eighteen_percent_of_the_checkers_decide() {
        let of = |healthy: usize, all: usize| {
            quorum(&(0..all).map(|n| n < healthy).collect::<Vec<_>>())
        };
        assert_eq!(of(0, 0), None);
        assert_eq!(of(0, 8), Some(false));
        assert_eq!(of(1, 8), Some(false));
        assert_eq!(of(2, 8), Some(true));
        assert_eq!(of(9, 50), Some(false));
        assert_eq!(of(10, 50), Some(true));
    }
}
