//! What is lost: sites of the plan, regions of the cloud.

use std::collections::BTreeSet;

use crate::{
    model::SiteId,
    plan::{Plan, data::data},
};

/// Sites and regions that answer nobody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Loss {
    pub sites: BTreeSet<SiteId>,
    pub regions: BTreeSet<String>,
}

impl Loss {
    /// What `words` name: ids of sites, or regions. A region takes all its sites along; a
    /// site takes its region along unless another site of the same region stays.
    ///
    /// # Errors
    /// The word that names neither, and what the plan knows.
    pub fn of(plan: &Plan, words: &[String]) -> Result<Self, String> {
        let mut loss = Self::default();
        for word in words {
            let site = plan.sites.iter().find(|site| site.id.as_str() == word);
            if let Some(site) = site {
                loss.sites.insert(site.id.clone());
                continue;
            }
            let known =
                plan.sites.iter().any(|one| one.region.as_deref() == Some(word.as_str()));
            if !known && !is_region(word) {
                return Err(unknown(plan, word));
            }
            loss.regions.insert(word.clone());
        }
        let within = |site: &&crate::model::Site| {
            site.region.as_ref().is_some_and(|region| loss.regions.contains(region))
        };
        let more: Vec<SiteId> =
            plan.sites.iter().filter(within).map(|site| site.id.clone()).collect();
        loss.sites.extend(more);
        let gone = |region: &str| {
            let mut here =
                plan.sites.iter().filter(|one| one.region.as_deref() == Some(region));
            here.all(|site| loss.sites.contains(&site.id))
        };
        let named = plan.sites.iter().filter(|site| loss.sites.contains(&site.id));
        let regions: Vec<String> = named
            .filter_map(|site| site.region.clone())
            .filter(|region| gone(region))
            .collect();
        loss.regions.extend(regions);
        Ok(loss)
    }

    pub fn site(&self, site: &SiteId) -> bool {
        self.sites.contains(site)
    }

    pub fn region(&self, region: &str) -> bool {
        self.regions.contains(region)
    }

    /// The lost place that stands in `text` as a whole: `db.us-east-1.example.com` is in
    /// us-east-1, `us-east-10` is not.
    pub fn named_in(&self, text: &str) -> Option<&str> {
        let sites = self.sites.iter().map(SiteId::as_str);
        let mut places = self.regions.iter().map(String::as_str).chain(sites);
        places.find(|place| stands_in(place, text))
    }

    /// As people say it: `us-east-1`.
    pub fn told(&self) -> String {
        let mut places: Vec<&str> = self.regions.iter().map(String::as_str).collect();
        let sites = self.sites.iter().map(SiteId::as_str);
        places.extend(sites.filter(|site| !self.regions.contains(*site)));
        places.join(", ")
    }
}

fn unknown(plan: &Plan, word: &str) -> String {
    let sites: Vec<&str> = plan.sites.iter().map(|site| site.id.as_str()).collect();
    let regions = plan.sites.iter().filter_map(|site| site.region.as_deref());
    let mut known: Vec<&str> = sites;
    known.extend(regions);
    known.sort_unstable();
    known.dedup();
    format!(
        "`{word}` is no site of this plan and no region; it has: {}",
        known.join(", ")
    )
}

/// Whether it looks like the cloud's name of a region: `eu-west-1`, `us-gov-east-1`.
pub(super) fn is_region(word: &str) -> bool {
    let listed = data().alias_zones.zone.iter().any(|zone| zone.region == word);
    let parts: Vec<&str> = word.split('-').collect();
    let shaped = match parts.as_slice() {
        [area, middle @ .., number] => {
            area.len() == 2
                && !middle.is_empty()
                && middle.iter().chain([area]).all(|part| {
                    !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase())
                })
                && number.len() == 1
                && number.chars().all(|c| c.is_ascii_digit())
        }
        [_] | [] => false,
    };
    listed || shaped
}

/// Whether `name` stands in `text` with nothing of a name before or after it.
pub(super) fn stands_in(name: &str, text: &str) -> bool {
    let part = |c: char| c.is_ascii_alphanumeric();
    !name.is_empty()
        && text.match_indices(name).any(|(at, found)| {
            let (before, after) = (text.get(..at), text.get(at + found.len()..));
            !before.is_some_and(|text| text.ends_with(part))
                && !after.is_some_and(|text| text.starts_with(part))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_are_told_from_other_names() {
        for (word, is) in [
            ("us-east-1", true),
            ("ap-southeast-2", true),
            ("us-gov-east-1", true),
            ("east", false),
            ("dc-1", false),
            ("us-east-10", false),
            ("main-db-1", false),
            ("", false),
        ] {
            assert_eq!(is_region(word), is, "{word}");
        }
    }

    #[test]
    fn a_place_stands_in_a_text_as_a_whole() {
        for (name, text, stands) in [
            ("us-east-1", "https://db.us-east-1.shop.example.com", true),
            ("us-east-1", "arn:aws:rds:us-east-1:1:db:x", true),
            ("us-east-1", "us-east-10", false),
            ("us-east-1", "my-app-us-east-1-data", true),
            ("east", "northeast", false),
        ] {
            assert_eq!(stands_in(name, text), stands, "{name} in {text}");
        }
    }
}
