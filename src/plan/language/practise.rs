//! What is practised, looked back on, reported and kept for auditors. None of it runs;
//! all of it is due some time.

use super::{
    Dur, Every, Filled, Flag, Inner, Listed, OneOf, OrTable, OwnId, Prose, Ref, Written,
    refs, words::Practice,
};

tables! {
    /// A list that is ticked.
    ChecklistRow "[[checklist]]" {
        /// Its id.
        need id: OwnId = "before-drill";
        /// The name people use.
        may name: Prose = "Before a drill";
        /// When it is gone through, in words.
        may when: Prose = "a week before";
        /// How long before what it belongs to.
        may lead: Dur = "7d";
        /// What is ticked: sentences, or tables with a time of their own.
        may items: Listed<OrTable<Prose, Inner<ChecklistItem>>> = r#"["Tell customers", "Verify the backups"]"#;
    }

    /// One line of a checklist that is due again and again.
    ChecklistItem "item" {
        /// What is ticked.
        need text: Prose = "The plan is approved by leadership";
        /// How often.
        may every: Every = "12 months";
        /// Who ticks it.
        may owner: Ref<refs::Role> = "incident-commander";
    }

    /// A drill and when it is due.
    DrillRow "[[drill]]" {
        /// Its id.
        need id: OwnId = "full";
        /// The name people use.
        may name: Prose = "Full drill";
        /// How often, as a length of time: `6 months`, by the calendar. Words without a number,
        /// such as `quarterly`, have no length: the drill is then never due.
        may every: Every = "6 months";
        /// How often, in the words people use for it.
        may frequency_text: Prose = "twice a year";
        /// How long it takes.
        may duration: Dur = "8h";
        /// How it is held. Only `live` touches what users use.
        may mode: OneOf<Practice> = "simulated";
        /// What is played.
        may runbook: Ref<refs::Runbook> = "region-failover";
        /// Who takes part.
        may participants: Listed<Prose> = r#"["All teams"]"#;
        /// What is ticked before and after it.
        may checklists: Listed<Ref<refs::Checklist>> = r#"["before-drill"]"#;
        /// The day it was last held.
        may last: super::Date = "2026-01-31";
    }

    /// What a drill measures.
    MetricRow "[[drill_metric]]" {
        /// Its id.
        need id: OwnId = "promotion";
        /// The name people use.
        may name: Prose = "Database promotion";
        /// The runbook's phase it is the time of, as `RUNBOOK/PHASE`, or the phase alone.
        may phase: Written = "region-failover/promote";
        /// The longest it may take.
        may target: Dur = "5m";
        /// What it took last time.
        may last: Dur = "4m";
        /// What came of it.
        may status: Prose = "pass";
        /// What is done about it when it failed.
        may action: Prose = "Warm the replica's cache beforehand";
    }

    /// What is looked at after an incident, and by when.
    ReviewRow "[[review]]" {
        /// Its id.
        need id: OwnId = "immediate";
        /// The name people use.
        may name: Prose = "Immediate review";
        /// What it comes after, in words.
        may after: Prose = "each failover or drill";
        /// How soon.
        may within: Every = "24h";
        /// What is asked.
        may items: Listed<Prose> = r#"["What went well?", "What went wrong?"]"#;
    }

    /// A report and when it is due.
    ReportRow "[[report]]" {
        /// Its id.
        need id: OwnId = "monthly";
        /// The name people use.
        may name: Written = "Recovery report of [Month] [Year]";
        /// How often.
        may every: Every = "1 month";
        /// What it comes after, in words.
        may trigger: Prose = "after each drill";
        /// What stands in it.
        may sections: Listed<Inner<ReportSection>> = r#"[{ title = "Summary", lines = ["incidents"] }]"#;
    }

    /// One part of a report.
    ReportSection "section" {
        /// Its heading.
        need title: Prose = "Backups";
        /// What stands in it.
        may lines: Listed<Prose> = r#"["success rate"]"#;
    }

    /// A figure that is kept over time.
    KpiRow "[[kpi]]" {
        /// Its id.
        need id: OwnId = "mttr";
        /// The name people use.
        may name: Prose = "Mean time to recovery";
        /// How it is worked out.
        may definition: Prose = "Mean of declared to verified, over closed incidents";
        /// What it should be.
        may target: Prose = "below 30 minutes";
    }

    /// What is recorded for auditors.
    AuditRow "[audit]" {
        /// What it covers.
        may scope: Prose = "all recovery";
        /// What each record holds.
        may fields: Listed<Prose> = r#"["time", "person", "action"]"#;
        /// A file records are added to, besides the journal.
        may log: Filled = "/var/log/incidents.log";
        /// What a line of it looks like.
        may line: Written = "time: [id] severity: description";
        /// What an incident is called.
        may incident_id: Filled = "INC-${incident.time:%Y%m%d%H%M%S}";
        /// A program that is told of each incident.
        may raise_with: Listed<Filled> = r#"["./trigger.sh", "${incident.severity}"]"#;
        /// How long records are kept.
        may retention: Every = "7 years";
    }

    /// A rule of law or contract that applies.
    ComplianceRow "[[compliance]]" {
        /// Its id.
        need id: OwnId = "gdpr";
        /// The name people use.
        may name: Prose = "GDPR";
        /// When it applies.
        may applies: Prose = "always";
        /// What it asks for.
        may requires: Listed<Prose> = r#"["Data stays in the EU"]"#;
        /// Where data under it may go: jurisdictions.
        may allows: Listed<Prose> = r#"["EU"]"#;
        /// How soon what it asks for must be done, from the begin of `runbook`.
        may within: Dur = "4h";
        /// The runbook that does it: `plan estimate` says whether that is in time.
        may runbook: Ref<refs::Runbook> = "regulatory-notification";
    }

    /// A document that belongs to the plan.
    DocumentRow "[[document]]" {
        /// Its id.
        need id: OwnId = "bia";
        /// The name people use.
        may name: Prose = "Business impact analysis";
        /// Where it is.
        may path: Filled = "docs/bia.md";
        /// How often it is gone through.
        may review_every: Every = "12 months";
        /// Who keeps it.
        may owner: Prose = "Operations";
        /// Whether it must be there before a run, beside the plan; only when this says true.
        may needed: Flag = "false";
    }
}
