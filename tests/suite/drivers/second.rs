//! The same hands on an emulator written by others: `MiniStack`. What it has of RDS, ECS,
//! Route 53 and `CloudWatch`; what it lacks is a clear answer and never a success.

use serde_json::{Value, json};
use warroom::{
    driver::{Driver, Parts, Subject},
    model::{
        DatabaseRole, DatabaseView, Fence, Lag, Noun, Observation, Reconciled, Resource,
        Span, Trouble, Verb, Work,
    },
};

use super::{DR, PRIMARY, driver, execute, is_met, look, parts, resource, undo, work};
use crate::support::{
    api::{CLUSTER, DB, DB_DR, RECORD, SERVICE},
    second::{OPEN, SecondEmulator},
};

const WALL: &str = "sg-0c1f00d1c1f00d1c1";

/// The emulator with the estate, hands that reach it, and the zone.
struct Other {
    emulator: SecondEmulator,
    parts: Parts,
    zone: String,
}

impl Other {
    /// None when it cannot be fetched here.
    async fn seeded() -> Option<Self> {
        let made = tokio::task::spawn_blocking(|| {
            let emulator = SecondEmulator::start_if_fetched()?;
            let zone = emulator.seed_mycomputer();
            Some((emulator, zone))
        });
        let (emulator, zone) = made.await.unwrap()?;
        let parts = parts(emulator.endpoint());
        Some(Self { emulator, parts, zone })
    }

    fn work(&self, resource: &Resource, to: (&str, Verb), args: Value) -> Work {
        work(&self.parts, resource, to, args)
    }
}

fn database(dr: &str) -> Resource {
    let sides = [
        json!({ "instance": DB, "fence_group": WALL }),
        json!({ "instance": dr, "fence_group": WALL }),
    ];
    resource("rds-replica", Noun::Database, json!({}), sides)
}

async fn view(driver: &dyn Driver, resource: &Resource, side: &str) -> DatabaseView {
    let seen = look(driver, resource, side).await;
    let Observation::Database(view) = seen else { panic!("{seen:?}") };
    view
}

#[tokio::test]
async fn a_database_is_seen_fenced_opened_and_kept() {
    let Some(other) = Other::seeded().await else { return };
    let (driver, database) = (driver(&other.parts, "rds-replica"), database(DB_DR));
    let seen = view(&*driver, &database, PRIMARY).await;
    assert_eq!((seen.role, seen.available), (DatabaseRole::Writer, true));
    assert_eq!((seen.fence, seen.lag), (Fence::Open, Lag::NoData));
    let fence = other.work(&database, (PRIMARY, Verb::Fence), json!({}));
    let evidence = execute(&*driver, &fence).await.unwrap();
    assert_eq!(evidence.before.as_ref().unwrap().as_str(), OPEN);
    assert!(is_met(&*driver, &fence).await);
    assert!(matches!(driver.reconcile(&fence).await, Reconciled::Done(_)));
    execute(&*driver, &undo(&fence, &evidence)).await.unwrap();
    assert_eq!(view(&*driver, &database, PRIMARY).await.fence, Fence::Open);
    let args = json!({ "name": "before-failover" });
    let snapshot = other.work(&database, (DR, Verb::Snapshot), args);
    assert!(!is_met(&*driver, &snapshot).await);
    execute(&*driver, &snapshot).await.unwrap();
    assert!(is_met(&*driver, &snapshot).await);
    let again = execute(&*driver, &snapshot).await.unwrap();
    assert!(again.summary.as_str().starts_with("already as wanted"), "{again:?}");
    let kept = other.emulator.api().snapshots(DR, DB_DR).await;
    assert_eq!(kept, ["before-failover-inc-0001-step-a1-20260822025336"]);
    let gone = view(&*driver, &self::database("nobody"), DR).await;
    assert_eq!(gone.role, DatabaseRole::Absent);
}

