//! `route53`: one DNS name with a record set a site. Owns the translation between a
//! Route 53 record set group and the traffic noun; never creates or removes a name.
//!
//! Route 53's control plane lives in us-east-1 only, so the identity is taken on where
//! life is likely: at the side that is being gone to, else away from the primary.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use aws_sdk_route53::{
    operation::change_resource_record_sets::ChangeResourceRecordSetsError,
    types::{ChangeBatch, ChangeStatus},
};
use tokio::sync::Mutex;

use super::{
    Clients, Services, class,
    class::Left,
    need::{Need, Ready, not_looked},
};
use crate::{
    clock::Clock,
    driver::{Answer, Driver, DriverDef, Parts, Progress, Subject},
    model::{
        Evidenced, Field, FieldType, KindSpec, Noun, Observation, Preview, Reconciled,
        ResourceId, Site, Text, TrafficView, Trouble, Unknown, Verb, Work,
    },
};

mod health;
mod records;
mod shift;

use health::Health;
use records::{Group, Name};
use shift::{Batch, Scene};

pub const DEF: DriverDef = DriverDef {
    spec: KindSpec {
        kind: "route53",
        noun: Noun::Traffic,
        doc: "A DNS name in Amazon Route 53 with one weighted or failover record set a side.",
        verbs: &[Verb::Shift],
        shared: SHARED,
        side: SIDE,
        live: true,
    },
    build,
};

const SHARED: &[Field] = &[
    Field {
        name: "zone",
        ty: FieldType::Text,
        required: true,
        doc: "The hosted zone's id.",
        example: "Z0123456789ABCDEFGHIJ",
    },
    Field {
        name: "record",
        ty: FieldType::Text,
        required: true,
        doc: "The record's full name.",
        example: "api.shop.example",
    },
    Field {
        name: "type",
        ty: FieldType::Text,
        required: false,
        doc: "The record's type; A when not written.",
        example: "CNAME",
    },
    Field {
        name: "region",
        ty: FieldType::Text,
        required: false,
        doc: "The region requests are signed for; us-east-1 when not written.",
        example: "us-east-1",
    },
];

const SIDE: &[Field] = &[
    Field {
        name: "set_identifier",
        ty: FieldType::Text,
        required: true,
        doc: "The set identifier of this side's record set.",
        example: "Primary",
    },
    Field {
        name: "health_check",
        ty: FieldType::Text,
        required: false,
        doc: "A health check's id, when it is not the record set's own.",
        example: "11111111-2222-3333-4444-555555555555",
    },
];

fn build(parts: &Parts) -> Arc<dyn Driver> {
    Arc::new(Route53 {
        clock: parts.clock.clone(),
        clients: parts.aws.clone(),
        health: Health::default(),
        changes: Mutex::default(),
        turn: AtomicUsize::new(0),
    })
}

#[derive(Debug)]
struct Route53 {
    clock: Clock,
    clients: Clients,
    health: Health,
    /// The last change this process made to each resource.
    changes: Mutex<HashMap<ResourceId, Made>>,
    /// Which site's identity looks: the next one after each look that failed.
    turn: AtomicUsize,
}

/// A change batch Route 53 has accepted.
#[derive(Clone, Debug)]
struct Made {
    id: String,
    /// As last heard; none when Route 53 will not say.
    in_sync: Option<bool>,
}

/// How an accepted change is written down: its id is the only way to ask about it.
const CHANGE: &str = "change ";

/// What a look found.
struct Seen {
    services: Arc<Services>,
    name: Name,
    group: Group,
    in_sync: Option<bool>,
}

impl Route53 {
    async fn look(&self, of: Subject<'_>) -> Result<Seen, Unknown> {
        let name = Name::of(of.resource)?;
        let services = self.services(of, self.turn.load(Ordering::Relaxed)).await;
        let found = records::list(&services, &name).await;
        let found = found.inspect_err(|_| {
            self.turn.fetch_add(1, Ordering::Relaxed);
        })?;
        let mut group = Group::of(of.resource, found);
        for member in &mut group.members {
            if let Some(id) = &member.health_check {
                member.healthy =
                    self.health.verdict(&services, id, self.clock.now()).await;
            }
        }
        let in_sync = self.in_sync(&services, of).await;
        Ok(Seen { services, name, group, in_sync })
    }

    async fn services(&self, of: Subject<'_>, turn: usize) -> Arc<Services> {
        let region = of.resource.params.text("region").unwrap_or("us-east-1");
        let sites = identities(of);
        let site = turn.checked_rem(sites.len()).and_then(|turn| sites.get(turn));
        self.clients.global(site.copied(), region).await
    }

    /// Whether our last change has reached every name server, as last heard. A process
    /// that did not make the change itself asks by the id that was recorded.
    async fn in_sync(&self, services: &Services, of: Subject<'_>) -> Option<bool> {
        let resource = &of.resource.id;
        let made = {
            let mut changes = self.changes.lock().await;
            if let Some(recorded) = of.work.and_then(recorded) {
                changes.entry(resource.clone()).or_insert(recorded);
            }
            changes.get(resource).cloned()?
        };
        if made.in_sync != Some(false) {
            return made.in_sync;
        }
        let heard = change(services, &made.id).await;
        if let Some(known) = self.changes.lock().await.get_mut(resource)
            && known.id == made.id
        {
            known.in_sync = heard;
        }
        heard
    }

    async fn view(&self, of: Subject<'_>) -> Result<Observation, Unknown> {
        let seen = self.look(of).await?;
        if seen.group.members.is_empty() {
            let why = format!("Route 53 has no {}", seen.name);
            return Err(Unknown { why: Text::clean(why) });
        }
        Ok(Observation::Traffic(TrafficView {
            share: seen.group.share(),
            ttl: seen.group.ttl(),
            in_sync: seen.in_sync,
            healthy: seen.group.healthy(),
        }))
    }

