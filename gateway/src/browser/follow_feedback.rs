//! What the page of an issue asks whoever reported it: questions of those who work on it, and how satisfied they are with a closing.

use pathfinder_proto::issues::v1 as pb;
use pb::QuestionStatus;

use super::words;
use crate::form::Fields;

const NO_ANSWER: &str = "Enter your answer";
const TOO_LONG: &str = "Say it in at most 2,000 characters";
const NO_CHOICE: &str = "Choose how satisfied you are, or leave what you say to it empty";
/// The most characters of a text.
const MOST: usize = 2_000;

/// How satisfied somebody can be: as the contract has it, in a form, and for people.
const LEVELS: [(pb::Satisfaction, &str, &str); 5] = [
    (pb::Satisfaction::VerySatisfied, "very_satisfied", "Very satisfied"),
    (pb::Satisfaction::Satisfied, "satisfied", "Satisfied"),
    (pb::Satisfaction::Neither, "neither", "Neither satisfied nor dissatisfied"),
    (pb::Satisfaction::Dissatisfied, "dissatisfied", "Dissatisfied"),
    (pb::Satisfaction::VeryDissatisfied, "very_dissatisfied", "Very dissatisfied"),
];

/// What somebody chose, and said to it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Chosen<'a> {
    word: &'a str,
    /// What they said.
    pub(super) comment: &'a str,
}

impl<'a> Chosen<'a> {
    pub(super) fn read(fields: &'a Fields) -> Self {
        Self { word: fields.get("satisfaction"), comment: fields.get("satisfaction_comment") }
    }

    /// What the reader has said of the closing that an issue had last; none where they said nothing. Staff who open somebody's link are told
    /// what all said, and not whose the link is: nothing is theirs then.
    pub(super) fn said_of(issue: &'a pb::Issue) -> Option<Self> {
        let opinions = &issue.closing_opinions;
        let first = opinions.first()?;
        if opinions.iter().any(|other| other.reporter_id != first.reporter_id) {
            return None;
        }
        let closing = issue.reopened_count.saturating_add(1);
        let said = opinions.iter().find(|opinion| opinion.closing_number == closing)?;
        let (_, word, _) = LEVELS.into_iter().find(|(level, ..)| *level == said.satisfaction())?;
        Some(Self { word, comment: &said.comment })
    }

    /// It, or what the reader has said before where nothing was chosen or said.
    pub(super) fn or_said_of(self, issue: &'a pb::Issue) -> Self {
        let is_empty = self.word.is_empty() && self.comment.is_empty();
        Some(self).filter(|_| !is_empty).or_else(|| Self::said_of(issue)).unwrap_or_default()
    }

    /// What was chosen, as the contract has it.
    pub(super) fn satisfaction(self) -> pb::Satisfaction {
        let level = LEVELS.into_iter().find(|(_, word, _)| *word == self.word);
        level.map_or(pb::Satisfaction::Unspecified, |(level, _, _)| level)
    }

    /// Whether something is wrong with it.
    pub(super) fn is_wrong(self) -> bool {
        !(self.choice_problem().is_empty() && self.comment_problem().is_empty())
    }

    fn choice_problem(self) -> &'static str {
        let is_lonely = !self.comment.is_empty() && self.satisfaction() == pb::Satisfaction::Unspecified;
        if is_lonely { NO_CHOICE } else { "" }
    }

    fn comment_problem(self) -> &'static str {
        if self.comment.chars().count() > MOST { TOO_LONG } else { "" }
    }
}

/// The question how satisfied somebody is, in one of the page's forms.
#[derive(Debug)]
pub(super) struct Asked {
    /// What the names of its fields begin with.
    pub(super) form: &'static str,
    /// What can be chosen.
    pub(super) choices: Vec<Choice>,
    /// What was said.
    pub(super) comment: String,
    /// What is wrong with the choice.
    pub(super) choice_problem: &'static str,
    /// What is wrong with what was said.
    pub(super) comment_problem: &'static str,
}

/// One thing to choose.
#[derive(Debug)]
pub(super) struct Choice {
    /// Its id on the page.
    pub(super) id: String,
    /// As the form sends it.
    pub(super) word: &'static str,
    /// For people.
    pub(super) label: &'static str,
    /// Whether it is chosen.
    pub(super) is_chosen: bool,
}

impl Asked {
    /// The question in a form, as it was filled in so far.
    pub(super) fn of(form: &'static str, chosen: Chosen<'_>) -> Self {
        let choices = LEVELS.into_iter().map(|(_, word, label)| Choice {
            id: format!("{form}-{word}"),
            word,
            label,
            is_chosen: word == chosen.word,
        });
        Self {
            form,
            choices: choices.collect(),
            comment: chosen.comment.to_owned(),
            choice_problem: chosen.choice_problem(),
            comment_problem: chosen.comment_problem(),
        }
    }
}

