//! `rds-replica` on the wire.

use serde_json::{Value, json};
use warroom::{
    driver::{Driver, Subject},
    model::{
        DatabaseRole, DatabaseView, Fence, Lag, Noun, Observation, Reconciled, Resource,
        SiteId, Span, Text, Trouble, Verb, Work,
    },
};

use super::{
    DR, Lab, PRIMARY, certainty, execute, faults, is_met, long_ago, look, params, parts,
    resource, sites, undo,
};
use crate::support::emulator::{Emulator, Outage};

const DB: &str = "mycomputer-inventory-db";
const DB_DR: &str = "mycomputer-inventory-db-dr";

fn database() -> Resource {
    let sides = [json!({ "instance": DB }), json!({ "instance": DB_DR })];
    resource("rds-replica", Noun::Database, json!({}), sides)
}

fn promotion(lab: &Lab) -> Work {
    lab.work(&database(), DR, Verb::Promote, json!({}))
}

async fn view(driver: &dyn Driver, side: &str) -> DatabaseView {
    let seen = look(driver, &database(), side).await;
    let Observation::Database(view) = seen else { panic!("{seen:?}") };
    view
}

fn state(lab: &Lab, region: &str, name: &str) -> Value {
    lab.emulator.state()["rds"][region][name].clone()
}

#[tokio::test]
async fn both_sides_are_seen_for_what_they_are() {
    let lab = Lab::new();
    let driver = lab.driver("rds-replica");
    let writer = view(&*driver, PRIMARY).await;
    assert_eq!(writer.role, DatabaseRole::Writer);
    assert_eq!((writer.status.as_str(), writer.available), ("available", true));
    assert_eq!((writer.fence, writer.lag), (Fence::Open, Lag::NoData));
    assert!(writer.endpoint.is_some());
    let replica = view(&*driver, DR).await;
    let source = Text::clean(&lab.seed.primary_db_arn);
    assert_eq!(replica.role, DatabaseRole::Replica { source });
    assert_eq!(replica.fence, Fence::Unproven);
    assert!(
        matches!(replica.lag, Lag::Ok { lag, .. } if lag == Span::secs(3)),
        "{:?}",
        replica.lag
    );
    // A dead primary's metric would be of no use: it is the replica's region that is asked.
    let asked = lab.emulator.calls_of("GetMetricData");
    assert!(asked.iter().all(|call| call.region == DR) && !asked.is_empty());
}

#[tokio::test]
async fn no_lag_is_never_taken_for_no_delay() {
    let lab = Lab::new();
    let driver = lab.driver("rds-replica");
    let lag = async || view(&*driver, DR).await.lag;
    lab.emulator.replica_lag(Some(-1.0));
    let seen = lag().await;
    assert!(matches!(seen, Lag::NotReplicating { last: None, .. }), "{seen:?}");
    lab.emulator.replica_lag(None);
    assert_eq!(lag().await, Lag::NoData);
    let old = json!({
        "region": DR, "namespace": "AWS/RDS", "metric": "ReplicaLag",
        "dimensions": { "DBInstanceIdentifier": DB_DR }, "values": [[400, 5.0]],
    });
    lab.emulator.control("metric", &old);
    let seen = lag().await;
    assert!(matches!(seen, Lag::Stale { lag, .. } if lag == Span::secs(5)), "{seen:?}");
    lab.emulator.replica_lag(Some(2.0));
    lab.emulator.control(
        "replication",
        &json!({ "region": DR, "db": DB_DR, "status": "terminated", "message": "gone" }),
    );
    let seen = lag().await;
    let Lag::NotReplicating { reason, last } = seen else { panic!("{seen:?}") };
    assert!(reason.as_str().contains("terminated: gone"), "{reason}");
    assert!(last.is_some());
}

#[tokio::test]
async fn a_blind_metric_service_hides_nothing_else() {
    let lab = Lab::new();
    let driver = lab.driver("rds-replica");
    for kind in ["throttle", "error", "reset", "hang"] {
        lab.emulator.fault(&json!({ "action": "GetMetricData", "kind": kind }));
        let seen = view(&*driver, DR).await;
        assert!(matches!(seen.role, DatabaseRole::Replica { .. }), "{kind}: {seen:?}");
        assert_eq!(seen.lag, Lag::NoData, "{kind}");
        lab.emulator.clear_faults();
    }
}

