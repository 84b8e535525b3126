//! `route53` on the wire.

use std::collections::BTreeMap;

use aws_sdk_route53::types::{
    Change, ChangeAction, ChangeBatch, ResourceRecord, ResourceRecordSet,
    ResourceRecordSetFailover as Failover, RrType,
};
use serde_json::{Value, json};
use warroom::{
    driver::Subject,
    model::{
        Noun, Observation, Reconciled, Resource, SiteId, Span, TrafficView, Trouble,
        Verb, Work, goal::Goal,
    },
};

use super::{
    DR, Lab, PRIMARY, certainty, execute, faults, is_met, long_ago, look, reached,
    resource, sites, undo,
};

fn name(lab: &Lab, record: &str) -> Resource {
    let shared = json!({ "zone": lab.seed.zone_id, "record": record });
    let sides = ["Primary", "Secondary"]
        .map(|identifier| json!({ "set_identifier": identifier }));
    resource("route53", Noun::Traffic, shared, sides)
}

fn api(lab: &Lab) -> Resource {
    name(lab, &lab.seed.record)
}

fn traffic(seen: Observation) -> TrafficView {
    let Observation::Traffic(view) = seen else { panic!("{seen:?}") };
    view
}

fn shares(primary: u8, dr: u8) -> BTreeMap<SiteId, u8> {
    [(SiteId::new(PRIMARY), primary), (SiteId::new(DR), dr)].into()
}

/// The zone's records by set identifier.
fn records(lab: &Lab) -> BTreeMap<String, Value> {
    let state = lab.emulator.state();
    let all = state["route53"]["zones"]["mycomputer.example."]["records"].clone();
    let key = |one: &Value| one["set_identifier"].as_str().unwrap_or_default().to_owned();
    all.as_array().unwrap().iter().map(|one| (key(one), one.clone())).collect()
}

#[tokio::test]
async fn shares_and_health_are_read_from_the_live_records() {
    let lab = Lab::new();
    let driver = lab.driver("route53");
    // With and without the dot, in any case: it is the same name.
    for record in ["api.mycomputer.example", "API.mycomputer.example."] {
        let seen = traffic(look(&*driver, &name(&lab, record), PRIMARY).await);
        assert_eq!(seen.share, shares(100, 0));
        assert_eq!(seen.in_sync, None);
        assert_eq!(seen.healthy, [(SiteId::new(PRIMARY), true)].into());
    }
    let asked = lab.emulator.calls_of("GetHealthCheckStatus").len();
    assert_eq!(asked, 1, "the account may ask once a second: a verdict is kept");
    lab.emulator.health_check(&lab.seed.health_check_id, false);
    let other = lab.driver("route53");
    let seen = traffic(look(&*other, &api(&lab), PRIMARY).await);
    assert_eq!(seen.healthy, [(SiteId::new(PRIMARY), false)].into());
    let region = |call: &crate::support::emulator::Call| call.region == "us-east-1";
    assert!(lab.emulator.calls_of("ListResourceRecordSets").iter().all(region));
}

