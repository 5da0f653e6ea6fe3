//! Where photos lie, and how they are made: the one place of this service that knows of files, buckets and pixels.
//!
//! A photo is two objects, `PARTNERSHIP/OBJECT.jpg` and `PARTNERSHIP/OBJECT-thumbnail.jpg`. An object is written once and never changed: a
//! redaction writes others under a new name and deletes the former. Objects are written before the transaction that names them, so that no
//! issue ever names what is not there; what no issue came to name is deleted again ([`Unclaimed`]). What cannot be deleted, or is left behind
//! by a process that was killed, stands in a table until a timer has deleted it (`app/left_pictures.rs`).
//!
//! Making a picture takes up to two seconds of a core and half a gigabyte, so [`AT_ONCE`] are made at once, off the threads that serve,
//! and [`MOST_WAITING`] more wait for their turn; whoever comes then is told to come again. The server's front has places of their own for
//! calls that bring files, so that those that are still being sent take none of other calls. Whoever waits longer than their call may take
//! is told so by the front, which drops the call; a picture that is being made then keeps its place until it is done.

mod s3;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _, PutPayload};
use pathfinder_kit::{Failure, Reason, causes_of};
use pathfinder_photos::{Limits, Photo, Region, Unfit};
use pathfinder_terms::PartnershipId;
use tokio::sync::Semaphore;
use uuid::Uuid;

use crate::config::PhotoPlace;
use crate::error::Error;

/// How many pictures are made at once.
const AT_ONCE: usize = 2;
/// How many wait at most, each with its file in memory: as many as are made while a call may wait.
const MOST_WAITING: usize = 16;
/// By this code a store says that the bucket itself is not there.
const NO_BUCKET: &str = "NoSuchBucket";

/// Which of the two pictures of a photo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Size {
    /// As it is kept.
    Full,
    /// For lists.
    Thumbnail,
}

/// What names the pictures of a photo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Name {
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// The name within it.
    pub object_id: Uuid,
}

/// Where photos lie, and what makes them. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Pictures {
    store: Arc<dyn ObjectStore>,
    prefix: Arc<str>,
    /// For those that are being made, and
    places: Arc<Semaphore>,
    /// for those and all that wait.
    queue: Arc<Semaphore>,
}

impl Pictures {
    /// The photos in a place.
    ///
    /// # Errors
    ///
    /// `INVALID_REQUEST` where it cannot be used.
    pub(crate) fn open(place: &PhotoPlace) -> Result<Self, Failure> {
        let (store, prefix): (Arc<dyn ObjectStore>, Arc<str>) = match place {
            PhotoPlace::Folder(folder) => (Arc::new(open_folder(folder)?) as _, "".into()),
            PhotoPlace::Bucket { name, prefix } => (Arc::new(s3::open(name)?) as _, prefix.as_str().into()),
        };
        let places = Arc::new(Semaphore::new(AT_ONCE));
        let queue = Arc::new(Semaphore::new(AT_ONCE + MOST_WAITING));
        Ok(Self { store, prefix, places, queue })
    }

    /// Makes the pictures of a file as it was sent.
    ///
    /// # Errors
    ///
    /// Why it is not taken; `OVERLOADED`.
    pub(crate) async fn make(&self, content: Vec<u8>) -> Result<Photo, Error> {
        self.work(move |limits| pathfinder_photos::take_in(&content, limits)).await
    }

    /// Makes the pictures anew with parts painted over; `full` is the full one.
    ///
    /// # Errors
    ///
    /// `OVERLOADED`; no other in practice: what was made here can be read, and regions were checked.
    pub(crate) async fn redact(&self, full: Bytes, regions: Vec<Region>) -> Result<Photo, Error> {
        self.work(move |limits| pathfinder_photos::redact(&full, &regions, limits)).await
    }

    async fn work(&self, work: impl FnOnce(&Limits) -> Result<Photo, Unfit> + Send + 'static) -> Result<Photo, Error> {
        let turn = Arc::clone(&self.queue).try_acquire_owned().map_err(|_| crowded())?;
        let place = Arc::clone(&self.places).acquire_owned().await.map_err(Failure::internal)?;
        let made = tokio::task::spawn_blocking(move || {
            let made = work(&Limits::default());
            drop((place, turn));
            made
        });
        Ok(made.await.map_err(Failure::internal)??)
    }

    /// Writes the pictures of a photo. They are deleted again unless what is answered is claimed.
    ///
    /// # Errors
    ///
    /// `PEER_UNAVAILABLE`.
    pub(crate) async fn keep(&self, name: Name, photo: Photo) -> Result<Unclaimed, Failure> {
        let unclaimed = Unclaimed { pictures: self.clone(), name, claimed: AtomicBool::new(false) };
        for (size, picture) in [(Size::Full, photo.full), (Size::Thumbnail, photo.thumbnail)] {
            let payload = PutPayload::from(picture.bytes);
            self.store.put(&self.path(name, size), payload).await.map_err(unavailable)?;
        }
        Ok(unclaimed)
    }

    /// A picture; none where there is none of that name.
    ///
    /// # Errors
    ///
    /// `PEER_UNAVAILABLE`.
    pub(crate) async fn read(&self, name: Name, size: Size) -> Result<Option<Bytes>, Failure> {
        match self.store.get(&self.path(name, size)).await {
            Ok(found) => found.bytes().await.map(Some).map_err(unavailable),
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(unavailable(error)),
        }
    }

