//! The text of a partnership's own policies: cut into policies, each read by itself, so that every fault is found at once and told with
//! its line, and a policy that cannot be read takes no other with it.
//!
//! The reader of policies calls itself for whatever is nested, without looking at what is left of its stack. So what is nested too deep,
//! or too long, is refused before it is read: a text must not end the process.

use std::collections::HashSet;
use std::fmt;

use cedar_policy::{Effect, Policy, PolicyId, PolicySet, ValidationMode};
use miette::Diagnostic;
use pathfinder_terms::Role;

use super::Compiled;
use crate::failure::{Failure, Violation};

const MOST_POLICIES: usize = 64;
const LONGEST_POLICY: usize = 2_000;
const LONGEST_ADVICE: usize = 200;
/// Brackets within brackets; each condition counts as one more.
const DEEPEST: usize = 32;
/// So many faults are listed, and so much is said of each: they travel in a header.
const MOST_FAULTS: usize = 16;
const LONGEST_FAULT: usize = 240;

/// What is told to whomever a policy refuses.
pub(super) const ADVICE: &str = "advice";

/// Something that is wrong with a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    line: usize,
    said: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.said)
    }
}

/// One policy of a text, and where it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Statement<'a> {
    number: usize,
    line: usize,
    text: &'a str,
    depth: usize,
}

/// A policy that does not do, as far as it could be read.
#[derive(Debug)]
pub(super) struct Unfit {
    pub(super) faults: Vec<Fault>,
    pub(super) policy: Option<Box<Policy>>,
}

/// Reads a text that is to be set.
///
/// # Errors
///
/// `INVALID_REQUEST` with every fault, each as a violation of `field`.
pub(super) fn check(rules: &Compiled, field: &str, text: &str) -> Result<(), Failure> {
    let statements = statements(text);
    let mut faults: Vec<Fault> = Vec::new();
    if let Some(statement) = statements.get(MOST_POLICIES) {
        let said = format!("there are {} policies; at most {MOST_POLICIES} can be set", statements.len());
        faults.push(Fault { line: statement.line, said });
    }
    for statement in statements.iter().take(MOST_POLICIES) {
        if let Err(unfit) = read(rules, statement) {
            faults.extend(unfit.faults);
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(Failure::invalid(violations(field, &faults))) }
}

fn violations(field: &str, faults: &[Fault]) -> Vec<Violation> {
    let told = faults.iter().take(MOST_FAULTS).map(|fault| Violation::new(field, fault.to_string()));
    let more = faults.len().saturating_sub(MOST_FAULTS);
    let rest = (more > 0).then(|| Violation::new(field, format!("has {more} more faults")));
    told.chain(rest).collect()
}

/// Cuts a text into its policies: each ends with a semicolon that stands neither in a string nor in a comment.
pub(super) fn statements(text: &str) -> Vec<Statement<'_>> {
    let mut found = Vec::new();
    let mut scan = Scan::default();
    let mut letters = text.char_indices().peekable();
    while let Some((index, letter)) = letters.next() {
        let next = letters.peek().map(|(_, next)| *next);
        if scan.step(index, letter, next) {
            found.extend(scan.cut(text, index + letter.len_utf8()));
        }
    }
    // What lacks its semicolon is told so by the reader.
    found.extend(scan.cut(text, text.len()));
    found
}

/// Where a scan stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Within {
    #[default]
    Code,
    Text {
        escaped: bool,
    },
    Comment,
}

#[derive(Debug, Default)]
struct Scan {
    count: usize,
    within: Within,
    start: Option<usize>,
    open: usize,
    deepest: usize,
}

