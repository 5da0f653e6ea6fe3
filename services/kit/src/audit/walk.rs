//! A walk along one chain, entry by entry, and what is found on the way.

use std::collections::BTreeSet;
use std::iter::Peekable;
use std::vec::IntoIter;

use pathfinder_terms::PartnershipId;
use uuid::Uuid;

use super::chain::INSTALLATION;
use super::entry::{Place, hash_at, name_digest};
use super::report::{Blanked, Fault, Head, Report, Wrong};
use crate::rows::{audit_entry, audit_head};

/// Faults told of one chain; the rest is counted. So many entries that do not stand where they belong are sought elsewhere, too.
pub(super) const FAULTS_TOLD: usize = 200;

/// What is known of a chain beforehand.
pub(super) struct Expected {
    /// The hashes of the entries with which it began, by the chain of the installation: one.
    pub(super) begun: Vec<String>,
    /// Heads of it that were kept elsewhere, by position.
    pub(super) kept: Vec<Head>,
}

/// A walk along one chain.
pub(super) struct Walk {
    pub(super) chain: Uuid,
    /// The last entry that was stepped on; none before the first.
    pub(super) read_to: Option<(i64, Uuid)>,
    begun: Vec<String>,
    kept: Peekable<IntoIter<Head>>,
    /// The position and hash of the entry before, and whether it was whole.
    position: i64,
    hash: String,
    whole: bool,
    /// Entries that are not what stands hashed in them: altered, or moved.
    strange: Vec<audit_entry::Model>,
    blanked: Vec<(String, Blanked)>,
    faults: Vec<Fault>,
    untold: u64,
}

/// Whose chain it is.
pub(super) fn partnership_of(chain: Uuid) -> Option<PartnershipId> {
    (chain != INSTALLATION).then(|| chain.into())
}

impl Walk {
    pub(super) fn along(chain: Uuid, expected: Expected) -> Self {
        Self {
            chain,
            read_to: None,
            begun: expected.begun,
            kept: expected.kept.into_iter().peekable(),
            position: 0,
            hash: String::new(),
            whole: true,
            strange: Vec::new(),
            blanked: Vec::new(),
            faults: Vec::new(),
            untold: 0,
        }
    }

    fn fault(&mut self, position: i64, event_id: Option<Uuid>, wrong: Wrong) {
        if self.faults.len() >= FAULTS_TOLD {
            self.untold += 1;
            return;
        }
        self.faults.push(Fault { partnership_id: partnership_of(self.chain), position, event_id, wrong });
    }

    /// Steps on the next entry.
    pub(super) fn step(&mut self, entry: audit_entry::Model) {
        let position = entry.position.unwrap_or_default();
        let event_id = Some(entry.event_id);
        let follows = position == self.position + 1;
        if position == self.position {
            self.fault(position, event_id, Wrong::Repeated);
        } else if position > self.position + 1 {
            self.fault(self.position + 1, None, Wrong::Missing { last: position - 1 });
        } else if !follows {
            self.fault(position, event_id, Wrong::Altered);
        }
        let whole = is_whole(&entry, position);
        if whole && follows && self.whole && entry.prior_hash != self.hash {
            self.fault(position, event_id, Wrong::LinkBroken);
        }
        if whole && position == 1 && !self.begun.is_empty() && !self.begun.contains(&entry.hash) {
            self.fault(position, event_id, Wrong::BegunOtherwise);
        }
        self.compare_with_kept(position, &entry);
        self.look_at_name(position, &entry);
        self.hash.clone_from(&entry.hash);
        (self.position, self.whole) = (position, whole);
        self.read_to = Some((position, entry.event_id));
        if !whole {
            self.keep_strange(entry);
        }
    }

    fn keep_strange(&mut self, entry: audit_entry::Model) {
        if self.strange.len() < FAULTS_TOLD { self.strange.push(entry) } else { self.untold += 1 }
    }

    fn compare_with_kept(&mut self, position: i64, entry: &audit_entry::Model) {
        while let Some(kept) = self.kept.next_if(|kept| kept.position <= position) {
            if kept.position < position {
                self.fault(kept.position, None, Wrong::KeptMissing);
            } else if kept.hash != entry.hash {
                self.fault(position, Some(entry.event_id), Wrong::KeptDiffers);
            }
        }
    }

