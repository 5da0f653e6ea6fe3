//! The settings of this service beside those that every service has: the words that hold a report back, the days that differ from
//! the published bank holidays (both JSON files, named by variables), where photos lie, and numbers: how many supporters an issue takes, how
//! long a provider has to answer, and whoever is asked, what may be a duplicate and what is a cluster. All are read before the service starts. The
//! suite hands over where photos lie and where people reach the installation; a service on its own reads both from variables, too.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use pathfinder_kit::config::Problems;
use pathfinder_terms::calendar::Overrides;
use serde::de::DeserializeOwned;

use crate::domain::HeldWords;
use crate::domain::cluster::ClusterRule;
use crate::domain::duplicate::Nearness;

/// Names a file with a list of `{"heading": "emergency|child|medical|other", "phrases": ["…"]}`, in place of our own list.
pub(crate) const HELD_WORDS: &str = "PATHFINDER_HELD_WORDS_FILE";
/// Names a file with `{"closed": ["2026-06-15"], "open": []}`: days on which nobody works, and days that are worked after all.
pub(crate) const WORKING_DAYS: &str = "PATHFINDER_WORKING_DAYS_FILE";

/// Names how many supporters an issue takes, 1 to 1,000,000. Support needs no account, so without a limit anybody could fill the tables.
pub(crate) const MAX_SUPPORTERS: &str = "PATHFINDER_MAX_SUPPORTERS";
/// Names a file with the Open311 systems of councils to which issues are sent on. It is read again when it changes.
pub(crate) const OPEN311_ENDPOINTS: &str = "PATHFINDER_OPEN311_ENDPOINTS_FILE";
/// Names where people reach the installation, as the gateway is told, too. Where it begins with `https://`, the addresses of photos are sent
/// to councils' systems with the issues.
pub(crate) const PUBLIC_URL: &str = "PATHFINDER_PUBLIC_URL";
/// `true` for tests alone: pictures that reports name are fetched without TLS and from this machine, too.
pub(crate) const MEDIA_NEAR: &str = "PATHFINDER_MEDIA_FROM_THIS_MACHINE";
const DEFAULT_MAX_SUPPORTERS: u32 = 1_000;
/// Names within how many working days a provider says yes or no to an issue that was sent to it, 1 to 60.
pub(crate) const ANSWER_WITHIN: &str = "PATHFINDER_ANSWER_WITHIN_WORKING_DAYS";
const DEFAULT_ANSWER_WITHIN: u32 = 5;
/// Names within how many working days whoever reported an issue answers a question, 1 to 60.
pub(crate) const QUESTION_WITHIN: &str = "PATHFINDER_QUESTION_WITHIN_WORKING_DAYS";
const DEFAULT_QUESTION_WITHIN: u32 = 5;
/// Names how far away, in metres, an issue may be that is suggested as a duplicate, 1 to 1,000.
pub(crate) const DUPLICATE_METRES: &str = "PATHFINDER_DUPLICATE_METRES";
/// Names how many days ago it may have been reported, 1 to 365.
pub(crate) const DUPLICATE_DAYS: &str = "PATHFINDER_DUPLICATE_DAYS";
/// Names how many issues of a category make a cluster, 5 to 200: fewer would tell of single households, and more are not kept.
pub(crate) const CLUSTER_COUNT: &str = "PATHFINDER_CLUSTER_COUNT";
/// Names within how many metres they lie, 1 to 1,000.
pub(crate) const CLUSTER_METRES: &str = "PATHFINDER_CLUSTER_METRES";
/// Names within how many days they were reported, 1 to 365.
pub(crate) const CLUSTER_DAYS: &str = "PATHFINDER_CLUSTER_DAYS";

/// Names where photos lie: a folder, or `s3://bucket/prefix`, whose keys and region come from the variables that AWS's own tools read
/// (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_REGION`; `AWS_ENDPOINT` for a bucket elsewhere).
pub const PHOTOS: &str = "PATHFINDER_PHOTOS";
const DEFAULT_PHOTOS: &str = "./data/photos";

