//! Fetching the pictures that reports and updates name by their addresses: each through the same door as a photo that is sent, once, and
//! without holding up what it came with.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use futures::stream::{self, StreamExt as _};
use pathfinder_kit::{Begun, Call, Failure, Reason, Unit, Violation, retrying};
use pathfinder_terms::{PhotoId, ReporterId};
use tokio::sync::Mutex;

use super::App;
use super::author::Author;
use super::photos::{commit_naming, must_wait, name_pictures};
use crate::domain::picture_link::{LinkOrigin, MOST_WAITING, PictureLink, spread};
use crate::domain::{Issue, Photo, Step};
use crate::error::Error;
use crate::pictures::Unclaimed;
use crate::store;

/// How many are taken up in one round, of so many that are looked at.
const PER_ROUND: usize = 40;
const LOOKED_AT: u64 = 2_000;
/// How many are fetched at once. They are made into photos one after the other, so that residents who send theirs do not wait.
const AT_ONCE: usize = 8;

/// Addresses that came with a report or an update, each once.
#[derive(Debug, Default)]
pub(super) struct Links {
    /// Those that are asked.
    fit: Vec<String>,
    /// Those that are not, and why.
    missed: Vec<(String, &'static str)>,
    /// Whether they came with words that wait for staff.
    pub(super) held: bool,
}

/// Why an address is not asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unasked {
    /// It is wrong: whoever named it is told.
    Unfit(&'static str),
    /// There may be a picture, which is not fetched from there: what it came with is taken without it.
    Missed(&'static str),
}

/// What came of fetching a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fetched {
    /// Whatever is there. Nothing of it is believed.
    Content(Vec<u8>),
    /// Nothing now; another time it may be there. Why, for staff.
    Later(String),
    /// Nothing, and it is not asked for again. Why, for staff.
    Never(String),
}

/// Where pictures are fetched from. `fetching` answers it over HTTPS.
#[async_trait]
pub(crate) trait PictureSource: Send + Sync + 'static {
    /// The address as it is asked, or why it is not.
    fn read(&self, address: &str) -> Result<String, Unasked>;

    /// Fetches what is at an address that was read.
    async fn fetch(&self, address: &str) -> Fetched;
}

impl App {
    /// The addresses as they are asked, each once.
    ///
    /// # Errors
    ///
    /// What is wrong with each that is unfit.
    pub(super) fn read_links(&self, addresses: &[String]) -> Result<Links, Vec<Violation>> {
        let (mut links, mut wrong) = (Links::default(), Vec::new());
        for (index, address) in addresses.iter().enumerate() {
            match self.picture_source.read(address) {
                Ok(address) if links.fit.contains(&address) => {}
                Ok(address) => links.fit.push(address),
                Err(Unasked::Missed(why)) => links.missed.push((address.clone(), why)),
                Err(Unasked::Unfit(flaw)) => wrong.push(Violation::new(format!("media_urls[{index}]"), flaw)),
            }
        }
        if wrong.is_empty() { Ok(links) } else { Err(wrong) }
    }

    /// Keeps addresses that were read with what they came with, to be fetched afterwards, as far as there is room. Answers what staff are
    /// told of the others.
    pub(super) async fn keep_links(
        &self,
        unit: &Unit,
        issue: &Issue,
        reporter_id: Option<ReporterId>,
        links: Links,
        now: DateTime<Utc>,
    ) -> Result<Vec<Step>, Error> {
        let Links { mut fit, missed, held } = links;
        let told = |address: &str, why: &str| issue.miss_picture(address, &format!("Its address {why}."), now);
        let mut steps: Vec<Step> = missed.iter().map(|(address, why)| told(address, why)).collect();
        if fit.is_empty() {
            return Ok(steps);
        }
        let waiting = store::picture_link::count(unit.tx(), issue.partnership_id).await?;
        let room = usize::try_from(MOST_WAITING.saturating_sub(waiting)).unwrap_or(usize::MAX);
        let beyond = fit.split_off(room.min(fit.len()));
        let full = "Too many pictures wait to be fetched.";
        steps.extend(beyond.iter().map(|address| issue.miss_picture(address, full, now)));
        let origin = LinkOrigin { partnership_id: issue.partnership_id, issue_id: issue.id, reporter_id };
        let link = |address| PictureLink::new(self.host.next_id(now), origin, address, held, now);
        let links: Vec<PictureLink> = fit.into_iter().map(link).collect();
        store::picture_link::insert_many(unit.tx(), &links).await?;
        Ok(steps)
    }

