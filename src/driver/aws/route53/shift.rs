//! What a shift needs of Route 53, and what became of it: pure decisions over what was
//! seen. Weighted record sets get new weights; failover record sets swap their roles, in
//! one batch that deletes both and creates both. Everything else of a record set (target,
//! TTL, health check) is kept.

use std::collections::BTreeMap;

use aws_sdk_route53::types::{
    Change, ChangeAction, ResourceRecordSet, ResourceRecordSetFailover as Failover,
};
use serde_json::{Value, json};

use super::{
    super::{Services, need::Need},
    Group, Name,
    records::{Member, Policy},
};
use crate::model::{Evidenced, Moment, Reconciled, Span, Text, Verb, Work};

/// How long a batch may go unseen: Route 53 lists what it accepted at once; this is for a
/// request that was still travelling when its answer was given up.
const GRACE: Span = Span::secs(15);

/// One change batch.
#[derive(Clone, Debug)]
pub(super) struct Batch {
    pub(super) changes: Vec<Change>,
    /// What it brings about, for the timeline.
    pub(super) summary: String,
}

/// What each record set should have: a weight, or `PRIMARY` or `SECONDARY`. Also the
/// notation of the value before, as JSON.
type Wanted = BTreeMap<String, Value>;

/// A piece of work and what was seen.
#[derive(Clone, Copy)]
pub(super) struct Scene<'a> {
    pub(super) work: &'a Work,
    pub(super) name: &'a Name,
    pub(super) group: &'a Group,
}