    fn look_at_name(&mut self, position: i64, entry: &audit_entry::Model) {
        let event_id = entry.event_id;
        if name_was_erased(entry) {
            let partnership_id = partnership_of(self.chain);
            let blanked = Blanked { entries: 1, partnership_id, position, event_id };
            self.blanked.push((entry.actor_id.clone(), blanked));
        } else if name_was_altered(entry) {
            self.fault(position, Some(event_id), Wrong::NameAltered);
        }
    }

    /// Counts the entries without their name that were found since.
    pub(super) fn tell_blanked(&mut self, report: &mut Report) {
        for (actor_id, found) in self.blanked.drain(..) {
            let count = |blanked: &mut Blanked| blanked.entries += found.entries;
            report.blanked.entry(actor_id).and_modify(count).or_insert(found);
        }
    }

    /// Compares the end with the head and with what was kept, seeks where strange entries belong, and tells all of it.
    pub(super) fn finish(mut self, head: Option<audit_head::Model>, report: &mut Report) {
        // A head before the first entry would be as good as none.
        let nothing_left = self.read_to.is_none() && head.as_ref().is_none_or(|head| head.position <= 0);
        self.compare_with_begin(nothing_left);
        let last = head.as_ref().map_or(self.position, |head| head.position);
        if !nothing_left {
            report.chains += 1;
            self.compare_with_head(head);
        }
        let beyond: Vec<Head> = self.kept.by_ref().collect();
        for kept in beyond {
            self.fault(kept.position, None, Wrong::KeptMissing);
        }
        self.place_strange(last);
        self.tell_blanked(report);
        if self.read_to.is_some() {
            let partnership_id = partnership_of(self.chain);
            report.heads.push(Head { partnership_id, position: self.position, hash: self.hash });
        }
        self.faults.sort_by_key(|fault| fault.position);
        report.untold += self.untold;
        report.faults.append(&mut self.faults);
    }

    fn compare_with_begin(&mut self, nothing_left: bool) {
        if self.chain == INSTALLATION {
            return;
        }
        match (self.begun.len(), nothing_left) {
            (0, true) | (1, false) => {}
            (0, false) => self.fault(0, None, Wrong::BeginMissing),
            (_, true) => self.fault(0, None, Wrong::Gone),
            (_, false) => self.fault(0, None, Wrong::BegunAgain),
        }
    }

    fn compare_with_head(&mut self, head: Option<audit_head::Model>) {
        let (position, event_id) = (self.position, self.read_to.map(|(_, event_id)| event_id));
        match head {
            None => self.fault(position, event_id, Wrong::HeadMissing),
            Some(head) if head.position > position => {
                self.fault(position + 1, None, Wrong::CutOff { last: head.position });
            }
            Some(head) if head.position < position => self.fault(position, event_id, Wrong::BehindHead),
            Some(head) if head.hash != self.hash => self.fault(position, event_id, Wrong::HeadDiffers),
            Some(_) => {}
        }
    }

    /// Seeks where strange entries belong: among the places of one another, and at the end.
    fn place_strange(&mut self, last: i64) {
        let strange = std::mem::take(&mut self.strange);
        let mut places: BTreeSet<i64> = strange.iter().filter_map(|entry| entry.position).collect();
        places.insert(last);
        for entry in &strange {
            let belongs = places.iter().find(|place| is_whole(entry, **place));
            let wrong = belongs.map_or(Wrong::Altered, |from| Wrong::Moved { from: *from });
            self.fault(entry.position.unwrap_or_default(), Some(entry.event_id), wrong);
        }
    }
}

/// Whether the entry is what was hashed, if it stands at `position`.
fn is_whole(entry: &audit_entry::Model, position: i64) -> bool {
    let place =
        Place { chain: entry.chain, position, prior_hash: &entry.prior_hash, before_digest: &entry.before_digest };
    entry.partnership_id.unwrap_or_default() == entry.chain && hash_at(entry, place) == entry.hash
}

/// An erased name has neither text nor salt, and its digest stays.
fn name_was_erased(entry: &audit_entry::Model) -> bool {
    entry.actor_name.is_empty() && entry.name_salt.is_empty() && !entry.name_digest.is_empty()
}

/// Entries from before names were digested have a name alone.
fn name_was_altered(entry: &audit_entry::Model) -> bool {
    let undigested = entry.name_digest.is_empty() && entry.name_salt.is_empty();
    !undigested && name_digest(&entry.name_salt, &entry.actor_name) != entry.name_digest
}
