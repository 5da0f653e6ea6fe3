//! Photos, and what is done to them.

use pathfinder_kit::Failure;
use pathfinder_kit::wire::{Gather, timestamp};
use pathfinder_photos::{Region, Unfit};
use pathfinder_proto::issues::v1 as pb;
use pathfinder_terms::{IssueId, PartnershipId};

use super::{following, id};
use crate::app::photos::{AddPhoto, PhotoTarget, PhotoView};
use crate::domain::Photo;
use crate::domain::photo::path_of;
use crate::domain::text::or_empty;
use crate::pictures::Size;

pub(in crate::grpc) fn add_photo(message: pb::AddPhotoRequest) -> Result<AddPhoto, Failure> {
    let pb::AddPhotoRequest { partnership_id, issue_id, follow_token, caption, content, .. } = message;
    let following = following(&partnership_id, &issue_id, follow_token)?;
    Ok(AddPhoto { following, caption: or_empty(caption), content })
}

pub(in crate::grpc) fn photo_target(
    partnership_id: &str,
    issue_id: &str,
    photo_id: &str,
) -> Result<PhotoTarget, Failure> {
    Ok(PhotoTarget {
        partnership_id: id("partnership_id", partnership_id)?,
        issue_id: id("issue_id", issue_id)?,
        photo_id: id("photo_id", photo_id)?,
    })
}

pub(in crate::grpc) const fn photo_size(size: pb::PhotoSize) -> Size {
    match size {
        pb::PhotoSize::Thumbnail => Size::Thumbnail,
        pb::PhotoSize::Unspecified | pb::PhotoSize::Full => Size::Full,
    }
}

/// Parts of a photo that lie within it; every one that does not is named.
pub(in crate::grpc) fn regions(messages: &[pb::PhotoRegion]) -> Result<Vec<Region>, Failure> {
    let mut gather = Gather::default();
    let mut regions = Vec::with_capacity(messages.len());
    for (index, message) in messages.iter().enumerate() {
        match Region::new(message.left, message.top, message.width, message.height) {
            Ok(region) => regions.push(region),
            Err(Unfit::BadRegion { what }) => {
                gather.report(format!("regions[{index}].{what}"), "must not reach beyond the photo");
            }
            Err(unfit) => gather.report(format!("regions[{index}]"), unfit.to_string()),
        }
    }
    gather.finish()?;
    Ok(regions)
}

pub(in crate::grpc) fn photo(view: PhotoView) -> pb::Photo {
    photo_of(view.partnership_id, view.issue_id, view.photo)
}

/// A photo of an issue, with the addresses at which the gateway shows it.
pub(super) fn photo_of(partnership_id: PartnershipId, issue_id: IssueId, photo: Photo) -> pb::Photo {
    let full_url = path_of(partnership_id, issue_id, photo.id);
    let pixels = |count: u32| i32::try_from(count).unwrap_or(i32::MAX);
    pb::Photo {
        photo_id: photo.id.to_string(),
        width: pixels(photo.width),
        height: pixels(photo.height),
        caption: photo.caption,
        create_time: Some(timestamp(photo.create_time)),
        thumbnail_url: format!("{full_url}&size={}", pb::PhotoSize::Thumbnail.as_str_name()),
        full_url,
        held: photo.held,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_region_that_reaches_beyond_the_photo_is_named() {
        let region = |left, width| pb::PhotoRegion { left, top: 0.5, width, height: 0.5 };
        assert_eq!(regions(&[region(0.5, 0.5)]).map(|regions| regions.len()).ok(), Some(1));
        let refused = regions(&[region(0.5, 0.6), region(0.0, 1.0), region(0.9, 0.2)]).unwrap_err();
        let fields: Vec<&str> = refused.violations().iter().map(|violation| violation.field.as_str()).collect();
        assert_eq!(fields, ["regions[0].width", "regions[2].width"]);
    }
}
