//! A first plan from six answers: commented, clean, and playable in the drill. Pure: files
//! come out as text. Says nothing an organisation would not have to read again.

use jiff::{ToSpan, civil::Date};

use super::{FileKind, cx::is_id, data::data, format};
use crate::model::{Field, FieldType, KindSpec, Noun, Text, Verb};

const PLAN: &str = include_str!("../../assets/new/plan.toml");
const FAILOVER: &str = include_str!("../../assets/new/failover.toml");
const FAILBACK: &str = include_str!("../../assets/new/failback.toml");

/// Somebody and how they are reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Who {
    pub name: String,
    pub contact: String,
}

/// What a new plan is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answers {
    pub organisation: String,
    /// The region that serves, and the one that stands by.
    pub regions: (String, String),
    pub database: String,
    pub compute: String,
    pub traffic: String,
    pub commander: Who,
    pub second: Who,
    pub today: Date,
}

/// A file of the new plan: its name within it, and its text.
pub type NewFile = (&'static str, String);

/// The files of a new plan, for technologies out of `kinds`.
///
/// # Errors
/// What an answer cannot be, and what it could.
pub fn begin(answers: &Answers, kinds: &[KindSpec]) -> Result<[NewFile; 3], String> {
    let slug = slug(&answers.organisation, "plan");
    let (primary, dr) = (&answers.regions.0, &answers.regions.1);
    for region in [primary, dr] {
        if !is_id(region) {
            return Err(format!("`{region}` is no region: write it as in eu-west-1"));
        }
    }
    if primary == dr {
        return Err(
            "the two regions are the same: nothing is left when it is lost".into()
        );
    }
    let kind = |noun, word: &str| found(kinds, noun, word);
    let database = kind(Noun::Database, &answers.database)?;
    let compute = kind(Noun::Compute, &answers.compute)?;
    let traffic = kind(Noun::Traffic, &answers.traffic)?;
    for (spec, verb) in
        [(database, Verb::Promote), (compute, Verb::Scale), (traffic, Verb::Shift)]
    {
        if !spec.verbs.contains(&verb) {
            return Err(format!("`{}` cannot {verb}: choose another kind", spec.kind));
        }
    }
    let commander = slug_of_name(&answers.commander.name);
    let mut second = slug_of_name(&answers.second.name);
    if second == commander {
        second.push_str("-2");
    }
    let make = Make { slug: &slug, primary, dr, answers };
    let mut pairs = make.words((commander, second));
    let blocks: Vec<Pair> = make
        .blocks([database, compute, traffic])
        .into_iter()
        .map(|(mark, block)| (mark, filled(&block, &pairs)))
        .collect();
    pairs.extend(blocks);
    let file = |template: &str, kind| format(&filled(template, &pairs), kind);
    Ok([
        ("plan.toml", file(PLAN, FileKind::Plan)?),
        ("runbooks/failover.toml", file(FAILOVER, FileKind::Runbook)?),
        ("runbooks/failback.toml", file(FAILBACK, FileKind::Runbook)?),
    ])
}

/// A mark of a template, and what stands in its place.
type Pair = (&'static str, String);

/// `template` with each `@mark@` replaced, once: what an answer holds is no mark.
fn filled(template: &str, pairs: &[Pair]) -> String {
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('@') {
        out.push_str(before);
        let mark = after.split_once('@').and_then(|(mark, tail)| {
            let found = pairs.iter().find(|(known, _)| *known == mark);
            found.map(|(_, value)| (value, tail))
        });
        if let Some((value, tail)) = mark {
            out.push_str(value);
            rest = tail;
        } else {
            out.push('@');
            rest = after;
        }
    }
    out + rest
}

fn found<'k>(
    kinds: &'k [KindSpec],
    noun: Noun,
    word: &str,
) -> Result<&'k KindSpec, String> {
    let mut all = kinds.iter().filter(|kind| kind.noun == noun);
    all.clone().find(|kind| kind.kind == word).ok_or_else(|| {
        let known: Vec<&str> = all.by_ref().map(|kind| kind.kind).collect();
        format!("there is no {noun} `{word}`; there is: {}", known.join(", "))
    })
}

/// Letters, digits and `-` of a name; `otherwise` when there are none.
fn slug(name: &str, otherwise: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        match c.to_ascii_lowercase() {
            c if c.is_ascii_alphanumeric() => out.push(c),
            _ if !out.ends_with('-') && !out.is_empty() => out.push('-'),
            _ => {}
        }
    }
    let out: String = out.trim_matches('-').chars().take(40).collect();
    if out.is_empty() { otherwise.to_owned() } else { out.trim_matches('-').to_owned() }
}

