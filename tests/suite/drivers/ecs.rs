//! `ecs-service` on the wire.

use aws_sdk_ecs::types::ContainerDefinition;
use serde_json::json;
use warroom::{
    driver::{Driver, Subject},
    model::{
        ComputeView, Noun, Observation, Reconciled, Resource, SiteId, Trouble, Verb,
    },
};

use super::{
    DR, Lab, PRIMARY, certainty, execute, faults, is_met, long_ago, look, params,
    resource, sites, undo,
};

fn service() -> Resource {
    let side =
        json!({ "cluster": "mycomputer-production", "service": "inventory-service" });
    resource("ecs-service", Noun::Compute, json!({}), [side.clone(), side])
}

async fn view(driver: &dyn Driver, side: &str) -> ComputeView {
    let seen = look(driver, &service(), side).await;
    let Observation::Compute(view) = seen else { panic!("{seen:?}") };
    view
}

/// Registers revision 2 of the service's task definition.
async fn second_revision(lab: &Lab) {
    let keys =
        aws_sdk_ecs::config::Credentials::new("AKIA", "emulated", None, None, "test");
    let config = aws_sdk_ecs::Config::builder()
        .behavior_version(aws_config::BehaviorVersion::v2026_01_12())
        .region(aws_sdk_ecs::config::Region::new(DR))
        .credentials_provider(keys)
        .endpoint_url(lab.emulator.endpoint())
        .build();
    let container = ContainerDefinition::builder().name("app").image("app:2").memory(512);
    aws_sdk_ecs::Client::from_conf(config)
        .register_task_definition()
        .family("inventory-service")
        .container_definitions(container.build())
        .send()
        .await
        .unwrap();
}

#[tokio::test]
async fn each_side_is_seen_in_its_own_region() {
    let lab = Lab::new();
    let driver = lab.driver("ecs-service");
    for (side, count) in [(PRIMARY, 3), (DR, 1)] {
        let seen = view(&*driver, side).await;
        assert_eq!((seen.desired, seen.running, seen.settling), (count, count, false));
        assert_eq!(seen.config.unwrap().as_str(), "inventory-service:1");
    }
}

#[tokio::test]
async fn scaling_is_sent_once_seen_and_undone() {
    let lab = Lab::new();
    let driver = lab.driver("ecs-service");
    let work = lab.work(&service(), DR, Verb::Scale, json!({ "count": 5 }));
    let preview = driver.preview(&work).await.unwrap();
    assert_eq!(
        preview.calls[0].line.as_str(),
        "aws ecs update-service --region eu-central-1 --cluster mycomputer-production \
         --service inventory-service --desired-count 5"
    );
    assert_eq!(
        (preview.changes[0].1.as_str(), preview.changes[0].2.as_str()),
        ("1", "5")
    );
    let evidence = execute(&*driver, &work).await.unwrap();
    assert_eq!(evidence.before.as_ref().unwrap().as_str(), "1");
    assert!(!is_met(&*driver, &work).await, "one task runs yet");
    assert!(matches!(driver.reconcile(&work).await, Reconciled::Underway(_)));
    lab.emulator.advance();
    assert!(is_met(&*driver, &work).await);
    assert!(matches!(driver.reconcile(&work).await, Reconciled::Done(_)));
    assert!(driver.preview(&work).await.unwrap().already);
    execute(&*driver, &work).await.unwrap();
    assert_eq!(lab.counted("UpdateService"), (1, 1));
    let back = undo(&work, &evidence);
    execute(&*driver, &back).await.unwrap();
    lab.emulator.advance();
    assert!(matches!(driver.reconcile(&back).await, Reconciled::Done(_)));
    assert_eq!(view(&*driver, DR).await.desired, 1);
}

#[tokio::test]
async fn stopping_is_scaling_to_nothing() {
    let lab = Lab::new();
    let driver = lab.driver("ecs-service");
    let work = lab.work(&service(), PRIMARY, Verb::Stop, json!({}));
    let evidence = execute(&*driver, &work).await.unwrap();
    lab.emulator.advance();
    assert!(is_met(&*driver, &work).await);
    assert_eq!(evidence.before.unwrap().as_str(), "3");
}

