//! Deleting pictures that no issue names. That they are to be deleted is written down in the transaction in which they lose their name,
//! and before that as long as they have none: so whatever fails, and whoever is killed meanwhile, nothing that was taken out stays.

use chrono::{DateTime, TimeDelta, Utc};
use pathfinder_kit::{Begun, Call, retrying};
use pathfinder_terms::PartnershipId;
use uuid::Uuid;

use super::App;
use crate::domain::Photo;
use crate::domain::backoff::next_attempt_time;
use crate::domain::photo::LeftPictures;
use crate::error::Error;
use crate::pictures::Name;
use crate::store;

/// How many are deleted in one round of the timer.
const PER_ROUND: u64 = 100;
/// After so long nobody names new pictures any more: the call that made them has ended.
const UNNAMED_FOR: TimeDelta = TimeDelta::hours(1);

impl App {
    /// Writes down that pictures which are about to be kept are to be deleted, unless something names them soon.
    pub(super) async fn expect_name(
        &self,
        call: &Call,
        partnership_id: PartnershipId,
        object_id: Uuid,
    ) -> Result<(), Error> {
        let background = Call::background(&self.host, "left_pictures");
        let write = async || -> Result<(), Error> {
            let Begun::Fresh(unit) = self.host.begin::<()>(&background).await? else { return Ok(()) };
            store::picture::insert(unit.tx(), partnership_id, &[object_id], call.now + UNNAMED_FOR).await?;
            Ok(unit.commit(()).await?)
        };
        Ok(retrying(write).await?)
    }

    /// Deletes the pictures of photos that no issue names any more, as well as can be: the timer deletes what stays.
    pub(super) async fn delete_pictures(&self, partnership_id: PartnershipId, photos: &[Photo]) {
        let left = |photo: &Photo| LeftPictures { partnership_id, object_id: photo.object_id, failure_count: 0 };
        let left: Vec<LeftPictures> = photos.iter().map(left).collect();
        let app = self.clone();
        // Whoever asked for it may leave before a slow store has done it.
        let deletion = tokio::spawn(async move {
            let call = Call::background(&app.host, "left_pictures");
            for pictures in left {
                if let Err(error) = app.delete_or_put_off(&call, pictures).await {
                    tracing::warn!(%error, "pictures wait to be deleted");
                }
            }
        });
        if deletion.await.is_err() {
            tracing::error!("the deletion of pictures broke off; the timer goes on with it");
        }
    }

    /// Deletes pictures whose turn has come. Answers how many photos' were deleted.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub(crate) async fn delete_left_pictures(&self) -> Result<usize, Error> {
        let call = Call::background(&self.host, "left_pictures");
        let mut deleted = 0;
        for pictures in store::picture::due(self.host.reader(), call.now, PER_ROUND).await? {
            if self.host.shutdown().is_cancelled() {
                break;
            }
            deleted += usize::from(self.delete_or_put_off(&call, pictures).await?);
        }
        Ok(deleted)
    }

    /// Answers whether they were deleted.
    async fn delete_or_put_off(&self, call: &Call, pictures: LeftPictures) -> Result<bool, Error> {
        let LeftPictures { partnership_id, object_id, failure_count } = pictures;
        let Err(failure) = self.pictures.remove(Name { partnership_id, object_id }).await else {
            self.note_deleted(call, partnership_id, object_id).await?;
            return Ok(true);
        };
        tracing::warn!(%object_id, %failure, "pictures could not be deleted; their turn comes again");
        let failed = LeftPictures { failure_count: failure_count.saturating_add(1), ..pictures };
        self.put_off_pictures(call, &failed, next_attempt_time(call.now, failed.failure_count)).await?;
        Ok(false)
    }

    async fn note_deleted(&self, call: &Call, partnership_id: PartnershipId, object_id: Uuid) -> Result<(), Error> {
        let write = async || -> Result<(), Error> {
            let Begun::Fresh(unit) = self.host.begin::<()>(call).await? else { return Ok(()) };
            store::picture::remove(unit.tx(), partnership_id, object_id).await?;
            Ok(unit.commit(()).await?)
        };
        Ok(retrying(write).await?)
    }

    async fn put_off_pictures(&self, call: &Call, failed: &LeftPictures, until: DateTime<Utc>) -> Result<(), Error> {
        let write = async || -> Result<(), Error> {
            let Begun::Fresh(unit) = self.host.begin::<()>(call).await? else { return Ok(()) };
            store::picture::put_off(unit.tx(), failed, until).await?;
            Ok(unit.commit(()).await?)
        };
        Ok(retrying(write).await?)
    }
}
