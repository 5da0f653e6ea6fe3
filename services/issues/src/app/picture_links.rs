//! Fetching the pictures that reports and updates name by their addresses: each through the same door as a photo that is sent, once, and
//! without holding up what it came with.

use std::pin::pin;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use futures::stream::{self, StreamExt as _};
use pathfinder_kit::{Begun, Call, Failure, Reason, Unit, Violation, retrying};
use pathfinder_terms::PhotoId;

use super::App;
use super::author::Author;
use super::photos::{commit_naming, must_wait, name_pictures};
use super::write::Writing;
use crate::domain::picture_link::{LinkOrigin, PictureLink};
use crate::domain::{Issue, Photo};
use crate::error::Error;
use crate::pictures::Unclaimed;
use crate::store;

/// How many are taken up in one round.
const PER_ROUND: u64 = 40;
/// How many are fetched at once. They are made into photos one after the other, so that residents who send theirs do not wait.
const AT_ONCE: usize = 8;

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
    /// The address as it is asked, or what is wrong with it.
    fn read(&self, address: &str) -> Result<String, &'static str>;

    /// Fetches what is at an address that was read.
    async fn fetch(&self, address: &str) -> Fetched;
}

impl App {
    /// The addresses as they are asked, each once.
    ///
    /// # Errors
    ///
    /// What is wrong with each that is not asked.
    pub(super) fn read_links(&self, addresses: &[String]) -> Result<Vec<String>, Vec<Violation>> {
        let (mut read, mut wrong) = (Vec::new(), Vec::new());
        for (index, address) in addresses.iter().enumerate() {
            match self.picture_source.read(address) {
                Ok(address) if read.contains(&address) => {}
                Ok(address) => read.push(address),
                Err(flaw) => wrong.push(Violation::new(format!("media_urls[{index}]"), flaw)),
            }
        }
        if wrong.is_empty() { Ok(read) } else { Err(wrong) }
    }

    /// Keeps addresses that were read with what they came with, to be fetched afterwards.
    pub(super) async fn keep_links(
        &self,
        unit: &Unit,
        origin: LinkOrigin,
        addresses: Vec<String>,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let link = |address| PictureLink::new(self.host.next_id(now), origin, address, now);
        let links: Vec<PictureLink> = addresses.into_iter().map(link).collect();
        Ok(store::picture_link::insert_many(unit.tx(), &links).await?)
    }

