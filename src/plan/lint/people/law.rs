//! Whether data may go where the plan sends it.

use super::super::{Check, Findings, LintDef};
use crate::plan::{
    Level, Plan,
    language::{Items, Said, SiteRow, words::SiteRole},
};

pub(super) const LEAVES_JURISDICTION: LintDef = LintDef {
    id: "L84",
    name: "data-leaves-jurisdiction",
    level: Level::Warning,
    doc: "Data goes under another law, and the plan does not say on what basis; or a law about that applies, and the plan does not say where data may be.",
    mend: "Write the `basis`, or where data may be under `allows`; or choose a region under the same law.",
    check: Check::Plan(leaves_jurisdiction),
};

/// Laws that say where data about people may be.
const LAWS: &[&str] =
    &["gdpr", "dsgvo", "lgpd", "pipl", "pdpa", "popia", "data protection", "residency"];

fn leaves_jurisdiction(plan: &Plan, findings: &mut Findings<'_>) {
    let sites = plan.file.site.items();
    let home = sites
        .iter()
        .find(|row| row.role.get() == Some(&SiteRole::Primary))
        .or_else(|| sites.first());
    bounds(plan, findings);
    // What is allowed is a basis.
    let told = plan.file.compliance.items().iter().any(|row| row.allows.is_some());
    let home = home.filter(|_| !told).and_then(|row| Some((row, jurisdiction(row)?)));
    let Some((home, law)) = home else { return };
    for site in sites.iter().filter(|site| site.basis.is_none()) {
        let (Some(there), Some(id)) = (jurisdiction(site), site.id.get()) else {
            continue;
        };
        let witness = site.role.get() == Some(&SiteRole::Witness);
        if there != law && !witness {
            let place = site.jurisdiction.as_ref().map_or(&site.place, |one| &one.place);
            findings.at(
                place,
                format!(
                    "data goes from {} ({law}) to {id} ({there}), and nothing says on what \
                     basis",
                    home.id.get().map_or("", String::as_str)
                ),
                "write basis = \"...\": the contract, decision or consent that allows it; \
                 or stand by in a region under the same law",
            );
        }
    }
}

/// A law about where data may be, and sites outside of what it allows.
fn bounds(plan: &Plan, findings: &mut Findings<'_>) {
    for row in plan.file.compliance.items() {
        let id = row.id.get().map(|id| id.to_lowercase()).unwrap_or_default();
        let name = row.name.get().map(|name| name.as_str().to_lowercase());
        let told = format!("{id} {}", name.unwrap_or_default());
        let allows: Vec<String> =
            row.allows.items().iter().map(|found| found.value.to_string()).collect();
        if allows.is_empty() {
            if LAWS.iter().any(|law| told.contains(law)) {
                findings.at(
                    &row.place,
                    format!(
                        "{} applies, and nothing says where data may be: nobody can tell \
                         whether {} is allowed",
                        row.name.get().map_or(id, ToString::to_string),
                        last(plan)
                    ),
                    "write allows = [\"EU\"], and `jurisdiction` in each [[site]]",
                );
            }
            continue;
        }
        for site in plan.file.site.items().iter().filter(|site| site.basis.is_none()) {
            let (Some(there), Some(own)) = (jurisdiction(site), site.id.get()) else {
                continue;
            };
            if !allows.iter().any(|one| one.eq_ignore_ascii_case(&there)) {
                findings.at(
                    &site.place,
                    format!(
                        "{own} is under the law of {there}, and {} allows {} only",
                        row.id.get().map_or("", String::as_str),
                        allows.join(", ")
                    ),
                    "write basis = \"...\", or stand by where it is allowed",
                );
            }
        }
    }
}

/// The site data goes to last.
fn last(plan: &Plan) -> String {
    let site = plan.file.site.items().last();
    site.and_then(|row| row.id.get()).cloned().unwrap_or_else(|| "a site".to_owned())
}

/// As written; else whose law a cloud's region is under, where its name tells.
fn jurisdiction(site: &SiteRow) -> Option<String> {
    if let Some(told) = site.jurisdiction.get() {
        return Some(told.to_string());
    }
    let region = site.region.get().or(site.id.get())?;
    let known = REGIONS.iter().find(|(begins, _)| region.starts_with(begins));
    known.map(|(_, law)| (*law).to_owned())
}

/// Regions of AWS by how their names begin, and the country or union each is in; the more
/// particular first. Source:
/// <https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html>
const REGIONS: &[(&str, &str)] = &[
    ("eu-west-2", "UK"),
    ("eu-central-2", "Switzerland"),
    ("eu-west-", "EU"),
    ("eu-central-", "EU"),
    ("eu-north-", "EU"),
    ("eu-south-", "EU"),
    ("us-east-", "US"),
    ("us-west-", "US"),
    ("us-gov-", "US"),
    ("ca-central-", "Canada"),
    ("ca-west-", "Canada"),
    ("sa-east-", "Brazil"),
    ("ap-northeast-1", "Japan"),
    ("ap-northeast-3", "Japan"),
    ("ap-northeast-2", "South Korea"),
    ("ap-southeast-1", "Singapore"),
    ("ap-southeast-2", "Australia"),
    ("ap-southeast-4", "Australia"),
    ("ap-south-", "India"),
];
