//! `rds-replica`: an Amazon RDS instance and its read replica in another region. Owns the
//! translation between RDS and the database noun; never handles data.
//!
//! RDS has no request tokens, so a lost answer is always settled by looking, and "done"
//! is a fact about the role, never the status word: a just accepted promotion still reads
//! `available` for a while.

use std::sync::Arc;

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
        Text, Trouble, Unknown, Verb, Work,
    },
};

mod deed;
mod lag;
mod look;

use deed::{Call, Scene};
use look::{Instance, Snapshot};

pub const DEF: DriverDef = DriverDef {
    spec: KindSpec {
        kind: "rds-replica",
        noun: Noun::Database,
        doc: "An Amazon RDS instance with a read replica on the other side.",
        verbs: &[Verb::Promote, Verb::Fence, Verb::Unfence, Verb::Snapshot],
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
        ty: FieldType::Text,
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
        name: "arn",
        ty: FieldType::Text,
        required: false,
        doc: "The instance's ARN, for people reading the plan.",
        example: "arn:aws:rds:eu-central-1:123456789012:db:shop-db-dr",
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
        Ok(Seen { services, name, instance, snapshot })
    }

    async fn view(&self, of: Subject<'_>) -> Result<Observation, Unknown> {
        let seen = self.look(of).await?;
        let mut view = seen.instance.as_ref().map_or_else(look::absent, Instance::view);
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
        let scene = Scene {
            work,
            name: &seen.name,
            instance: seen.instance.as_ref(),
            snapshot: seen.snapshot.as_ref(),
        };
        let need = scene.need(&seen.services);
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
            Ok(seen) => {
                let scene = Scene {
                    work,
                    name: &seen.name,
                    instance: seen.instance.as_ref(),
                    snapshot: seen.snapshot.as_ref(),
                };
                scene.reconcile(self.clock.now())
            }
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
    use aws_sdk_rds::operation::RequestId;
    let (rds, left, region) = (&services.rds.change, Left::default(), &services.region);
    let (said, id) = match ready.call {
        Call::Promote { name, retention } => {
            let call = rds
                .promote_read_replica()
                .db_instance_identifier(&name)
                .backup_retention_period(retention);
            let answer = call.customize().interceptor(left.clone()).send().await;
            let answer = answer
                .map_err(|why| class::trouble("PromoteReadReplica", &why, &left))?;
            (format!("promotion of {name}"), answer.request_id().map(str::to_owned))
        }
        Call::Stop { name } => {
            let call = rds.stop_db_instance().db_instance_identifier(&name);
            let answer = call.customize().interceptor(left.clone()).send().await;
            let answer =
                answer.map_err(|why| class::trouble("StopDBInstance", &why, &left))?;
            (format!("stop of {name}"), answer.request_id().map(str::to_owned))
        }
        Call::Start { name } => {
            let call = rds.start_db_instance().db_instance_identifier(&name);
            let answer = call.customize().interceptor(left.clone()).send().await;
            let answer =
                answer.map_err(|why| class::trouble("StartDBInstance", &why, &left))?;
            (format!("start of {name}"), answer.request_id().map(str::to_owned))
        }
        Call::Snapshot { name, snapshot } => {
            let call = rds
                .create_db_snapshot()
                .db_instance_identifier(&name)
                .db_snapshot_identifier(&snapshot);
            let answer = call.customize().interceptor(left.clone()).send().await;
            let id = match &answer {
                Ok(answer) => answer.request_id().map(str::to_owned),
                // The name is this attempt's own: whoever made it, it is this one.
                Err(why) if class::code(why) == Some("DBSnapshotAlreadyExists") => None,
                Err(why) => return Err(class::trouble("CreateDBSnapshot", why, &left)),
            };
            (format!("snapshot {snapshot} of {name}"), id)
        }
    };
    Ok(Evidenced {
        summary: Text::clean(format!("RDS in {region} accepted the {said}")),
        before: ready.before,
        raw: id.into_iter().map(|id| Text::clean(format!("request id {id}"))).collect(),
    })
}
