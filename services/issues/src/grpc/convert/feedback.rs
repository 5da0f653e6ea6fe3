//! What residents are asked and what they say of closings, each way.

use pathfinder_kit::wire::timestamp;
use pathfinder_kit::{Failure, Violation};
use pathfinder_proto::issues::v1 as pb;

use super::commands::{following, target};
use super::issue;
use crate::app::inquiries::{AnswerQuestion, Answered, AskReporter};
use crate::domain::inquiry::{OpenQuestion, Standing};
use crate::domain::opinion::{Said, Satisfaction};
use crate::domain::text::or_empty;
use crate::domain::{Inquiry, Opinion};

pub(in crate::grpc) fn ask_reporter(message: pb::AskReporterRequest) -> Result<AskReporter, Failure> {
    let target = target(&message.partnership_id, &message.issue_id, &message.etag)?;
    Ok(AskReporter { target, text: message.text, pause_reason: message.pause_reason })
}

pub(in crate::grpc) fn answer_question(message: pb::AnswerQuestionRequest) -> Result<AnswerQuestion, Failure> {
    let following = following(&message.partnership_id, &message.issue_id, message.follow_token)?;
    Ok(AnswerQuestion { following, number: message.question_number, text: message.answer })
}

pub(in crate::grpc) fn answered(answered: Answered) -> pb::AnswerQuestionResponse {
    pb::AnswerQuestionResponse { issue: Some(issue(answered.view)), advice: answered.advice }
}

/// What is said of a closing; none where nothing is.
pub(in crate::grpc) fn said(satisfaction: pb::Satisfaction, comment: String) -> Result<Option<Said>, Failure> {
    let comment = or_empty(comment);
    match satisfaction_from(satisfaction) {
        Some(satisfaction) => Ok(Some(Said { satisfaction, comment })),
        None if comment.is_empty() => Ok(None),
        None => {
            let lonely = "can be given only beside `satisfaction`: say how satisfied you are, too";
            Err(Violation::new("satisfaction_comment", lonely).into())
        }
    }
}

/// A question as it stands; `answerable` says whether the reader may answer it.
pub(super) fn question(inquiry: Inquiry, open: Option<&OpenQuestion>, answerable: bool) -> pb::ReporterQuestion {
    let standing = inquiry.standing(open);
    pb::ReporterQuestion {
        question_number: inquiry.number,
        text: inquiry.text,
        status: status(standing).into(),
        ask_time: Some(timestamp(inquiry.ask_time)),
        due_time: Some(timestamp(inquiry.due_time)),
        clock_paused: inquiry.clock_paused,
        answer_time: inquiry.answer_time.map(timestamp),
        answer: inquiry.answer,
        answerable: answerable && standing != Standing::Answered,
    }
}

pub(super) fn opinion(opinion: Opinion) -> pb::ClosingOpinion {
    pb::ClosingOpinion {
        closing_number: opinion.closing,
        reporter_id: opinion.reporter_id.to_string(),
        satisfaction: satisfaction(opinion.satisfaction).into(),
        comment: opinion.comment,
        opinion_time: Some(timestamp(opinion.time)),
    }
}

const fn status(standing: Standing) -> pb::QuestionStatus {
    match standing {
        Standing::Waiting => pb::QuestionStatus::Waiting,
        Standing::Answered => pb::QuestionStatus::Answered,
        Standing::Lapsed => pb::QuestionStatus::Lapsed,
        Standing::Overtaken => pb::QuestionStatus::Overtaken,
    }
}

pub(super) const fn satisfaction(satisfaction: Satisfaction) -> pb::Satisfaction {
    match satisfaction {
        Satisfaction::VerySatisfied => pb::Satisfaction::VerySatisfied,
        Satisfaction::Satisfied => pb::Satisfaction::Satisfied,
        Satisfaction::Neither => pb::Satisfaction::Neither,
        Satisfaction::Dissatisfied => pb::Satisfaction::Dissatisfied,
        Satisfaction::VeryDissatisfied => pb::Satisfaction::VeryDissatisfied,
    }
}

/// None where nothing is stated.
const fn satisfaction_from(satisfaction: pb::Satisfaction) -> Option<Satisfaction> {
    match satisfaction {
        pb::Satisfaction::Unspecified => None,
        pb::Satisfaction::VerySatisfied => Some(Satisfaction::VerySatisfied),
        pb::Satisfaction::Satisfied => Some(Satisfaction::Satisfied),
        pb::Satisfaction::Neither => Some(Satisfaction::Neither),
        pb::Satisfaction::Dissatisfied => Some(Satisfaction::Dissatisfied),
        pb::Satisfaction::VeryDissatisfied => Some(Satisfaction::VeryDissatisfied),
    }
}
