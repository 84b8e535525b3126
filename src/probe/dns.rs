//! Names, asked of the machine's own resolver: what users of this machine would get. Owns
//! the comparison of addresses; changes nothing.

use std::{collections::BTreeSet, net::IpAddr};

use tokio::net::lookup_host;

use crate::model::{Seen, Text, Unknown};

/// The addresses of `name`, a host or an address itself.
pub(super) async fn addresses(name: &str) -> Result<BTreeSet<IpAddr>, Unknown> {
    let bare = name.trim_end_matches('.');
    let found = lookup_host((bare, 0)).await.map_err(|why| Unknown {
        why: Text::capped(&format!("{bare} cannot be resolved: {why}"), 300),
    })?;
    Ok(found.map(|address| address.ip()).collect())
}

/// Whether `name` answers with an address of one of `hosts`, the machines of a site; with
/// any address, when no site is meant.
pub(super) async fn answers(
    name: &str,
    of_a_site: bool,
    hosts: &[String],
) -> Result<Seen, Unknown> {
    let found = addresses(name).await?;
    let shown: Vec<String> = found.iter().map(ToString::to_string).collect();
    let shown = format!("{name} is {}", shown.join(", "));
    if !of_a_site {
        let value = Text::clean(shown);
        return Ok(Seen { met: !found.is_empty(), value, ..Seen::default() });
    }
    let mut known = BTreeSet::new();
    for host in hosts {
        // One of several may be gone with its site.
        known.extend(addresses(host).await.unwrap_or_default());
    }
    if known.is_empty() {
        return Err(Unknown {
            why: Text::clean(format!(
                "{shown}; nothing here knows an address of the site: give it a probe \
                 with `site`"
            )),
        });
    }
    let met = !found.is_empty() && found.is_subset(&known);
    let value = if met { shown } else { format!("{shown}, not at the site") };
    Ok(Seen { met, value: Text::clean(value), ..Seen::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_name_answers_for_a_site_by_its_machines_addresses() {
        let hosts = |all: &[&str]| all.iter().map(|host| (*host).to_owned()).collect();
        let known: Vec<String> = hosts(&["127.0.0.1", "::1"]);
        for (name, hosts, met) in [
            ("localhost", known.clone(), true),
            ("127.0.0.1", known.clone(), true),
            ("127.0.0.2", known, false),
        ] {
            let seen = answers(name, true, &hosts).await.unwrap();
            assert_eq!(seen.met, met, "{name}: {}", seen.value);
        }
        assert!(answers("127.0.0.1", true, &[]).await.is_err(), "no machine of the site");
        assert!(answers("127.0.0.1", false, &[]).await.unwrap().met);
    }
}
