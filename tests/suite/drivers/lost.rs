//! R4 for every changing call there is: whatever becomes of its answer, it is made once, its
//! certainty is told, looking settles it, and a second wish for the same sends nothing that
//! has an effect again.

use serde_json::{Value, json};
use warroom::model::{Noun, Reconciled, Resource, Verb, Work};

use super::{DR, Lab, PRIMARY, certainty, execute, faults, long_ago, resource};

/// One changing call, and what makes it.
struct Call {
    action: &'static str,
    verb: Verb,
    side: &'static str,
    resource: fn() -> Resource,
    args: fn() -> Value,
}

fn database() -> Resource {
    let side = |name: &str| json!({ "instance": name });
    let sides = [side("mycomputer-inventory-db"), side("mycomputer-inventory-db-dr")];
    resource("rds-replica", Noun::Database, json!({}), sides)
}

/// Fenced by the group of its network instead of being stopped.
fn walled() -> Resource {
    let primary = json!({
        "instance": "mycomputer-inventory-db",
        "fence_group": "sg-0c1f00d1c1f00d1c1",
        "open_groups": "sg-0c2f00d2c2f00d2c2",
    });
    let other = json!({ "instance": "mycomputer-inventory-db-dr" });
    resource("rds-replica", Noun::Database, json!({}), [primary, other])
}

/// With a name that is free in the other region.
fn rebuilt() -> Resource {
    let side = |name: &str| json!({ "instance": name });
    let sides = [side("mycomputer-inventory-db"), side("mycomputer-inventory-db-2")];
    resource("rds-replica", Noun::Database, json!({}), sides)
}

fn service() -> Resource {
    let side =
        json!({ "cluster": "mycomputer-production", "service": "inventory-service" });
    resource("ecs-service", Noun::Compute, json!({}), [side.clone(), side])
}

fn nothing() -> Value {
    json!({})
}

/// `PromoteReadReplica` and `ChangeResourceRecordSets` have tests of their own.
const CALLS: &[Call] = &[
    Call {
        action: "StopDBInstance",
        verb: Verb::Fence,
        side: PRIMARY,
        resource: database,
        args: nothing,
    },
    Call {
        action: "ModifyDBInstance",
        verb: Verb::Fence,
        side: PRIMARY,
        resource: walled,
        args: nothing,
    },
    Call {
        action: "CreateDBSnapshot",
        verb: Verb::Snapshot,
        side: DR,
        resource: database,
        args: || json!({ "name": "before" }),
    },
    Call {
        action: "CreateDBInstanceReadReplica",
        verb: Verb::RebuildReplica,
        side: DR,
        resource: rebuilt,
        args: nothing,
    },
    Call {
        action: "UpdateService",
        verb: Verb::Stop,
        side: DR,
        resource: service,
        args: nothing,
    },
    Call {
        action: "UpdateService",
        verb: Verb::Scale,
        side: DR,
        resource: service,
        args: || json!({ "count": 5 }),
    },
];

#[tokio::test]
async fn whatever_becomes_of_the_answer_a_call_has_one_effect() {
    let mut lab = Lab::new();
    for call in CALLS {
        for fault in faults(call.action) {
            lab.again();
            let thing = (call.resource)();
            let driver = lab.driver(&thing.kind);
            let work = lab.work(&thing, call.side, call.verb, (call.args)());
            lab.emulator.fault(&fault.rule);
            let result = execute(&*driver, &work).await;
            let told = format!("{}: {} gave {result:?}", call.verb, fault.rule);
            assert_eq!(certainty(&result), fault.certainty, "{told}");
            let acted = usize::from(fault.acted);
            assert_eq!(lab.counted(call.action), (1, acted), "{told}");
            lab.emulator.advance();
            let settled = driver.reconcile(&long_ago(&work)).await;
            assert!(fault.settles(&settled), "{told}: {settled:?}");
            assert_eq!(lab.counted(call.action).0, 1, "{told}: looking sent it");
            // Wished for again, by the same attempt or by the next: once is enough.
            let next = Work { attempt: 2, ..work.clone() };
            let again = if call.verb == Verb::Snapshot { &work } else { &next };
            let second = execute(&*driver, again).await;
            assert_eq!(lab.counted(call.action).1, 1, "{told}: then {second:?}");
            lab.emulator.advance();
            let settled = driver.reconcile(again).await;
            assert!(matches!(settled, Reconciled::Done(_)), "{told}: {settled:?}");
        }
    }
}
