//! What a category asks of those who report, and whether they answered.
//!
//! An answer keeps the question's words beside its own, so that it can be read when the category asks otherwise later. To add a form of
//! answer, add it to [`QuestionType`] and to [`read`].

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use chrono::{DateTime, Datelike as _, NaiveDate, Utc};
use pathfinder_terms::calendar::local_date;
use pathfinder_terms::words;
use serde::{Deserialize, Serialize};

use super::text::is_blank;

/// The years that an answer may name.
const YEARS: RangeInclusive<i32> = 1..=9998;

words! {
    /// The form of an answer.
    pub(crate) enum QuestionType {
        /// Words.
        Text = "text",
        /// A number.
        Number = "number",
        /// A date.
        Date = "date",
        /// One of some choices.
        SingleChoice = "single_choice",
        /// Any of some choices.
        MultipleChoice = "multiple_choice",
    }
}

impl QuestionType {
    const fn offers_choices(self) -> bool {
        matches!(self, Self::SingleChoice | Self::MultipleChoice)
    }
}

/// An answer that a question offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Choice {
    /// The code by which answers name it.
    pub code: String,
    /// What is shown.
    pub label: String,
}

/// When a question is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AskedWhen {
    /// When this earlier question
    pub question_code: String,
    /// was answered with one of these choices.
    pub choice_codes: Vec<String>,
}

/// A question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Question {
    /// The code by which answers name it.
    pub code: String,
    /// The question.
    pub label: String,
    /// What helps to answer it.
    pub hint: String,
    /// The form of the answer.
    #[serde(rename = "type")]
    pub form: QuestionType,
    /// Whether nobody can report without an answer.
    pub required: bool,
    /// What is offered.
    pub choices: Vec<Choice>,
    /// When it is asked; none for always.
    pub asked_when: Option<AskedWhen>,
    /// Whether the answer is for staff and the provider alone.
    pub confidential: bool,
}

/// An answer as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Given {
    /// The code of the question.
    pub question_code: String,
    /// One value, or some for several choices.
    pub values: Vec<String>,
}

/// An answer as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Answer {
    /// The code of the question.
    pub question_code: String,
    /// The question as it was asked.
    pub question: String,
    /// What was answered; choices by their codes.
    pub values: Vec<String>,
    /// What was answered, as people read it.
    pub texts: Vec<String>,
    /// Whether it is for staff and the provider alone.
    pub confidential: bool,
}

/// What is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Flaw {
    /// Within the list, such as `[2].choices`; empty for the list itself.
    pub path: String,
    /// What is wrong with it.
    pub text: String,
}

impl Flaw {
    fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        Self { path: path.into(), text: text.into() }
    }
}

/// Everything for which some questions cannot be asked.
#[must_use]
pub(crate) fn flaws_of(questions: &[Question]) -> Vec<Flaw> {
    let mut flaws = Vec::new();
    for (index, question) in questions.iter().enumerate() {
        let (earlier, _) = questions.split_at(index);
        if earlier.iter().any(|other| other.code == question.code) {
            flaws.push(Flaw::new(format!("[{index}].code"), format!("must not be another's: {}", question.code)));
        }
        flaws.extend(flaw_of_choices(question).map(|text| Flaw::new(format!("[{index}].choices"), text)));
        let condition = question.asked_when.as_ref();
        let flaw = condition.and_then(|condition| flaw_of_condition(condition, earlier));
        flaws.extend(flaw.map(|text| Flaw::new(format!("[{index}].asked_when"), text)));
    }
    flaws
}

fn flaw_of_choices(question: &Question) -> Option<String> {
    let codes: BTreeSet<&str> = question.choices.iter().map(|choice| choice.code.as_str()).collect();
    match (question.form.offers_choices(), codes.len()) {
        (true, 0) => Some("must offer at least one".to_owned()),
        (false, 1..) => Some(format!("must be none for a question of type {}", question.form.word())),
        (true, count) if count < question.choices.len() => Some("must have a code of its own each".to_owned()),
        (true | false, _) => None,
    }
}

fn flaw_of_condition(condition: &AskedWhen, earlier: &[Question]) -> Option<String> {
    let Some(question) = earlier.iter().find(|question| question.code == condition.question_code) else {
        return Some(format!("must name a question that comes before it, not {}", condition.question_code));
    };
    if !question.form.offers_choices() {
        return Some(format!("must name a question with choices, not {}", question.code));
    }
    let offered = |code: &&String| question.choices.iter().any(|choice| choice.code == **code);
    let unknown: Vec<&str> = condition.choice_codes.iter().filter(|code| !offered(code)).map(String::as_str).collect();
    (!unknown.is_empty()).then(|| format!("must name choices of {}, not {}", question.code, unknown.join(", ")))
}

