//! `rds-replica`: an Amazon RDS instance and its read replica in another region. Owns the
//! translation between RDS and the database noun; never handles data.
//!
//! RDS has no request tokens, so a lost answer is always settled by looking, and "done"
//! is a fact about the role, never the status word: a just accepted promotion still reads
//! `available` for a while.

use std::sync::Arc;

use super::{
    Clients, Services,
    need::{Need, Ready, not_looked},
};
use crate::{
    clock::Clock,
    driver::{Answer, Driver, DriverDef, Parts, Progress, Subject},
    model::{
        Evidenced, Field, FieldType, KindSpec, Noun, Observation, Preview, Reconciled,
        Text, Trouble, Unknown, Verb, Work,
    },
};

mod deed;
mod lag;
mod look;
mod settle;
mod wire;

use deed::{Call, Scene};
use look::{Instance, Snapshot};

pub const DEF: DriverDef = DriverDef {
    spec: KindSpec {
        kind: "rds-replica",
        noun: Noun::Database,
        doc: "An Amazon RDS instance with a read replica on the other side.",
        verbs: &[
            Verb::Promote,
            Verb::Fence,
            Verb::Unfence,
            Verb::Snapshot,
            Verb::RebuildReplica,
        ],
        shared: SHARED,
        side: SIDE,
        live: true,
    },
    build,
};

const SHARED: &[Field] = &[
    Field {
        name: "engine",
        ty: FieldType::Text,
        required: false,
        doc: "The engine, for people and for drills; RDS is not asked about it.",
        example: "postgres",
    },
    Field {
        name: "backup_retention",
        ty: FieldType::Number,
        required: false,
        doc: "Days of automated backups a promoted instance keeps; 7 when not written.",
        example: "7",
    },
    Field {
        name: "fence",
        ty: FieldType::Word(&["stop", "none"]),
        required: false,
        doc: "How writes are stopped: `stop` stops the instance, `none` refuses to fence; `stop` when not written.",
        example: "stop",
    },
];

const SIDE: &[Field] = &[
    Field {
        name: "instance",
        ty: FieldType::Text,
        required: true,
        doc: "The DB instance identifier on this side.",
        example: "shop-db-dr",
    },
    Field {
        name: "fence_group",
        ty: FieldType::Text,
        required: false,
        doc: "A VPC security group that lets nobody in: fencing attaches it alone. RDS refuses to stop an instance that has, or is, a read replica (Amazon RDS User Guide, stopping an instance, limitations), so a pair needs this.",
        example: "sg-0a1b2c3d4e5f60718",
    },
    Field {
        name: "open_groups",
        ty: FieldType::Text,
        required: false,
        doc: "The security groups of normal operation, separated by commas: what unfencing attaches.",
        example: "sg-0f1e2d3c4b5a69788",
    },
    Field {
        name: "arn",
        ty: FieldType::Text,
        required: false,
        doc: "The instance's ARN: what a rebuilt replica copies from when this side cannot be asked.",
        example: "arn:aws:rds:eu-central-1:123456789012:db:shop-db-dr",
    },
    Field {
        name: "subnet_group",
        ty: FieldType::Text,
        required: false,
        doc: "The DB subnet group of a replica rebuilt on this side; RDS takes the default one when not written.",
        example: "shop-db",
    },
    Field {
        name: "kms_key",
        ty: FieldType::Text,
        required: false,
        doc: "The key of a replica rebuilt on this side; required by RDS when the source is encrypted.",
        example: "alias/shop-db",
    },
];

fn build(parts: &Parts) -> Arc<dyn Driver> {
    Arc::new(RdsReplica { clock: parts.clock.clone(), clients: parts.aws.clone() })
}

#[derive(Debug)]
struct RdsReplica {
    clock: Clock,
    clients: Clients,
}

/// What a look found.
struct Seen {
    services: Arc<Services>,
    name: String,
    instance: Option<Instance>,
    /// The snapshot this work makes, if it makes one and it exists.
    snapshot: Option<Snapshot>,
    /// What a rebuilt replica would copy from, if that is the work.
    source: Option<String>,
}

