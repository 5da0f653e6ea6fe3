//! What is held on a person, as it is answered.

use pathfinder_kit::wire::timestamp;
use pathfinder_proto::issues::v1 as pb;

use super::answers::{issue, notice, reporter};
use super::edits::issue_edit;
use crate::app::personal::{SubjectExport, SubjectRecord};
use crate::domain::Erasure;
use crate::domain::erasure::Cause;

pub(in crate::grpc) fn subject_export(export: SubjectExport) -> pb::ExportSubjectResponse {
    let SubjectExport { records, document, next_page_token } = export;
    let records = records.into_iter().map(subject_record).collect();
    pb::ExportSubjectResponse { records, document, next_page_token }
}

fn subject_record(record: SubjectRecord) -> pb::SubjectRecord {
    pb::SubjectRecord {
        create_time: Some(timestamp(record.person.create_time)),
        contact: Some(reporter(record.person)),
        issue: Some(issue(record.issue)),
        notices: record.notices.into_iter().map(notice).collect(),
        edits: record.edits.into_iter().map(issue_edit).collect(),
    }
}

pub(in crate::grpc) fn erasure(erasure: Erasure) -> pb::Erasure {
    pb::Erasure {
        erasure_id: erasure.id.to_string(),
        partnership_id: erasure.partnership_id.to_string(),
        erase_time: Some(timestamp(erasure.time)),
        cause: cause(erasure.cause).into(),
        actor_id: erasure.actor_id,
        reason: erasure.reason,
        contact_count: erasure.contact_count,
        issue_count: erasure.issue_count,
    }
}

const fn cause(cause: Cause) -> pb::ErasureCause {
    match cause {
        Cause::Requested => pb::ErasureCause::Requested,
        Cause::Retention => pb::ErasureCause::Retention,
    }
}