/// The last name, which is what people call one another by on a bridge.
fn slug_of_name(name: &str) -> String {
    slug(name.split_whitespace().last().unwrap_or_default(), "somebody")
}

/// Text in quotes, whatever is in it.
fn text(words: &str) -> String {
    toml::Value::String(words.trim().to_owned()).to_string()
}

struct Make<'a> {
    slug: &'a str,
    primary: &'a str,
    dr: &'a str,
    answers: &'a Answers,
}

impl Make<'_> {
    /// Parts of the files that depend on the technologies, with marks in them.
    fn blocks(&self, [database, compute, traffic]: [&KindSpec; 3]) -> Vec<Pair> {
        let zone = traffic.shared.iter().any(|field| field.name == "zone");
        let repoints = compute.verbs.contains(&Verb::Repoint);
        let smoke = if repoints { "\"repoint\"" } else { "\"promote\", \"grow\"" };
        vec![
            ("parameters", if zone { ZONE.to_owned() } else { String::new() }),
            ("database_keys", self.keys(database)),
            ("compute_keys", self.keys(compute)),
            ("traffic_keys", self.keys(traffic)),
            ("fence", fence(database, ("fence", "contain", "go"), "@primary@")),
            ("freeze", fence(database, ("freeze", "switch", "go"), "@dr@")),
            ("rebuild_primary", rebuild(database, "prepare", "@primary@")),
            ("rebuild_dr", rebuild(database, "reprotect", "@dr@")),
            ("repoint", repoint(repoints, Some("\"promote\", \"grow\""), "@dr@")),
            ("repoint_back", repoint(repoints, None, "@primary@")),
            ("smoke_needs", smoke.to_owned()),
            ("lag_probe", lag_probe(database)),
        ]
    }

    fn words(&self, (commander, second): (String, String)) -> Vec<Pair> {
        let Answers { organisation, today, .. } = self.answers;
        let next = today.checked_add(180.days()).unwrap_or(*today);
        vec![
            ("organisation_text", text(organisation)),
            // In a comment: one line of what may stand in one.
            ("organisation", Text::clean(organisation).to_string()),
            ("slug", self.slug.to_owned()),
            ("today", today.to_string()),
            ("next_review", next.to_string()),
            ("primary", self.primary.to_owned()),
            ("dr", self.dr.to_owned()),
            ("commander_text", text(&self.answers.commander.name)),
            ("commander_contact", text(&self.answers.commander.contact)),
            ("commander", commander),
            ("second_text", text(&self.answers.second.name)),
            ("second_contact", text(&self.answers.second.contact)),
            ("second", second),
            ("database", self.answers.database.clone()),
            ("compute", self.answers.compute.clone()),
            ("traffic", self.answers.traffic.clone()),
        ]
    }

    /// The keys a kind needs, of the resource and of each side.
    fn keys(&self, kind: &KindSpec) -> String {
        let needed = |fields: &'static [Field]| fields.iter().filter(|one| one.required);
        let mut out = String::new();
        for field in needed(kind.shared) {
            out.push_str(&format!(
                "{} = {}\n",
                field.name,
                self.value(field, self.primary)
            ));
        }
        // What a fence attaches, and what takes it back: without them RDS would be asked to
        // stop an instance that has a replica, which it refuses.
        let groups = ["fence_group", "open_groups"];
        let side =
            kind.side.iter().filter(|one| one.required || groups.contains(&one.name));
        if kind.side.iter().any(|one| groups.contains(&one.name)) {
            out.push_str(
                "# A security group that lets nobody in, and those of normal operation: examples.\n",
            );
        }
        for site in [self.primary, self.dr] {
            let pairs: Vec<String> = side
                .clone()
                .map(|field| format!("{} = {}", field.name, self.value(field, site)))
                .collect();
            out.push_str(&format!("side.{site} = {{ {} }}\n", pairs.join(", ")));
        }
        out
    }

    /// A likely value; the language's own example where nothing is likely.
    fn value(&self, field: &Field, site: &str) -> String {
        let (slug, suffix) = (self.slug, if site == self.dr { "-dr" } else { "" });
        let likely = match field.name {
            "instance" | "identifier" => format!("{slug}-db{suffix}"),
            "cluster" => format!("{slug}{suffix}"),
            "service" | "deployment" => slug.to_owned(),
            "namespace" => "production".to_owned(),
            "context" => format!("{slug}-{site}"),
            "nodegroup" => "application-nodes".to_owned(),
            "set_identifier" => site.to_owned(),
            "zone" => "${hosted_zone_id}".to_owned(),
            "record" => format!("www.{slug}.example.com"),
            _ => match field.ty {
                FieldType::Text | FieldType::Duration | FieldType::Word(_) => {
                    field.example.to_owned()
                }
                // These are written without quotes.
                FieldType::Number | FieldType::Flag | FieldType::List => {
                    return field.example.to_owned();
                }
            },
        };
        text(&likely)
    }
}

