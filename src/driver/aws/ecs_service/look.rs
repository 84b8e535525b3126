//! What ECS says about one service. Reads only.

use aws_sdk_ecs::types::{DeploymentRolloutState, Service};

use super::{super::class, Place};
use crate::model::{ComputeView, Moment, Text, Unknown};

/// One service, in the words that matter here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) desired: u32,
    pub(super) running: u32,
    /// Task definition as `family:revision`.
    pub(super) version: String,
    pub(super) settling: bool,
    /// When each deployment that is still shown began.
    pub(super) deployments: Vec<Moment>,
}

/// The service; none when ECS does not know it or has deleted it.
pub(super) async fn service(place: &Place) -> Result<Option<Seen>, Unknown> {
    let call = place.services.ecs.look.describe_services();
    let call = call.cluster(&place.cluster).services(&place.service);
    let answer = call.send().await.map_err(|why| {
        class::unknown(&format!("DescribeServices in {}", place.services.region), &why)
    })?;
    let asked = answer.services().iter().find(|service| is(service, &place.service));
    if let Some(service) = asked {
        let deleted = service.status() == Some("INACTIVE");
        return Ok((!deleted).then(|| Seen::read(service)));
    }
    match answer.failures().first().and_then(|failure| failure.reason()) {
        None | Some("MISSING") => Ok(None),
        Some(reason) => Err(Unknown { why: Text::clean(format!("ECS says {reason}")) }),
    }
}

/// Whether `service` is the one asked for, by name or by ARN.
fn is(service: &Service, asked: &str) -> bool {
    let asked = short(asked);
    service.service_name() == Some(asked)
        || service.service_arn().map(short) == Some(asked)
}

impl Seen {
    fn read(service: &Service) -> Self {
        let count = |count: i32| u32::try_from(count).unwrap_or(0);
        let deployments = service.deployments();
        let began =
            deployments.iter().filter_map(|one| one.created_at()?.to_millis().ok());
        Self {
            desired: count(service.desired_count()),
            running: count(service.running_count()),
            version: short(service.task_definition().unwrap_or_default()).to_owned(),
            settling: settling(service),
            deployments: began.map(Moment::from_millis).collect(),
        }
    }

    pub(super) fn view(&self) -> ComputeView {
        ComputeView {
            desired: self.desired,
            running: self.running,
            // ECS does not say; the load balancer is another service.
            healthy: None,
            config: Some(Text::clean(&self.version)),
            settling: self.settling,
        }
    }
}

/// Whether a deployment is still moving. `rolloutState` exists only for the rolling
/// update deployment type (Amazon ECS API Reference, `Deployment`); without it the service
/// has settled when one deployment is left and as many tasks run as are wanted, which is
/// what `aws ecs wait services-stable` waits for.
fn settling(service: &Service) -> bool {
    let [only] = service.deployments() else {
        // None at all: another controller deploys, and ECS shows no progress of it.
        return !service.deployments().is_empty();
    };
    match only.rollout_state().map(DeploymentRolloutState::as_str) {
        Some("IN_PROGRESS") => true,
        Some(_) => false,
        None => service.running_count() != service.desired_count(),
    }
}

/// What follows the last slash of an ARN: `family:revision`, or a service's name.
fn short(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

#[cfg(test)]
mod tests {
    use aws_sdk_ecs::types::{Deployment, DeploymentRolloutState as Rollout};

    use super::*;

    /// A service of three tasks.
    fn service(rollouts: &[Option<Rollout>], running: i32) -> Service {
        // What a deployment counts is optional; the service's own counts are not.
        let deployments = rollouts.iter().map(|rollout| {
            Deployment::builder().set_rollout_state(rollout.clone()).build()
        });
        Service::builder()
            .service_name("checkout")
            .service_arn("arn:aws:ecs:eu-west-1:1:service/shop/checkout")
            .desired_count(3)
            .running_count(running)
            .set_deployments(Some(deployments.collect()))
            .build()
    }

    #[test]
    fn a_deployment_settles_when_ecs_says_so_or_nothing_is_left_to_move() {
        let done = Some(Rollout::Completed);
        let rows = [
            (service(&[Some(Rollout::InProgress)], 3), true),
            (service(std::slice::from_ref(&done), 3), false),
            (service(&[Some(Rollout::Failed)], 0), false),
            (service(&[None], 1), true),
            (service(&[None], 3), false),
            (service(&[done.clone(), done], 3), true),
            (service(&[None, None], 3), true),
            (service(&[], 3), false),
        ];
        for (service, wanted) in rows {
            assert_eq!(settling(&service), wanted, "{service:?}");
        }
    }

    #[test]
    fn a_service_is_known_by_its_name_and_by_its_arn() {
        let one = service(&[], 3);
        assert!(is(&one, "checkout"));
        assert!(is(&one, "arn:aws:ecs:eu-west-1:1:service/shop/checkout"));
        assert!(!is(&one, "basket"));
    }

    #[test]
    fn a_version_is_shown_as_people_write_it() {
        let arn = "arn:aws:ecs:eu-west-1:123456789012:task-definition/checkout:7";
        assert_eq!(short(arn), "checkout:7");
        assert_eq!(short("checkout:7"), "checkout:7");
    }
}