impl Scene<'_> {
    /// What is still to be called.
    pub(super) fn need(&self, services: &Services) -> Need<Batch> {
        let wanted = match &self.work.undo_to {
            Some(before) => serde_json::from_str(before.as_str())
                .map_err(|why| format!("the value before cannot be read: {why}")),
            None => self.wanted(),
        };
        match wanted {
            Ok(wanted) => self.batch(&wanted, services),
            Err(why) => Need::refused(why),
        }
    }

    /// Route 53's new settings, by set identifier.
    fn wanted(&self) -> Result<Wanted, String> {
        if self.work.verb != Verb::Shift {
            return Err(format!("route53 cannot {}", self.work.verb));
        }
        let percent = self.work.args.number("percent").unwrap_or(100);
        let percent = i64::from(percent);
        if percent > 100 {
            return Err(format!("{percent} percent is more than everything"));
        }
        let side = &self.work.side;
        let target = self.group.at(side).ok_or_else(|| {
            let identifier = self.work.resource.setting(side, "set_identifier");
            let identifier = identifier.unwrap_or("(none)");
            format!("{} has no record set `{identifier}` for {side}", self.name)
        })?;
        match self.group.policy {
            Policy::Weighted => self.weights(target, percent),
            Policy::Failover => self.roles(target, percent),
            Policy::Other(policy) => Err(format!(
                "{} uses {policy} routing: a shift moves weighted and failover record sets only",
                self.name
            )),
        }
    }

    /// The target's weight is its percentage; the other sides share the rest as they do
    /// now, or equally when they have nothing.
    fn weights(&self, target: &Member, percent: i64) -> Result<Wanted, String> {
        let stranger =
            self.group.members.iter().find(|one| one.site.is_none() && one.weight() > 0);
        if let Some(stranger) = stranger {
            return Err(format!(
                "record set `{}` carries weight {} and belongs to no side",
                stranger.identifier(),
                stranger.weight()
            ));
        }
        let now = self.now();
        let total: i64 = self.group.members.iter().map(Member::weight).sum();
        if total > 0 && target.weight() * 100 == percent * total {
            return Ok(now);
        }
        let others: Vec<&Member> = self
            .group
            .members
            .iter()
            .filter(|one| one.site.is_some() && one.site != target.site)
            .collect();
        if others.is_empty() && percent < 100 {
            return Err("no other side can take the rest".to_owned());
        }
        let parts: Vec<i64> = others.iter().map(|one| one.weight()).collect();
        let mut wanted = now;
        wanted.insert(target.identifier().to_owned(), json!(percent));
        for (other, weight) in others.iter().zip(portions(&parts, 100 - percent)) {
            wanted.insert(other.identifier().to_owned(), json!(weight));
        }
        Ok(wanted)
    }

    /// The target becomes primary (100) or secondary (0).
    fn roles(&self, target: &Member, percent: i64) -> Result<Wanted, String> {
        let primary = match percent {
            100 => true,
            0 => false,
            other => {
                return Err(format!(
                    "failover record sets send all or nothing to a side, never {other}%"
                ));
            }
        };
        let primaries = self.group.members.iter().filter(|one| one.is_primary()).count();
        if self.group.members.len() != 2 || primaries != 1 {
            return Err(format!("{} is not one primary and one secondary", self.name));
        }
        if primary && target.is_primary() && target.healthy == Some(false) {
            return Err(format!(
                "`{}` is primary already; while its health check fails Route 53 answers with the secondary",
                target.identifier()
            ));
        }
        let role = |one: &Member| {
            let first = (one.identifier() == target.identifier()) == primary;
            json!(if first { "PRIMARY" } else { "SECONDARY" })
        };
        let roles = self.group.members.iter();
        Ok(roles.map(|one| (one.identifier().to_owned(), role(one))).collect())
    }

    fn now(&self) -> Wanted {
        let members = self.group.members.iter();
        members.map(|one| (one.identifier().to_owned(), setting(&one.record))).collect()
    }

    fn batch(&self, wanted: &Wanted, services: &Services) -> Need<Batch> {
        let before = json!(self.now()).to_string();
        let moved: Vec<(&Member, ResourceRecordSet)> = self
            .group
            .members
            .iter()
            .filter_map(|one| Some((one, changed(&one.record, wanted)?)))
            .collect();
        if let Some(gone) = wanted.keys().find(|identifier| {
            !self.group.members.iter().any(|one| one.identifier() == identifier.as_str())
        }) {
            return Need::refused(format!("record set `{gone}` no longer exists"));
        }
        if moved.is_empty() {
            return Need::already("record sets", &before, Some(before.clone()));
        }
        if let Some((ruled, _)) =
            moved.iter().find(|(one, _)| one.record.traffic_policy_instance_id.is_some())
        {
            let identifier = ruled.identifier();
            return Need::refused(format!(
                "a traffic policy rules record set `{identifier}`"
            ));
        }
        let changes = changes(self.group.policy, &moved);
        let rest = [
            "--hosted-zone-id".to_owned(),
            self.name.zone.clone(),
            "--change-batch".to_owned(),
            json!({ "Changes": changes.iter().map(shown).collect::<Vec<_>>() })
                .to_string(),
        ];
        let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
        let line = services.line(&["route53", "change-resource-record-sets"], &rest);
        let summary = json!(wanted).to_string();
        let mut need = Need::call(Batch { changes, summary }, line).before(before);
        for (one, after) in &moved {
            let what = match self.group.policy {
                Policy::Weighted => format!("{} weight", one.identifier()),
                Policy::Failover | Policy::Other(_) => {
                    format!("{} role", one.identifier())
                }
            };
            need =
                need.change(&what, &bare(&setting(&one.record)), &bare(&setting(after)));
        }
        need
    }

    /// What became of a batch whose answer was lost; for an undo, whether the value is
    /// back. A change's id is lost with its answer: then the records can be seen to be as
    /// wanted, and not that every name server has them.
    pub(super) fn reconcile(
        &self,
        need: Need<Batch>,
        in_sync: Option<bool>,
        now: Moment,
    ) -> Reconciled {
        if !need.objections.is_empty() {
            return Reconciled::CannotTell(Text::clean(need.objections.join("; ")));
        }
        let seen = json!(self.now()).to_string();
        match (need.call, in_sync) {
            (None, Some(false)) => {
                Reconciled::Underway(Text::clean(format!("{seen}, not in sync yet")))
            }
            (None, in_sync) => {
                let proof =
                    if in_sync.is_some() { "" } else { ", propagation not proven" };
                Reconciled::Done(Evidenced {
                    summary: Text::clean(format!("found done: {seen}{proof}")),
                    ..Evidenced::default()
                })
            }
            (Some(_), _) if now - self.work.intended_at < GRACE => {
                let why = format!("{seen}; an accepted batch shows within {GRACE}");
                Reconciled::CannotTell(Text::clean(why))
            }
            (Some(_), _) => Reconciled::NotDone(Text::clean(seen)),
        }
    }
}

