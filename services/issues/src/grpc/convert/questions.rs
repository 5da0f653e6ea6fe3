//! Questions, answers and response templates, each way.

use pathfinder_kit::{Failure, Violation};
use pathfinder_proto::issues::v1 as pb;

use super::enums;
use crate::domain::question::{Answer, AskedWhen, Choice, Given, Question, QuestionType};
use crate::domain::template::ResponseTemplate;
use crate::domain::text::or_empty;

pub(super) fn questions(messages: Vec<pb::Question>) -> Result<Vec<Question>, Failure> {
    messages.into_iter().enumerate().map(|(index, message)| question_from(index, message)).collect()
}

fn question_from(index: usize, message: pb::Question) -> Result<Question, Failure> {
    let form = type_from(message.r#type());
    let form = form.ok_or_else(|| unstated(&format!("questions[{index}].type")))?;
    let choices = message.choices.into_iter().map(|choice| Choice { code: choice.code, label: choice.label });
    let asked_when = message
        .asked_when
        .map(|condition| AskedWhen { question_code: condition.question_code, choice_codes: condition.choice_codes });
    Ok(Question {
        code: message.code,
        label: message.label,
        hint: or_empty(message.hint),
        form,
        required: message.required,
        choices: choices.collect(),
        asked_when,
        confidential: message.confidential,
    })
}

pub(super) fn question(question: Question) -> pb::Question {
    let choices = question.choices.into_iter().map(|choice| pb::Choice { code: choice.code, label: choice.label });
    let asked_when = question.asked_when.map(|condition| pb::QuestionCondition {
        question_code: condition.question_code,
        choice_codes: condition.choice_codes,
    });
    pb::Question {
        code: question.code,
        label: question.label,
        hint: question.hint,
        r#type: type_of(question.form).into(),
        required: question.required,
        choices: choices.collect(),
        asked_when,
        confidential: question.confidential,
    }
}

const fn type_of(form: QuestionType) -> pb::QuestionType {
    match form {
        QuestionType::Text => pb::QuestionType::Text,
        QuestionType::Number => pb::QuestionType::Number,
        QuestionType::Date => pb::QuestionType::Date,
        QuestionType::SingleChoice => pb::QuestionType::SingleChoice,
        QuestionType::MultipleChoice => pb::QuestionType::MultipleChoice,
    }
}

const fn type_from(form: pb::QuestionType) -> Option<QuestionType> {
    match form {
        pb::QuestionType::Unspecified => None,
        pb::QuestionType::Text => Some(QuestionType::Text),
        pb::QuestionType::Number => Some(QuestionType::Number),
        pb::QuestionType::Date => Some(QuestionType::Date),
        pb::QuestionType::SingleChoice => Some(QuestionType::SingleChoice),
        pb::QuestionType::MultipleChoice => Some(QuestionType::MultipleChoice),
    }
}

/// The contract refuses what is not stated before; so this is never seen.
fn unstated(field: &str) -> Failure {
    Failure::invalid(vec![Violation::new(field, "must be stated")])
}

pub(super) fn templates(messages: Vec<pb::ResponseTemplate>) -> Result<Vec<ResponseTemplate>, Failure> {
    let template = |(index, message): (usize, pb::ResponseTemplate)| {
        let state = enums::state_from(message.state());
        let state = state.ok_or_else(|| unstated(&format!("response_templates[{index}].state")))?;
        Ok(ResponseTemplate { name: message.name, state, text: message.text, automatic: message.automatic })
    };
    messages.into_iter().enumerate().map(template).collect()
}

pub(in crate::grpc) fn template(template: ResponseTemplate) -> pb::ResponseTemplate {
    let state = enums::state(template.state).into();
    pb::ResponseTemplate { name: template.name, state, text: template.text, automatic: template.automatic }
}

pub(super) fn given(message: pb::AnswerInput) -> Given {
    Given { question_code: message.question_code, values: message.values }
}

pub(super) fn answer(answer: Answer) -> pb::Answer {
    pb::Answer {
        question_code: answer.question_code,
        question: answer.question,
        values: answer.values,
        texts: answer.texts,
        confidential: answer.confidential,
    }
}