/// Where photos lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PhotoPlace {
    /// In this folder, which is made where there is none.
    Folder(PathBuf),
    /// In a bucket that speaks S3.
    Bucket {
        /// Its name.
        name: String,
        /// What the names of all photos begin with, without slashes at its ends; empty for nothing.
        prefix: String,
    },
}

impl PhotoPlace {
    /// Reads a path, `file:///path` or `s3://bucket/prefix`.
    ///
    /// # Errors
    ///
    /// The problem, naming the flag.
    pub fn read(flag: &str, text: &str) -> Result<Self, String> {
        let wrong = || format!("{flag} is `{text}`; it must be the path of a folder, or s3://bucket/prefix");
        match text.split_once("://") {
            None if text.is_empty() => Err(wrong()),
            None => Ok(Self::Folder(PathBuf::from(text))),
            Some(("file", path)) if path.starts_with('/') => Ok(Self::Folder(PathBuf::from(path))),
            Some(("s3", place)) => {
                let (name, prefix) = place.split_once('/').unwrap_or((place, ""));
                let fits = |letter: char| letter.is_ascii_alphanumeric() || "-._".contains(letter);
                if name.is_empty() || !name.chars().all(fits) || !prefix.chars().all(|c| fits(c) || c == '/') {
                    return Err(wrong());
                }
                Ok(Self::Bucket { name: name.to_owned(), prefix: prefix.trim_matches('/').to_owned() })
            }
            Some(_) => Err(wrong()),
        }
    }
}

/// What the suite settles for all its parts, and tells this service in place of variables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfSuite {
    /// Where photos lie.
    pub photos: PhotoPlace,
    /// Where people reach the installation, without a path.
    pub public_url: String,
}

/// What this service was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Settings {
    /// The words that hold a report back.
    pub held_words: HeldWords,
    /// The days that differ from the published calendar.
    pub working_days: Overrides,
    /// How many supporters an issue takes.
    pub max_supporters: u32,
    /// The file with the systems of councils.
    pub open311_endpoints: Option<PathBuf>,
    /// Where people reach the installation, without a path; none where that is not told.
    pub public_url: Option<String>,
    /// Whether pictures are fetched from this machine, too.
    pub media_near: bool,
    /// Within how many working days a provider says yes or no.
    pub answer_within: u32,
    /// Within how many working days whoever reported an issue answers a question.
    pub question_within: u32,
    /// What may be a duplicate.
    pub duplicate: Nearness,
    /// What is a cluster.
    pub cluster: ClusterRule,
    /// Where photos lie.
    pub photos: PhotoPlace,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            held_words: HeldWords::default(),
            working_days: Overrides::default(),
            max_supporters: DEFAULT_MAX_SUPPORTERS,
            open311_endpoints: None,
            public_url: None,
            media_near: false,
            answer_within: DEFAULT_ANSWER_WITHIN,
            question_within: DEFAULT_QUESTION_WITHIN,
            duplicate: Nearness::default(),
            cluster: ClusterRule::default(),
            photos: PhotoPlace::Folder(PathBuf::from(DEFAULT_PHOTOS)),
        }
    }
}