/// What was answered to some questions. Whoever brings in existing cases need not answer all of them; of whoever must, answers to what is
/// asked only when an earlier one was answered otherwise are left aside, fit or not.
///
/// # Errors
///
/// Everything that is wrong: questions that are not asked here, answers in the wrong form, and where `all` are needed, those that are
/// missing.
pub(crate) fn answers_to(questions: &[Question], given: &[Given], all: bool) -> Result<Vec<Answer>, Vec<Flaw>> {
    // Each with the question that it is about.
    let mut flaws: Vec<(Option<&str>, Flaw)> = Vec::new();
    let mut answers: BTreeMap<&str, Answer> = BTreeMap::new();
    for (index, given) in given.iter().enumerate() {
        let Some(question) = questions.iter().find(|question| question.code == given.question_code) else {
            let known: Vec<&str> = questions.iter().map(|question| question.code.as_str()).collect();
            let known = if known.is_empty() { "nothing".to_owned() } else { known.join(", ") };
            let text = format!("must be a question of this category, which asks {known}");
            flaws.push((None, Flaw::new(format!("[{index}].question_code"), text)));
            continue;
        };
        let mut note = |field: &str, text: String| {
            flaws.push((Some(question.code.as_str()), Flaw::new(format!("[{index}].{field}"), text)));
        };
        match answer_to(question, &given.values) {
            Ok(Some(_)) if answers.contains_key(question.code.as_str()) => {
                note("question_code", "must not be answered twice".to_owned());
            }
            Ok(Some(answer)) => {
                answers.insert(&question.code, answer);
            }
            Ok(None) => {}
            Err(text) => note("values", text),
        }
    }
    if all {
        // What an unfit answer is to become, nobody knows, nor what will be asked then.
        let unfit: BTreeSet<&str> = flaws.iter().filter_map(|(code, _)| *code).collect();
        let may_be_asked = asked(questions, &answers, &unfit);
        flaws.retain(|(code, _)| code.is_none_or(|code| may_be_asked.contains(code)));
        let asked = asked(questions, &answers, &BTreeSet::new());
        flaws.extend(missing(questions, &asked, &answers, given).into_iter().map(|flaw| (None, flaw)));
        // A form may still hold what was answered before an earlier answer was changed.
        answers.retain(|code, _| asked.contains(code));
    }
    if !flaws.is_empty() {
        return Err(flaws.into_iter().map(|(_, flaw)| flaw).collect());
    }
    Ok(questions.iter().filter_map(|question| answers.remove(question.code.as_str())).collect())
}

/// The codes of the questions that are asked, as the answers are, and of those that depend on one in `open`.
fn asked<'a>(questions: &'a [Question], answers: &BTreeMap<&str, Answer>, open: &BTreeSet<&str>) -> BTreeSet<&'a str> {
    let mut asked: BTreeSet<&str> = BTreeSet::new();
    for question in questions {
        let is_met = |condition: &AskedWhen| {
            let answer = answers.get(condition.question_code.as_str());
            let named = |value: &String| condition.choice_codes.contains(value);
            asked.contains(condition.question_code.as_str())
                && (open.contains(condition.question_code.as_str())
                    || answer.is_some_and(|answer| answer.values.iter().any(named)))
        };
        if question.asked_when.as_ref().is_none_or(is_met) {
            asked.insert(&question.code);
        }
    }
    asked
}

/// Questions that are asked, must be answered, and are not. Those whose answer is unfit have been told of already.
fn missing(
    questions: &[Question],
    asked: &BTreeSet<&str>,
    answers: &BTreeMap<&str, Answer>,
    given: &[Given],
) -> Vec<Flaw> {
    let mut missing = Vec::new();
    for question in questions.iter().filter(|question| asked.contains(question.code.as_str())) {
        let is_unfit = given.iter().any(|given| given.question_code == question.code && !is_empty(&given.values));
        if question.required && !answers.contains_key(question.code.as_str()) && !is_unfit {
            // Open311 finds the code and the question in these words, to name its own parameter.
            missing.push(Flaw::new("", format!("must answer {}: {}", question.code, question.label)));
        }
    }
    missing
}