#[tokio::test]
async fn a_replica_is_measured_and_its_promotion_refused_by_name() {
    let Some(other) = Other::seeded().await else { return };
    // It replicates within a region only.
    let name = "mycomputer-inventory-db-2";
    let call = other.emulator.api().rds(DR).create_db_instance_read_replica();
    let call = call.db_instance_identifier(name).source_db_instance_identifier(DB_DR);
    call.send().await.unwrap();
    let (driver, database) = (driver(&other.parts, "rds-replica"), database(name));
    let unmeasured = view(&*driver, &database, DR).await;
    assert!(matches!(unmeasured.role, DatabaseRole::Replica { .. }), "{unmeasured:?}");
    assert_eq!(unmeasured.lag, Lag::NoData);
    let emulator = other.emulator;
    let emulator = tokio::task::spawn_blocking(move || {
        emulator.replica_lag(DR, name, 4.0);
        emulator
    });
    let _emulator = emulator.await.unwrap();
    let measured = view(&*driver, &database, DR).await.lag;
    assert!(
        matches!(measured, Lag::Ok { lag, .. } if lag == Span::secs(4)),
        "{measured:?}"
    );
    let promotion = work(&other.parts, &database, (DR, Verb::Promote), json!({}));
    let Err(Trouble::Refused(why)) = execute(&*driver, &promotion).await else {
        panic!("it knows no such call");
    };
    assert!(why.as_str().contains("InvalidAction"), "{why}");
    assert!(!is_met(&*driver, &promotion).await);
}

#[tokio::test]
async fn a_service_is_scaled_and_scaled_back() {
    let Some(other) = Other::seeded().await else { return };
    let driver = driver(&other.parts, "ecs-service");
    let side = json!({ "cluster": CLUSTER, "service": SERVICE });
    let service = resource("ecs-service", Noun::Compute, json!({}), [side.clone(), side]);
    let scale = other.work(&service, (DR, Verb::Scale), json!({ "count": 5 }));
    let evidence = execute(&*driver, &scale).await.unwrap();
    assert_eq!(evidence.before.as_ref().unwrap().as_str(), "1");
    assert!(is_met(&*driver, &scale).await);
    assert_eq!(other.emulator.api().tasks(DR).await, (5, 5));
    assert_eq!(other.emulator.api().tasks(PRIMARY).await, (3, 3), "another region");
    let back = undo(&scale, &evidence);
    execute(&*driver, &back).await.unwrap();
    assert!(matches!(driver.reconcile(&back).await, Reconciled::Done(_)));
    assert_eq!(other.emulator.api().tasks(DR).await, (1, 1));
}

#[tokio::test]
async fn users_are_moved_and_the_name_servers_waited_for() {
    let Some(other) = Other::seeded().await else { return };
    let driver = driver(&other.parts, "route53");
    // As the API gives a zone's id, and as people write a name.
    let zone = format!("/hostedzone/{}", other.zone);
    let shared = json!({ "zone": zone, "record": RECORD.trim_end_matches('.') });
    let sides = ["Primary", "Secondary"].map(|id| json!({ "set_identifier": id }));
    let api = resource("route53", Noun::Traffic, shared, sides);
    let shift = other.work(&api, (DR, Verb::Shift), json!({}));
    execute(&*driver, &shift).await.unwrap();
    let weights = other.emulator.api().weights(&other.zone).await;
    let found: Vec<_> = weights.iter().map(|(id, weight, _)| (&**id, *weight)).collect();
    assert_eq!(found, [("Primary", 0), ("Secondary", 100)]);
    // It says PENDING first, and INSYNC when it is asked again after a while.
    let mut seen = Vec::new();
    while !is_met(&*driver, &shift).await {
        let Observation::Traffic(view) =
            driver.observe(Subject::of(&shift)).await.unwrap()
        else {
            panic!("not traffic");
        };
        seen.push(view.in_sync);
    }
    let last = driver.observe(Subject::of(&shift)).await.unwrap();
    let Observation::Traffic(last) = last else { panic!("{last:?}") };
    assert_eq!(last.in_sync, Some(true), "{seen:?}");
    assert!(matches!(driver.reconcile(&shift).await, Reconciled::Done(_)));
}
