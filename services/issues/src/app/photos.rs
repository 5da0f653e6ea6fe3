//! Photos of issues: adding, reading, redacting and taking them out.
//!
//! What takes long (a picture being made, and written where photos lie) is done before the transaction begins; see `pictures` for what
//! becomes of it when that fails. So who may is asked twice: before the work, and with the issue that is changed.

use bytes::Bytes;
use pathfinder_kit::{Begun, Call, Caller, Failure, Reason, Unit, Violation, retrying};
use pathfinder_photos::Region;
use pathfinder_terms::{IssueId, PartnershipId, PhotoId};
use serde::{Deserialize, Serialize};

use super::author::Author;
use super::change::Target;
use super::resident::Following;
use super::{App, IssueView, subject_of};
use crate::domain::photo::unfit_caption;
use crate::domain::reporter::Part;
use crate::domain::{Issue, Photo, Refusal};
use crate::error::Error;
use crate::pictures::{Name, Size, Unclaimed};
use crate::store;
use crate::store::reporter::Holder;

/// Adding a photo without a follow token, as the rules call it.
const WITHOUT_TOKEN: &str = "AddPhotoWithoutToken";

/// A photo to add.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct AddPhoto {
    /// Which issue, and by which secret; empty for staff.
    pub following: Following,
    /// What it shows; may be empty.
    pub caption: String,
    /// The file as it was sent.
    pub content: Vec<u8>,
}

/// Which photo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PhotoTarget {
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// The issue.
    pub issue_id: IssueId,
    /// The photo.
    pub photo_id: PhotoId,
}

/// A photo as it is answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PhotoView {
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// The issue.
    pub issue_id: IssueId,
    /// The photo.
    pub photo: Photo,
}

impl App {
    /// Adds a photo to an issue.
    ///
    /// # Errors
    ///
    /// `NOT_FOUND`, `FOLLOW_TOKEN_INVALID`, `ROLE_MISSING`, `TOO_MANY_PHOTOS`, `INVALID_REQUEST` (the file or the caption),
    /// `REQUEST_ID_REUSED`, `PEER_UNAVAILABLE`.
    pub(crate) async fn add_photo(&self, call: &Call, command: AddPhoto) -> Result<PhotoView, Error> {
        let AddPhoto { following, caption, content } = command;
        let seen = self.visible_issue(call, &following).await?;
        let holder = self.who_adds(call, &following, &seen).await?;
        if let Some(answer) = self.host.answer_kept(call).await? {
            return Ok(answer);
        }
        seen.check_room_for_photo()?;
        if let Some(heading) = self.settings.held_words.find(&[&caption]) {
            return Err(Failure::from(Violation::new("caption", unfit_caption(heading))).into());
        }
        let made = self.pictures.make(content).await?;
        let photo = Photo {
            id: PhotoId(self.host.next_id(call.now)),
            object_id: self.host.next_id(call.now),
            width: made.full.width,
            height: made.full.height,
            caption,
            create_time: call.now,
            reporter_id: holder.map(|holder| holder.id),
            held: false,
        };
        let unclaimed = self.keep_pictures(call, seen.partnership_id, &photo, made).await?;
        Ok(retrying(|| self.keep_photo(call, &seen, holder, &photo, &unclaimed)).await?)
    }

    /// Who holds the token with which a photo is added; none where the rules let the caller without one.
    async fn who_adds(&self, call: &Call, following: &Following, issue: &Issue) -> Result<Option<Holder>, Error> {
        if following.follow_token.is_empty() && call.caller != Caller::Anonymous {
            call.permit_act(WITHOUT_TOKEN, &subject_of(issue))?;
            return Ok(None);
        }
        let holder = self.follower(self.host.reader(), following).await?;
        // Anybody may support an issue, and would then have a token.
        if holder.part == Part::Reporter { Ok(Some(holder)) } else { Err(Refusal::FollowTokenInvalid.into()) }
    }