    /// Fetches the pictures whose turn has come. Answers how many became photos.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub(crate) async fn fetch_pictures(&self) -> Result<usize, Error> {
        let call = Call::background(&self.host, "pictures");
        let due = store::picture_link::due(self.host.reader(), call.now, PER_ROUND).await?;
        let call = &call;
        let fetches = stream::iter(due).map(|link| async move { self.fetch_picture(call, link).await });
        let mut fetches = pin!(fetches.buffer_unordered(AT_ONCE));
        let mut taken = 0;
        while let Some(fetched) = fetches.next().await {
            let Some((link, fetched)) = fetched? else { continue };
            match self.settle_link(call, &link, fetched).await {
                Ok(is_taken) => taken += usize::from(is_taken),
                // Its lease ends, and its turn comes again; the others go on.
                Err(error) => tracing::error!(link_id = %link.id, %error, "a picture cannot be settled now"),
            }
        }
        Ok(taken)
    }

    async fn fetch_picture(&self, call: &Call, link: PictureLink) -> Result<Option<(PictureLink, Fetched)>, Error> {
        if self.host.shutdown().is_cancelled() {
            return Ok(None);
        }
        let Some(begun) = self.begin_link(call, &link).await? else { return Ok(None) };
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
    async fn begin_link(&self, call: &Call, link: &PictureLink) -> Result<Option<PictureLink>, Error> {
        let now = self.host.clock().now();
        let write = async || -> Result<Option<PictureLink>, Error> {
            let Begun::Fresh(unit) = self.host.begin::<()>(call).await? else { return Ok(None) };
            let Some(mut present) = same_link(&unit, link).await? else { return Ok(None) };
            present.begin(now);
            store::picture_link::update(unit.tx(), &present).await?;
            unit.commit(()).await?;
            Ok(Some(present))
        };
        Ok(retrying(write).await?)
    }

    /// Answers whether it became a photo.
    async fn settle_link(&self, call: &Call, link: &PictureLink, fetched: Fetched) -> Result<bool, Error> {
        let content = match fetched {
            Fetched::Content(content) => content,
            Fetched::Later(why) => return self.miss_link(call, link, &why, false).await,
            Fetched::Never(why) => return self.miss_link(call, link, &why, true).await,
        };
        match self.take_picture(call, link, content).await.map_err(Failure::from) {
            Ok(is_taken) => Ok(is_taken),
            Err(failure) => match failure.reason() {
                Reason::InvalidRequest | Reason::TooManyPhotos => {
                    self.miss_link(call, link, &failure.to_string(), true).await
                }
                Reason::PeerUnavailable => self.miss_link(call, link, &failure.to_string(), false).await,
                _ => Err(failure.into()),
            },
        }
    }

    async fn take_picture(&self, call: &Call, link: &PictureLink, content: Vec<u8>) -> Result<bool, Error> {
        let LinkOrigin { partnership_id, issue_id, reporter_id } = link.origin;
        let found = store::issue::find(self.host.reader(), partnership_id, issue_id).await?;
        found.ok_or_else(|| Failure::not_found("issue", issue_id))?.check_room_for_photo()?;
        let made = self.pictures.make(content).await?;
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
        let unclaimed = self.keep_pictures(call, partnership_id, &photo, made).await?;
        Ok(retrying(|| self.keep_fetched(call, link, &photo, &unclaimed)).await?)
    }

    /// Writes the photo and that it was taken in one transaction, so that none comes twice.
    async fn keep_fetched(
        &self,
        call: &Call,
        link: &PictureLink,
        photo: &Photo,
        unclaimed: &Unclaimed,
    ) -> Result<bool, Error> {
        let calendar = self.calendar(link.origin.partnership_id).await?;
        let Begun::Fresh(mut unit) = self.host.begin::<()>(call).await? else { return Ok(false) };
        let before = self.held_issue(&unit, link.origin.partnership_id, link.origin.issue_id).await?;
        let Some(mut present) = same_link(&unit, link).await? else { return Ok(false) };
        name_pictures(&unit, link.origin.partnership_id, photo).await?;
        let photo = Photo { held: must_wait(&unit, call, &before).await?, ..photo.clone() };
        let mut issue = before.clone();
        let step = issue.add_photo(photo, call.now)?.by_rule();
        present.take();
        store::picture_link::update(unit.tx(), &present).await?;
        let author = Author::rule();
        let writing = Writing { call, host: &self.host, settings: &self.settings, calendar: &calendar, author };
        writing.update(&mut unit, &before, &mut issue, vec![step]).await?;
        commit_naming(unit, true, unclaimed).await
    }

    /// Keeps why it could not be had. Where it is given up, the issue's history tells staff. Answers that it became no photo.
    async fn miss_link(&self, call: &Call, link: &PictureLink, why: &str, for_good: bool) -> Result<bool, Error> {
        let (now, origin) = (self.host.clock().now(), link.origin);
        let calendar = self.calendar(origin.partnership_id).await?;
        let write = async || -> Result<bool, Error> {
            let Begun::Fresh(mut unit) = self.host.begin::<()>(call).await? else { return Ok(false) };
            let before = store::issue::find_for_update(unit.tx(), origin.partnership_id, origin.issue_id).await?;
            let Some(mut present) = same_link(&unit, link).await? else { return Ok(false) };
            let is_over = present.miss(why, for_good, now);
            store::picture_link::update(unit.tx(), &present).await?;
            if let Some(before) = before.filter(|_| is_over) {
                let mut issue: Issue = before.clone();
                let step = issue.miss_picture(&link.address, why, now);
                let author = Author::rule();
                let writing = Writing { call, host: &self.host, settings: &self.settings, calendar: &calendar, author };
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