impl Scan {
    /// Takes in a letter; whether it ends a policy.
    fn step(&mut self, index: usize, letter: char, next: Option<char>) -> bool {
        self.within = match (self.within, letter) {
            // Cedar ends a comment at either of them.
            (Within::Comment, '\n' | '\r') | (Within::Text { escaped: false }, '"') => Within::Code,
            (Within::Text { escaped }, letter) => Within::Text { escaped: letter == '\\' && !escaped },
            (Within::Code, '/') if next == Some('/') => Within::Comment,
            (Within::Code, '"') => Within::Text { escaped: false },
            (within, _) => within,
        };
        if self.within != Within::Code {
            if self.within != Within::Comment {
                self.start.get_or_insert(index);
            }
            return false;
        }
        match letter {
            '(' | '[' | '{' => self.open += 1,
            ')' | ']' | '}' => self.open = self.open.saturating_sub(1),
            _ => {}
        }
        self.deepest = self.deepest.max(self.open);
        if !letter.is_whitespace() {
            self.start.get_or_insert(index);
        }
        letter == ';'
    }

    fn cut<'a>(&mut self, text: &'a str, end: usize) -> Option<Statement<'a>> {
        let deepest = std::mem::take(&mut self.deepest);
        self.open = 0;
        let start = self.start.take()?;
        let (before, cut) = (text.get(..start)?, text.get(start..end)?);
        let conditions = cut.matches("then").count();
        self.count += 1;
        let line = 1 + before.matches('\n').count();
        Some(Statement { number: self.count, line, text: cut, depth: deepest + conditions })
    }
}

impl Statement<'_> {
    /// A fault at so many bytes from the beginning of the policy.
    fn fault(&self, at: usize, said: impl Into<String>) -> Fault {
        let before = self.text.get(..at).unwrap_or_default();
        let mut said: String = said.into().replace(['\n', '\r'], " ");
        if said.chars().count() > LONGEST_FAULT {
            said = said.chars().take(LONGEST_FAULT).chain("…".chars()).collect();
        }
        Fault { line: self.line + before.matches('\n').count(), said }
    }

    /// What the reader of policies says, with where and what would help.
    fn told(&self, id: &PolicyId, told: &impl Diagnostic) -> Fault {
        let at = told.labels().and_then(|mut labels| labels.next()).map_or(0, |label| label.offset());
        let said = told.to_string();
        let said = said.strip_prefix(&format!("for policy `{id}`, ")).unwrap_or(&said);
        let help = told.help().map(|help| format!(" ({help})")).unwrap_or_default();
        self.fault(at, format!("{said}{help}"))
    }

    fn id(&self) -> PolicyId {
        PolicyId::new(format!("own {}", self.number))
    }
}

/// Reads one policy.
///
/// # Errors
///
/// Every fault that it has.
pub(super) fn read(rules: &Compiled, statement: &Statement<'_>) -> Result<Policy, Unfit> {
    let unread = |fault| Unfit { faults: vec![fault], policy: None };
    let length = statement.text.chars().count();
    if length > LONGEST_POLICY {
        let said = format!("this policy has {length} characters; at most {LONGEST_POLICY} are read");
        return Err(unread(statement.fault(0, said)));
    }
    if statement.depth > DEEPEST {
        let said = format!("this policy is nested too deep: at most {DEEPEST} brackets and conditions in one another");
        return Err(unread(statement.fault(0, said)));
    }
    let id = statement.id();
    let policy = Policy::parse(Some(id.clone()), statement.text).map_err(|errors| Unfit {
        faults: errors.iter().map(|error| statement.told(&id, error)).collect(),
        policy: None,
    })?;
    let mut faults = faults_by_schema(rules, statement, &policy);
    faults.extend(faults_by_kind(rules, &policy).into_iter().map(|said| statement.fault(0, said)));
    if faults.is_empty() { Ok(policy) } else { Err(Unfit { faults, policy: Some(Box::new(policy)) }) }
}

/// What the schema has against a policy. A warning is a fault as well: a policy that can never hold, or in which a word is not what it
/// looks like, does not do what its author means.
fn faults_by_schema(rules: &Compiled, statement: &Statement<'_>, policy: &Policy) -> Vec<Fault> {
    let set = match PolicySet::from_policies([policy.clone()]) {
        Ok(set) => set,
        Err(error) => return vec![statement.told(policy.id(), &error)],
    };
    let found = rules.validator.validate(&set, ValidationMode::Strict);
    let errors = found.validation_errors().map(|error| statement.told(policy.id(), error));
    let warnings = found.validation_warnings().map(|warning| statement.told(policy.id(), warning));
    errors.chain(warnings).collect()
}