#[tokio::test]
async fn every_failure_is_classed_and_settled_by_looking() {
    let mut lab = Lab::new();
    for fault in faults("UpdateService") {
        lab.again();
        let driver = lab.driver("ecs-service");
        let work = lab.work(&service(), DR, Verb::Scale, json!({ "count": 5 }));
        lab.emulator.fault(&fault.rule);
        let result = execute(&*driver, &work).await;
        let told = format!("{} gave {result:?}", fault.rule);
        assert_eq!(certainty(&result), fault.certainty, "{told}");
        let acted = usize::from(fault.acted);
        assert_eq!(lab.counted("UpdateService"), (1, acted), "{told}");
        lab.emulator.advance();
        let settled = driver.reconcile(&long_ago(&work)).await;
        assert!(fault.settles(&settled), "{told}: {settled:?}");
        if !fault.acted {
            let soon = driver.reconcile(&work).await;
            assert!(matches!(soon, Reconciled::CannotTell(_)), "{told}: {soon:?}");
        }
    }
}

#[tokio::test]
async fn a_restart_whose_answer_was_lost_is_found_by_its_deployment() {
    let lab = Lab::new();
    let driver = lab.driver("ecs-service");
    // The estate was made a moment ago: its deployments must be older than the intent.
    let mut work = lab.work(&service(), DR, Verb::Restart, json!({}));
    work.intended_at = work.intended_at + warroom::model::Span::secs(60);
    let before = driver.reconcile(&work).await;
    assert!(matches!(before, Reconciled::CannotTell(_)), "{before:?}");
    lab.emulator
        .fault(&json!({ "action": "UpdateService", "kind": "reset", "times": 1 }));
    assert_eq!(certainty(&execute(&*driver, &work).await), "unknown");
    assert_eq!(lab.counted("UpdateService"), (1, 0));
    // Executed, answer lost: the deployment is newer than an intent of just now.
    work.intended_at = lab.parts.clock.now();
    let lost = json!({ "action": "UpdateService", "kind": "drop_response", "times": 1 });
    lab.emulator.fault(&lost);
    let forced = warroom::model::Work {
        intended_at: work.intended_at + warroom::model::Span::secs(60),
        ..work.clone()
    };
    assert_eq!(certainty(&execute(&*driver, &forced).await), "unknown");
    let found = driver.reconcile(&work).await;
    assert!(matches!(found, Reconciled::Underway(_)), "{found:?}");
    assert!(!is_met(&*driver, &work).await);
    lab.emulator.advance();
    assert!(matches!(driver.reconcile(&work).await, Reconciled::Done(_)));
    assert!(is_met(&*driver, &work).await);
    assert_eq!(certainty(&execute(&*driver, &work).await), "ok");
    assert_eq!(lab.counted("UpdateService"), (2, 1), "a repeat would restart again");
}

#[tokio::test]
async fn a_deployment_is_made_when_it_differs_and_undone() {
    let lab = Lab::new();
    second_revision(&lab).await;
    let driver = lab.driver("ecs-service");
    let args = json!({ "version": "inventory-service:2" });
    let work = lab.work(&service(), DR, Verb::Deploy, args);
    let evidence = execute(&*driver, &work).await.unwrap();
    assert!(!is_met(&*driver, &work).await, "it is still settling");
    lab.emulator.advance();
    assert!(is_met(&*driver, &work).await);
    execute(&*driver, &work).await.unwrap();
    assert_eq!(lab.counted("UpdateService"), (1, 1));
    let back = undo(&work, &evidence);
    execute(&*driver, &back).await.unwrap();
    lab.emulator.advance();
    assert!(matches!(driver.reconcile(&back).await, Reconciled::Done(_)));
    let bare =
        lab.work(&service(), DR, Verb::Deploy, json!({ "version": "inventory-service" }));
    assert_eq!(certainty(&execute(&*driver, &bare).await), "refused");
}

#[tokio::test]
async fn a_missing_service_is_refused_and_unknown() {
    let lab = Lab::new();
    let driver = lab.driver("ecs-service");
    let mut resource = service();
    let side = resource.sides.get_mut(&SiteId::new(DR)).unwrap();
    side.params =
        params(json!({ "cluster": "mycomputer-production", "service": "nobody" }));
    let work = lab.work(&resource, DR, Verb::Scale, json!({ "count": 2 }));
    let Err(Trouble::Refused(why)) = execute(&*driver, &work).await else {
        panic!("scaled what is not there");
    };
    assert!(why.as_str().contains("knows no service nobody"), "{why}");
    let (side, sites) = (SiteId::new(DR), sites());
    assert!(driver.observe(Subject::at(&resource, &side, &sites)).await.is_err());
    assert_eq!(lab.counted("UpdateService"), (0, 0));
}
