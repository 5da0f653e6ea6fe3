//! The questions of a category: which of them are asked, what was answered, and what is wrong with that. Answers stand in fields named
//! `answer.CODE`, and `answer.CODE.CHOICE` where there may be several.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use pathfinder_proto::issues::v1 as pb;
use pathfinder_proto::issues::v1::QuestionType;

use super::typed::Problem;
use crate::form::Fields;

/// The longest answer in words, in characters.
const LONGEST: usize = 1_000;

/// A question on the page.
pub(super) struct Shown<'a> {
    /// The name of its field, which is the id of its first input too.
    pub(super) name: String,
    pub(super) label: &'a str,
    pub(super) hint: &'a str,
    pub(super) required: bool,
    /// `text`, `number`, `date`, `single` or `several`.
    pub(super) form: &'static str,
    pub(super) value: String,
    pub(super) choices: Vec<Offered<'a>>,
    pub(super) problem: String,
}

/// A choice on the page.
pub(super) struct Offered<'a> {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) code: &'a str,
    pub(super) label: &'a str,
    pub(super) is_chosen: bool,
}

/// The name of a question's field.
pub(super) fn name_of(code: &str) -> String {
    format!("answer.{code}")
}

/// What was answered to a question.
pub(super) fn answer_to(question: &pb::Question, fields: &Fields) -> Vec<String> {
    let name = name_of(&question.code);
    if question.r#type() != QuestionType::MultipleChoice {
        return Some(fields.get(&name)).filter(|value| !value.is_empty()).map(str::to_owned).into_iter().collect();
    }
    let chosen = question.choices.iter().filter(|choice| !fields.get(&format!("{name}.{}", choice.code)).is_empty());
    chosen.map(|choice| choice.code.clone()).collect()
}

/// The questions that are asked, given what was answered. What was answered to others does not count.
pub(super) fn asked<'q>(questions: &'q [pb::Question], fields: &Fields) -> Vec<&'q pb::Question> {
    let mut answers: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut asked = Vec::new();
    for question in questions {
        let is_met = |condition: &pb::QuestionCondition| {
            let answer = answers.get(condition.question_code.as_str());
            answer.is_some_and(|answer| answer.iter().any(|value| condition.choice_codes.contains(value)))
        };
        if question.asked_when.as_ref().is_none_or(is_met) {
            answers.insert(&question.code, answer_to(question, fields));
            asked.push(question);
        }
    }
    asked
}

/// The codes of questions, for the form to say which it showed.
pub(super) fn codes_of(questions: &[&pb::Question]) -> String {
    questions.iter().map(|question| question.code.as_str()).collect::<Vec<_>>().join(",")
}

/// A question as it stands on the page.
pub(super) fn shown<'q>(question: &'q pb::Question, fields: &Fields, problems: &[Problem]) -> Shown<'q> {
    let name = name_of(&question.code);
    let answer = answer_to(question, fields);
    let several = question.r#type() == QuestionType::MultipleChoice;
    let offered = |(index, choice): (usize, &'q pb::Choice)| Offered {
        id: if index == 0 { name.clone() } else { format!("{name}.{}", choice.code) },
        name: if several { format!("{name}.{}", choice.code) } else { name.clone() },
        code: &choice.code,
        label: &choice.label,
        is_chosen: answer.contains(&choice.code),
    };
    Shown {
        choices: question.choices.iter().enumerate().map(offered).collect(),
        label: &question.label,
        hint: &question.hint,
        required: question.required,
        form: match question.r#type() {
            QuestionType::Unspecified | QuestionType::Text => "text",
            QuestionType::Number => "number",
            QuestionType::Date => "date",
            QuestionType::SingleChoice => "single",
            QuestionType::MultipleChoice => "several",
        },
        value: answer.first().cloned().unwrap_or_default(),
        problem: Problem::about(&name, problems),
        name,
    }
}

