//! Where photos lie, and how they are made: the one place of this service that knows of files, buckets and pixels.
//!
//! A photo is two objects, `PARTNERSHIP/OBJECT.jpg` and `PARTNERSHIP/OBJECT-thumbnail.jpg`. An object is written once and never changed: a
//! redaction writes others under a new name and deletes the former. Objects are written before the transaction that names them, so that no
//! issue ever names what is not there; what no issue came to name is deleted again ([`Unclaimed`]), as well as can be. What a process that
//! was killed in between leaves behind, nobody can reach; a sweep that looks for such objects from time to time is not built yet.
//!
//! Making a picture takes up to two seconds of a core and half a gigabyte, so [`AT_ONCE`] are made at once, off the threads that serve.
//! Whoever waits longer than their call may take is told so by the server's front, which drops the call; a picture that is being made
//! then keeps its place until it is done.

mod s3;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _, PutPayload};
use pathfinder_kit::{Failure, Reason};
use pathfinder_photos::{Limits, Photo, Region, Unfit};
use pathfinder_terms::PartnershipId;
use tokio::sync::Semaphore;
use uuid::Uuid;

use crate::config::PhotoPlace;
use crate::error::Error;

/// How many pictures are made at once.
const AT_ONCE: usize = 2;

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
    places: Arc<Semaphore>,
}

impl Pictures {
    /// The photos in a place.
    ///
    /// # Errors
    ///
    /// `INVALID_REQUEST` where it cannot be used.
    pub(crate) fn open(place: &PhotoPlace) -> Result<Self, Failure> {
        let places = Arc::new(Semaphore::new(AT_ONCE));
        match place {
            PhotoPlace::Folder(folder) => Ok(Self { store: Arc::new(open_folder(folder)?), prefix: "".into(), places }),
            PhotoPlace::Bucket { name, prefix } => {
                Ok(Self { store: Arc::new(s3::open(name)?), prefix: prefix.as_str().into(), places })
            }
        }
    }

    /// Makes the pictures of a file as it was sent.
    ///
    /// # Errors
    ///
    /// Why it is not taken.
    pub(crate) async fn make(&self, content: Vec<u8>) -> Result<Photo, Error> {
        self.work(move |limits| pathfinder_photos::take_in(&content, limits)).await
    }

    /// Makes the pictures anew with parts painted over; `full` is the full one.
    ///
    /// # Errors
    ///
    /// Never in practice: what was made here can be read, and regions were checked.
    pub(crate) async fn redact(&self, full: Bytes, regions: Vec<Region>) -> Result<Photo, Error> {
        self.work(move |limits| pathfinder_photos::redact(&full, &regions, limits)).await
    }

    async fn work(&self, work: impl FnOnce(&Limits) -> Result<Photo, Unfit> + Send + 'static) -> Result<Photo, Error> {
        let place = Arc::clone(&self.places).acquire_owned().await.map_err(Failure::internal)?;
        let made = tokio::task::spawn_blocking(move || {
            let made = work(&Limits::default());
            drop(place);
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
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(unavailable(error)),
        }
    }

    /// Deletes the pictures of a photo, as well as can be: what stays behind is logged, and no answer leads to it.
    pub(crate) async fn remove(&self, name: Name) {
        for size in [Size::Full, Size::Thumbnail] {
            match self.store.delete(&self.path(name, size)).await {
                Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => {
                    tracing::error!(object_id = %name.object_id, %error, "a picture that nothing names any more stays behind");
                }
            }
        }
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
        // There is a runtime wherever pictures are written; while it ends, they stay behind.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let (pictures, name) = (self.pictures.clone(), self.name);
            runtime.spawn(async move { pictures.remove(name).await });
        }
    }
}

fn unavailable(error: object_store::Error) -> Failure {
    let message = "The photos are out of reach for the moment. Try again shortly.";
    Failure::new(Reason::PeerUnavailable, message).with("peer", "photos").because(error)
}

#[cfg(test)]
mod tests {
    use super::*;

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
        pictures.remove(name(2)).await;
        assert_eq!(pictures.read(name(2), Size::Full).await.unwrap(), None);
        pictures.remove(name(2)).await;
    }
}
