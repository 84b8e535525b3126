//! One step.

use super::{
    AppendFile, AwsStep, DnsStep, Dur, FileStep, Filled, Flag, HttpCall, Inner,
    KubectlStep, Listed, Many, MapOf, OneOf, OrTable, OwnId, Prose, Ref, Script, SqlStep,
    UndoStep, UntilStep, VerifyRow, WhenRow, Written, refs, words::Risk,
};
use crate::model::{OnFail, Tier, errand::Respond};

tables! {
    /// One step: exactly one of the keys from `do` to `respond` says what it does. A step
    /// waits for the step before it, unless `needs` says otherwise.
    StepRow "[[step]]" open Verb {
        /// Its id, unique in its runbook.
        need id: OwnId = "promote";
        /// The name people use; told from what it does when left out.
        may name: Prose = "Promote the orders database";
        /// The phase it is in, when the runbook has phases.
        may phase: Written = "promote";
        /// Steps that must be done first; the step before it when left out, none with [].
        may needs: Listed<Written> = r#"["fence"]"#;
        /// The role that does it.
        may owner: Ref<refs::Role> = "database-lead";

        /// A verb on one side of a resource: promote, fence, scale, shift and so on.
        may verb as "do": Written = "promote";
        /// What the verb is done to.
        may resource: Ref<refs::Resource> = "orders-db";
        /// The side it is done at.
        may side: Ref<refs::Site> = "us-west-2";
        /// Looks at a probe, and passes when it is healthy.
        may check: Ref<refs::Probe> = "orders-health";
        /// A person does it and writes down what they saw.
        may manual: Prose = "Confirm the outage with the provider.";
        /// What they should see.
        may expect: Prose = "the event is open";
        /// Lines the person ticks one by one.
        may items: Listed<Prose> = r#"["error rate", "cache hits"]"#;
        /// A named role says go: one who has the role, or the commander, and not the one who
        /// asked for it. Two such steps may have the yes of one person.
        may approve: Prose = "Leave us-east-1?";
        /// The role that is asked; the commander when left out.
        may role: Ref<refs::Role> = "incident-commander";
        /// A program and its arguments; no shell reads them.
        may run: Listed<Filled> = r#"["./scripts/warm-cache.sh", "us-west-2"]"#;
        /// A script for `sh`, stopped by its first error. Nothing is spliced into it: give
        /// it values by `env`.
        may shell: Script = "gunzip -c \"$FILE\" | pg_restore -d orders";
        /// Whether a failing part of a pipe fails the script; it does unless this is false.
        may strict: Flag = "true";
        /// Values a program or script gets by environment.
        may env: MapOf<Filled> = r#"{ FILE = "${backup_file}" }"#;
        /// Names of our own variables it may see.
        may pass: Listed<Written> = r#"["AWS_PROFILE"]"#;
        /// Where it runs.
        may dir: Filled = "/opt/shop";
        /// The machine it runs on; the console's own when left out.
        may host: Ref<refs::Host> = "db1";
        /// An HTTP request. It is done when the status is one of its `expect`, 200 to 299 when
        /// left out; `verify` looks at the same answer besides.
        may http: Inner<HttpCall> = r#"{ url = "https://shop.example.com/flush", method = "POST" }"#;
        /// One call of an AWS service.
        may aws: Inner<AwsStep> = r#"{ service = "rds", operation = "CreateDBSnapshot", region = "us-west-2" }"#;
        /// One call of kubectl.
        may kubectl: Inner<KubectlStep> = r#"{ context = "shop-dr", args = ["get", "pods"] }"#;
        /// One statement for a database.
        may sql: Inner<SqlStep> = r#"{ host = "orders-db", text = "SELECT 1;" }"#;
        /// A batch of record sets.
        may dns_change: Inner<DnsStep> = r#"{ zone = "${hosted_zone_id}", file = "change.json" }"#;
        /// Replaces a file.
        may write: Inner<FileStep> = r#"{ file = "/etc/shop/region", text = "us-west-2" }"#;
        /// Adds a line to a file.
        may append: Inner<AppendFile> = r#"{ file = "/var/log/dr.log", text = "begun" }"#;
        /// Waits so long.
        may wait: Dur = "24h";
        /// Waits until something is seen.
        may until: Inner<UntilStep> = r#"{ probe = "orders-health" }"#;
        /// Asks for values nobody has given yet.
        may prompt: Listed<Ref<refs::Parameter>> = r#"["backup_file"]"#;
        /// Stamps a moment.
        may mark: Written = "activated";
        /// Tells a channel.
        may notify: Prose = "We are failing over.";
        /// The channel that is told.
        may channel: Prose = "incident";
        /// The event that is told, to whom its notification says.
        may event: Written = "failover-begun";
        /// Runs another runbook under this step's name: `STEP.THEIRS`. Its clock goes on.
        may call: Ref<refs::Runbook> = "region-failover";
        /// Values for what the other runbook asks for.
        may inputs: MapOf<Filled> = r#"{ backup_file = "latest.sql.gz" }"#;
        /// Does what the incident's severity, or its type, asks for.
        may respond: OneOf<Respond> = "severity";

        /// More friction than the action has by nature; never less.
        may tier: OneOf<Tier> = "T4";
        /// How much it risks, in words; raises the tier, never lowers it.
        may risk: OneOf<Risk> = "irreversible";
        /// The one role whose yes it needs: one who has it, or the commander, and neither who
        /// asked nor who then starts it. The yes holds five minutes; a yes to another step
        /// may come from the same person.
        may approval: Ref<refs::Role> = "incident-commander";
        /// How long it takes half the time.
        may estimate: Dur = "5m";
        /// How long it takes at most 19 times in 20.
        may estimate_p95: Dur = "12m";
        /// How long what it wants may take to be seen; not zero.
        may timeout: Dur = "15m";
        /// How often it is looked for; not zero.
        may every: Dur = "5s";
        /// What must be seen before it counts as done.
        may verify: Many<VerifyRow> = "";
        /// What takes it back: `recorded`, `none`, or a table.
        may undo: OrTable<Written, Inner<UndoStep>> = "recorded";
        /// Whether people may leave it out.
        may optional: Flag = "true";
        /// What must hold for it to be run: one condition, or a list.
        may when: Many<WhenRow> = "";
        /// `failed`: go on only when this check fails, as a failover does that begins
        /// because the primary is down. It is done when the probe is bad as often as its
        /// `fall`, and refuses to go on when it is good as often as its `rise`.
        may continue_if: OneOf<super::words::Is> = "failed";
        /// Runs whatever became of the steps before it, and after an abort: clean-up.
        may always: Flag = "true";
        /// Once for each: `${each}` is the item, and the step is `STEP.ITEM`.
        may for_each: Listed<Filled> = r#"["users", "orders"]"#;
        /// Not before so long after the runbook's `windows_from`: the declaration, when it
        /// has none.
        may not_before: Dur = "+2d";
        /// So long after the last of what it needs ended.
        may delay: Dur = "30s";
        /// What its failure means for the others: stop, or continue although it failed.
        may on_fail: OneOf<OnFail> = "stop";
        /// The event that is told when it is done.
        may tell_done: Written = "failover-done";
        /// The event that is told when it fails.
        may tell_failed: Written = "failover-failed";
        /// Whether it may be run again once it may have happened; it may unless this is
        /// false. Then a person rules on what became of it first.
        may retry: Flag = "false";
        /// Names for parts of its answer: `${step.ID.NAME}` in later steps.
        may outputs: MapOf<Filled> = r#"{ endpoint = "DBInstances[0].Endpoint.Address" }"#;
        /// Stamps a moment when it is done; where several steps stamp the same one, when the
        /// last of them is.
        may marks: Written = "recovered";
        /// In a runbook for each tenant: one step for all of them. What it needs it needs in
        /// every lane, and whatever needs it waits in every lane. Steps of what it calls are
        /// shared too; those of a call that is not are in each lane, with the tenant's values.
        may shared: Flag = "true";
        /// Words that make its command only say what it would do.
        may dry_run: Listed<Filled> = r#"["--dryrun"]"#;
        /// Goes on although the console ends: a load test of an hour.
        may long: Flag = "true";
        /// Whether running it a second time does no harm.
        may repeatable: Flag = "true";
        /// What its display is grouped under.
        may group: Prose = "scale";
        /// A script that does the same.
        may script: Filled = "./scripts/promote-database.sh";
        /// The event that is raised when what it took is more than `limit`.
        may over_limit: Written = "rto-exceeded";
        /// The most it may take. Where any text of the step (`name`, `manual`, `note`, what it
        /// sends) has a slot `${span.A.B}`, the most from A to B instead.
        may limit: Dur = "4h";
        /// What there is to know about it.
        may note: Prose = "Takes a reboot";

        /// Services that are back once it is done. Said of a service anywhere in a run, it
        /// goes before what follows from `uses`: `plan estimate` then counts that service to
        /// these steps, and to nothing else.
        may restores: Listed<Ref<refs::Service>> = r#"["orders"]"#;
        /// Databases whose old writer takes no writes once it is done.
        may fences: Listed<Ref<refs::Resource>> = r#"["orders-db"]"#;
        /// Databases that are the writer at `at` once it is done.
        may promotes: Listed<Ref<refs::Resource>> = r#"["orders-db"]"#;
        /// What decides where users go, and is moved to `at`.
        may moves: Listed<Ref<refs::Resource>> = r#"["www"]"#;
        /// What uses another database from now on.
        may repoints: Listed<Ref<refs::Resource>> = r#"["api"]"#;
        /// What is grown at `at`.
        may scales: Listed<Ref<refs::Resource>> = r#"["api"]"#;
        /// Copies it makes, which later must go: their names.
        may creates: Listed<Filled> = r#"["orders-test"]"#;
        /// What is gone once it is done: names.
        may destroys: Listed<Filled> = r#"["orders-test"]"#;
        /// The site it works on, when no side says so.
        may at: Ref<refs::Site> = "us-west-2";
    }
}
