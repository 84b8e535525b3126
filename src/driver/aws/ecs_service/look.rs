//! What ECS says about one service. Reads only.

use aws_sdk_ecs::types::{Deployment, DeploymentRolloutState, Service};

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
    if let Some(service) = answer.services().first() {
        let deleted = service.status() == Some("INACTIVE");
        return Ok((!deleted).then(|| Seen::read(service)));
    }
    match answer.failures().first().and_then(|failure| failure.reason()) {
        None | Some("MISSING") => Ok(None),
        Some(reason) => Err(Unknown { why: Text::clean(format!("ECS says {reason}")) }),
    }
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
            settling: settling(deployments),
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
/// update deployment type (Amazon ECS API Reference, `Deployment`); without it a single
/// deployment that runs what it wants has settled.
fn settling(deployments: &[Deployment]) -> bool {
    let [only] = deployments else {
        // None at all: another controller deploys, and ECS shows no progress of it.
        return !deployments.is_empty();
    };
    match only.rollout_state().map(DeploymentRolloutState::as_str) {
        Some("IN_PROGRESS") => true,
        Some(_) => false,
        None => only.running_count() != only.desired_count(),
    }
}

/// `family:revision` of a task definition's ARN.
fn short(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

#[cfg(test)]
mod tests {
    use aws_sdk_ecs::types::DeploymentRolloutState as Rollout;

    use super::*;

    fn deployment(rollout: Option<Rollout>, running: i32) -> Deployment {
        Deployment::builder()
            .status("PRIMARY")
            .set_rollout_state(rollout)
            .desired_count(3)
            .running_count(running)
            .build()
    }

    #[test]
    fn a_deployment_settles_when_ecs_says_so_or_nothing_is_left_to_move() {
        let rows = [
            (vec![deployment(Some(Rollout::InProgress), 3)], true),
            (vec![deployment(Some(Rollout::Completed), 3)], false),
            (vec![deployment(Some(Rollout::Failed), 0)], false),
            (vec![deployment(None, 1)], true),
            (vec![deployment(None, 3)], false),
            (vec![deployment(Some(Rollout::Completed), 3); 2], true),
            (vec![], false),
        ];
        for (deployments, wanted) in rows {
            assert_eq!(settling(&deployments), wanted, "{deployments:?}");
        }
    }

    #[test]
    fn a_version_is_shown_as_people_write_it() {
        let arn = "arn:aws:ecs:eu-west-1:123456789012:task-definition/checkout:7";
        assert_eq!(short(arn), "checkout:7");
        assert_eq!(short("checkout:7"), "checkout:7");
    }
}
