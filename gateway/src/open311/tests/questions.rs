//! What a service asks, and what is said where a question is not answered.

use super::*;
use crate::open311::convert::{definition, unanswered};
use crate::open311::render::{Field, Record};

fn question(code: &str, hint: &str, required: bool, asked_when: Option<&[&str]>) -> pb::Question {
    let choice = |code: &str, label: &str| pb::Choice { code: code.to_owned(), label: label.to_owned() };
    pb::Question {
        code: code.to_owned(),
        label: format!("Which {code}?"),
        hint: hint.to_owned(),
        r#type: pb::QuestionType::SingleChoice.into(),
        required,
        choices: vec![choice("post", "On a post"), choice("wall", "On a wall"), choice("none", "On nothing")],
        asked_when: asked_when.map(|codes| pb::QuestionCondition {
            question_code: "lamp".to_owned(),
            choice_codes: codes.iter().map(|code| (*code).to_owned()).collect(),
        }),
        ..Default::default()
    }
}

/// The help of each question as the definition of its service tells it.
fn helps(questions: Vec<pb::Question>) -> Vec<Field> {
    let mut told = definition(pb::Category { questions, ..Default::default() });
    let Some((_, Field::Things(_, attributes))) = told.pop() else { panic!("the attributes come last") };
    let help = |attribute: Record| {
        let found = attribute.into_iter().find(|(name, _)| *name == "datatype_description");
        found.map(|(_, field)| field).expect("each has its help")
    };
    attributes.into_iter().map(help).collect()
}

#[test]
fn a_question_that_depends_on_another_says_on_what() {
    let questions = vec![
        question("lamp", "", true, None),
        question("arm", "Look up", true, Some(&["post", "wall"])),
        question("foot", "", true, Some(&["post"])),
        question("rust", "Is there any?", false, Some(&["post"])),
        question("stray", "As it was.", true, None),
    ];
    let text = |text: &str| Field::Text(text.to_owned());
    let expected = [
        Field::Nothing,
        text("Look up. Needed when \"Which lamp?\" is On a post or On a wall."),
        text("Needed when \"Which lamp?\" is On a post."),
        text("Is there any? Asked when \"Which lamp?\" is On a post."),
        text("As it was."),
    ];
    assert_eq!(helps(questions), expected);
}

#[test]
fn a_question_that_is_not_answered_is_told_by_its_parameter() {
    let said = unanswered("answers", "must answer arm-2: Which arm: left or right?");
    assert_eq!(said, Some(("attribute[arm-2]".to_owned(), "Which arm: left or right?")));
    assert_eq!(unanswered("answers[0].values", "must answer arm: Which?"), None);
    assert_eq!(unanswered("answers", "must have at most 50 items, has 51"), None);
}