impl Seen {
    fn scene<'a>(&'a self, work: &'a Work) -> Scene<'a> {
        Scene {
            work,
            name: &self.name,
            instance: self.instance.as_ref(),
            snapshot: self.snapshot.as_ref(),
            source: self.source.as_deref(),
        }
    }
}

impl RdsReplica {
    async fn look(&self, of: Subject<'_>) -> Result<Seen, Unknown> {
        let name = of.resource.setting(of.side, "instance").map(str::to_owned);
        let Some(name) = name else {
            let why = format!("{} has no `instance` in {}", of.resource.id, of.side);
            return Err(Unknown { why: Text::clean(why) });
        };
        let services = self.clients.at(of.site()).await;
        let instance = look::instance(&services, &name).await?;
        let snapshot = match of.work {
            Some(work) if work.verb == Verb::Snapshot => {
                look::snapshot(&services, &deed::snapshot_name(work)).await?
            }
            Some(_) | None => None,
        };
        let source = match of.work {
            Some(work) if work.verb == Verb::RebuildReplica => self.source(of).await?,
            Some(_) | None => None,
        };
        Ok(Seen { services, name, instance, snapshot, source })
    }

    /// The first other side, by its ARN: written in the plan, else asked.
    async fn source(&self, of: Subject<'_>) -> Result<Option<String>, Unknown> {
        let Some(other) = of.resource.sides.keys().find(|side| *side != of.side) else {
            return Ok(None);
        };
        if let Some(arn) = of.resource.setting(other, "arn") {
            return Ok(Some(arn.to_owned()));
        }
        let Some(name) = of.resource.setting(other, "instance") else {
            return Ok(None);
        };
        let place = of.sites.iter().find(|site| site.id == *other);
        let services = self.clients.at(place).await;
        Ok(look::instance(&services, name).await?.and_then(|found| found.arn))
    }

    async fn view(&self, of: Subject<'_>) -> Result<Observation, Unknown> {
        let seen = self.look(of).await?;
        let closed = of.resource.setting(of.side, "fence_group");
        let mut view = seen
            .instance
            .as_ref()
            .map_or_else(look::absent, |instance| instance.view(closed));
        if let Some(instance) = &seen.instance
            && instance.source.is_some()
        {
            let points =
                lag::points(&seen.services, &instance.id, self.clock.now()).await;
            view.lag = lag::judge(&points, self.clock.now(), instance.broken.as_deref());
        }
        view.newest_snapshot =
            seen.snapshot.filter(Snapshot::finished).map(Snapshot::named);
        Ok(Observation::Database(view))
    }

    async fn need(&self, work: &Work) -> Result<(Arc<Services>, Need<Call>), Unknown> {
        let seen = self.look(Subject::of(work)).await?;
        let need = seen.scene(work).need(&seen.services);
        Ok((seen.services, need))
    }

    async fn act(
        &self,
        work: &Work,
        progress: &dyn Progress,
    ) -> Result<Evidenced, Trouble> {
        let (services, need) = self.need(work).await.map_err(|why| not_looked(&why))?;
        match need.ready() {
            Ok(ready) => {
                progress.say(ready.line.clone());
                send(&services, ready).await
            }
            Err(ended) => ended,
        }
    }

    async fn settle(&self, work: &Work) -> Reconciled {
        match self.look(Subject::of(work)).await {
            Ok(seen) => seen.scene(work).reconcile(self.clock.now()),
            Err(unknown) => Reconciled::CannotTell(unknown.why),
        }
    }
}

impl Driver for RdsReplica {
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

/// Sends the one call.
async fn send(services: &Services, ready: Ready<Call>) -> Result<Evidenced, Trouble> {
    let region = &services.region;
    let (said, id) = Box::pin(wire::send(services, ready.call)).await?;
    Ok(Evidenced {
        summary: Text::clean(format!("RDS in {region} accepted the {said}")),
        before: ready.before,
        raw: id.into_iter().map(|id| Text::clean(format!("request id {id}"))).collect(),
        ..Evidenced::default()
    })
}
