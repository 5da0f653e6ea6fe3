//! News as an Atom document (RFC 4287).
//!
//! Ids are those of what is told, so that they stay whatever address people reach the gateway under. A feed of a category or a place has an
//! id of its own; its pages have the same.

use chrono::{DateTime, SecondsFormat, Utc};
use pathfinder_proto::boards::v1 as boards;
use pathfinder_proto::issues::v1 as pb;
use prost_types::Timestamp;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};
use sha2::{Digest as _, Sha256};

use super::asked::Asked;
use crate::browser::issue as issue_page;
use crate::browser::said;
use crate::error::ApiError;
use crate::xml;

const NAMESPACE: &str = "http://www.w3.org/2005/Atom";
const ATOM: &str = "application/atom+xml";
/// Characters of a title, which stands in one line.
const TITLE: usize = 120;
/// Characters of a summary.
const SUMMARY: usize = 2_000;

type Xml = Writer<Vec<u8>>;

/// A page of a feed.
pub(super) struct Feed<'a> {
    /// Where people reach the gateway.
    pub(super) origin: &'a str,
    /// Whose news it is.
    pub(super) partnership: &'a boards::Partnership,
    /// What was asked for.
    pub(super) asked: &'a Asked,
    /// The news.
    pub(super) page: &'a pb::ListNewsResponse,
}

/// One piece of news, in words.
struct Words {
    title: String,
    summary: String,
    category: Option<(String, String)>,
    /// Where it can be read.
    alternate: String,
}

impl Feed<'_> {
    /// The document.
    ///
    /// # Errors
    ///
    /// 500 in no case that is known: writing to memory does not fail.
    pub(super) fn write(&self) -> Result<Vec<u8>, ApiError> {
        let mut writer = Writer::new(Vec::new());
        let written = self.write_to(&mut writer);
        written.map_err(|error| {
            tracing::error!(%error, "a feed cannot be written");
            ApiError::internal()
        })?;
        Ok(writer.into_inner())
    }

    /// When the last of its entries changed; where there are none, when the partnership did.
    pub(super) fn update_time(&self) -> DateTime<Utc> {
        let latest = self.page.news_items.iter().filter_map(updated).max();
        let of_partnership =
            || time_of(self.partnership.update_time.as_ref().or(self.partnership.create_time.as_ref()));
        latest.or_else(of_partnership).unwrap_or_default()
    }

    fn write_to(&self, writer: &mut Xml) -> std::io::Result<()> {
        writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None)))?;
        let feed = writer.create_element("feed").with_attribute(("xmlns", NAMESPACE));
        feed.with_attribute(("xml:lang", "en-GB")).write_inner_content(|writer| self.write_parts(writer))?;
        Ok(())
    }

    fn write_parts(&self, writer: &mut Xml) -> std::io::Result<()> {
        let name = &self.partnership.name;
        element(writer, "id", &self.id())?;
        element(writer, "title", &format!("{name}: what was said and done"))?;
        element(writer, "updated", &written(self.update_time()))?;
        writer.create_element("author").write_inner_content(|writer| element(writer, "name", name))?;
        element(writer, "generator", "Pathfinder")?;
        link(writer, "self", ATOM, &self.at(&self.asked.address(&self.asked.page)))?;
        link(writer, "alternate", "text/html", &self.at(&said::address(&self.asked.partnership_id)))?;
        if !self.asked.page.is_empty() {
            link(writer, "first", ATOM, &self.at(&self.asked.address("")))?;
        }
        if !self.page.next_page_token.is_empty() {
            link(writer, "next", ATOM, &self.at(&self.asked.address(&self.page.next_page_token)))?;
        }
        self.page.news_items.iter().try_for_each(|item| self.write_entry(writer, item))
    }

    fn write_entry(&self, writer: &mut Xml, item: &pb::NewsItem) -> std::io::Result<()> {
        let words = self.words(item);
        let published = time_of(item.news_time.as_ref()).unwrap_or_default();
        let updated = updated(item).unwrap_or(published);
        let write = |writer: &mut Xml| {
            element(writer, "id", &format!("urn:uuid:{}", item.news_item_id))?;
            element(writer, "title", &shortened(&words.title, TITLE))?;
            element(writer, "published", &written(published))?;
            element(writer, "updated", &written(updated))?;
            link(writer, "alternate", "text/html", &words.alternate)?;
            if let Some((code, name)) = &words.category {
                let category = writer.create_element("category").with_attribute(("term", xml::legal(code).as_str()));
                category.with_attribute(("label", xml::legal(name).as_str())).write_empty()?;
            }
            element(writer, "summary", &shortened(&words.summary, SUMMARY))
        };
        writer.create_element("entry").write_inner_content(write)?;
        Ok(())
    }

    fn words(&self, item: &pb::NewsItem) -> Words {
        if let Some(entry) = &item.response_entry {
            let summary = format!("You said: {}\n\nWe did: {}", entry.you_said, entry.we_did);
            let page = said::address_of_entry(&self.asked.partnership_id, &entry.response_entry_id);
            return Words {
                title: format!("You said, we did: {}", entry.you_said),
                summary,
                category: None,
                alternate: self.at(&page),
            };
        }
        let issue = item.issue.clone().unwrap_or_default();
        let what = match item.kind() {
            pb::NewsKind::Reported => "Reported",
            pb::NewsKind::Ended => ended(item),
            pb::NewsKind::Response | pb::NewsKind::Unspecified => "News",
        };
        let page = issue_page::address(&self.asked.partnership_id, &issue.issue_id);
        Words {
            title: format!("{what}: {} ({})", issue.name, issue.reference),
            summary: item.text.clone(),
            category: Some((issue.category_code, item.category_name.clone())),
            alternate: self.at(&page),
        }
    }

    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// A UUID of what makes this feed another than the others, in the form for ids of one's own making (RFC 9562, version 8).
    fn id(&self) -> String {
        let digest = Sha256::digest(format!("feed {} {}", self.asked.partnership_id, self.asked.shape));
        let mut bytes = [0_u8; 16];
        bytes.iter_mut().zip(digest).for_each(|(byte, drawn)| *byte = drawn);
        let bits = u128::from_be_bytes(bytes);
        let bits = (bits & !(0xf << 76) & !(0b11 << 62)) | (0x8 << 76) | (0b10 << 62);
        let hex = format!("{bits:032x}");
        let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
        format!("urn:uuid:{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32))
    }
}

