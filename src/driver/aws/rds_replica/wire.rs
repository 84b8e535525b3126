//! The changing calls. Each is sent once; its failure says how certain it is that nothing
//! happened.

use aws_sdk_rds::operation::RequestId;

use super::{
    super::{
        Services,
        class::{self, Left},
    },
    deed::{Call, Extra},
};
use crate::model::Trouble;

/// What was accepted, in words, and the request id.
type Accepted = (String, Option<String>);

/// Sends `call`.
pub(super) async fn send(services: &Services, call: Call) -> Result<Accepted, Trouble> {
    match call {
        Call::Promote { name, retention } => promote(services, &name, retention).await,
        Call::Stop { name } => stop(services, &name).await,
        Call::Start { name } => start(services, &name).await,
        Call::Groups { name, groups } => attach(services, &name, groups).await,
        Call::Snapshot { name, snapshot } => take(services, &name, &snapshot).await,
        Call::Rebuild { name, source, extra } => {
            rebuild(services, &name, source, extra).await
        }
    }
}

async fn promote(
    services: &Services,
    name: &str,
    retention: i32,
) -> Result<Accepted, Trouble> {
    let left = Left::default();
    let call = services
        .rds
        .change
        .promote_read_replica()
        .db_instance_identifier(name)
        .backup_retention_period(retention);
    match call.customize().interceptor(left.clone()).send().await {
        Ok(answer) => Ok((format!("promotion of {name}"), id(&answer))),
        Err(why) => Err(class::trouble("PromoteReadReplica", &why, &left)),
    }
}

async fn stop(services: &Services, name: &str) -> Result<Accepted, Trouble> {
    let left = Left::default();
    let call = services.rds.change.stop_db_instance().db_instance_identifier(name);
    match call.customize().interceptor(left.clone()).send().await {
        Ok(answer) => Ok((format!("stop of {name}"), id(&answer))),
        Err(why) => Err(class::trouble("StopDBInstance", &why, &left)),
    }
}

async fn start(services: &Services, name: &str) -> Result<Accepted, Trouble> {
    let left = Left::default();
    let call = services.rds.change.start_db_instance().db_instance_identifier(name);
    match call.customize().interceptor(left.clone()).send().await {
        Ok(answer) => Ok((format!("start of {name}"), id(&answer))),
        Err(why) => Err(class::trouble("StartDBInstance", &why, &left)),
    }
}

async fn attach(
    services: &Services,
    name: &str,
    groups: Vec<String>,
) -> Result<Accepted, Trouble> {
    let left = Left::default();
    let said = format!("change of {name} to security groups {}", groups.join(", "));
    let call = services
        .rds
        .change
        .modify_db_instance()
        .db_instance_identifier(name)
        .set_vpc_security_group_ids(Some(groups))
        .apply_immediately(true);
    match call.customize().interceptor(left.clone()).send().await {
        Ok(answer) => Ok((said, id(&answer))),
        Err(why) => Err(class::trouble("ModifyDBInstance", &why, &left)),
    }
}

async fn take(
    services: &Services,
    name: &str,
    snapshot: &str,
) -> Result<Accepted, Trouble> {
    let left = Left::default();
    let call = services
        .rds
        .change
        .create_db_snapshot()
        .db_instance_identifier(name)
        .db_snapshot_identifier(snapshot);
    let said = format!("snapshot {snapshot} of {name}");
    match call.customize().interceptor(left.clone()).send().await {
        Ok(answer) => Ok((said, id(&answer))),
        // The name is this attempt's own: whoever made it, it is this one.
        Err(why) if class::is(&why, "DBSnapshotAlreadyExists") => Ok((said, None)),
        Err(why) => Err(class::trouble("CreateDBSnapshot", &why, &left)),
    }
}

async fn rebuild(
    services: &Services,
    name: &str,
    source: String,
    extra: Extra,
) -> Result<Accepted, Trouble> {
    let left = Left::default();
    let said = format!("building of {name} as a replica of {source}");
    let call = services
        .rds
        .change
        .create_db_instance_read_replica()
        .db_instance_identifier(name)
        .source_db_instance_identifier(source)
        .set_db_subnet_group_name(extra.subnet_group)
        .set_kms_key_id(extra.kms_key);
    match call.customize().interceptor(left.clone()).send().await {
        Ok(answer) => Ok((said, id(&answer))),
        Err(why) => Err(class::trouble("CreateDBInstanceReadReplica", &why, &left)),
    }
}

fn id(answer: &impl RequestId) -> Option<String> {
    answer.request_id().map(str::to_owned)
}
