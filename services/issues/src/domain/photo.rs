//! Photos of an issue. What is kept here names the pictures; the pictures lie elsewhere, under a name that changes with each redaction.

use chrono::{DateTime, Utc};
use pathfinder_terms::{IssueId, PartnershipId, PhotoId, ReporterId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::issue::{Issue, Step};
use super::moderation::Heading;
use super::refusal::Refusal;

/// How many photos an issue takes.
pub(crate) const MOST_PHOTOS: usize = 10;

/// A photo.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Photo {
    /// The id.
    pub id: PhotoId,
    /// Under which name its pictures lie. Nobody outside is told.
    pub object_id: Uuid,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// What it shows, in the words of whoever added it.
    pub caption: String,
    /// When it was added.
    pub create_time: DateTime<Utc>,
    /// The reporter who added it, so that it goes when they are erased; none where staff did. Nobody outside is told.
    pub reporter_id: Option<ReporterId>,
    /// Whether it waits for staff to release it. Until then they see it, and the issue's reporter.
    #[serde(default)]
    pub held: bool,
}

/// The path below the gateway at which the picture is.
#[must_use]
pub(crate) fn path_of(partnership_id: PartnershipId, issue_id: IssueId, photo_id: PhotoId) -> String {
    format!("/v1/partnerships/{partnership_id}/issues/{issue_id}/photos/{photo_id}?alt=media")
}

/// Why a caption with held words is refused. Held back, the whole issue would leave the public again for a photo.
#[must_use]
pub(crate) const fn unfit_caption(heading: Heading) -> &'static str {
    match heading {
        Heading::Emergency => {
            "speaks of danger and cannot be published. If someone is in danger now, call 999. Say what the photo shows in other words"
        }
        Heading::Child => {
            "seems to name a child and cannot be published. If a child is in danger now, call 999. Say what the photo shows without them"
        }
        Heading::Medical => {
            "seems to speak of somebody's health and cannot be published. If someone needs medical help now, call 999. Say what the photo shows without that"
        }
        Heading::Other => "holds words that cannot be published. Say what the photo shows in other words",
    }
}

/// The pictures of a photo, where they are to be deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LeftPictures {
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// Under which name they lie.
    pub object_id: Uuid,
    /// How often in a row they could not be deleted.
    pub failure_count: u32,
}

/// Under which names pictures lie that an issue named before, and does not any more.
#[must_use]
pub(crate) fn dropped_pictures(before: &Issue, issue: &Issue) -> Vec<Uuid> {
    let is_named = |object_id: Uuid| issue.photos.iter().any(|photo| photo.object_id == object_id);
    before.photos.iter().map(|photo| photo.object_id).filter(|object_id| !is_named(*object_id)).collect()
}

impl Issue {
    /// One of its photos.
    ///
    /// # Errors
    ///
    /// [`Refusal::PhotoUnknown`].
    pub(crate) fn photo(&self, id: PhotoId) -> Result<&Photo, Refusal> {
        self.photos.iter().find(|photo| photo.id == id).ok_or(Refusal::PhotoUnknown { photo_id: id })
    }

    /// Refuses one more photo where there are as many as may be.
    ///
    /// # Errors
    ///
    /// [`Refusal::TooManyPhotos`].
    pub(crate) fn check_room_for_photo(&self) -> Result<(), Refusal> {
        if self.photos.len() < MOST_PHOTOS { Ok(()) } else { Err(Refusal::TooManyPhotos { limit: MOST_PHOTOS }) }
    }

    /// Adds a photo, in whatever state the issue is: also what ended may be shown to be done, or not to be.
    ///
    /// # Errors
    ///
    /// [`Refusal::TooManyPhotos`].
    pub(crate) fn add_photo(&mut self, photo: Photo, now: DateTime<Utc>) -> Result<Step, Refusal> {
        self.check_room_for_photo()?;
        self.photos.push(photo);
        Ok(self.step("issue.photo_added", Some(self.state), now))
    }

    /// Puts a photo in the place of its former self.
    ///
    /// # Errors
    ///
    /// [`Refusal::PhotoUnknown`]; [`Refusal::PhotoChanged`] where it is not `former` any more: what was painted over in the meantime must
    /// not come back.
    pub(crate) fn redact_photo(
        &mut self,
        former: &Photo,
        redacted: Photo,
        note: &str,
        now: DateTime<Utc>,
    ) -> Result<Step, Refusal> {
        let found = self.photos.iter_mut().find(|photo| photo.id == former.id);
        let place = found.ok_or(Refusal::PhotoUnknown { photo_id: former.id })?;
        if place.object_id != former.object_id {
            return Err(Refusal::PhotoChanged);
        }
        // It may have been released meanwhile.
        *place = Photo { held: place.held, ..redacted };
        Ok(self.step("issue.photo_redacted", Some(self.state), now).saying(note))
    }

    /// Shows a photo to everybody. Answers nothing where it did not wait for that.
    ///
    /// # Errors
    ///
    /// [`Refusal::PhotoUnknown`].
    pub(crate) fn release_photo(&mut self, id: PhotoId, now: DateTime<Utc>) -> Result<Option<Step>, Refusal> {
        let found = self.photos.iter_mut().find(|photo| photo.id == id);
        let photo = found.ok_or(Refusal::PhotoUnknown { photo_id: id })?;
        let was_held = std::mem::take(&mut photo.held);
        Ok(was_held.then(|| self.step("issue.photo_released", Some(self.state), now)))
    }

    /// Takes a photo out; answers it as it was.
    ///
    /// # Errors
    ///
    /// [`Refusal::PhotoUnknown`].
    pub(crate) fn remove_photo(
        &mut self,
        id: PhotoId,
        reason: &str,
        now: DateTime<Utc>,
    ) -> Result<(Photo, Step), Refusal> {
        let photo = self.photo(id)?.clone();
        self.photos.retain(|other| other.id != id);
        let step = self.step("issue.photo_removed", Some(self.state), now);
        Ok((photo, step.saying(format!("A photo was taken out: {reason}"))))
    }

    /// Takes out the photos that these people added; answers them as they were.
    pub(crate) fn take_out_photos_of(&mut self, people: &[ReporterId]) -> Vec<Photo> {
        let theirs = |photo: &Photo| photo.reporter_id.is_some_and(|id| people.contains(&id));
        let (gone, kept) = std::mem::take(&mut self.photos).into_iter().partition(theirs);
        self.photos = kept;
        gone
    }
}