#[tokio::test]
async fn a_promotion_is_previewed_sent_once_and_seen() {
    let lab = Lab::new();
    let driver = lab.driver("rds-replica");
    let work = promotion(&lab);
    let preview = driver.preview(&work).await.unwrap();
    assert_eq!(
        preview.calls[0].line.as_str(),
        "aws rds promote-read-replica --region eu-central-1 --db-instance-identifier \
         mycomputer-inventory-db-dr --backup-retention-period 7"
    );
    assert!(preview.irreversible.is_some() && preview.objections.is_empty());
    assert!(!preview.already);
    assert_eq!(preview.changes[0].2.as_str(), "standalone writer");
    assert_eq!(lab.counted("PromoteReadReplica"), (0, 0), "a preview changes nothing");
    let evidence = execute(&*driver, &work).await.unwrap();
    assert!(evidence.raw[0].as_str().starts_with("request id "), "{evidence:?}");
    assert!(!is_met(&*driver, &work).await, "accepted is not done");
    lab.emulator.advance();
    assert!(is_met(&*driver, &work).await);
    assert!(matches!(driver.reconcile(&work).await, Reconciled::Done(_)));
    assert_eq!(state(&lab, DR, DB_DR)["backup_retention_period"], 7);
    // The second time there is nothing to send.
    let again = execute(&*driver, &work).await.unwrap();
    assert!(again.summary.as_str().starts_with("already as wanted"), "{again:?}");
    assert!(driver.preview(&work).await.unwrap().already);
    assert_eq!(lab.counted("PromoteReadReplica"), (1, 1));
}

#[tokio::test]
async fn every_failure_of_a_promotion_is_classed_and_settled_by_looking() {
    let mut lab = Lab::new();
    for fault in faults("PromoteReadReplica") {
        lab.again();
        let driver = lab.driver("rds-replica");
        let work = promotion(&lab);
        lab.emulator.timings(&json!({ "promotion_lag_s": 600 }));
        lab.emulator.fault(&fault.rule);
        let result = execute(&*driver, &work).await;
        let told = format!("{} gave {result:?}", fault.rule);
        assert_eq!(certainty(&result), fault.certainty, "{told}");
        let acted = usize::from(fault.acted);
        assert_eq!(lab.counted("PromoteReadReplica"), (1, acted), "{told}");
        // The service shows nothing yet, whatever it does.
        let soon = driver.reconcile(&work).await;
        assert!(matches!(soon, Reconciled::CannotTell(_)), "{told}: {soon:?}");
        lab.emulator.advance();
        let later = driver.reconcile(&long_ago(&work)).await;
        assert!(fault.settles(&later), "{told}: {later:?}");
        assert_eq!(lab.counted("PromoteReadReplica").0, 1, "{told}: looking sent it");
    }
}

#[tokio::test]
async fn a_promotion_under_way_is_neither_done_nor_lost() {
    let lab = Lab::new();
    let driver = lab.driver("rds-replica");
    let work = promotion(&lab);
    lab.emulator.timings(&json!({ "promotion_lag_s": 0, "promotion_modifying_s": 600 }));
    execute(&*driver, &work).await.unwrap();
    let seen = driver.reconcile(&long_ago(&work)).await;
    assert!(matches!(seen, Reconciled::Underway(_)), "{seen:?}");
    let second = execute(&*driver, &work).await;
    assert_eq!(certainty(&second), "refused", "{second:?}");
    assert_eq!(lab.counted("PromoteReadReplica"), (1, 1));
}

#[tokio::test]
async fn a_second_promotion_the_service_refuses_says_its_code() {
    let lab = Lab::new();
    let driver = lab.driver("rds-replica");
    lab.emulator.timings(&json!({ "promotion_lag_s": 600 }));
    execute(&*driver, &promotion(&lab)).await.unwrap();
    let Err(Trouble::Refused(why)) = execute(&*driver, &promotion(&lab)).await else {
        panic!("the service took it twice");
    };
    assert!(why.as_str().contains("InvalidDBInstanceState"), "{why}");
    assert_eq!(lab.counted("PromoteReadReplica"), (2, 1));
}

#[tokio::test]
async fn an_unknown_instance_is_absent_and_nothing_is_sent() {
    let lab = Lab::new();
    let driver = lab.driver("rds-replica");
    let mut resource = database();
    let side = resource.sides.get_mut(&SiteId::new(DR)).unwrap();
    side.params = params(json!({ "instance": "nobody" }));
    let Observation::Database(seen) = look(&*driver, &resource, DR).await else {
        panic!("not a database");
    };
    assert_eq!(seen.role, DatabaseRole::Absent);
    let work = lab.work(&resource, DR, Verb::Promote, json!({}));
    assert_eq!(certainty(&execute(&*driver, &work).await), "refused");
    assert!(!driver.preview(&work).await.unwrap().objections.is_empty());
    assert_eq!(lab.counted("PromoteReadReplica"), (0, 0));
}