    /// Deletes the pictures of a photo, as far as they are there.
    ///
    /// # Errors
    ///
    /// `PEER_UNAVAILABLE`, also where only one of them could be deleted.
    pub(crate) async fn remove(&self, name: Name) -> Result<(), Failure> {
        let mut left = Ok(());
        for size in [Size::Full, Size::Thumbnail] {
            match self.store.delete(&self.path(name, size)).await {
                Ok(()) => {}
                Err(error) if is_absent(&error) => {}
                Err(error) => left = Err(unavailable(error)),
            }
        }
        left
    }

    fn path(&self, name: Name, size: Size) -> Path {
        let Name { partnership_id, object_id } = name;
        let ending = match size {
            Size::Full => "",
            Size::Thumbnail => "-thumbnail",
        };
        // An empty prefix leaves a slash in front, which paths pass over.
        Path::from(format!("{}/{partnership_id}/{object_id}{ending}.jpg", self.prefix))
    }
}

fn open_folder(folder: &std::path::Path) -> Result<LocalFileSystem, Failure> {
    let unusable = |error: &dyn std::fmt::Display| {
        let message = format!("Photos cannot be kept in {}: {error}", folder.display());
        Failure::new(Reason::InvalidRequest, message)
    };
    std::fs::create_dir_all(folder).map_err(|error| unusable(&error))?;
    let store = LocalFileSystem::new_with_prefix(folder).map_err(|error| unusable(&error))?;
    // What was acknowledged survives a power cut, as reports do.
    Ok(store.with_fsync(true))
}

/// Pictures that were written and that nothing names yet. Dropped unclaimed, also because a caller left, they are deleted.
#[derive(Debug)]
pub(crate) struct Unclaimed {
    pictures: Pictures,
    name: Name,
    claimed: AtomicBool,
}

impl Unclaimed {
    /// From now on something may name them.
    pub(crate) fn claim(&self) {
        self.claimed.store(true, Ordering::Relaxed);
    }

    /// Nothing names them after all.
    pub(crate) fn give_up(&self) {
        self.claimed.store(false, Ordering::Relaxed);
    }
}

impl Drop for Unclaimed {
    fn drop(&mut self) {
        if self.claimed.load(Ordering::Relaxed) {
            return;
        }
        // There is a runtime wherever pictures are written; while it ends, they wait for the timer.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let (pictures, name) = (self.pictures.clone(), self.name);
            runtime.spawn(async move {
                if let Err(failure) = pictures.remove(name).await {
                    tracing::warn!(object_id = %name.object_id, %failure, "a picture that nothing names waits to be deleted");
                }
            });
        }
    }
}

fn crowded() -> Failure {
    let message = "As many photos as can wait are waiting to be taken in; this one was not. Try again shortly.";
    Failure::new(Reason::Overloaded, message)
}

/// Whether there is no such object, in a bucket that is there: of what lies in one that is away for a while, nobody knows.
fn is_absent(error: &object_store::Error) -> bool {
    let is_of_bucket = causes_of(error).iter().any(|cause| cause.contains(NO_BUCKET));
    matches!(error, object_store::Error::NotFound { .. }) && !is_of_bucket
}

fn unavailable(error: object_store::Error) -> Failure {
    let message = "The photos are out of reach for the moment. Try again shortly.";
    Failure::new(Reason::PeerUnavailable, message).with("peer", "photos").because(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_in_a_bucket_that_is_away_is_not_absent() {
        let answered = |code: &str| object_store::Error::NotFound {
            path: "photo.jpg".to_owned(),
            source: format!("Client error with status 404 Not Found: <Error><Code>{code}</Code></Error>").into(),
        };
        assert!(is_absent(&answered("NoSuchKey")) && !is_absent(&answered(NO_BUCKET)));
    }

    #[tokio::test]
    async fn what_is_not_claimed_is_deleted() {
        let folder = tempfile::tempdir().unwrap();
        let pictures = Pictures::open(&PhotoPlace::Folder(folder.path().to_owned())).unwrap();
        let picture = |bytes: &[u8]| pathfinder_photos::Picture { bytes: bytes.to_vec(), width: 1, height: 1 };
        let photo = || Photo { full: picture(b"full"), thumbnail: picture(b"small") };
        let name =
            |number: u128| Name { partnership_id: Uuid::from_u128(1).into(), object_id: Uuid::from_u128(number) };
        let kept = pictures.keep(name(2), photo()).await.unwrap();
        kept.claim();
        drop(kept);
        drop(pictures.keep(name(3), photo()).await.unwrap());
        while pictures.read(name(3), Size::Thumbnail).await.unwrap().is_some() {
            tokio::task::yield_now().await;
        }
        assert_eq!(pictures.read(name(3), Size::Full).await.unwrap(), None, "the full one goes first");
        assert_eq!(pictures.read(name(2), Size::Full).await.unwrap().as_deref(), Some(&b"full"[..]));
        assert_eq!(pictures.read(name(2), Size::Thumbnail).await.unwrap().as_deref(), Some(&b"small"[..]));
        pictures.remove(name(2)).await.unwrap();
        assert_eq!(pictures.read(name(2), Size::Full).await.unwrap(), None);
        pictures.remove(name(2)).await.unwrap();
    }

    #[tokio::test]
    async fn whoever_finds_all_places_taken_is_told_to_come_again() {
        let folder = tempfile::tempdir().unwrap();
        let pictures = Pictures::open(&PhotoPlace::Folder(folder.path().to_owned())).unwrap();
        let all = u32::try_from(AT_ONCE + MOST_WAITING).unwrap();
        let taken = Arc::clone(&pictures.queue).try_acquire_many_owned(all).unwrap();
        let reason = async || Failure::from(pictures.make(vec![0]).await.err().unwrap()).reason();
        assert_eq!(reason().await, Reason::Overloaded);
        drop(taken);
        assert_eq!(reason().await, Reason::InvalidRequest, "now it is looked at, and is no picture");
    }
}
