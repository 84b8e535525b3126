//! The traffic model: shares change at once, name servers learn of it later, users later
//! still.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    latency::Timing,
    thing::{Change, Planned, Scene, Standing},
};
use crate::model::{
    Moment, Observation, Resource, SiteId, Span, Text, TrafficView, Verb, Work,
};

/// Where the plan names none.
const DEFAULT_TTL: Span = Span::secs(60);

type Shares = BTreeMap<SiteId, u8>;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Traffic {
    kind: String,
    ttl: Span,
    /// As set.
    share: Shares,
    /// As users have it.
    felt: Shares,
    in_sync: Option<bool>,
    healthy: BTreeMap<SiteId, bool>,
    held: bool,
    turn: u32,
    accepted: BTreeMap<Verb, Moment>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum TrafficChange {
    InSync { turn: u32 },
    Drained { turn: u32, share: Shares },
    Health { healthy: bool },
}

impl Traffic {
    pub(super) fn new(resource: &Resource) -> Self {
        let normal = |site: &SiteId| if *site == resource.primary { 100 } else { 0 };
        let share: Shares =
            resource.sides.keys().map(|site| (site.clone(), normal(site))).collect();
        Self {
            kind: resource.kind.clone(),
            ttl: resource.params.span("ttl").unwrap_or(DEFAULT_TTL),
            felt: share.clone(),
            share,
            in_sync: None,
            healthy: resource.sides.keys().map(|site| (site.clone(), true)).collect(),
            held: false,
            turn: 0,
            accepted: BTreeMap::new(),
        }
    }

    pub(super) fn view(&self) -> TrafficView {
        TrafficView {
            share: self.share.clone(),
            ttl: Some(self.ttl),
            in_sync: self.in_sync,
            healthy: self.healthy.clone(),
        }
    }

    /// The site a user with this luck (0 up to 1) is sent to.
    pub(super) fn answer(&self, luck: f64) -> Option<&SiteId> {
        let total: f64 = self.felt.values().map(|share| f64::from(*share)).sum();
        let mut left = luck * total;
        self.felt.iter().filter(|(_, share)| **share > 0).find_map(|(site, share)| {
            left -= f64::from(*share);
            (left < 0.0).then_some(site)
        })
    }

    pub(super) fn standing(
        &self,
        work: &Work,
        seen: &Observation,
        value: &Text,
    ) -> Standing {
        let moving = self.in_sync == Some(false);
        if let Some(wanted) = &work.undo_to {
            return Standing::back(wanted, value, moving);
        }
        if work.verb == Verb::Hold {
            let newest = self.accepted.get(&Verb::Hold).copied();
            return Standing::marked(work, seen, newest.filter(|_| self.held), moving);
        }
        let aimed = self.share.get(&work.side).copied() == Some(percent(work));
        Standing::of(work, seen, aimed)
    }

    pub(super) fn value(&self, work: &Work) -> String {
        if work.verb == Verb::Hold {
            return (if self.held { "held" } else { "free" }).to_owned();
        }
        written(&self.share)
    }

    pub(super) fn wanted(&self, work: &Work) -> String {
        if work.verb == Verb::Hold {
            "held".to_owned()
        } else {
            written(&self.shifted(work))
        }
    }

    /// The shares after `work`: the side gets its percentage, the rest keep their
    /// proportions.
    fn shifted(&self, work: &Work) -> Shares {
        let wanted = percent(work);
        let mut left = 100 - wanted;
        let others: Vec<(&SiteId, u8)> = self
            .share
            .iter()
            .filter(|(site, _)| **site != work.side)
            .map(|(site, share)| (site, *share))
            .collect();
        let sum: u32 = others.iter().map(|(_, share)| u32::from(*share)).sum();
        let mut shares: Shares = BTreeMap::from([(work.side.clone(), wanted)]);
        for (place, (site, share)) in others.iter().enumerate() {
            let last = place + 1 == others.len();
            // Nobody had anything: the first of the others takes it all.
            let part = match (last || sum == 0, sum) {
                (true, _) => left,
                (false, sum) => {
                    u8::try_from(u32::from(100 - wanted) * u32::from(*share) / sum)
                        .unwrap_or(left)
                        .min(left)
                }
            };
            left -= part;
            shares.insert((*site).clone(), part);
        }
        shares
    }

    pub(super) fn refusal(&self, work: &Work) -> Option<String> {
        if !self.share.contains_key(&work.side) {
            return Some(format!("InvalidChangeBatch: no record for {}", work.side));
        }
        if work.verb == Verb::Hold {
            return None;
        }
        if let Some(value) = &work.undo_to {
            let unreadable = self.read(value).is_none();
            return unreadable
                .then(|| format!("InvalidChangeBatch: `{value}` are not shares"));
        }
        let over = work.args.number("percent").is_some_and(|percent| percent > 100);
        over.then(|| "InvalidChangeBatch: more than 100 percent".to_owned())
    }

    pub(super) fn accept(&mut self, work: &Work, scene: &Scene<'_>) -> Vec<Planned> {
        self.accepted.insert(work.verb, scene.now);
        if work.verb == Verb::Hold {
            self.held =
                work.undo_to.as_ref().is_none_or(|value| value.as_str() == "held");
            return Vec::new();
        }
        self.share = match &work.undo_to {
            Some(value) => self.read(value).unwrap_or_else(|| self.share.clone()),
            None => self.shifted(work),
        };
        self.turn += 1;
        self.in_sync = Some(false);
        let (insync, drain) = match self.kind.as_str() {
            "cloudfront" => (Timing::Distribution, Span::ZERO),
            _ => (Timing::InSync, scene.takes(Timing::ClientDrain, work)),
        };
        let insync = scene.takes(insync, work);
        let drained =
            TrafficChange::Drained { turn: self.turn, share: self.share.clone() };
        let planned = |after, change| Planned {
            after,
            side: work.side.clone(),
            change: Change::Traffic(change),
        };
        vec![
            planned(insync, TrafficChange::InSync { turn: self.turn }),
            planned(insync + drain, drained),
        ]
    }

    pub(super) fn apply(&mut self, side: &SiteId, change: &TrafficChange) {
        match change {
            TrafficChange::InSync { turn } if *turn == self.turn => {
                self.in_sync = Some(true);
            }
            TrafficChange::Drained { turn, share } if *turn == self.turn => {
                self.felt.clone_from(share);
            }
            TrafficChange::Health { healthy } => {
                self.healthy.insert(side.clone(), *healthy);
            }
            TrafficChange::InSync { .. } | TrafficChange::Drained { .. } => {}
        }
    }

    /// Reads what [`written`] wrote, for the same sites.
    fn read(&self, value: &Text) -> Option<Shares> {
        let shares: Option<Shares> = value
            .as_str()
            .split(',')
            .map(|part| {
                let (site, share) = part.split_once('=')?;
                Some((SiteId::new(site), share.parse().ok().filter(|n| *n <= 100)?))
            })
            .collect();
        shares.filter(|shares| shares.keys().eq(self.share.keys()))
    }
}

fn percent(work: &Work) -> u8 {
    u8::try_from(work.args.number("percent").unwrap_or(100).min(100)).unwrap_or(100)
}

/// `us-east-1=0,us-west-2=100`.
fn written(shares: &Shares) -> String {
    let parts: Vec<_> =
        shares.iter().map(|(site, share)| format!("{site}={share}")).collect();
    parts.join(",")
}
