//! `ecs-service`: one Amazon ECS service a side. Owns the translation between ECS and the
//! compute noun; never touches tasks or load balancers.

use std::sync::Arc;

use aws_sdk_ecs::{operation::RequestId, types::Service};

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
mod look;

use deed::{Change, Scene};
use look::Seen;

pub const DEF: DriverDef = DriverDef {
    spec: KindSpec {
        kind: "ecs-service",
        noun: Noun::Compute,
        doc: "An Amazon ECS service on each side.",
        verbs: &[Verb::Scale, Verb::Stop, Verb::Deploy, Verb::Restart],
        shared: &[],
        side: SIDE,
        live: true,
    },
    build,
};

const SIDE: &[Field] = &[
    Field {
        name: "cluster",
        ty: FieldType::Text,
        required: true,
        doc: "The cluster's short name or ARN.",
        example: "shop-production",
    },
    Field {
        name: "service",
        ty: FieldType::Text,
        required: true,
        doc: "The service's name.",
        example: "checkout",
    },
];

fn build(parts: &Parts) -> Arc<dyn Driver> {
    Arc::new(EcsService { clock: parts.clock.clone(), clients: parts.aws.clone() })
}

#[derive(Debug)]
struct EcsService {
    clock: Clock,
    clients: Clients,
}

/// Which service, where.
struct Place {
    services: Arc<Services>,
    cluster: String,
    service: String,
}

impl EcsService {
    async fn place(&self, of: Subject<'_>) -> Result<Place, Unknown> {
        let setting = |key: &str| {
            let value = of.resource.setting(of.side, key).map(str::to_owned);
            value.ok_or_else(|| {
                let why = format!("{} has no `{key}` in {}", of.resource.id, of.side);
                Unknown { why: Text::clean(why) }
            })
        };
        let (cluster, service) = (setting("cluster")?, setting("service")?);
        Ok(Place { services: self.clients.at(of.site()).await, cluster, service })
    }

    async fn view(&self, of: Subject<'_>) -> Result<Observation, Unknown> {
        let place = self.place(of).await?;
        match look::service(&place).await? {
            Some(seen) => Ok(Observation::Compute(seen.view())),
            None => Err(Unknown { why: Text::clean(place.missing()) }),
        }
    }

    async fn need(&self, work: &Work) -> Result<(Place, Need<Change>), Unknown> {
        let place = self.place(Subject::of(work)).await?;
        let seen = look::service(&place).await?;
        let need = match &seen {
            Some(seen) => Scene { work, seen }.need(&place),
            None => Need::refused(place.missing()),
        };
        Ok((place, need))
    }

    async fn act(
        &self,
        work: &Work,
        progress: &dyn Progress,
    ) -> Result<Evidenced, Trouble> {
        let (place, need) = self.need(work).await.map_err(|why| not_looked(&why))?;
        match need.ready() {
            Ok(ready) => {
                progress.say(ready.line.clone());
                place.update(ready).await
            }
            Err(ended) => ended,
        }
    }

    async fn settle(&self, work: &Work) -> Reconciled {
        let look = async {
            let place = self.place(Subject::of(work)).await?;
            let seen = look::service(&place).await?;
            seen.ok_or_else(|| Unknown { why: Text::clean(place.missing()) })
        };
        match look.await {
            Ok(seen) => Scene { work, seen: &seen }.reconcile(self.clock.now()),
            Err(unknown) => Reconciled::CannotTell(unknown.why),
        }
    }
}

impl Driver for EcsService {
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

impl Place {
    fn missing(&self) -> String {
        let region = &self.services.region;
        format!("ECS in {region} knows no service {} in {}", self.service, self.cluster)
    }

    /// Sends the one call: every verb of this kind is an `UpdateService`.
    async fn update(&self, ready: Ready<Change>) -> Result<Evidenced, Trouble> {
        let left = Left::default();
        let call = self.services.ecs.change.update_service();
        let call = call.cluster(&self.cluster).service(&self.service);
        let (call, said) = match ready.call {
            Change::Count(count) => {
                (call.desired_count(count), format!("a desired count of {count}"))
            }
            Change::Version(version) => (call.task_definition(&version), version),
            Change::Restart => {
                (call.force_new_deployment(true), "a new deployment".to_owned())
            }
        };
        let answer = call.customize().interceptor(left.clone()).send().await;
        let answer =
            answer.map_err(|why| class::trouble("UpdateService", &why, &left))?;
        let id = answer.request_id().map(|id| Text::clean(format!("request id {id}")));
        let deployment = answer.service().and_then(newest_deployment);
        Ok(Evidenced {
            summary: Text::clean(format!(
                "ECS in {} accepted {said} for {}",
                self.services.region, self.service
            )),
            before: ready.before,
            raw: id.into_iter().chain(deployment).collect(),
            ..Evidenced::default()
        })
    }
}

fn newest_deployment(service: &Service) -> Option<Text> {
    let primary =
        service.deployments().iter().find(|one| one.status() == Some("PRIMARY"));
    primary?.id().map(|id| Text::clean(format!("deployment {id}")))
}
