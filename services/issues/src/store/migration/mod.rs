//! The tables of this service. A released migration is never edited: add another file, and list it in [`Migrator`].

use sea_orm_migration::prelude::*;

mod founding;
mod m0002_attempts;
mod m0003_sealed;
mod m0004_followers;
mod m0005_places;
mod m0006_words;
mod m0007_open;
mod m0008_word_lists;
mod m0009_covering;
mod m0010_questions;
mod m0011_photos;
mod m0012_updates;
mod m0013_boundaries;
mod m0014_twins;
mod m0015_forwardings;
mod m0016_feedback;
mod m0017_response_entries;
mod m0018_picture_links;
mod m0019_edits;
mod m0020_left_pictures;
mod m0021_confided;
mod m0022_waiting_links;
mod m0023_announcements;
mod m0024_forwarding_updates;
mod m0025_photos_waiting;
mod m0026_homes;
mod m0027_recent;
mod m0028_heard;

/// Brings the tables up to date: the kit's first, then ours.
#[derive(Debug)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        let mut all = pathfinder_kit::migration::all();
        all.push(Box::new(founding::Founding));
        all.push(Box::new(m0002_attempts::Attempts));
        all.push(Box::new(m0003_sealed::Sealed));
        all.push(Box::new(m0004_followers::Followers));
        all.push(Box::new(m0005_places::Places));
        all.push(Box::new(m0006_words::Words));
        all.push(Box::new(m0007_open::Open));
        all.push(Box::new(m0008_word_lists::WordLists));
        all.push(Box::new(m0009_covering::Covering));
        all.push(Box::new(m0010_questions::Questions));
        all.push(Box::new(m0011_photos::Photos));
        all.push(Box::new(m0012_updates::Updates));
        all.push(Box::new(m0013_boundaries::Boundaries));
        all.push(Box::new(m0014_twins::Twins));
        all.push(Box::new(m0015_forwardings::Forwardings));
        all.push(Box::new(m0016_feedback::Feedback));
        all.push(Box::new(m0017_response_entries::ResponseEntries));
        all.push(Box::new(m0018_picture_links::PictureLinks));
        all.push(Box::new(m0019_edits::Edits));
        all.push(Box::new(m0020_left_pictures::LeftPictures));
        all.push(Box::new(m0021_confided::Confided));
        all.push(Box::new(m0022_waiting_links::WaitingLinks));
        all.push(Box::new(m0023_announcements::Announcements));
        all.push(Box::new(m0024_forwarding_updates::ForwardingUpdates));
        all.push(Box::new(m0025_photos_waiting::PhotosWaiting));
        all.push(Box::new(m0026_homes::Homes));
        all.push(Box::new(m0027_recent::Recent));
        all.push(Box::new(m0028_heard::Heard));
        all
    }
}