#[tokio::test]
async fn a_dead_region_ends_by_itself_and_stops_nobody_else() {
    let lab = Lab::new();
    let driver = lab.driver("rds-replica");
    let (resource, sites) = (database(), sites());
    lab.emulator.outage(PRIMARY, Outage::Hang);
    let dead = SiteId::new(PRIMARY);
    let (lost, alive) = tokio::join!(
        driver.observe(Subject::at(&resource, &dead, &sites)),
        view(&*driver, DR)
    );
    assert!(lost.is_err(), "{lost:?}");
    assert!(matches!(alive.role, DatabaseRole::Replica { .. }));
    let fence = lab.work(&resource, PRIMARY, Verb::Fence, json!({}));
    let result = execute(&*driver, &fence).await;
    assert_eq!(certainty(&result), "not sent", "{result:?}");
    let told = driver.reconcile(&fence).await;
    assert!(matches!(told, Reconciled::CannotTell(_)), "{told:?}");
    assert_eq!(lab.counted("StopDBInstance"), (0, 0));
    // The surviving side never needs the dead one.
    let work = promotion(&lab);
    execute(&*driver, &work).await.unwrap();
    lab.emulator.advance();
    assert!(is_met(&*driver, &work).await);
}

#[tokio::test]
async fn no_server_at_all_is_unknown_and_not_sent() {
    let mut lab = Lab::new();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    lab.parts = parts(format!("http://{}", port.local_addr().unwrap()));
    drop(port);
    let driver = lab.driver("rds-replica");
    let work = promotion(&lab);
    assert!(driver.observe(Subject::of(&work)).await.is_err());
    assert!(driver.preview(&work).await.is_err());
    assert_eq!(certainty(&execute(&*driver, &work).await), "not sent");
}

#[tokio::test]
async fn a_fence_is_proved_by_what_the_service_says_and_can_be_opened() {
    let lab = Lab::new();
    let driver = lab.driver("rds-replica");
    let work = lab.work(&database(), PRIMARY, Verb::Fence, json!({}));
    let evidence = execute(&*driver, &work).await.unwrap();
    assert!(is_met(&*driver, &work).await);
    let Fence::Closed { proof } = view(&*driver, PRIMARY).await.fence else {
        panic!("not fenced");
    };
    assert_eq!(proof.as_str(), "RDS says stopped");
    assert!(matches!(driver.reconcile(&work).await, Reconciled::Done(_)));
    assert_eq!(certainty(&execute(&*driver, &work).await), "ok");
    assert_eq!(lab.counted("StopDBInstance"), (1, 1));
    let back = undo(&work, &evidence);
    execute(&*driver, &back).await.unwrap();
    assert_eq!(view(&*driver, PRIMARY).await.fence, Fence::Open);
    assert!(matches!(driver.reconcile(&back).await, Reconciled::Done(_)));
    assert_eq!(lab.counted("StartDBInstance"), (1, 1));
}

#[tokio::test]
async fn a_plan_without_a_fence_cannot_fence() {
    let lab = Lab::new();
    let driver = lab.driver("rds-replica");
    let mut resource = database();
    resource.params = params(json!({ "fence": "none" }));
    let work = lab.work(&resource, PRIMARY, Verb::Fence, json!({}));
    assert_eq!(certainty(&execute(&*driver, &work).await), "refused");
    assert_eq!(lab.counted("StopDBInstance"), (0, 0));
}

#[tokio::test]
async fn a_snapshot_is_known_by_the_name_its_attempt_gave_it() {
    let lab = Lab::new();
    let driver = lab.driver("rds-replica");
    let args = json!({ "name": "before-failover" });
    let work = lab.work(&database(), PRIMARY, Verb::Snapshot, args);
    assert!(!is_met(&*driver, &work).await);
    lab.emulator.fault(
        &json!({ "action": "CreateDBSnapshot", "kind": "drop_response", "times": 1 }),
    );
    assert_eq!(certainty(&execute(&*driver, &work).await), "unknown");
    assert!(matches!(driver.reconcile(&work).await, Reconciled::Done(_)));
    assert!(is_met(&*driver, &work).await);
    assert_eq!(certainty(&execute(&*driver, &work).await), "ok");
    assert_eq!(lab.counted("CreateDBSnapshot"), (1, 1));
    // Another attempt's snapshot is another one, and an old one proves nothing; nor does
    // that of an incident of the same number in another journal.
    let second = Work { attempt: 2, ..work.clone() };
    assert!(!is_met(&*driver, &second).await);
    let declared_at = work.declared_at + Span::secs(1);
    let namesake = Work { declared_at, ..work };
    assert!(!is_met(&*driver, &namesake).await);
    assert_eq!(certainty(&execute(&*driver, &namesake).await), "ok");
    assert!(is_met(&*driver, &namesake).await);
    assert_eq!(lab.counted("CreateDBSnapshot"), (2, 2));
}