    async fn keep_photo(
        &self,
        call: &Call,
        seen: &Issue,
        holder: Option<Holder>,
        photo: &Photo,
        unclaimed: &Unclaimed,
    ) -> Result<PhotoView, Error> {
        let calendar = self.calendar(seen.partnership_id).await?;
        let mut unit = match self.host.begin(call).await? {
            Begun::Repeated(answer) => return Ok(answer),
            Begun::Fresh(unit) => unit,
        };
        let before = self.held_issue(&unit, seen.partnership_id, seen.id).await?;
        let author = match holder {
            Some(holder) => {
                let author = Author::resident(call, &before, holder.visibility);
                Author { label: "A resident".to_owned(), ..author }
            }
            None => {
                call.permit_act(WITHOUT_TOKEN, &subject_of(&before))?;
                Author::of(call, &before)
            }
        };
        name_pictures(&unit, seen.partnership_id, photo).await?;
        let photo = Photo { held: must_wait(&unit, call, &before).await?, ..photo.clone() };
        let mut issue = before.clone();
        let step = issue.add_photo(photo.clone(), call.now)?;
        let writing = self.writing(call, &calendar, author);
        writing.update(&mut unit, &before, &mut issue, vec![step]).await?;
        commit_naming(unit, view_of(&issue, photo), unclaimed).await
    }

    /// An issue that nobody else changes until the transaction ends.
    pub(super) async fn held_issue(
        &self,
        unit: &Unit,
        partnership_id: PartnershipId,
        issue_id: IssueId,
    ) -> Result<Issue, Error> {
        let found = store::issue::find_for_update(unit.tx(), partnership_id, issue_id).await?;
        Ok(found.ok_or_else(|| Failure::not_found("issue", issue_id))?)
    }

    /// A picture of a photo, as far as the reader may see its issue.
    ///
    /// # Errors
    ///
    /// `NOT_FOUND`, `PEER_UNAVAILABLE`.
    pub(crate) async fn get_photo(
        &self,
        call: &Call,
        following: &Following,
        photo_id: PhotoId,
        size: Size,
    ) -> Result<Bytes, Error> {
        let mut missed = None;
        loop {
            let issue = self.visible_issue(call, following).await?;
            let photo = issue.photo(photo_id)?;
            if photo.held && !call.may("ReadConfided", &subject_of(&issue)) && !self.is_reporter(following).await? {
                return Err(Refusal::PhotoUnknown { photo_id }.into());
            }
            if let Some(picture) = self.pictures.read(name_of(issue.partnership_id, photo), size).await? {
                return Ok(picture);
            }
            // Redacted meanwhile, it lies under another name.
            if missed == Some(photo.object_id) {
                tracing::error!(%photo_id, object_id = %photo.object_id, "a photo is not where its issue says that it is");
                return Err(Refusal::PhotoUnknown { photo_id }.into());
            }
            missed = Some(photo.object_id);
        }
    }

    /// Paints parts of a photo over.
    ///
    /// # Errors
    ///
    /// `ROLE_MISSING`, `NOT_FOUND`, `ETAG_MISMATCH`, `REQUEST_ID_REUSED`, `PEER_UNAVAILABLE`.
    pub(crate) async fn redact_photo(
        &self,
        call: &Call,
        target: PhotoTarget,
        regions: Vec<Region>,
        note: &str,
    ) -> Result<PhotoView, Error> {
        let PhotoTarget { partnership_id, issue_id, photo_id } = target;
        let found = store::issue::find(self.host.reader(), partnership_id, issue_id).await?;
        let seen = found.ok_or_else(|| Failure::not_found("issue", issue_id))?;
        call.permit(&subject_of(&seen))?;
        if let Some(answer) = self.host.answer_kept(call).await? {
            return Ok(answer);
        }
        let former = seen.photo(photo_id)?;
        let full = self.pictures.read(name_of(partnership_id, former), Size::Full).await?;
        // Gone while it was looked for: somebody else redacted it, or took it out.
        let full = full.ok_or(Refusal::PhotoChanged)?;
        let made = self.pictures.redact(full, regions).await?;
        let object_id = self.host.next_id(call.now);
        let redacted = Photo { object_id, width: made.full.width, height: made.full.height, ..former.clone() };
        let unclaimed = self.keep_pictures(call, partnership_id, &redacted, made).await?;
        let change = Redaction { issue_id, former, redacted: &redacted, note, unclaimed: &unclaimed };
        let view = retrying(|| self.replace_photo(call, partnership_id, &change)).await?;
        self.delete_pictures(partnership_id, std::slice::from_ref(former)).await;
        Ok(view)
    }