/// What makes a policy of the right form none that a partnership may set.
fn faults_by_kind(rules: &Compiled, policy: &Policy) -> Vec<String> {
    let mut faults = says_what_is_not_seen(policy);
    if policy.effect() != Effect::Forbid {
        faults.push("only `forbid` can be set here: a partnership's own policies take away and never allow".to_owned());
    }
    let mut seen = HashSet::new();
    for named in policy.entity_literals().into_iter().filter(|named| seen.insert(named.clone())) {
        let word = named.id().unescaped();
        if *named.type_name() == rules.role && !Role::ALL.iter().any(|role| role.word() == word) {
            let roles: Vec<&str> = Role::ALL.iter().map(|role| role.word()).collect();
            faults.push(format!("{named} is no role; there are {}", roles.join(", ")));
        }
        if *named.type_name() == rules.action && rules.acts.get(word).is_some_and(|act| act.beyond) {
            faults.push(format!(
                "{named} cannot be forbidden by a partnership: it belongs to identity, to the installation or to the law, or is \
                 about these policies themselves and who set them"
            ));
        }
    }
    let unfit = |advice: &str| {
        advice.trim().is_empty() || advice.chars().count() > LONGEST_ADVICE || advice.contains(char::is_control)
    };
    if policy.annotation(ADVICE).is_some_and(unfit) {
        faults.push(format!("an advice is one line of 1 to {LONGEST_ADVICE} characters"));
    }
    faults
}

/// What a policy says of somebody's or something's id, which policies do not see, and where it asks whether there is an attribute: all
/// that the schema names are always there, and the validator lets everything pass that stands behind a question for another.
pub(super) fn says_what_is_not_seen(policy: &Policy) -> Vec<String> {
    let named = policy.entity_literals().into_iter().map(|named| named.to_string());
    let named = named.filter(|named| named.starts_with("Principal::") || named.starts_with("Record::"));
    let told = named.map(|named| {
        format!("{named} cannot be told from others: policies go by roles, and see nobody's id and no record's")
    });
    let asks = policy.to_json().is_ok_and(|json| holds_key(&json, "has"));
    let asks = asks.then(|| "`has` cannot be asked: every attribute of the schema is always there".to_owned());
    told.chain(asks).collect()
}

fn holds_key(json: &serde_json::Value, key: &str) -> bool {
    match json {
        serde_json::Value::Object(fields) => fields.iter().any(|(name, value)| name == key || holds_key(value, key)),
        serde_json::Value::Array(items) => items.iter().any(|item| holds_key(item, key)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Vec<(usize, &str)> {
        statements(text).iter().map(|statement| (statement.line, statement.text)).collect()
    }

    #[test]
    fn a_text_is_cut_at_semicolons_that_are_neither_said_nor_remarked() {
        let text = "// one; two\n@advice(\"a; \\\"b;\")\nforbid (x);\n\n  forbid (y) // not; here\n ;\n// the end;";
        let expected = [(2, "@advice(\"a; \\\"b;\")\nforbid (x);"), (5, "forbid (y) // not; here\n ;")];
        assert_eq!(cut(text), expected);
        assert_eq!(cut(" \n// nothing\n"), []);
        assert_eq!(cut("forbid (x)"), [(1, "forbid (x)")]);
        assert_eq!(cut("forbid (x);;"), [(1, "forbid (x);"), (1, ";")]);
    }

    #[test]
    fn what_is_nested_is_measured_policy_by_policy() {
        let depths = |text: &str| statements(text).iter().map(|statement| statement.depth).collect::<Vec<_>>();
        assert_eq!(depths("a ((())); b (\"((((\"); c if x then y else if z then w;"), [3, 1, 2]);
        assert_eq!(depths(&"(".repeat(9000)), [9000]);
    }
}
