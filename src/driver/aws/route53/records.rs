//! The record sets of one name: read from Route 53, matched to sides, turned into shares.

use std::{collections::BTreeMap, fmt};

use aws_sdk_route53::types::{ResourceRecordSet, ResourceRecordSetFailover, RrType};

use super::super::{Services, class};
use crate::model::{Resource, SiteId, Span, Text, Unknown};

/// Pages read at most: a name has at most a few hundred record sets.
const PAGES: usize = 10;

/// Which record sets are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) zone: String,
    pub(super) record: String,
    kind: RrType,
}

impl Name {
    pub(super) fn of(resource: &Resource) -> Result<Self, Unknown> {
        let text = |key: &str| {
            resource.params.text(key).ok_or_else(|| {
                let why = format!("{} has no `{key}`", resource.id);
                Unknown { why: Text::clean(why) }
            })
        };
        Ok(Self {
            zone: bare_id(text("zone")?).to_owned(),
            record: plain(text("record")?),
            kind: RrType::from(resource.params.text("type").unwrap_or("A")),
        })
    }

    fn is(&self, found: &ResourceRecordSet) -> bool {
        plain(&found.name) == self.record && found.r#type == self.kind
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} in zone {}", self.record, self.kind, self.zone)
    }
}

/// The id alone: the API gives it, and people copy it, as `/hostedzone/Z0123`.
fn bare_id(zone: &str) -> &str {
    zone.rsplit('/').next().unwrap_or(zone)
}

/// A name as Route 53 compares it: small letters, a dot at the end, and characters it
/// writes as three octal digits (`\052` for `*`) read back.
pub(super) fn plain(name: &str) -> String {
    let mut out = String::new();
    let mut rest = name.trim_end_matches('.');
    while let Some(c) = rest.chars().next() {
        let octal = rest
            .strip_prefix('\\')
            .and_then(|tail| tail.get(..3))
            .and_then(|digits| u8::from_str_radix(digits, 8).ok());
        let (c, taken) = octal.map_or((c, c.len_utf8()), |code| (char::from(code), 4));
        out.push(c.to_ascii_lowercase());
        rest = rest.get(taken..).unwrap_or_default();
    }
    out.push('.');
    out
}

/// Every record set of that name and type.
pub(super) async fn list(
    services: &Services,
    name: &Name,
) -> Result<Vec<ResourceRecordSet>, Unknown> {
    let mut found = Vec::new();
    let (mut from, mut kind, mut identifier) =
        (Some(name.record.clone()), Some(name.kind.clone()), None);
    for _ in 0..PAGES {
        let call = services
            .route53
            .look
            .list_resource_record_sets()
            .hosted_zone_id(&name.zone)
            .set_start_record_name(from)
            .set_start_record_type(kind)
            .set_start_record_identifier(identifier);
        let page = call
            .send()
            .await
            .map_err(|why| class::unknown("ListResourceRecordSets", &why))?;
        let more = page.is_truncated
            && page
                .next_record_name
                .as_deref()
                .is_some_and(|next| plain(next) == name.record)
            && page.next_record_type.as_ref() == Some(&name.kind);
        found.extend(page.resource_record_sets.into_iter().filter(|set| name.is(set)));
        if !more {
            return Ok(found);
        }
        (from, kind, identifier) =
            (page.next_record_name, page.next_record_type, page.next_record_identifier);
    }
    Err(Unknown { why: Text::clean(format!("{name} has too many record sets to read")) })
}

/// How Route 53 chooses between the record sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Policy {
    Weighted,
    Failover,
    /// A policy no shift can express, by its name.
    Other(&'static str),
}

/// One record set and the side it belongs to.
#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) site: Option<SiteId>,
    pub(super) record: ResourceRecordSet,
    pub(super) health_check: Option<String>,
    /// None: no health check, or its verdict could not be read.
    pub(super) healthy: Option<bool>,
}

impl Member {
    pub(super) fn identifier(&self) -> &str {
        self.record.set_identifier.as_deref().unwrap_or_default()
    }

    pub(super) fn weight(&self) -> i64 {
        self.record.weight.unwrap_or(0).max(0)
    }

    pub(super) fn is_primary(&self) -> bool {
        self.record.failover == Some(ResourceRecordSetFailover::Primary)
    }
}

/// All record sets of one name.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) policy: Policy,
    pub(super) members: Vec<Member>,
}

impl Group {
    pub(super) fn of(resource: &Resource, found: Vec<ResourceRecordSet>) -> Self {
        let policy = policy(&found);
        let members = found.into_iter().map(|record| {
            let site = resource.sides.keys().find(|site| {
                let wanted = resource.setting(site, "set_identifier");
                wanted.is_some() && wanted == record.set_identifier.as_deref()
            });
            let declared = site.and_then(|site| resource.setting(site, "health_check"));
            Member {
                health_check: declared
                    .map(str::to_owned)
                    .or_else(|| record.health_check_id.clone()),
                site: site.cloned(),
                record,
                healthy: None,
            }
        });
        Self { policy, members: members.collect() }
    }

    pub(super) fn at(&self, site: &SiteId) -> Option<&Member> {
        self.members.iter().find(|member| member.site.as_ref() == Some(site))
    }

