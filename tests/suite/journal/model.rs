//! Any story told to both stores gets the same answers.

use proptest::prelude::*;
use warroom::{
    journal::{Journal, Lease, memory::Memory, sqlite::Sqlite},
    model::{IncidentId, Mode},
};

use super::{at, holder, note};

/// One thing one of two processes does.
#[derive(Clone, Debug)]
enum Deed {
    Open,
    Acquire {
        force: bool,
    },
    Renew,
    Release,
    /// Expecting the true number, moved by `off`.
    Append {
        off: u64,
        count: usize,
    },
    Wait(i64),
    Read {
        after: u64,
    },
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        1 => Just(Deed::Open),
        3 => any::<bool>().prop_map(|force| Deed::Acquire { force }),
        2 => Just(Deed::Renew),
        1 => Just(Deed::Release),
        6 => (0_u64..5, 0_usize..3)
            .prop_map(|(off, count)| Deed::Append { off: off.saturating_sub(3), count }),
        2 => (-8_i64..14).prop_map(Deed::Wait),
        2 => (0_u64..6).prop_map(|after| Deed::Read { after }),
    ]
}

/// Two processes at one store, and everything they were told.
struct Story {
    journals: [Box<dyn Journal>; 2],
    leases: [Lease; 2],
    id: IncidentId,
    now: i64,
}

impl Story {
    fn new(mut journals: [Box<dyn Journal>; 2]) -> Self {
        let id = journals[0].open_incident().unwrap();
        let leases = ["a", "b"].map(|token| Lease {
            holder: holder(token),
            epoch: 0,
            beat: at(0),
        });
        Self { journals, leases, id, now: 0 }
    }

    fn tell(&mut self, who: usize, deed: &Deed) -> String {
        let now = at(self.now);
        let (journal, lease) = (&mut self.journals[who], &mut self.leases[who]);
        match deed {
            Deed::Open => format!("{:?}", journal.open_incident()),
            Deed::Acquire { force } => {
                let had = journal.acquire(&self.id, &lease.holder, now, *force);
                if let Ok(new) = &had {
                    *lease = new.clone();
                }
                format!("{had:?}")
            }
            Deed::Renew => format!("{:?} {lease:?}", journal.renew(&self.id, lease, now)),
            Deed::Release => format!("{:?}", journal.release(&self.id, lease)),
            Deed::Append { off, count } => {
                let head = journal.verify(&self.id).unwrap().records;
                let entries = vec![note("something"); *count];
                format!(
                    "{:?}",
                    journal.append(&self.id, head + off, Some(lease), &entries)
                )
            }
            Deed::Wait(secs) => {
                self.now += secs;
                format!("{:?}", journal.heads())
            }
            Deed::Read { after } => format!("{:?}", journal.read(&self.id, *after)),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn memory_and_disk_give_the_same_answers(
        deeds in proptest::collection::vec((0_usize..2, deed()), 1..30)
    ) {
        let memory = Memory::new(Mode::Live);
        let dir = tempfile::tempdir().unwrap();
        let disk = || Box::new(Sqlite::open(dir.path(), Mode::Live).unwrap());
        let mut in_memory =
            Story::new([Box::new(memory.reopen()), Box::new(memory.reopen())]);
        let mut on_disk = Story::new([disk(), disk()]);
        for (who, deed) in &deeds {
            prop_assert_eq!(in_memory.tell(*who, deed), on_disk.tell(*who, deed));
        }
        let verdict = memory.verify(&in_memory.id).unwrap();
        prop_assert_eq!(disk().verify(&on_disk.id).unwrap(), verdict);
    }
}