#[tokio::test]
async fn a_shift_moves_weights_and_nothing_else_and_waits_for_the_name_servers() {
    let lab = Lab::new();
    let driver = lab.driver("route53");
    let before = records(&lab);
    let work = lab.work(&api(&lab), DR, Verb::Shift, json!({}));
    let preview = driver.preview(&work).await.unwrap();
    let line = preview.calls[0].line.as_str();
    assert!(
        line.starts_with("aws route53 change-resource-record-sets --region us-east-1")
    );
    assert!(line.contains(r#""Action":"UPSERT""#), "{line}");
    assert_eq!(preview.changes.len(), 2);
    let evidence = execute(&*driver, &work).await.unwrap();
    assert!(evidence.raw[0].as_str().starts_with("change "), "{evidence:?}");
    let seen = traffic(driver.observe(Subject::of(&work)).await.unwrap());
    assert_eq!((seen.share, seen.in_sync), (shares(0, 100), Some(false)));
    assert!(!is_met(&*driver, &work).await, "PENDING is not done");
    assert!(matches!(driver.reconcile(&work).await, Reconciled::Underway(_)));
    lab.emulator.advance();
    assert!(is_met(&*driver, &work).await);
    assert!(matches!(driver.reconcile(&work).await, Reconciled::Done(_)));
    let mut wanted = before.clone();
    wanted.get_mut("Primary").unwrap()["weight"] = json!(0);
    wanted.get_mut("Secondary").unwrap()["weight"] = json!(100);
    assert_eq!(records(&lab), wanted, "alias, TTL and health check are kept");
    assert!(driver.preview(&work).await.unwrap().already);
    execute(&*driver, &work).await.unwrap();
    assert_eq!(lab.counted("ChangeResourceRecordSets"), (1, 1));
    let back = undo(&work, &evidence);
    execute(&*driver, &back).await.unwrap();
    lab.emulator.advance();
    assert!(matches!(driver.reconcile(&back).await, Reconciled::Done(_)));
    assert_eq!(records(&lab), before);
}

#[tokio::test]
async fn a_part_of_the_users_can_be_moved() {
    let lab = Lab::new();
    let driver = lab.driver("route53");
    for (percent, primary) in [(10, 90), (50, 50), (33, 67), (0, 100)] {
        let work = lab.work(&api(&lab), DR, Verb::Shift, json!({ "percent": percent }));
        execute(&*driver, &work).await.unwrap();
        lab.emulator.advance();
        assert!(is_met(&*driver, &work).await, "{percent}");
        let seen = traffic(look(&*driver, &api(&lab), PRIMARY).await);
        assert_eq!(seen.share, shares(primary, percent));
    }
}

#[tokio::test]
async fn every_failure_is_classed_and_settled_by_looking() {
    let mut lab = Lab::new();
    let own = |code: &str, certainty| super::Fault {
        rule: json!({
            "action": "ChangeResourceRecordSets", "kind": "error",
            "status": 400, "code": code, "times": 1,
        }),
        certainty,
        acted: false,
    };
    let mut all = faults("ChangeResourceRecordSets");
    all.push(own("PriorRequestNotComplete", "not sent"));
    all.push(own("InvalidChangeBatch", "refused"));
    for fault in all {
        lab.again();
        let driver = lab.driver("route53");
        let work = lab.work(&api(&lab), DR, Verb::Shift, json!({}));
        lab.emulator.fault(&fault.rule);
        let result = execute(&*driver, &work).await;
        let told = format!("{} gave {result:?}", fault.rule);
        assert_eq!(certainty(&result), fault.certainty, "{told}");
        let acted = usize::from(fault.acted);
        assert_eq!(lab.counted("ChangeResourceRecordSets"), (1, acted), "{told}");
        let settled = driver.reconcile(&long_ago(&work)).await;
        assert!(fault.settles(&settled), "{told}: {settled:?}");
    }
}

#[tokio::test]
async fn failover_records_swap_their_roles_and_swap_back() {
    let lab = Lab::new();
    failover_pair(&lab, "www.mycomputer.example.").await;
    let driver = lab.driver("route53");
    let www = name(&lab, "www.mycomputer.example");
    let seen = traffic(look(&*driver, &www, PRIMARY).await);
    assert_eq!((seen.share, seen.ttl), (shares(100, 0), Some(Span::secs(60))));
    let half = lab.work(&www, DR, Verb::Shift, json!({ "percent": 50 }));
    assert_eq!(certainty(&execute(&*driver, &half).await), "refused");
    let work = lab.work(&www, DR, Verb::Shift, json!({}));
    let preview = driver.preview(&work).await.unwrap();
    assert_eq!(preview.changes[0].1.as_str(), "PRIMARY");
    let evidence = execute(&*driver, &work).await.unwrap();
    lab.emulator.advance();
    assert!(is_met(&*driver, &work).await);
    let back = undo(&work, &evidence);
    execute(&*driver, &back).await.unwrap();
    lab.emulator.advance();
    assert!(matches!(driver.reconcile(&back).await, Reconciled::Done(_)));
    // Nobody needs to act for users to be elsewhere.
    lab.emulator.health_check(&lab.seed.health_check_id, false);
    let other = lab.driver("route53");
    let seen = traffic(look(&*other, &www, PRIMARY).await);
    assert_eq!(seen.share, shares(0, 100));
    let home = lab.work(&www, PRIMARY, Verb::Shift, json!({}));
    let Err(Trouble::Refused(why)) = execute(&*other, &home).await else {
        panic!("a batch cannot make a check healthy");
    };
    assert!(why.as_str().contains("health check fails"), "{why}");
}

#[tokio::test]
async fn a_name_without_records_is_unknown_and_cannot_be_shifted() {
    let lab = Lab::new();
    let driver = lab.driver("route53");
    let nobody = name(&lab, "nobody.mycomputer.example");
    let (side, all) = (SiteId::new(PRIMARY), sites());
    assert!(driver.observe(Subject::at(&nobody, &side, &all)).await.is_err());
    let work = lab.work(&nobody, DR, Verb::Shift, json!({}));
    assert_eq!(certainty(&execute(&*driver, &work).await), "refused");
    assert_eq!(lab.counted("ChangeResourceRecordSets"), (0, 0));
}

#[tokio::test]
async fn after_a_restart_the_change_on_record_is_asked_about() {
    let lab = Lab::new();
    let work = lab.work(&api(&lab), DR, Verb::Shift, json!({}));
    let evidence = execute(&*lab.driver("route53"), &work).await.unwrap();
    // Another process: it remembers nothing, the journal does.
    let driver = lab.driver("route53");
    let value = |goal| match goal {
        Goal::Met(value) => (true, value),
        Goal::NotYet(value) => (false, value),
    };
    let forgot = value(reached(&*driver, &work).await);
    let unproven = "100% to eu-central-1, propagation not proven".to_owned();
    assert_eq!(forgot, (true, unproven), "what is not known is not claimed");
    let kept = Work { accepted: evidence.raw, ..work };
    let pending = value(reached(&*driver, &kept).await);
    assert_eq!(pending, (false, "100% to eu-central-1, not in sync".to_owned()));
    assert!(matches!(driver.reconcile(&kept).await, Reconciled::Underway(_)));
    lab.emulator.advance();
    let met = value(reached(&*driver, &kept).await);
    assert_eq!(met, (true, "100% to eu-central-1".to_owned()));
}

#[tokio::test]
async fn an_earlier_change_in_sync_proves_nothing_of_one_whose_answer_was_lost() {
    let lab = Lab::new();
    let driver = lab.driver("route53");
    let half = lab.work(&api(&lab), DR, Verb::Shift, json!({ "percent": 50 }));
    execute(&*driver, &half).await.unwrap();
    lab.emulator.advance();
    assert!(is_met(&*driver, &half).await);
    lab.emulator.fault(&json!({
        "action": "ChangeResourceRecordSets", "kind": "drop_response", "times": 1,
    }));
    let work = lab.work(&api(&lab), DR, Verb::Shift, json!({}));
    assert_eq!(certainty(&execute(&*driver, &work).await), "unknown");
    let Reconciled::Done(evidence) = driver.reconcile(&work).await else {
        panic!("the records are as wanted");
    };
    let summary = evidence.summary.as_str();
    assert!(summary.ends_with("propagation not proven"), "{summary}");
}

#[tokio::test]
async fn a_change_nobody_may_ask_about_does_not_keep_the_step_waiting() {
    let lab = Lab::new();
    let driver = lab.driver("route53");
    let work = lab.work(&api(&lab), DR, Verb::Shift, json!({}));
    execute(&*driver, &work).await.unwrap();
    let error = |status: u16, code: &str| json!({ "action": "GetChange", "kind": "error", "status": status, "code": code });
    // What may pass is waited out.
    lab.emulator.fault(&error(500, "InternalFailure"));
    assert!(!is_met(&*driver, &work).await);
    lab.emulator.clear_faults();
    lab.emulator.fault(&error(403, "AccessDenied"));
    let Goal::Met(value) = reached(&*driver, &work).await else {
        panic!("it will never be told");
    };
    assert!(value.ends_with("propagation not proven"), "{value}");
}

/// A failover pair of plain records; the primary has the seeded health check.
async fn failover_pair(lab: &Lab, record: &str) {
    let keys =
        aws_sdk_route53::config::Credentials::new("AKIA", "emulated", None, None, "test");
    let config = aws_sdk_route53::Config::builder()
        .behavior_version(aws_config::BehaviorVersion::v2026_01_12())
        .region(aws_sdk_route53::config::Region::new("us-east-1"))
        .credentials_provider(keys)
        .endpoint_url(lab.emulator.endpoint())
        .build();
    let pair = [
        ("Primary", Failover::Primary, "192.0.2.1", Some(&lab.seed.health_check_id)),
        ("Secondary", Failover::Secondary, "192.0.2.2", None),
    ];
    let changes = pair.map(|(identifier, role, address, check)| {
        let set = ResourceRecordSet::builder()
            .name(record)
            .r#type(RrType::A)
            .set_identifier(identifier)
            .failover(role)
            .ttl(60)
            .set_health_check_id(check.cloned())
            .resource_records(ResourceRecord::builder().value(address).build().unwrap())
            .build()
            .unwrap();
        Change::builder()
            .action(ChangeAction::Create)
            .resource_record_set(set)
            .build()
            .unwrap()
    });
    let batch =
        ChangeBatch::builder().set_changes(Some(changes.to_vec())).build().unwrap();
    aws_sdk_route53::Client::from_conf(config)
        .change_resource_record_sets()
        .hosted_zone_id(&lab.seed.zone_id)
        .change_batch(batch)
        .send()
        .await
        .unwrap();
}
