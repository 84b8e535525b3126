//! What a step does when no verb of the estate says it, what must be seen afterwards, and
//! what takes it back: each a small table of its own.

use super::{
    Any, Count, Dur, Filled, Flag, Inner, Json, Listed, MapOf, OneOf, Prose, Ref, Script,
    Tenth, Written, refs,
    words::{Is, Method},
};

tables! {
    /// An HTTP request.
    HttpCall "http" {
        /// The address, in full.
        need url: Filled = "https://shop.example.com/admin/cache/flush";
        /// The method.
        may method: OneOf<Method> = "POST";
        /// Headers.
        may headers: MapOf<Filled> = r#"{ Accept = "application/json" }"#;
        /// The body.
        may body: Filled = "{}";
        /// What the answer must contain.
        may contains: Filled = "ok";
        /// The status that counts as yes: one, or a range; 200-299 when left out.
        may expect: Filled = "200-299";
        /// Whether sending it twice does no harm.
        may repeatable: Flag = "true";
    }

    /// One call of an AWS service, named as its API names it. What the operation does is
    /// known by its name; one nobody has heard of changes something.
    AwsStep "aws" {
        /// The service, as the command line has it.
        need service: Written = "rds";
        /// The operation, as the API has it.
        need operation: Written = "CreateDBSnapshot";
        /// The region. Leave it out only where the service has none.
        may region: Filled = "us-west-2";
        /// What the operation is given.
        may params: Json = r#"{ DBInstanceIdentifier = "orders-db", DBSnapshotIdentifier = "orders-${run.time:%Y%m%d-%H%M}" }"#;
        /// A path into the answer.
        may query: Filled = "DBInstances[0].Endpoint";
        /// An error that counts as done.
        may ok_if: Written = "ResourceAlreadyExistsException";
        /// Where the answer's body is written.
        may save_as: Filled = "restored.pdf";
    }

    /// One call of kubectl.
    KubectlStep "kubectl" {
        /// The context: the cluster it goes to.
        may context: Filled = "shop-dr";
        /// The namespace.
        may namespace: Filled = "production";
        /// Everything else, a word each.
        need args: Listed<Filled> = r#"["rollout", "restart", "deployment/api"]"#;
    }

    /// One statement for a database.
    SqlStep "sql" {
        /// The host.
        need host: Filled = "orders-db.us-west-2.shop.internal";
        /// The port.
        may port: Count<1, 65535> = "5432";
        /// Who asks.
        may user: Filled = "admin";
        /// The database.
        may database: Filled = "orders";
        /// The statement.
        need text: Filled = "SELECT COUNT(*) FROM orders;";
        /// Where the answer is written.
        may save_as: Filled = "orders-count.txt";
    }

    /// A batch of record sets, changed together or not at all. Give `changes`, or a file
    /// beside the plan.
    DnsStep "dns_change" {
        /// The zone.
        need zone: Filled = "${hosted_zone_id}";
        /// What changes.
        may changes: Listed<Inner<RecordRow>> = r#"[{ action = "UPSERT", name = "shop.example.com", type = "A", set_identifier = "east", weight = 0, ttl = "60s", values = ["203.0.113.10"] }]"#;
        /// The file it stands in.
        may file: Filled = "failover-change.json";
        /// The shares it is meant to come to, in percent, by site.
        may weights: MapOf<Count<0, 100>> = "{ us-east-1 = 10, us-west-2 = 90 }";
    }

    /// One change of one record set.
    RecordRow "change" {
        /// UPSERT, CREATE or DELETE.
        need action: Written = "UPSERT";
        /// The record.
        need name: Filled = "shop.example.com";
        /// Its type.
        need record_type as "type": Written = "A";
        /// What tells it from its brothers.
        may set_identifier: Filled = "east";
        /// Its share.
        may weight: Count<0, 255> = "0";
        /// PRIMARY or SECONDARY.
        may failover: Written = "PRIMARY";
        /// The region of a latency record.
        may region: Written = "us-east-1";
        /// How long resolvers keep it.
        may ttl: Dur = "60s";
        /// Addresses it answers with.
        may values: Listed<Filled> = r#"["203.0.113.10"]"#;
        /// The name it stands for.
        may alias: Filled = "shop-123.us-east-1.elb.amazonaws.com";
        /// The zone of the name it stands for.
        may alias_zone: Filled = "Z35SXDOTRQ7X7K";
        /// Whether the target's health counts.
        may evaluate_target_health: Flag = "true";
        /// Its health check.
        may health_check: Filled = "primary";
    }

    /// Text for a file.
    FileStep "write" {
        /// The file.
        need file: Filled = "/etc/shop/region";
        /// What stands in it.
        need text: Filled = "us-west-2\n";
    }

    /// A line for the end of a file.
    AppendFile "append" {
        /// The file.
        need file: Filled = "/var/log/incidents.log";
        /// The line.
        need text: Filled = "${run.time}: ${incident.id} ${incident.severity}";
    }

    /// What is waited for: a probe's health, or one of the cloud's own waiters.
    UntilStep "until" {
        /// The probe that must be healthy.
        may probe: Ref<refs::Probe> = "orders-health";
        /// The waiter, as the command line has it.
        may waiter: Written = "db-instance-available";
        /// Where.
        may region: Filled = "us-west-2";
        /// What the waiter is given.
        may params: Json = r#"{ DBInstanceIdentifier = "orders-restored" }"#;
    }

    /// What must be seen before a step counts as done. Name one look (`aws`, `waiter`,
    /// `exit_code`, `record`, `sql`, `kubectl`, `probe`), or none for the step's own
    /// answer; and one comparison.
    VerifyRow "verify" {
        /// A call whose answer is looked at.
        may aws: Inner<AwsStep> = r#"{ service = "rds", operation = "DescribeDBInstances", region = "us-west-2" }"#;
        /// One of the cloud's waiters.
        may waiter: Written = "db-instance-available";
        /// What the waiter waits for.
        may identifier: Filled = "orders-restored";
        /// Where the waiter looks.
        may region: Filled = "us-west-2";
        /// How the step's program must end.
        may exit_code: Count<0, 255> = "0";
        /// A name that is resolved.
        may record: Filled = "shop.example.com";
        /// The site the name must answer with.
        may site: Ref<refs::Site> = "us-west-2";
        /// A question to a database; its first value counts.
        may sql: Inner<SqlStep> = r#"{ host = "orders-restored", text = "SELECT COUNT(*) FROM orders;" }"#;
        /// A call of kubectl that must end well.
        may kubectl: Inner<KubectlStep> = r#"{ context = "shop-dr", args = ["rollout", "status", "deployment/api"] }"#;
        /// A probe that must be healthy.
        may probe: Ref<refs::Probe> = "orders-health";
        /// Whether a server must accept connections.
        may ready: Flag = "true";
        /// The lowest status of an answer that is too high.
        may status_below: Count<100, 600> = "400";
        /// How long an answer may take.
        may within: Dur = "1s";
        /// A path into the answer.
        may path: Filled = "DBInstances[0].DBInstanceStatus";
        /// It must be this.
        may equals: Any = "\"available\"";
        /// It must not be less.
        may at_least: Tenth = "1";
        /// It must not be more.
        may at_most: Tenth = "300";
        /// It must contain this.
        may contains: Prose = "ready";
        /// It must not be less than what the last run saw.
        may not_less: Flag = "true";
    }

    /// What takes a step back.
    UndoStep "undo" {
        /// The value recorded before the change is put back: which field, in words.
        may recorded: Prose = "desired count";
        /// Nothing takes it back: why.
        may none: Prose = "Promotion ends replication for good";
        /// A program that takes it back.
        may run: Listed<Filled> = r#"["systemctl", "start", "shop"]"#;
        /// A call that takes it back.
        may aws: Inner<AwsStep> = r#"{ service = "cloudwatch", operation = "DeleteAlarms", region = "us-west-2" }"#;
        /// A call that takes it back.
        may kubectl: Inner<KubectlStep> = r#"{ context = "shop-dr", args = ["rollout", "undo", "deployment/api"] }"#;
        /// A request that takes it back; say its `method`.
        may http: Inner<HttpCall> = r#"{ url = "https://flags.shop.example.com/intake", method = "PUT", body = "on" }"#;
        /// A change of records that takes it back.
        may dns_change: Inner<DnsStep> = r#"{ zone = "${hosted_zone_id}", file = "back.json" }"#;
        /// A script that takes it back.
        may shell: Script = "tar -xzf \"$SAVED\" -C /";
        /// Values the script gets by environment.
        may env: MapOf<Filled> = r#"{ SAVED = "/tmp/config.tar.gz" }"#;
        /// A person does it.
        may manual: Prose = "Set the weights back to 100 and 0.";
    }

    /// One condition. Conditions are a closed set, and all of a step's must hold.
    WhenRow "when" {
        /// An earlier step of this runbook.
        may step: Written = "is-primary-down";
        /// A probe.
        may probe: Ref<refs::Probe> = "orders-health";
        /// How the step ended (done, failed, skipped), or how the probe is (healthy,
        /// unhealthy). Unknown is neither, and blocks. A check with `continue_if = "failed"`
        /// that saw what it wants counts as failed here.
        may is: OneOf<Is> = "failed";
        /// A parameter.
        may parameter: Ref<refs::Parameter> = "recovery_target";
        /// The value it must have.
        may equals: Prose = "production";
        /// The value it must not have.
        may not: Prose = "latest";
        /// The incident is of this severity.
        may severity: Ref<refs::Severity> = "P1";
        /// The incident is this scenario.
        may scenario: Ref<refs::Scenario> = "region-lost";
        /// It is a drill, or it is not.
        may drill: Flag = "true";
    }
}
