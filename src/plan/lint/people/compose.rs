//! What a compose file starts before what: enough of its lines to tell, and no YAML beyond
//! that. A line it does not understand says nothing.

/// One service that is started after another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct After {
    pub service: String,
    pub needs: String,
}

/// Every `depends_on` of a compose file, as a list or as a table.
pub(super) fn depends(text: &str) -> Vec<After> {
    let mut found = Vec::new();
    let mut within = false;
    let mut service: Option<&str> = None;
    // How far `depends_on:` is indented while its items follow.
    let mut list: Option<usize> = None;
    for line in text.lines() {
        let line = line.split(" #").next().unwrap_or_default().trim_end();
        let bare = line.trim_start();
        if bare.is_empty() || bare.starts_with('#') {
            continue;
        }
        let depth = line.len() - bare.len();
        if depth == 0 {
            within = bare == "services:";
            (service, list) = (None, None);
            continue;
        }
        if !within {
            continue;
        }
        if let Some(key) = bare.strip_suffix(':').filter(|_| depth == 2) {
            (service, list) = (Some(key), None);
            continue;
        }
        let Some(service) = service else { continue };
        let mut add = |needs: &str| {
            let needs = needs.trim().trim_matches(['"', '\'']).to_owned();
            found.push(After { service: service.to_owned(), needs });
        };
        if let Some(rest) = bare.strip_prefix("depends_on:") {
            list = rest.trim().is_empty().then_some(depth);
            let inline =
                rest.trim().strip_prefix('[').and_then(|all| all.strip_suffix(']'));
            inline.into_iter().flat_map(|all| all.split(',')).for_each(&mut add);
        } else if let Some(own) = list {
            let item = bare.strip_prefix("- ");
            let key = bare.strip_suffix(':').filter(|_| depth == own + 2);
            match item.or(key) {
                Some(needs) => add(needs),
                None if depth <= own => list = None,
                None => {}
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_started_first_is_read_however_it_is_written() {
        let text = "x-all: &all\n  depends_on: [no]\nservices:\n  web:\n    image: w # 1\n    \
                    depends_on: [db, \"cache\"]\n  jobs:\n    depends_on:\n      - db\n    \
                    image: j\n  mail:\n    depends_on:\n      db:\n        condition: \
                    service_healthy\n    ports: [25]\nvolumes:\n  data:\n    depends_on: [no]\n";
        let found: Vec<(String, String)> =
            depends(text).into_iter().map(|one| (one.service, one.needs)).collect();
        let want = [("web", "db"), ("web", "cache"), ("jobs", "db"), ("mail", "db")];
        assert_eq!(found, want.map(|(a, b)| (a.to_owned(), b.to_owned())));
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_fall_over(text in "[a-z:\\[\\], \n#-]{0,80}") {
            depends(&text);
        }
    }
}
