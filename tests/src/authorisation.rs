//! `authorisation.tsv`, the table of who may call what, as data.

use std::collections::{BTreeMap, BTreeSet};

use prost_reflect::MethodDescriptor;

use crate::cast::{self, RESIDENT, ROLES};
use crate::contract::{self, short_name};

const TABLE: &str = include_str!("../authorisation.tsv");

/// What a role may do with an RPC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell {
    /// Call it, whichever partnership it names.
    Open,
    /// Call it in the partnership where the role is held.
    Own,
    /// Call it about oneself.
    Oneself,
    /// Nothing.
    No,
    /// Nothing, whatever its token says: the service does not take tokens of its kind.
    Elsewhere,
}

impl Cell {
    const ALL: [Self; 5] = [Self::Open, Self::Own, Self::Oneself, Self::No, Self::Elsewhere];

    fn read(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cell| cell.word() == word)
    }

    /// Its word in the table.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Own => "own",
            Self::Oneself => "self",
            Self::No => "no",
            Self::Elsewhere => "elsewhere",
        }
    }
}

/// What every role may do with one RPC.
#[derive(Debug, Clone)]
pub struct Row(BTreeMap<&'static str, Cell>);

impl Row {
    /// What a role may do.
    ///
    /// # Panics
    ///
    /// When there is no such role.
    #[must_use]
    pub fn cell(&self, role: &str) -> Cell {
        *self.0.get(role).unwrap_or_else(|| panic!("{role} is one of {ROLES:?}"))
    }

    /// Whether some role may do this.
    #[must_use]
    pub fn holds(&self, cell: Cell) -> bool {
        self.0.values().any(|found| *found == cell)
    }
}

/// The rows, by the short names of their RPCs.
///
/// # Panics
///
/// When the table is not one row for each RPC and one column for each role, with everything that is wrong with it.
#[must_use]
pub fn table() -> BTreeMap<String, Row> {
    let (rows, mut faults) = read();
    let missing = contract::rpcs().map(|rpc| short_name(&rpc)).filter(|name| !rows.contains_key(name));
    faults.extend(missing.map(|name| format!("{name} has a row")));
    let names: BTreeSet<String> = contract::rpcs().map(|rpc| short_name(&rpc)).collect();
    if names.len() != contract::rpcs().count() {
        faults.push("short names tell the RPCs apart".to_owned());
    }
    assert!(faults.is_empty(), "authorisation.tsv says of each RPC who may; not so:\n  {}", faults.join("\n  "));
    rows
}

fn read() -> (BTreeMap<String, Row>, Vec<String>) {
    let mut lines = TABLE.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let head: Vec<&str> = lines.next().unwrap_or_default().split('\t').collect();
    let expected: Vec<&str> = ["domain", "rpc"].into_iter().chain(ROLES).collect();
    let (mut rows, mut faults) = (BTreeMap::new(), Vec::new());
    if head != expected {
        faults.push(format!("the columns are {expected:?}, and not {head:?}"));
    }
    for line in lines {
        let parts: Vec<&str> = line.split('\t').collect();
        let [domain, name, words @ ..] = parts.as_slice() else {
            faults.push(format!("`{line}` is a row"));
            continue;
        };
        let cells = ROLES.into_iter().zip(words).filter_map(|(role, word)| Some((role, Cell::read(word)?)));
        let row = Row(cells.collect());
        if row.0.len() != ROLES.len() || words.len() != ROLES.len() {
            faults.push(format!("{name} has {} cells, each `open`, `own`, `self`, `no` or `elsewhere`", ROLES.len()));
        }
        match contract::rpcs().find(|rpc| short_name(rpc) == *name) {
            Some(rpc) => faults.extend(contradictions(domain, &rpc, &row)),
            None => faults.push(format!("{name} is an RPC")),
        }
        if rows.insert((*name).to_owned(), row).is_some() {
            faults.push(format!("{name} has one row only"));
        }
    }
    (rows, faults)
}

/// Where a row contradicts the contract.
fn contradictions(domain: &str, rpc: &MethodDescriptor, row: &Row) -> Vec<String> {
    let name = short_name(rpc);
    let has = |field: &str| rpc.input().get_field_by_name(field).is_some();
    let is_elsewhere = |role: &&str| row.0.get(role) == Some(&Cell::Elsewhere);
    let elsewhere = ROLES.iter().all(|role| is_elsewhere(role) == cast::is_meant_for_others(rpc, role));
    let is_open = row.0.get(RESIDENT) == Some(&Cell::Open);
    let rules = [
        (contract::domain(rpc) == domain, format!("{name} belongs to {}", contract::domain(rpc))),
        (!row.holds(Cell::Own) || has("partnership_id"), format!("{name} says `own` only if it names a partnership")),
        (!row.holds(Cell::Oneself) || has("person_id"), format!("{name} says `self` only if it names a person")),
        (
            elsewhere,
            format!("{name} says `elsewhere` of those whose tokens {domain} does not take, and of nobody else"),
        ),
        (contract::is_public(rpc) == is_open, format!("{name} is open to residents if its contract says so")),
    ];
    rules.into_iter().filter(|(holds, _)| !holds).map(|(_, rule)| rule).collect()
}