/// Asked when a run begins, until somebody writes it down.
const ZONE: &str = "
# The zone the records are in. Asked for when a run begins; once you know it, write it as
# `default = \"Z...\"`.
[[parameter]]
id = \"hosted_zone_id\"
source = \"prompt\"
doc = \"The zone of www.@slug@.example.com.\"
";

const LAG_PROBE: &str = "
# How far @dr@ is behind. Nobody looks at it by itself for this kind. Add `warning` and
# `critical` below your RPO, in the unit of the metric, once you know what is usual.
[[probe]]
id = \"db-lag\"
name = \"Lag of the database\"
kind = \"cloudwatch\"
resource = \"db\"
site = \"@dr@\"
vantage = \"@dr@\"
missing = \"unknown\"
metric = { namespace = \"AWS/RDS\", name = @lag@, statistic = \"Maximum\", period = \"60s\", region = \"@dr@\" }

";

/// A look at how far the other side is behind, for a kind that nobody looks at by itself.
fn lag_probe(database: &KindSpec) -> String {
    let known = data().copies.follower.iter().find(|one| one.kind == database.kind);
    let Some(known) = known.filter(|_| !database.live) else { return String::new() };
    LAG_PROBE.replace("@lag@", &text(&known.lag))
}

/// A step that stops writes at a side: by the kind's own verb, else by hand.
fn fence(kind: &KindSpec, (id, phase, needs): (&str, &str, &str), side: &str) -> String {
    let head = format!(
        "[[step]]\nid = \"{id}\"\nname = \"Stop writes to @slug@-db in {side}\"\n\
         phase = \"{phase}\"\nneeds = [\"{needs}\"]\nowner = \"operator\"\n"
    );
    if kind.verbs.contains(&Verb::Fence) {
        return format!("{head}do = \"fence\"\nresource = \"db\"\nside = \"{side}\"\n");
    }
    format!(
        "{head}manual = \"Take every way to write to @slug@-db in {side} away.\"\n\
         expect = \"0 connections\"\nfences = [\"db\"]\nat = \"{side}\"\n"
    )
}

/// A step that makes a side a replica again.
fn rebuild(kind: &KindSpec, phase: &str, side: &str) -> String {
    let head = format!(
        "[[step]]\nid = \"rebuild-{}\"\nname = \"Rebuild @slug@-db in {side} as a replica\"\n\
         phase = \"{phase}\"\nowner = \"operator\"\n",
        if side == "@dr@" { "dr" } else { "primary" }
    );
    let tail = "estimate = \"1h\"\nestimate_p95 = \"3h\"\n";
    if kind.verbs.contains(&Verb::RebuildReplica) {
        return format!(
            "{head}do = \"rebuild-replica\"\nresource = \"db\"\nside = \"{side}\"\n{tail}"
        );
    }
    format!(
        "{head}manual = \"Build @slug@-db in {side} anew, as a replica of the other side.\"\n\
         expect = \"a replica that follows\"\n{tail}"
    )
}

/// A step that points what serves at the promoted database, where its kind can.
fn repoint(can: bool, needs: Option<&str>, side: &str) -> String {
    if !can {
        return "\n# What serves there uses the database of its own region: nothing is repointed.\n"
            .to_owned();
    }
    let needs = needs.map_or_else(String::new, |ids| format!("needs = [{ids}]\n"));
    let phase = if side == "@dr@" { "recover" } else { "switch" };
    format!(
        "\n[[step]]\nid = \"repoint\"\nname = \"Point @slug@ at the database in {side}\"\n\
         phase = \"{phase}\"\n{needs}owner = \"operator\"\ndo = \"repoint\"\nresource = \"app\"\n\
         side = \"{side}\"\nto = \"db.{side}.@slug@.internal:5432\"\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_ids() {
        for (name, id) in [
            ("The Shop, Ltd.", "the-shop-ltd"),
            ("  ", "plan"),
            ("Überweg & Söhne", "berweg-s-hne"),
            ("a", "a"),
        ] {
            assert_eq!(slug(name, "plan"), id, "{name}");
        }
        assert_eq!(slug_of_name("A. Okafor"), "okafor");
        assert_eq!(slug_of_name(""), "somebody");
    }
}