    async fn need(&self, work: &Work) -> Result<(Seen, Need<Batch>), Unknown> {
        let seen = self.look(Subject::of(work)).await?;
        let scene = Scene { work, name: &seen.name, group: &seen.group };
        let need = scene.need(&seen.services);
        Ok((seen, need))
    }

    async fn act(
        &self,
        work: &Work,
        progress: &dyn Progress,
    ) -> Result<Evidenced, Trouble> {
        let (seen, need) = self.need(work).await.map_err(|why| not_looked(&why))?;
        match need.ready() {
            Ok(ready) => {
                progress.say(ready.line.clone());
                self.send(work, &seen, ready).await
            }
            Err(ended) => ended,
        }
    }

    /// Sends the one batch. Route 53 makes all of it or none.
    async fn send(
        &self,
        work: &Work,
        seen: &Seen,
        ready: Ready<Batch>,
    ) -> Result<Evidenced, Trouble> {
        let left = Left::default();
        let shares = ready.call.summary.clone();
        // If the answer is lost, nothing known of an earlier change is true of this one.
        self.changes.lock().await.remove(&work.resource.id);
        let batch = ChangeBatch::builder()
            .comment(format!("warroom {}", work.name()))
            .set_changes(Some(ready.call.changes))
            .build()
            .map_err(|why| Trouble::NotSent(Text::clean(why.to_string())))?;
        let call = seen.services.route53.change.change_resource_record_sets();
        let call = call.hosted_zone_id(&seen.name.zone).change_batch(batch);
        let answer = call.customize().interceptor(left.clone()).send().await;
        let answer = answer.map_err(|why| {
            let told = why.as_service_error().and_then(messages);
            told.unwrap_or_else(|| {
                class::trouble("ChangeResourceRecordSets", &why, &left)
            })
        })?;
        let info = answer.change_info();
        if let Some(info) = info {
            let in_sync = Some(info.status == ChangeStatus::Insync);
            let made = Made { id: info.id.clone(), in_sync };
            self.changes.lock().await.insert(work.resource.id.clone(), made);
        }
        Ok(Evidenced {
            summary: Text::clean(format!("Route 53 accepted {shares} for {}", seen.name)),
            before: ready.before,
            raw: info
                .map(|info| Text::clean(format!("{CHANGE}{}", info.id)))
                .into_iter()
                .collect(),
            ..Evidenced::default()
        })
    }

    async fn settle(&self, work: &Work) -> Reconciled {
        match self.need(work).await {
            Ok((seen, need)) => {
                let scene = Scene { work, name: &seen.name, group: &seen.group };
                scene.reconcile(need, seen.in_sync, self.clock.now())
            }
            Err(unknown) => Reconciled::CannotTell(unknown.why),
        }
    }
}

impl Driver for Route53 {
    fn observe<'a>(
        &'a self,
        of: Subject<'a>,
    ) -> Answer<'a, Result<Observation, Unknown>> {
        Box::pin(self.view(of))
    }

    fn preview<'a>(&'a self, work: &'a Work) -> Answer<'a, Result<Preview, Unknown>> {
        Box::pin(async { Ok(self.need(work).await?.1.preview()) })
    }

    fn execute<'a>(
        &'a self,
        work: &'a Work,
        progress: &'a dyn Progress,
    ) -> Answer<'a, Result<Evidenced, Trouble>> {
        Box::pin(self.act(work, progress))
    }

    fn reconcile<'a>(&'a self, work: &'a Work) -> Answer<'a, Reconciled> {
        Box::pin(self.settle(work))
    }
}

/// The change this attempt made, as it was recorded when Route 53 accepted it.
fn recorded(work: &Work) -> Option<Made> {
    let mut said = work.accepted.iter();
    let id = said.find_map(|line| line.as_str().strip_prefix(CHANGE))?;
    Some(Made { id: id.to_owned(), in_sync: Some(false) })
}

/// Asks about one change; none when Route 53 will not say, now or later.
async fn change(services: &Services, id: &str) -> Option<bool> {
    match services.route53.look.get_change().id(id).send().await {
        Ok(answer) => {
            let status = answer.change_info().map(|info| &info.status);
            Some(status == Some(&ChangeStatus::Insync))
        }
        Err(why) => {
            let known = (!class::denied(&why)).then_some(false);
            tracing::warn!(change = id, error = %why, "change cannot be asked about");
            known
        }
    }
}

/// Sites whose identity may speak for the name, the best first: the side being gone to,
/// or, for a look for its own sake, any side but the primary, which may be the dead one.
fn identities(of: Subject<'_>) -> Vec<&Site> {
    let last = |site: &Site| match of.work {
        Some(work) => site.id != work.side,
        None => site.id == of.resource.primary,
    };
    let mut sites: Vec<&Site> =
        of.sites.iter().filter(|site| of.resource.sides.contains_key(&site.id)).collect();
    sites.sort_by_key(|site| last(site));
    sites
}

/// Route 53 says what was wrong with a batch in a list of its own.
fn messages(error: &ChangeResourceRecordSetsError) -> Option<Trouble> {
    let ChangeResourceRecordSetsError::InvalidChangeBatch(batch) = error else {
        return None;
    };
    let said = batch.messages().join("; ");
    (!said.is_empty()).then(|| {
        let why = format!("ChangeResourceRecordSets: InvalidChangeBatch: {said}");
        Trouble::Refused(Text::capped(&why, 600))
    })
}