impl Asked {
    /// Whether something is wrong with how it was filled in.
    pub(super) fn is_wrong(&self) -> bool {
        !(self.choice_problem.is_empty() && self.comment_problem.is_empty())
    }
}

/// A question to whoever reported the issue.
#[derive(Debug)]
pub(super) struct Question {
    /// Its number.
    pub(super) number: i32,
    /// What is asked.
    pub(super) text: String,
    /// Until when, or that it is late.
    pub(super) when: String,
    /// Whether the reader may answer it.
    pub(super) is_answerable: bool,
    /// What the reader answered; empty where nothing was.
    pub(super) answer: String,
}

impl Question {
    fn of(asked: &pb::ReporterQuestion) -> Self {
        let when = match asked.status() {
            QuestionStatus::Waiting => format!("Please answer by {}.", words::time(asked.due_time.as_ref())),
            QuestionStatus::Lapsed | QuestionStatus::Overtaken => {
                "Nobody waits for the answer any more, but it may still help.".to_owned()
            }
            QuestionStatus::Answered | QuestionStatus::Unspecified => String::new(),
        };
        Self {
            number: asked.question_number,
            text: asked.text.clone(),
            when,
            is_answerable: asked.answerable,
            answer: asked.answer.clone(),
        }
    }
}

/// The question that waits, or the last that the reader may still answer.
pub(super) fn open_question(issue: &pb::Issue) -> Option<Question> {
    let mut latest_first = issue.reporter_questions.iter().rev();
    let waits = |asked: &&pb::ReporterQuestion| asked.answerable || asked.status() == QuestionStatus::Waiting;
    latest_first.find(waits).map(Question::of)
}

/// What the reader was asked and answered.
pub(super) fn answered(issue: &pb::Issue) -> Vec<Question> {
    issue.reporter_questions.iter().filter(|asked| !asked.answer.is_empty()).map(Question::of).collect()
}

/// What is wrong with an answer; empty where nothing is.
pub(super) fn answer_problem(answer: &str) -> &'static str {
    match answer.chars().count() {
        0 => NO_ANSWER,
        count if count > MOST => TOO_LONG,
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_needs_a_choice_and_a_choice_needs_no_words() {
        let chosen = |text: &str| {
            let fields = Fields::read(text.as_bytes()).unwrap();
            let chosen = Chosen::read(&fields);
            (chosen.satisfaction(), chosen.is_wrong())
        };
        assert_eq!(chosen(""), (pb::Satisfaction::Unspecified, false));
        assert_eq!(chosen("satisfaction=neither"), (pb::Satisfaction::Neither, false));
        assert_eq!(chosen("satisfaction=neither&satisfaction_comment=Slow"), (pb::Satisfaction::Neither, false));
        assert_eq!(chosen("satisfaction=great&satisfaction_comment=Slow"), (pb::Satisfaction::Unspecified, true));
        let long = format!("satisfaction=neither&satisfaction_comment={}", "x".repeat(MOST + 1));
        assert!(chosen(&long).1);
        let words: Vec<_> = Asked::of("confirm", Chosen::default()).choices.iter().map(|choice| choice.word).collect();
        assert_eq!(words.len(), 5, "everything can be chosen: {words:?}");
    }

    #[test]
    fn what_somebody_said_of_the_last_closing_is_theirs() {
        let said = |closing_number, reporter_id: &str, comment: &str| pb::ClosingOpinion {
            closing_number,
            reporter_id: reporter_id.to_owned(),
            satisfaction: pb::Satisfaction::Neither.into(),
            comment: comment.to_owned(),
            ..pb::ClosingOpinion::default()
        };
        let comment = |closing_opinions| {
            let issue = pb::Issue { reopened_count: 1, closing_opinions, ..pb::Issue::default() };
            Chosen::said_of(&issue).map(|said| said.comment.to_owned())
        };
        assert_eq!(comment(vec![said(1, "a", "Slow"), said(2, "a", "Good")]).as_deref(), Some("Good"));
        assert_eq!(comment(vec![said(1, "a", "Slow")]), None, "that was another closing");
        assert_eq!(comment(vec![said(1, "b", "Slow"), said(2, "a", "Good")]), None, "staff are told what all said");
        assert_eq!(comment(Vec::new()), None);
    }

    #[test]
    fn an_answer_says_something_and_is_not_too_long() {
        assert_eq!(answer_problem(""), NO_ANSWER);
        assert_eq!(answer_problem(&"é".repeat(MOST)), "");
        assert_eq!(answer_problem(&"é".repeat(MOST + 1)), TOO_LONG);
    }
}