    async fn replace_photo(
        &self,
        call: &Call,
        partnership_id: PartnershipId,
        change: &Redaction<'_>,
    ) -> Result<PhotoView, Error> {
        let calendar = self.calendar(partnership_id).await?;
        let mut unit = match self.host.begin(call).await? {
            Begun::Repeated(answer) => return Ok(answer),
            Begun::Fresh(unit) => unit,
        };
        let before = self.held_issue(&unit, partnership_id, change.issue_id).await?;
        call.permit(&subject_of(&before))?;
        let mut issue = before.clone();
        let step = issue.redact_photo(change.former, change.redacted.clone(), change.note, call.now)?;
        name_pictures(&unit, partnership_id, change.redacted).await?;
        let author = Author::of(call, &before);
        let writing = self.writing(call, &calendar, author);
        writing.update(&mut unit, &before, &mut issue, vec![step]).await?;
        let photo = issue.photo(change.former.id)?.clone();
        commit_naming(unit, view_of(&issue, photo), change.unclaimed).await
    }

    /// Shows a photo that waits to everybody who may read its issue.
    ///
    /// # Errors
    ///
    /// `ROLE_MISSING`, `NOT_FOUND`, `REQUEST_ID_REUSED`.
    pub(crate) async fn release_photo(&self, call: &Call, target: PhotoTarget) -> Result<IssueView, Error> {
        let PhotoTarget { partnership_id, issue_id, photo_id } = target;
        let target = Target { partnership_id, issue_id, etag: String::new() };
        self.change(call, &target, |issue, now| Ok(issue.release_photo(photo_id, now)?.into_iter().collect())).await
    }

    /// Takes a photo out of an issue, and deletes its pictures.
    ///
    /// # Errors
    ///
    /// `ROLE_MISSING`, `NOT_FOUND`, `REQUEST_ID_REUSED`.
    pub(crate) async fn remove_photo(
        &self,
        call: &Call,
        target: PhotoTarget,
        reason: &str,
    ) -> Result<IssueView, Error> {
        let PhotoTarget { partnership_id, issue_id, photo_id } = target;
        let mut gone = None;
        let target = Target { partnership_id, issue_id, etag: String::new() };
        let changed = self.change(call, &target, |issue, now| {
            let (photo, step) = issue.remove_photo(photo_id, reason, now)?;
            gone = Some(photo);
            Ok(vec![step])
        });
        let view = changed.await?;
        self.delete_pictures(partnership_id, gone.as_slice()).await;
        Ok(view)
    }

    /// Keeps pictures that the transaction to come is to name.
    pub(super) async fn keep_pictures(
        &self,
        call: &Call,
        partnership_id: PartnershipId,
        photo: &Photo,
        made: pathfinder_photos::Photo,
    ) -> Result<Unclaimed, Error> {
        self.expect_name(call, partnership_id, photo.object_id).await?;
        Ok(self.pictures.keep(name_of(partnership_id, photo), made).await?)
    }
}

/// Whether a photo waits for staff before everybody sees it: where the words of the issue do, too. What they add themselves they have seen.
pub(super) async fn must_wait(unit: &Unit, call: &Call, issue: &Issue) -> Result<bool, Error> {
    if call.may("ReleasePhoto", &subject_of(issue)) {
        return Ok(false);
    }
    let category = store::category::find_by_code(unit.tx(), issue.partnership_id, &issue.category_code).await?;
    Ok(issue.held_back || category.is_some_and(|category| category.moderated))
}

/// Takes new pictures off the list of those to delete, in the transaction that names them.
pub(super) async fn name_pictures(unit: &Unit, partnership_id: PartnershipId, photo: &Photo) -> Result<(), Error> {
    if store::picture::remove(unit.tx(), partnership_id, photo.object_id).await? {
        return Ok(());
    }
    // So long after they were made that the timer took them for left behind.
    Err(Failure::new(Reason::DeadlineExceeded, "The photo was too long on its way and was not added. Send it again.")
        .into())
}

/// A redaction that is to be written.
struct Redaction<'a> {
    issue_id: IssueId,
    former: &'a Photo,
    redacted: &'a Photo,
    note: &'a str,
    unclaimed: &'a Unclaimed,
}

pub(super) fn name_of(partnership_id: PartnershipId, photo: &Photo) -> Name {
    Name { partnership_id, object_id: photo.object_id }
}

fn view_of(issue: &Issue, photo: Photo) -> PhotoView {
    PhotoView { partnership_id: issue.partnership_id, issue_id: issue.id, photo }
}

/// Commits what names new pictures. Where it is uncertain whether that was carried out, they stay.
pub(super) async fn commit_naming<T: Serialize>(unit: Unit, answer: T, unclaimed: &Unclaimed) -> Result<T, Error> {
    unclaimed.claim();
    let committed = unit.commit(answer).await;
    if committed.as_ref().is_err_and(|failure| failure.reason() != Reason::DatabaseUnavailable) {
        unclaimed.give_up();
    }
    Ok(committed?)
}
