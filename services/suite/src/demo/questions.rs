//! What the categories of the demonstration ask.

use pathfinder_proto::issues::v1 as issues;

/// The questions of a category; most ask nothing.
pub(super) fn of_category(code: &str) -> Vec<issues::Question> {
    match code {
        "abandoned-vehicle" => vec![
            chosen(
                "kind",
                "What kind of vehicle is it?",
                &[("car", "A car"), ("van", "A van"), ("other", "Something else")],
            ),
            issues::Question {
                hint: "It is shown to the council alone.".to_owned(),
                confidential: true,
                ..asked("registration", "What is its registration number?", issues::QuestionType::Text)
            },
            asked("since", "Since when has it stood there?", issues::QuestionType::Date),
            issues::Question {
                r#type: issues::QuestionType::MultipleChoice.into(),
                ..chosen(
                    "condition",
                    "What is wrong with it?",
                    &[
                        ("untaxed", "It is not taxed"),
                        ("burnt", "It is burnt out"),
                        ("obstructing", "It is in the way"),
                    ],
                )
            },
        ],
        _ => Vec::new(),
    }
}

fn asked(code: &str, label: &str, form: issues::QuestionType) -> issues::Question {
    issues::Question {
        code: code.to_owned(),
        label: label.to_owned(),
        r#type: form.into(),
        ..issues::Question::default()
    }
}

fn chosen(code: &str, label: &str, choices: &[(&str, &str)]) -> issues::Question {
    let choice = |(code, label): &(&str, &str)| issues::Choice { code: (*code).to_owned(), label: (*label).to_owned() };
    let choices = choices.iter().map(choice).collect();
    issues::Question { choices, ..asked(code, label, issues::QuestionType::SingleChoice) }
}