impl Settings {
    /// Reads what the environment names.
    ///
    /// # Errors
    ///
    /// Every problem at once.
    pub(crate) fn from_environment() -> Result<Self, Problems> {
        Self::read(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
    }

    /// Goes by what the suite says.
    pub(crate) fn take_over(&mut self, told: &OfSuite) {
        self.photos = told.photos.clone();
        self.public_url = Some(told.public_url.clone());
    }

    /// Where everybody finds what is public, if it may be named to other systems.
    #[must_use]
    pub(crate) fn published_at(&self) -> Option<&str> {
        self.public_url.as_deref().filter(|url| self.media_near || url.starts_with("https://"))
    }

    fn read(value_of: impl Fn(&str) -> Option<String>) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        let held_words = problems.take(file(HELD_WORDS, value_of(HELD_WORDS)));
        let working_days = problems.take(file(WORKING_DAYS, value_of(WORKING_DAYS)));
        let mut number = |name: &str, default: u32, range: RangeInclusive<u32>| {
            problems.take(whole(name, value_of(name), default, range)).unwrap_or(default)
        };
        let max_supporters = number(MAX_SUPPORTERS, DEFAULT_MAX_SUPPORTERS, 1..=1_000_000);
        let answer_within = number(ANSWER_WITHIN, DEFAULT_ANSWER_WITHIN, 1..=60);
        let question_within = number(QUESTION_WITHIN, DEFAULT_QUESTION_WITHIN, 1..=60);
        let Nearness { metres, days } = Nearness::default();
        let duplicate = Nearness {
            metres: number(DUPLICATE_METRES, metres, 1..=1_000),
            days: number(DUPLICATE_DAYS, days, 1..=365),
        };
        let ClusterRule { count, metres, days } = ClusterRule::default();
        let cluster = ClusterRule {
            count: number(CLUSTER_COUNT, count, 5..=200),
            metres: number(CLUSTER_METRES, metres, 1..=1_000),
            days: number(CLUSTER_DAYS, days, 1..=365),
        };
        let photos = value_of(PHOTOS).unwrap_or_else(|| DEFAULT_PHOTOS.to_owned());
        let photos = problems.take(PhotoPlace::read(PHOTOS, &photos));
        let public_url = problems.take(origin(PUBLIC_URL, value_of(PUBLIC_URL)));
        let media_near = problems.take(truth(MEDIA_NEAR, value_of(MEDIA_NEAR))).unwrap_or_default();
        match (held_words, working_days, photos) {
            (Some(held_words), Some(working_days), Some(photos)) if problems.0.is_empty() => {
                let open311_endpoints = value_of(OPEN311_ENDPOINTS).map(PathBuf::from);
                Ok(Self {
                    held_words,
                    working_days,
                    max_supporters,
                    answer_within,
                    question_within,
                    duplicate,
                    cluster,
                    open311_endpoints,
                    public_url: public_url.flatten(),
                    media_near,
                    photos,
                })
            }
            _ => Err(problems),
        }
    }
}

fn file<T: DeserializeOwned + Default>(name: &str, path: Option<String>) -> Result<T, String> {
    let Some(path) = path else { return Ok(T::default()) };
    let text = std::fs::read_to_string(Path::new(&path)).map_err(|error| format!("{name} names {path}: {error}"))?;
    serde_json::from_str(&text).map_err(|error| format!("{name} names {path}, which cannot be read: {error}"))
}

/// The beginning of an address, without its path.
fn origin(name: &str, value: Option<String>) -> Result<Option<String>, String> {
    let Some(value) = value else { return Ok(None) };
    let url = url::Url::parse(&value).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    let url =
        url.ok_or_else(|| format!("{name} is `{value}`; it must be an address such as https://pathfinder.example"))?;
    Ok(Some(url.origin().ascii_serialization()))
}

/// Yes or no; no where nothing is named.
fn truth(name: &str, value: Option<String>) -> Result<bool, String> {
    let Some(value) = value else { return Ok(false) };
    value.parse().map_err(|_| format!("{name} is `{value}`; it must be true or false"))
}

