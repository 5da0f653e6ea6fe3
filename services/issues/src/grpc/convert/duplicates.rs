//! Issues that may be the same, and clusters of them.

use pathfinder_kit::wire::{self, Gather, timestamp};
use pathfinder_kit::{Failure, Violation};
use pathfinder_proto::issues::v1 as pb;
use pathfinder_proto::types::v1 as types;

use super::answers::issue;
use crate::app::duplicates::{SuggestDuplicates, Suggestion};
use crate::domain::Cluster;
use crate::domain::geography::Point;

pub(in crate::grpc) fn suggest_duplicates(message: pb::SuggestDuplicatesRequest) -> Result<SuggestDuplicates, Failure> {
    let mut gather = Gather::default();
    let partnership_id = gather.take(wire::id("partnership_id", &message.partnership_id));
    let point = message.point.and_then(types::LatLng::degrees).and_then(|(north, east)| Point::new(north, east));
    let point = gather.take(point.ok_or_else(|| Violation::new("point", "must be a point on the earth")));
    gather.finish()?;
    let (Some(partnership_id), Some(point)) = (partnership_id, point) else {
        return Err(Failure::invalid(Vec::new()));
    };
    Ok(SuggestDuplicates { partnership_id, category_code: message.category_code, point, text: message.text })
}

pub(in crate::grpc) fn suggested(suggestions: Vec<Suggestion>) -> pb::SuggestDuplicatesResponse {
    let suggested = |Suggestion { view, likeness }: Suggestion| pb::SuggestedDuplicate {
        issue: Some(issue(view)),
        distance_meters: likeness.distance_metres,
        shared_word_count: i32::try_from(likeness.shared_word_count).unwrap_or(i32::MAX),
    };
    pb::SuggestDuplicatesResponse { suggestions: suggestions.into_iter().map(suggested).collect() }
}

pub(in crate::grpc) fn cluster(cluster: Cluster) -> pb::IssueCluster {
    let Point { latitude, longitude } = cluster.center;
    pb::IssueCluster {
        cluster_id: cluster.id.to_string(),
        partnership_id: cluster.partnership_id.to_string(),
        category_code: cluster.category_code,
        category_name: cluster.category_name,
        center: Some(types::LatLng::at(latitude, longitude)),
        issue_count: i32::try_from(cluster.issue_ids.len()).unwrap_or(i32::MAX),
        first_report_time: Some(timestamp(cluster.first_report_time)),
        last_report_time: Some(timestamp(cluster.last_report_time)),
        issue_ids: cluster.issue_ids.iter().map(ToString::to_string).collect(),
        find_time: Some(timestamp(cluster.find_time)),
    }
}