/// `total` in the proportions of `parts`, whole and without loss.
fn portions(parts: &[i64], total: i64) -> Vec<i64> {
    let shares = super::records::percents(parts);
    let mut left = total;
    let mut out: Vec<i64> =
        shares.iter().map(|share| i64::from(*share) * total / 100).collect();
    left -= out.iter().sum::<i64>();
    // What rounding left over goes to the largest, which notices it least.
    if let Some((_, most)) =
        shares.iter().zip(out.iter_mut()).max_by_key(|(share, _)| **share)
    {
        *most += left;
    }
    out
}

/// What a record set has of what a shift can change.
fn setting(record: &ResourceRecordSet) -> Value {
    match (&record.weight, &record.failover) {
        (Some(weight), _) => json!(weight),
        (None, Some(role)) => json!(role.as_str()),
        (None, None) => Value::Null,
    }
}

fn bare(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The record set with what is wanted of it; none when it has that already.
fn changed(record: &ResourceRecordSet, wanted: &Wanted) -> Option<ResourceRecordSet> {
    let value = wanted.get(record.set_identifier.as_deref()?)?;
    if setting(record) == *value {
        return None;
    }
    let mut after = record.clone();
    if let Some(weight) = value.as_i64() {
        after.weight = Some(weight);
    } else {
        after.failover = Some(Failover::from(value.as_str()?));
    }
    Some(after)
}

fn changes(policy: Policy, moved: &[(&Member, ResourceRecordSet)]) -> Vec<Change> {
    let change = |action: ChangeAction, record: &ResourceRecordSet| {
        Change::builder().action(action).resource_record_set(record.clone()).build().ok()
    };
    let after = |action: ChangeAction| {
        moved.iter().filter_map(move |(_, after)| change(action.clone(), after))
    };
    match policy {
        Policy::Weighted => after(ChangeAction::Upsert).collect(),
        Policy::Failover | Policy::Other(_) => moved
            .iter()
            .filter_map(|(one, _)| change(ChangeAction::Delete, &one.record))
            .chain(after(ChangeAction::Create))
            .collect(),
    }
}

/// One change as the AWS CLI takes it.
fn shown(change: &Change) -> Value {
    json!({
        "Action": change.action.as_str(),
        "ResourceRecordSet": change.resource_record_set.as_ref().map(record_shown),
    })
}

fn record_shown(record: &ResourceRecordSet) -> Value {
    let mut out = json!({ "Name": record.name, "Type": record.r#type.as_str() });
    let mut put = |key: &str, value: Option<Value>| {
        if let (Some(value), Some(out)) = (value, out.as_object_mut()) {
            out.insert(key.to_owned(), value);
        }
    };
    put("SetIdentifier", record.set_identifier.as_ref().map(|text| json!(text)));
    put("Weight", record.weight.map(|weight| json!(weight)));
    put("Failover", record.failover.as_ref().map(|role| json!(role.as_str())));
    put("TTL", record.ttl.map(|ttl| json!(ttl)));
    put("HealthCheckId", record.health_check_id.as_ref().map(|text| json!(text)));
    let values = |all: &Vec<aws_sdk_route53::types::ResourceRecord>| {
        all.iter().map(|one| json!({ "Value": one.value })).collect()
    };
    put("ResourceRecords", record.resource_records.as_ref().map(values));
    let alias = record.alias_target.as_ref().map(|alias| {
        json!({
            "HostedZoneId": alias.hosted_zone_id,
            "DNSName": alias.dns_name,
            "EvaluateTargetHealth": alias.evaluate_target_health,
        })
    });
    put("AliasTarget", alias);
    out
}