/// What is wrong with what was answered to a question.
pub(super) fn flaw_of(question: &pb::Question, fields: &Fields) -> Option<Problem> {
    let answer = answer_to(question, fields);
    let label = &question.label;
    let text = match (question.r#type(), answer.first()) {
        (QuestionType::SingleChoice, None) if question.required => format!("Choose an answer: {label}"),
        (QuestionType::MultipleChoice, None) if question.required => format!("Choose one answer or more: {label}"),
        (_, None) if question.required => format!("Answer the question: {label}"),
        (_, None) | (QuestionType::MultipleChoice, Some(_)) => return None,
        (QuestionType::SingleChoice, Some(code)) => {
            let is_offered = question.choices.iter().any(|choice| choice.code == *code);
            if is_offered { return None } else { format!("Choose one of the answers: {label}") }
        }
        (QuestionType::Number, Some(value)) => match value.parse::<f64>() {
            Ok(number) if number.is_finite() => return None,
            _ => format!("Enter a number, such as 3 or 2.5: {label}"),
        },
        (QuestionType::Date, Some(value)) => match value.parse::<NaiveDate>() {
            Ok(_) => return None,
            Err(_) => format!("Enter a date, such as 2026-01-31: {label}"),
        },
        (QuestionType::Unspecified | QuestionType::Text, Some(value)) => {
            if value.chars().count() <= LONGEST {
                return None;
            }
            format!("Answer in at most {LONGEST} characters: {label}")
        }
    };
    Some(Problem { field: name_of(&question.code), text })
}

/// The answers as they are sent.
pub(super) fn answers_of(questions: &[&pb::Question], fields: &Fields) -> Vec<pb::AnswerInput> {
    let answers = questions
        .iter()
        .map(|question| pb::AnswerInput { question_code: question.code.clone(), values: answer_to(question, fields) });
    answers.filter(|answer| !answer.values.is_empty()).collect()
}

/// An answer as people read it.
pub(super) fn answer_text(question: &pb::Question, fields: &Fields) -> String {
    let answer = answer_to(question, fields);
    let label = |code: &String| {
        let choice = question.choices.iter().find(|choice| choice.code == *code);
        choice.map_or_else(|| code.clone(), |choice| choice.label.clone())
    };
    answer.iter().map(label).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(code: &str, form: QuestionType, choices: &[&str], asked_when: Option<(&str, &str)>) -> pb::Question {
        let choice = |code: &&str| pb::Choice { code: (*code).to_owned(), label: code.to_uppercase() };
        pb::Question {
            code: code.to_owned(),
            label: format!("Which {code}?"),
            r#type: form.into(),
            required: true,
            choices: choices.iter().map(choice).collect(),
            asked_when: asked_when.map(|(code, choice)| pb::QuestionCondition {
                question_code: code.to_owned(),
                choice_codes: vec![choice.to_owned()],
            }),
            ..Default::default()
        }
    }

    fn vehicle() -> Vec<pb::Question> {
        vec![
            question("kind", QuestionType::SingleChoice, &["car", "van"], None),
            question("signs", QuestionType::MultipleChoice, &["tyres", "glass"], Some(("kind", "van"))),
            question("since", QuestionType::Date, &[], Some(("signs", "glass"))),
        ]
    }

    fn fields(form: &str) -> Fields {
        Fields::read(form.as_bytes()).unwrap()
    }

    #[test]
    fn what_is_asked_depends_on_what_was_answered() {
        let questions = vehicle();
        for (form, expected) in [
            ("", "kind"),
            ("answer.kind=car&answer.signs.glass=on", "kind"),
            ("answer.kind=van", "kind,signs"),
            ("answer.kind=van&answer.signs.tyres=on&answer.signs.glass=on", "kind,signs,since"),
        ] {
            assert_eq!(codes_of(&asked(&questions, &fields(form))), expected, "{form}");
        }
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_its_question() {
        let questions = vehicle();
        let wrong = |form: &str| -> Vec<String> {
            let fields = fields(form);
            let asked = asked(&questions, &fields);
            asked.iter().filter_map(|question| flaw_of(question, &fields)).map(|problem| problem.field).collect()
        };
        assert_eq!(wrong(""), ["answer.kind"]);
        assert_eq!(wrong("answer.kind=lorry"), ["answer.kind"]);
        assert_eq!(wrong("answer.kind=van"), ["answer.signs"]);
        assert_eq!(wrong("answer.kind=van&answer.signs.glass=on&answer.since=soon"), ["answer.since"]);
        let good = "answer.kind=van&answer.signs.glass=on&answer.since=2026-01-31";
        assert!(wrong(good).is_empty());
        let fields = fields(good);
        let asked = asked(&questions, &fields);
        let sent: Vec<Vec<String>> = answers_of(&asked, &fields).into_iter().map(|answer| answer.values).collect();
        assert_eq!(sent, [["van"], ["glass"], ["2026-01-31"]]);
        assert_eq!(answer_text(asked[1], &fields), "GLASS");
    }
}
