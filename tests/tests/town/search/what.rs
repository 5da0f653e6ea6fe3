//! What issues are looked for: the filter that asks for them, and whether an issue is one of them.

use pathfinder_proto::issues::v1 as pb;
use prost_types::Timestamp;
use rand::Rng as _;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;

use super::known::{Cases, Known, THEMES, seconds};

/// States that have come to an end, as the contract of `open` lists them.
const ENDED: [pb::IssueState; 5] = [
    pb::IssueState::Resolved,
    pb::IssueState::Closed,
    pb::IssueState::Duplicate,
    pb::IssueState::NoAction,
    pb::IssueState::Withdrawn,
];
/// Groups that are asked for, some by their beginning or their end.
const GROUPS: [&str; 4] = ["Streets > Lighting", "Streets*", "*Rubbish", "Parks"];

/// What to look for. Where a flag stands beside something, it says whether that is wanted, or everything else.
#[derive(Debug, Clone)]
pub(super) enum What {
    Anything,
    Category(String),
    State(pb::IssueState),
    Open(bool),
    ReportedBefore(Timestamp),
    /// Both ends are in it.
    ReportedWithin(Timestamp, Timestamp),
    BreachedOf(String),
    /// Whether a photo waits for staff, whom alone that may be asked by.
    PhotosWaiting(bool),
    /// As for that one.
    HeldBack(bool),
    Provider(String),
    Theme(&'static str, bool),
    Group(&'static str, bool),
    Overdue(bool),
    /// As often as that, or oftener.
    Reopened(usize, bool),
}

impl What {
    pub(super) fn random(chance: &mut StdRng, cases: &Cases) -> Self {
        let one = cases.issues.choose(chance).expect("there are issues");
        let other = cases.issues.choose(chance).expect("there are issues");
        let report_time = cases.known(one).report_time;
        match chance.random_range(0..17) {
            0..=2 => Self::Anything,
            3 | 4 => Self::Category(one.category_code.clone()),
            5 => Self::State(one.state()),
            6 => Self::Open(chance.random()),
            7 => Self::PhotosWaiting(chance.random()),
            8 => Self::ReportedBefore(report_time),
            9 => Self::period(report_time, cases.known(other).report_time),
            10 => Self::BreachedOf(one.category_code.clone()),
            11 => Self::Provider(cases.provider_ids.choose(chance).expect("there are providers").clone()),
            12 => Self::Theme(THEMES.choose(chance).copied().expect("there are themes"), chance.random()),
            13 => Self::Group(GROUPS.choose(chance).copied().expect("there are groups"), chance.random()),
            14 => Self::Overdue(chance.random()),
            15 => Self::HeldBack(chance.random()),
            _ => Self::Reopened(chance.random_range(1..=2), chance.random()),
        }
    }

    /// Of each kind that goes by what is known of a case, those that find something and leave something out.
    pub(super) fn telling(cases: &Cases) -> Vec<Self> {
        let mut times: Vec<Timestamp> = cases.issues.iter().map(|issue| cases.known(issue).report_time).collect();
        times.sort_by_key(|time| seconds(Some(time)));
        let (early, late) = (times[times.len() / 4], times[times.len() * 3 / 4]);
        let providers = cases.provider_ids.iter().cloned().map(Self::Provider);
        let flagged = [true, false].into_iter().flat_map(|flag| {
            let themes = THEMES.into_iter().map(move |theme| Self::Theme(theme, flag));
            let groups = GROUPS.into_iter().map(move |group| Self::Group(group, flag));
            let counts = [1, 2].into_iter().map(move |count| Self::Reopened(count, flag));
            themes.chain(groups).chain(counts).chain([Self::Overdue(flag)])
        });
        let times = [Self::ReportedBefore(late), Self::ReportedWithin(early, late)];
        providers.chain(flagged).chain(times).collect()
    }

    fn period(one: Timestamp, other: Timestamp) -> Self {
        if seconds(Some(&one)) <= seconds(Some(&other)) {
            Self::ReportedWithin(one, other)
        } else {
            Self::ReportedWithin(other, one)
        }
    }

    /// Whether only those may ask for it who read what is held back.
    pub(super) fn is_for_staff(&self) -> bool {
        matches!(self, Self::PhotosWaiting(_) | Self::HeldBack(_))
    }

    pub(super) fn filter(&self) -> String {
        let equals = |wanted: &bool| if *wanted { "=" } else { "!=" };
        match self {
            Self::Anything => String::new(),
            Self::Category(code) => format!("category_code = \"{code}\""),
            Self::State(state) => {
                format!("state = \"{}\"", state.as_str_name().trim_start_matches("ISSUE_STATE_").to_lowercase())
            }
            Self::Open(open) => format!("open = {open}"),
            Self::ReportedBefore(time) => format!("report_time < \"{time}\""),
            Self::ReportedWithin(from, to) => format!("report_time >= \"{from}\" AND report_time <= \"{to}\""),
            Self::BreachedOf(code) => format!("breached = true AND category_code = \"{code}\""),
            Self::PhotosWaiting(waiting) => format!("photos_waiting = {waiting}"),
            Self::HeldBack(held_back) => format!("held_back = {held_back}"),
            Self::Provider(id) => format!("provider_id = \"{id}\""),
            Self::Theme(theme, wanted) => format!("theme {} \"{theme}\"", equals(wanted)),
            Self::Group(group, wanted) => format!("group_name {} \"{group}\"", equals(wanted)),
            Self::Overdue(overdue) => format!("overdue = {overdue}"),
            Self::Reopened(count, true) => format!("reopened_count >= {count}"),
            Self::Reopened(count, false) => format!("reopened_count < {count}"),
        }
    }

    pub(super) fn is_true_of(&self, issue: &pb::Issue, known: &Known) -> bool {
        let reported = seconds(Some(&known.report_time));
        match self {
            Self::Anything => true,
            Self::Category(code) => issue.category_code == *code,
            Self::State(state) => issue.state() == *state,
            Self::Open(open) => ENDED.contains(&issue.state()) != *open,
            Self::ReportedBefore(time) => reported < seconds(Some(time)),
            Self::ReportedWithin(from, to) => (seconds(Some(from))..=seconds(Some(to))).contains(&reported),
            Self::BreachedOf(code) => {
                issue.clock.as_ref().is_some_and(|clock| clock.breached) && issue.category_code == *code
            }
            Self::PhotosWaiting(waiting) => issue.photos.iter().any(|photo| photo.held) == *waiting,
            Self::HeldBack(held_back) => issue.held_back == *held_back,
            Self::Provider(id) => known.provider_id == *id,
            Self::Theme(theme, wanted) => (known.theme == *theme) == *wanted,
            Self::Group(group, wanted) => fits(group, known.group_name) == *wanted,
            Self::Overdue(overdue) => known.overdue == *overdue,
            Self::Reopened(count, wanted) => (known.reopened_count >= *count) == *wanted,
        }
    }
}

/// Whether a text is what a pattern says, which may leave its beginning or its end open.
fn fits(pattern: &str, text: &str) -> bool {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(end), _) => text.ends_with(end),
        (None, Some(beginning)) => text.starts_with(beginning),
        (None, None) => text == pattern,
    }
}