fn is_empty(values: &[String]) -> bool {
    values.iter().all(|value| is_blank(value))
}

/// The answer, if there is one in what was given.
fn answer_to(question: &Question, values: &[String]) -> Result<Option<Answer>, String> {
    let values: Vec<&str> = values.iter().map(String::as_str).filter(|value| !is_blank(value)).map(str::trim).collect();
    if values.is_empty() {
        return Ok(None);
    }
    let several = question.form == QuestionType::MultipleChoice;
    if !several && values.len() > 1 {
        return Err("must be one value".to_owned());
    }
    if values.iter().collect::<BTreeSet<_>>().len() < values.len() {
        return Err("must not name a choice twice".to_owned());
    }
    let read: Vec<(String, String)> =
        values.into_iter().map(|value| read(question, value)).collect::<Result<_, _>>()?;
    let (values, texts) = read.into_iter().unzip();
    Ok(Some(Answer {
        question_code: question.code.clone(),
        question: question.label.clone(),
        values,
        texts,
        confidential: question.confidential,
    }))
}

/// A value, and how people read it.
fn read(question: &Question, value: &str) -> Result<(String, String), String> {
    let same = |text: String| (text.clone(), text);
    match question.form {
        QuestionType::Text => Ok(same(value.to_owned())),
        QuestionType::Number => {
            let number = value.parse::<f64>().ok().filter(|number| number.is_finite());
            number.map(|_| same(value.to_owned())).ok_or_else(|| "must be a number, such as 3 or -2.5".to_owned())
        }
        QuestionType::Date => {
            let date = value.parse::<NaiveDate>().ok();
            // Years beyond these cannot be told as local time.
            let instant = || value.parse::<DateTime<Utc>>().ok().filter(|instant| YEARS.contains(&instant.year()));
            let date = date.or_else(|| instant().map(local_date)).filter(|date| YEARS.contains(&date.year()));
            date.map(|date| same(date.to_string())).ok_or_else(|| "must be a date, such as 2026-01-31".to_owned())
        }
        QuestionType::SingleChoice | QuestionType::MultipleChoice => {
            let choice = question.choices.iter().find(|choice| choice.code == value);
            let codes = || question.choices.iter().map(|choice| choice.code.as_str()).collect::<Vec<_>>().join(", ");
            choice
                .map(|choice| (choice.code.clone(), choice.label.clone()))
                .ok_or_else(|| format!("must be one of {}", codes()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(code: &str, form: QuestionType) -> Question {
        Question {
            code: code.to_owned(),
            label: format!("What of {code}?"),
            hint: String::new(),
            form,
            required: false,
            choices: Vec::new(),
            asked_when: None,
            confidential: false,
        }
    }

    fn choice(code: &str, form: QuestionType, codes: &[&str]) -> Question {
        let choice = |code: &&str| Choice { code: (*code).to_owned(), label: format!("It is {code}") };
        Question { choices: codes.iter().map(choice).collect(), ..question(code, form) }
    }

    fn when(question_code: &str, codes: &[&str]) -> Option<AskedWhen> {
        let choice_codes = codes.iter().map(|code| (*code).to_owned()).collect();
        Some(AskedWhen { question_code: question_code.to_owned(), choice_codes })
    }

    fn given(code: &str, values: &[&str]) -> Given {
        Given { question_code: code.to_owned(), values: values.iter().map(|value| (*value).to_owned()).collect() }
    }

    fn questions() -> Vec<Question> {
        vec![
            Question { required: true, ..choice("kind", QuestionType::SingleChoice, &["car", "van"]) },
            Question { required: true, asked_when: when("kind", &["van"]), ..question("height", QuestionType::Number) },
            choice("damage", QuestionType::MultipleChoice, &["tyres", "glass"]),
            Question { confidential: true, ..question("plate", QuestionType::Text) },
            question("since", QuestionType::Date),
        ]
    }

    fn wrong(given: &[Given]) -> Vec<(String, String)> {
        let flaws = answers_to(&questions(), given, true).expect_err("something is wrong");
        flaws.into_iter().map(|flaw| (flaw.path, flaw.text)).collect()
    }

    #[test]
    fn answers_are_kept_in_the_order_of_the_questions_with_their_words() {
        let given = [
            given("since", &["2026-06-30T23:30:00Z"]),
            given("damage", &["glass", "tyres"]),
            given("kind", &[" van "]),
            given("height", &["2.5"]),
            given("plate", &["\u{200B} "]),
        ];
        let answers = answers_to(&questions(), &given, true).expect("nothing is wrong");
        let told: Vec<(&str, Vec<&str>)> = answers
            .iter()
            .map(|answer| (answer.question_code.as_str(), answer.texts.iter().map(String::as_str).collect()))
            .collect();
        let expected = [
            ("kind", vec!["It is van"]),
            ("height", vec!["2.5"]),
            ("damage", vec!["It is glass", "It is tyres"]),
            ("since", vec!["2026-07-01"]),
        ];
        assert_eq!(told, expected, "a blank answer is none; half past eleven is the next day in a London summer");
        assert_eq!(answers[2].values, ["glass", "tyres"]);
        assert_eq!(answers[0].question, "What of kind?");
    }

    #[test]
    fn what_is_missing_is_told_only_where_it_is_asked() {
        assert_eq!(wrong(&[]), [(String::new(), "must answer kind: What of kind?".to_owned())]);
        let van = [given("kind", &["van"]), given("height", &[" "])];
        assert_eq!(wrong(&van), [(String::new(), "must answer height: What of height?".to_owned())]);
        for left in ["", "2", "tall"] {
            let car = [given("height", &[left]), given("kind", &["car"])];
            let answers = answers_to(&questions(), &car, true).expect("no height is asked of a car");
            assert_eq!(answers.len(), 1, "{left}");
        }
        assert_eq!(answers_to(&questions(), &[], false), Ok(Vec::new()), "of existing cases nothing need be known");
    }

    #[test]
    fn everything_that_is_wrong_is_told_at_once() {
        let all = [
            given("kind", &["bus"]),
            given("height", &["tall"]),
            given("damage", &["glass", "glass"]),
            given("since", &["yesterday"]),
            given("colour", &["red"]),
            given("plate", &["A1", "B2"]),
        ];
        let flaws = wrong(&all);
        let paths: Vec<&str> = flaws.iter().map(|(path, _)| path.as_str()).collect();
        let expected = ["[0].values", "[1].values", "[2].values", "[3].values", "[4].question_code", "[5].values"];
        assert_eq!(paths, expected);
        assert_eq!(flaws[0].1, "must be one of car, van");
        assert_eq!(flaws[4].1, "must be a question of this category, which asks kind, height, damage, plate, since");
        let twice = [given("kind", &["car"]), given("kind", &["van"])];
        assert_eq!(wrong(&twice), [("[1].question_code".to_owned(), "must not be answered twice".to_owned())]);
        for number in ["nan", "inf", "1e999", "0x10"] {
            assert_eq!(wrong(&[given("kind", &["van"]), given("height", &[number])])[0].0, "[1].values", "{number}");
        }
    }

    #[test]
    fn years_that_nobody_lives_in_are_no_answer() {
        for far in ["-262143-01-01T00:00:00Z", "+262142-12-31T23:59:59Z", "+262142-12-31", "-0001-01-01", "9999-12-31"]
        {
            assert_eq!(wrong(&[given("kind", &["car"]), given("since", &[far])])[0].0, "[1].values", "{far}");
        }
    }

    #[test]
    fn questions_that_cannot_be_asked_are_refused() {
        assert!(flaws_of(&questions()).is_empty());
        let unfit = [
            choice("a", QuestionType::SingleChoice, &[]),
            choice("b", QuestionType::Text, &["x"]),
            choice("c", QuestionType::MultipleChoice, &["x", "x"]),
            Question { asked_when: when("e", &["x"]), ..question("d", QuestionType::Text) },
            Question { asked_when: when("d", &["x"]), ..question("e", QuestionType::Text) },
            Question { asked_when: when("c", &["x", "y"]), ..question("f", QuestionType::Text) },
            Question { asked_when: when("a", &["x"]), ..question("a", QuestionType::Text) },
        ];
        let flaws = flaws_of(&unfit);
        let paths: Vec<&str> = flaws.iter().map(|flaw| flaw.path.as_str()).collect();
        let expected = [
            "[0].choices",
            "[1].choices",
            "[2].choices",
            "[3].asked_when",
            "[4].asked_when",
            "[5].asked_when",
            "[6].code",
            "[6].asked_when",
        ];
        assert_eq!(paths, expected, "{flaws:#?}");
    }
}