#[tokio::test]
async fn a_replica_is_built_only_under_a_free_name() {
    let lab = Lab::new();
    let driver = lab.driver("rds-replica");
    let work = lab.work(&database(), PRIMARY, Verb::RebuildReplica, json!({}));
    let Err(Trouble::Refused(why)) = execute(&*driver, &work).await else {
        panic!("an instance was overwritten");
    };
    assert!(why.as_str().contains("free name"), "{why}");
    let mut resource = database();
    let side = resource.sides.get_mut(&SiteId::new(DR)).unwrap();
    side.params = params(json!({ "instance": "mycomputer-inventory-db-2" }));
    let work = lab.work(&resource, DR, Verb::RebuildReplica, json!({}));
    execute(&*driver, &work).await.unwrap();
    let call = &lab.emulator.calls_of("CreateDBInstanceReadReplica")[0];
    assert_eq!(
        call.params["SourceDBInstanceIdentifier"].as_str(),
        Some(lab.seed.primary_db_arn.as_str())
    );
    assert!(matches!(driver.reconcile(&work).await, Reconciled::Done(_)));
}

#[tokio::test]
async fn lag_is_read_where_the_sdk_s_own_protocol_is_not_spoken() {
    let lab = Lab::with(Emulator::start_with(&["--upstream"]));
    lab.emulator.replica_lag(Some(7.0));
    let driver = lab.driver("rds-replica");
    for looks in 1..=2 {
        let lag = view(&*driver, DR).await.lag;
        assert!(
            matches!(lag, Lag::Ok { lag, .. } if lag == Span::secs(7)),
            "{looks}: {lag:?}"
        );
        // Once in CBOR, which is not understood, and from then on in the query protocol.
        assert_eq!(lab.emulator.calls_of("GetMetricData").len(), 1 + looks);
    }
}

#[tokio::test]
async fn a_metric_service_that_refuses_is_not_asked_again_in_other_words() {
    let lab = Lab::new();
    for (status, code, asked) in
        [(403, "AccessDenied", 1), (400, "Throttling", 2), (404, "UnknownOperation", 2)]
    {
        let driver = lab.driver("rds-replica");
        let before = lab.emulator.calls_of("GetMetricData").len();
        lab.emulator.fault(&json!({
            "action": "GetMetricData", "kind": "error", "status": status, "code": code,
        }));
        assert_eq!(view(&*driver, DR).await.lag, Lag::NoData, "{code}");
        let calls = lab.emulator.calls_of("GetMetricData").len() - before;
        // Throttled: the SDK's own second try, in the same words.
        assert_eq!(calls, asked, "{code}");
        lab.emulator.clear_faults();
    }
}

/// A group of the estate that lets nobody in.
const WALL: &str = "sg-0c1f00d1c1f00d1c1";

#[tokio::test]
async fn a_fence_of_groups_is_proved_and_put_back_as_it_was() {
    let lab = Lab::new();
    let driver = lab.driver("rds-replica");
    let sides =
        [json!({ "instance": DB, "fence_group": WALL }), json!({ "instance": DB_DR })];
    let walled = resource("rds-replica", Noun::Database, json!({}), sides);
    let fence = async || {
        let Observation::Database(seen) = look(&*driver, &walled, PRIMARY).await else {
            panic!("not a database");
        };
        seen.fence
    };
    // As many groups as RDS likes, in any order.
    let open = json!({ "open_groups": "sg-0b, sg-0a" });
    let mut opened = walled.clone();
    let side = opened.sides.get_mut(&SiteId::new(PRIMARY)).unwrap();
    let mut settings = json!({ "instance": DB, "fence_group": WALL });
    settings.as_object_mut().unwrap().extend(open.as_object().unwrap().clone());
    side.params = params(settings);
    let unfence = lab.work(&opened, PRIMARY, Verb::Unfence, json!({}));
    execute(&*driver, &unfence).await.unwrap();
    assert_eq!(fence().await, Fence::Open);
    let again = execute(&*driver, &unfence).await.unwrap();
    assert!(again.summary.as_str().starts_with("already as wanted"), "{again:?}");
    let work = lab.work(&walled, PRIMARY, Verb::Fence, json!({}));
    let evidence = execute(&*driver, &work).await.unwrap();
    assert_eq!(evidence.before.as_ref().unwrap().as_str(), "sg-0a,sg-0b");
    assert!(matches!(fence().await, Fence::Closed { .. }));
    assert!(is_met(&*driver, &work).await);
    let back = undo(&work, &evidence);
    execute(&*driver, &back).await.unwrap();
    assert_eq!(fence().await, Fence::Open);
    assert!(matches!(driver.reconcile(&back).await, Reconciled::Done(_)));
    assert_eq!(lab.counted("ModifyDBInstance"), (3, 3));
}