/// A whole number in a range, or the default where none is named.
fn whole(name: &str, value: Option<String>, default: u32, range: RangeInclusive<u32>) -> Result<u32, String> {
    let Some(value) = value else { return Ok(default) };
    let number = value.parse::<u32>().ok().filter(|number| range.contains(number));
    let (least, most) = (range.start(), range.end());
    number.ok_or_else(|| format!("{name} is `{value}`; it must be a whole number from {least} to {most}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_variables_our_own_lists_hold() {
        assert_eq!(Settings::read(|_| None).unwrap(), Settings::default());
    }

    #[test]
    fn numbers_are_limited() {
        let with = |name: &'static str, value: &str| {
            let value = value.to_owned();
            Settings::read(move |wanted| (wanted == name).then(|| value.clone()))
        };
        assert_eq!(with(MAX_SUPPORTERS, "5").map(|settings| settings.max_supporters).ok(), Some(5));
        for wrong in ["0", "-1", "many", "1000001"] {
            assert!(with(MAX_SUPPORTERS, wrong).is_err(), "{wrong}");
        }
        assert_eq!(with(CLUSTER_COUNT, "7").map(|settings| settings.cluster.count).ok(), Some(7));
        assert!(with(CLUSTER_COUNT, "4").is_err(), "a cluster never tells of fewer than 5");
        assert_eq!(with(ANSWER_WITHIN, "10").map(|settings| settings.answer_within).ok(), Some(10));
        assert_eq!(with(QUESTION_WITHIN, "3").map(|settings| settings.question_within).ok(), Some(3));
        assert_eq!(with(DUPLICATE_METRES, "40").map(|settings| settings.duplicate.metres).ok(), Some(40));
    }

    #[test]
    fn photos_lie_in_a_folder_or_in_a_bucket() {
        let folder = |path: &str| Ok(PhotoPlace::Folder(PathBuf::from(path)));
        let bucket =
            |name: &str, prefix: &str| Ok(PhotoPlace::Bucket { name: name.to_owned(), prefix: prefix.to_owned() });
        for (text, place) in [
            ("data/photos", folder("data/photos")),
            ("file:///srv/photos", folder("/srv/photos")),
            ("s3://photos", bucket("photos", "")),
            ("s3://photos/of/issues/", bucket("photos", "of/issues")),
        ] {
            assert_eq!(PhotoPlace::read("--photos", text), place, "{text}");
        }
        for wrong in ["", "s3://", "s3:///prefix", "s3://a b", "s3://a/b?c", "http://a/b", "file://a/b"] {
            assert!(PhotoPlace::read("--photos", wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_the_suite_says_counts_before_variables() {
        let mut settings = Settings::default();
        let photos = PhotoPlace::Folder(PathBuf::from("/srv/photos"));
        settings.take_over(&OfSuite { photos: photos.clone(), public_url: "https://pathfinder.example".to_owned() });
        assert_eq!((settings.published_at(), &settings.photos), (Some("https://pathfinder.example"), &photos));
    }

    #[test]
    fn photos_are_named_to_others_where_everybody_finds_them_over_tls() {
        let with = |url: &str, near: &str| {
            let (url, near) = (url.to_owned(), near.to_owned());
            let read = Settings::read(move |wanted| match wanted {
                PUBLIC_URL => Some(url.clone()),
                MEDIA_NEAR => Some(near.clone()),
                _ => None,
            });
            read.map(|settings| settings.published_at().map(str::to_owned)).ok()
        };
        assert_eq!(
            with("https://pathfinder.example/below", "false"),
            Some(Some("https://pathfinder.example".to_owned()))
        );
        assert_eq!(with("http://127.0.0.1:8080", "false"), Some(None));
        assert_eq!(with("http://127.0.0.1:8080", "true"), Some(Some("http://127.0.0.1:8080".to_owned())));
        assert_eq!(with("pathfinder.example", "false"), None);
        assert_eq!(with("https://pathfinder.example", "perhaps"), None);
    }

    #[test]
    fn every_problem_is_named() {
        let problems = Settings::read(|name| Some(format!("no://where/{name}.json"))).unwrap_err();
        assert_eq!(problems.0.len(), 13);
        assert!(problems.to_string().contains(HELD_WORDS), "{problems}");
    }
}