/// When a piece of news last changed: an entry with its words. That an issue was reported or has ended stays as it was, whatever becomes of the
/// issue, so that nobody is shown it again as if it were new.
fn updated(item: &pb::NewsItem) -> Option<DateTime<Utc>> {
    let of_entry = item.response_entry.as_ref().and_then(|entry| entry.update_time.as_ref());
    time_of(of_entry.or(item.news_time.as_ref()))
}

/// How an issue ended: it may stand otherwise by now.
fn ended(item: &pb::NewsItem) -> &'static str {
    match item.issue.as_ref().map(pb::ResponseEntryIssue::state) {
        Some(pb::IssueState::Resolved) => "Resolved",
        Some(pb::IssueState::Closed) => "Closed",
        Some(pb::IssueState::NoAction) => "Closed without action",
        _ => "Ended",
    }
}

fn element(writer: &mut Xml, name: &str, text: &str) -> std::io::Result<()> {
    writer.create_element(name).write_text_content(BytesText::new(&xml::legal(text))).map(|_| ())
}

fn link(writer: &mut Xml, rel: &str, media_type: &str, address: &str) -> std::io::Result<()> {
    let link = writer.create_element("link").with_attribute(("rel", rel)).with_attribute(("type", media_type));
    link.with_attribute(("href", address)).write_empty().map(|_| ())
}

/// The text in so many characters.
fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

fn written(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn time_of(time: Option<&Timestamp>) -> Option<DateTime<Utc>> {
    let time = time?;
    DateTime::from_timestamp(time.seconds, u32::try_from(time.nanos).unwrap_or_default())
}
