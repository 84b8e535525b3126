//! Calls written as what they are: rows into the model's errands.

use super::texts;
use crate::{
    model::{
        AwsCall, DnsCall, KubectlCall, RecordChange, SqlCall,
        errand::{FileCall, Until},
    },
    plan::{
        cx::Cx,
        language::{
            AwsStep, DnsStep, Items, KubectlStep, RecordRow, Said, SqlStep, UntilStep,
        },
    },
};

pub(super) fn aws(row: &AwsStep) -> AwsCall {
    AwsCall {
        service: row.service.get().cloned().unwrap_or_default(),
        operation: row.operation.get().cloned().unwrap_or_default(),
        region: row.region.get().cloned(),
        params: row.params.get().cloned().unwrap_or_else(|| serde_json::json!({})),
        query: row.query.get().cloned(),
        ok_if: row.ok_if.get().cloned(),
        save_as: row.save_as.get().cloned(),
    }
}

pub(super) fn kubectl(row: &KubectlStep) -> KubectlCall {
    KubectlCall {
        context: row.context.get().cloned(),
        namespace: row.namespace.get().cloned(),
        args: texts(&row.args),
    }
}

pub(super) fn sql(row: &SqlStep) -> SqlCall {
    SqlCall {
        host: row.host.get().cloned().unwrap_or_default(),
        port: row.port.get().and_then(|port| u16::try_from(*port).ok()),
        user: row.user.get().cloned(),
        database: row.database.get().cloned(),
        text: row.text.get().cloned().unwrap_or_default(),
        save_as: row.save_as.get().cloned(),
    }
}

pub(super) fn dns(cx: &mut Cx<'_>, row: &DnsStep) -> DnsCall {
    if row.changes.is_none() && row.file.is_none() {
        cx.error(
            "P-missing-key",
            &row.place,
            "this changes no record",
            "write `changes = [{ ... }]`, or `file = \"change.json\"` beside the plan",
        );
    }
    let weights = row.weights.items().iter().filter_map(|(site, found)| {
        Some((site.clone(), u32::try_from(found.value).ok()?))
    });
    DnsCall {
        zone: row.zone.get().cloned().unwrap_or_default(),
        changes: row.changes.items().iter().map(|found| change(&found.value)).collect(),
        file: row.file.get().cloned(),
        weights: weights.collect(),
    }
}

fn change(row: &RecordRow) -> RecordChange {
    RecordChange {
        action: row.action.get().cloned().unwrap_or_default(),
        name: row.name.get().cloned().unwrap_or_default(),
        record_type: row.record_type.get().cloned().unwrap_or_default(),
        set_identifier: row.set_identifier.get().cloned(),
        weight: row.weight.get().and_then(|weight| u32::try_from(*weight).ok()),
        failover: row.failover.get().cloned(),
        region: row.region.get().cloned(),
        ttl: row.ttl.get().copied(),
        values: texts(&row.values),
        alias: row.alias.get().cloned(),
        alias_zone: row.alias_zone.get().cloned(),
        evaluate_target_health: row.evaluate_target_health.get().copied(),
        health_check: row.health_check.get().cloned(),
    }
}

pub(super) fn until(cx: &mut Cx<'_>, row: &UntilStep) -> Option<Until> {
    if let Some(probe) = row.probe.get() {
        return Some(Until::Probe(probe.as_str().into()));
    }
    let Some(waiter) = row.waiter.get() else {
        cx.error(
            "P-missing-key",
            &row.place,
            "this waits for nothing",
            "write `probe = \"...\"`, or `waiter = \"db-instance-available\"`",
        );
        return None;
    };
    Some(Until::Waiter {
        waiter: waiter.clone(),
        region: row.region.get().cloned(),
        params: row.params.get().cloned().unwrap_or_else(|| serde_json::json!({})),
    })
}

pub(super) fn file(path: &str, text: &str, append: bool) -> FileCall {
    FileCall { path: path.to_owned(), text: text.to_owned(), append }
}