    /// Percent of users sent to each side. Weighted: as configured; health checks are
    /// reported beside it. Failover: who answers, by the health checks.
    pub(super) fn share(&self) -> BTreeMap<SiteId, u8> {
        let percents = match self.policy {
            Policy::Weighted => {
                let weights: Vec<i64> = self.members.iter().map(Member::weight).collect();
                percents(&weights)
            }
            Policy::Failover => {
                let up = |primary: bool| {
                    self.members
                        .iter()
                        .filter(move |member| member.is_primary() == primary)
                        .any(|member| member.healthy != Some(false))
                };
                // With nobody healthy Route 53 answers with the primary.
                let primary = up(true) || !up(false);
                let share = |member: &Member| {
                    if member.is_primary() == primary { 100 } else { 0 }
                };
                self.members.iter().map(share).collect()
            }
            Policy::Other(_) => return BTreeMap::new(),
        };
        let sites = self.members.iter().map(|member| member.site.clone());
        sites.zip(percents).filter_map(|(site, share)| Some((site?, share))).collect()
    }

    pub(super) fn healthy(&self) -> BTreeMap<SiteId, bool> {
        let verdict = |member: &Member| Some((member.site.clone()?, member.healthy?));
        self.members.iter().filter_map(verdict).collect()
    }

    /// The longest time a name server may keep an answer; aliases have their target's.
    pub(super) fn ttl(&self) -> Option<Span> {
        self.members.iter().filter_map(|member| member.record.ttl).max().map(Span::secs)
    }
}

/// Whether a record set has what marks a policy.
type Mark = fn(&ResourceRecordSet) -> bool;

fn policy(found: &[ResourceRecordSet]) -> Policy {
    let all = |has: Mark| !found.is_empty() && found.iter().all(has);
    let named: [(Mark, Policy); 8] = [
        (|set| set.weight.is_some(), Policy::Weighted),
        (|set| set.failover.is_some(), Policy::Failover),
        (|set| set.region.is_some(), Policy::Other("latency")),
        (|set| set.geo_location.is_some(), Policy::Other("geolocation")),
        (|set| set.geo_proximity_location.is_some(), Policy::Other("geoproximity")),
        (|set| set.cidr_routing_config.is_some(), Policy::Other("IP-based")),
        (|set| set.multi_value_answer.is_some(), Policy::Other("multivalue")),
        (|set| set.set_identifier.is_none(), Policy::Other("simple")),
    ];
    let found = named.into_iter().find(|(has, _)| all(*has));
    found.map_or(Policy::Other("no"), |(_, policy)| policy)
}

/// Whole percents of each weight that sum to 100 (largest remainder). When all weights
/// are zero Route 53 treats them as equal (Developer Guide, "Weighted routing").
pub(super) fn percents(weights: &[i64]) -> Vec<u8> {
    let equal = weights.iter().all(|weight| *weight <= 0);
    let weights: Vec<i64> =
        weights.iter().map(|weight| if equal { 1 } else { (*weight).max(0) }).collect();
    let total: i64 = weights.iter().sum();
    let floor = |weight: &i64| weight.saturating_mul(100).checked_div(total).unwrap_or(0);
    let mut shares: Vec<i64> = weights.iter().map(floor).collect();
    let mut order: Vec<(i64, usize)> = weights
        .iter()
        .map(|weight| weight.saturating_mul(100).checked_rem(total).unwrap_or(0))
        .zip(0..)
        .collect();
    order.sort_by_key(|(rest, place)| (-rest, *place));
    let missing = usize::try_from(100 - shares.iter().sum::<i64>()).unwrap_or(0);
    for (_, place) in order.into_iter().take(missing) {
        if let Some(share) = shares.get_mut(place) {
            *share += 1;
        }
    }
    shares.into_iter().map(|share| u8::try_from(share).unwrap_or(0)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_compared_as_route_53_does() {
        for (written, wanted) in [
            ("api.shop.example", "api.shop.example."),
            ("API.Shop.example.", "api.shop.example."),
            (r"\052.shop.example.", "*.shop.example."),
            ("*.shop.example", "*.shop.example."),
            (r"a\0", r"a\0."),
            ("ü.example", "ü.example."),
        ] {
            assert_eq!(plain(written), wanted, "{written}");
        }
    }

    #[test]
    fn a_zone_is_known_by_its_id_however_it_is_written() {
        for written in ["Z0123", "/hostedzone/Z0123", "hostedzone/Z0123"] {
            assert_eq!(bare_id(written), "Z0123", "{written}");
        }
    }

    #[test]
    fn shares_are_whole_percents() {
        for (weights, wanted) in [
            (&[100, 0][..], &[100, 0][..]),
            (&[0, 0], &[50, 50]),
            (&[1, 2], &[33, 67]),
            (&[1, 1, 1], &[34, 33, 33]),
            (&[255, 255], &[50, 50]),
            (&[], &[]),
        ] {
            assert_eq!(percents(weights), wanted, "{weights:?}");
        }
    }

    proptest! {
        #[test]
        fn shares_always_sum_to_a_hundred(weights in prop::collection::vec(0..=255_i64, 1..20)) {
            let sum: u32 = percents(&weights).into_iter().map(u32::from).sum();
            prop_assert_eq!(sum, 100);
        }
    }
}