    /// Fetches the pictures whose turn has come. Answers how many became photos.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub(crate) async fn fetch_pictures(&self) -> Result<usize, Error> {
        let due = store::picture_link::due(self.host.reader(), self.host.clock().now(), LOOKED_AT).await?;
        // The fetches go on while one of them waits for its turn to be settled.
        let turn = &Mutex::new(());
        let fetches = stream::iter(spread(due, PER_ROUND)).map(|link| async move {
            let link_id = link.id;
            self.see_to(turn, link).await.unwrap_or_else(|error| {
                // Its lease ends, and its turn comes again; the others go on.
                tracing::error!(%link_id, %error, "a picture cannot be settled now");
                false
            })
        });
        let taken: Vec<bool> = fetches.buffer_unordered(AT_ONCE).collect().await;
        Ok(taken.into_iter().filter(|is_taken| *is_taken).count())
    }

    /// Fetches a picture and settles it. Answers whether it became a photo.
    async fn see_to(&self, turn: &Mutex<()>, link: PictureLink) -> Result<bool, Error> {
        let Some((link, fetched)) = self.fetch_picture(&link).await? else { return Ok(false) };
        let _turn = turn.lock().await;
        self.settle_link(&link, fetched).await
    }

    /// A call as of now: what it writes must not be older than what was written while a picture was on its way.
    fn call_for_pictures(&self) -> Call {
        Call::background(&self.host, "pictures")
    }

    async fn fetch_picture(&self, link: &PictureLink) -> Result<Option<(PictureLink, Fetched)>, Error> {
        if self.host.shutdown().is_cancelled() {
            return Ok(None);
        }
        let Some(begun) = self.begin_link(link).await? else { return Ok(None) };
        if begun.is_worn_out() {
            return Ok(Some((begun, Fetched::Never("Each time it was fetched, that broke off.".to_owned()))));
        }
        // Nobody waits for another's server when this one is to stop.
        tokio::select! {
            fetched = self.picture_source.fetch(&begun.address) => Ok(Some((begun.clone(), fetched))),
            () = self.host.shutdown().cancelled() => Ok(None),
        }
    }

    /// Keeps that it is fetched now, unless somebody else does.
    async fn begin_link(&self, link: &PictureLink) -> Result<Option<PictureLink>, Error> {
        let write = async || -> Result<Option<PictureLink>, Error> {
            let call = self.call_for_pictures();
            let Begun::Fresh(unit) = self.host.begin::<()>(&call).await? else { return Ok(None) };
            let Some(mut present) = same_link(&unit, link).await? else { return Ok(None) };
            present.begin(call.now);
            store::picture_link::update(unit.tx(), &present).await?;
            unit.commit(()).await?;
            Ok(Some(present))
        };
        Ok(retrying(write).await?)
    }

    /// Answers whether it became a photo.
    async fn settle_link(&self, link: &PictureLink, fetched: Fetched) -> Result<bool, Error> {
        let content = match fetched {
            Fetched::Content(content) => content,
            Fetched::Later(why) => return self.miss_link(link, &why, false).await,
            Fetched::Never(why) => return self.miss_link(link, &why, true).await,
        };
        match self.take_picture(link, content).await.map_err(Failure::from) {
            Ok(is_taken) => Ok(is_taken),
            Err(failure) => match failure.reason() {
                // The issue is gone, too, where it is not found.
                Reason::InvalidRequest | Reason::TooManyPhotos | Reason::NotFound => {
                    self.miss_link(link, &failure.to_string(), true).await
                }
                Reason::PeerUnavailable | Reason::Overloaded | Reason::DeadlineExceeded => {
                    self.miss_link(link, &failure.to_string(), false).await
                }
                _ => Err(failure.into()),
            },
        }
    }

    async fn take_picture(&self, link: &PictureLink, content: Vec<u8>) -> Result<bool, Error> {
        let LinkOrigin { partnership_id, issue_id, reporter_id } = link.origin;
        let found = store::issue::find(self.host.reader(), partnership_id, issue_id).await?;
        found.ok_or_else(|| Failure::not_found("issue", issue_id))?.check_room_for_photo()?;
        let made = self.pictures.make(content).await?;
        let call = self.call_for_pictures();
        let photo = Photo {
            id: PhotoId(self.host.next_id(call.now)),
            object_id: self.host.next_id(call.now),
            width: made.full.width,
            height: made.full.height,
            caption: String::new(),
            create_time: call.now,
            reporter_id,
            held: false,
        };
        let unclaimed = self.keep_pictures(&call, partnership_id, &photo, made).await?;
        Ok(retrying(|| self.keep_fetched(link, &photo, &unclaimed)).await?)
    }

    /// Writes the photo and that it was taken in one transaction, so that none comes twice.
    async fn keep_fetched(&self, link: &PictureLink, photo: &Photo, unclaimed: &Unclaimed) -> Result<bool, Error> {
        let calendar = self.calendar(link.origin.partnership_id).await?;
        let call = &self.call_for_pictures();
        let Begun::Fresh(mut unit) = self.host.begin::<()>(call).await? else { return Ok(false) };
        let before = self.held_issue(&unit, link.origin.partnership_id, link.origin.issue_id).await?;
        let Some(present) = same_link(&unit, link).await? else { return Ok(false) };
        name_pictures(&unit, link.origin.partnership_id, photo).await?;
        let photo = Photo { held: present.held || must_wait(&unit, call, &before).await?, ..photo.clone() };
        let mut issue = before.clone();
        let step = issue.add_photo(photo, call.now)?.by_rule();
        store::picture_link::remove(unit.tx(), &present).await?;
        let author = Author::rule();
        let writing = self.writing(call, &calendar, author);
        writing.update(&mut unit, &before, &mut issue, vec![step]).await?;
        commit_naming(unit, true, unclaimed).await
    }

    /// Keeps why it could not be had. Where it is given up, the issue's history tells staff. Answers that it became no photo.
    async fn miss_link(&self, link: &PictureLink, why: &str, for_good: bool) -> Result<bool, Error> {
        let origin = link.origin;
        let calendar = self.calendar(origin.partnership_id).await?;
        let write = async || -> Result<bool, Error> {
            let call = &self.call_for_pictures();
            let Begun::Fresh(mut unit) = self.host.begin::<()>(call).await? else { return Ok(false) };
            let before = store::issue::find_for_update(unit.tx(), origin.partnership_id, origin.issue_id).await?;
            let Some(mut present) = same_link(&unit, link).await? else { return Ok(false) };
            let is_over = present.miss(why, for_good, call.now);
            match is_over {
                true => store::picture_link::remove(unit.tx(), &present).await?,
                false => store::picture_link::update(unit.tx(), &present).await?,
            }
            if let Some(before) = before.filter(|_| is_over) {
                let mut issue: Issue = before.clone();
                let step = issue.miss_picture(&link.address, why, call.now);
                let author = Author::rule();
                let writing = self.writing(call, &calendar, author);
                writing.update(&mut unit, &before, &mut issue, vec![step]).await?;
            }
            unit.commit(()).await?;
            Ok(is_over)
        };
        if retrying(write).await? {
            tracing::warn!(link_id = %link.id, issue_id = %origin.issue_id, why, "a picture that was named is given up");
        }
        Ok(false)
    }
}

/// The link, kept from other writers, unless it was changed or taken out meanwhile.
async fn same_link(unit: &Unit, link: &PictureLink) -> Result<Option<PictureLink>, Error> {
    let found = store::picture_link::find_for_update(unit.tx(), link.origin.partnership_id, link.id).await?;
    Ok(found.filter(|present| present == link))
}
