//! What a council's service asks of those who report, and which of the answers that were given here say it.
//!
//! Open311 calls a question an attribute. A question here is the attribute of the same code there, unless the file with the councils'
//! systems names another. An answer goes out as an attribute where the service has it and the answer fits its form; all others are told in
//! the description. What was confided stays here.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;

use super::question::Answer;

/// The form of an attribute, as far as it decides what fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AttributeForm {
    /// Words, or what nobody knows.
    Text,
    /// A number.
    Number,
    /// A date, with or without the time of day.
    Date,
    /// One of some values.
    One,
    /// Any of some values.
    Several,
}

impl AttributeForm {
    /// The form that the `datatype` of Open311 names.
    #[must_use]
    pub(crate) fn of(datatype: &str) -> Self {
        match datatype.trim().to_lowercase().as_str() {
            "number" => Self::Number,
            "datetime" | "date" => Self::Date,
            "singlevaluelist" => Self::One,
            "multivaluelist" => Self::Several,
            _ => Self::Text,
        }
    }
}

/// Something that a council's service asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Attribute {
    /// Its code there.
    pub code: String,
    /// The form of what it takes.
    pub form: AttributeForm,
    /// The keys of what it offers; empty where it offers nothing.
    pub keys: Vec<String>,
}

/// What a question is called by a council.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AttributeName {
    /// The code of the attribute; empty where it is that of the question.
    #[serde(default)]
    pub code: String,
    /// The keys of its values by the codes of our choices, where they differ.
    #[serde(default)]
    pub values: BTreeMap<String, String>,
    /// Whether it takes several values: only asked where the service does not say so itself.
    #[serde(default)]
    pub list: bool,
}

/// Names by the codes of the questions.
pub(crate) type AttributeNames = BTreeMap<String, AttributeName>;

/// An answer that goes out as an attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    /// The question that was answered.
    pub question_code: String,
    /// The attribute's code.
    pub code: String,
    /// What is said.
    pub values: Vec<String>,
    /// Whether it is sent as a list, however much there is.
    pub is_list: bool,
}

/// The answers that a service takes as its `attributes`, each with what it is called there.
#[must_use]
pub(crate) fn told_as_attributes(
    answers: &[Answer],
    names: Option<&AttributeNames>,
    attributes: &[Attribute],
) -> Vec<Told> {
    let mut told: Vec<Told> = Vec::new();
    for answer in answers.iter().filter(|answer| !answer.confidential) {
        let name = names.and_then(|names| names.get(&answer.question_code));
        if let Some(one) = told_of(answer, name, attributes) {
            // A second answer to the same would make both unfit.
            if !told.iter().any(|other| other.code == one.code) {
                told.push(one);
            }
        }
    }
    told
}

fn told_of(answer: &Answer, name: Option<&AttributeName>, attributes: &[Attribute]) -> Option<Told> {
    let named = name.map(|name| name.code.as_str()).filter(|code| !code.is_empty());
    let code = named.unwrap_or(&answer.question_code);
    let (values, is_list) = match attributes.iter().find(|attribute| attribute.code == code) {
        Some(attribute) => (attribute.fitting(answer, name)?, attribute.form == AttributeForm::Several),
        // Whoever named it knows the service better than its definition, which may not be there at all.
        None => {
            let (name, values) = (name?, renamed(answer, name));
            let is_list = name.list || values.len() > 1;
            (values, is_list)
        }
    };
    Some(Told { question_code: answer.question_code.clone(), code: code.to_owned(), values, is_list })
}

/// The values by their keys there.
fn renamed(answer: &Answer, name: Option<&AttributeName>) -> Vec<String> {
    let key = |value: &String| name.and_then(|name| name.values.get(value)).unwrap_or(value).clone();
    answer.values.iter().map(key).collect()
}

impl Attribute {
    /// What an answer says in this form; none where it does not fit: a report would be refused for it.
    fn fitting(&self, answer: &Answer, name: Option<&AttributeName>) -> Option<Vec<String>> {
        let values = renamed(answer, name);
        let each = |fits: fn(&str) -> bool| values.len() == 1 && values.iter().all(|value| fits(value));
        let fits = match self.form {
            AttributeForm::Text if values == answer.values => return Some(vec![answer.texts.join(", ")]),
            AttributeForm::Text => return Some(vec![values.join(", ")]),
            AttributeForm::Number => each(is_number),
            AttributeForm::Date => each(is_date),
            AttributeForm::One => values.len() == 1 && self.offers(&values),
            AttributeForm::Several => self.offers(&values),
        };
        fits.then_some(values)
    }

    fn offers(&self, values: &[String]) -> bool {
        self.keys.is_empty() || values.iter().all(|value| self.keys.contains(value))
    }
}

fn is_number(value: &str) -> bool {
    value.parse::<f64>().is_ok_and(f64::is_finite)
}

fn is_date(value: &str) -> bool {
    value.parse::<NaiveDate>().is_ok() || value.parse::<DateTime<Utc>>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(code: &str, values: &[&str]) -> Answer {
        Answer {
            question_code: code.to_owned(),
            question: format!("Which {code}?"),
            values: values.iter().map(|value| (*value).to_owned()).collect(),
            texts: values.iter().map(|value| value.to_uppercase()).collect(),
            confidential: false,
        }
    }

    fn attribute(code: &str, datatype: &str, keys: &[&str]) -> Attribute {
        let keys = keys.iter().map(|key| (*key).to_owned()).collect();
        Attribute { code: code.to_owned(), form: AttributeForm::of(datatype), keys }
    }

    /// What goes out, such as `size[]=big+wet`.
    fn told(answer: Answer, names: Option<&AttributeNames>, attribute: Attribute) -> Option<String> {
        let told = told_as_attributes(&[answer], names, &[attribute]).pop()?;
        let list = if told.is_list { "[]" } else { "" };
        Some(format!("{}{list}={}", told.code, told.values.join("+")))
    }

    #[test]
    fn an_answer_goes_out_in_the_form_of_the_attribute_or_not_at_all() {
        let cases: [(&'static str, &str, &'static str, Option<&str>); 12] = [
            ("big", "string", "", Some("size=BIG")),
            ("big wet", "text", "", Some("size=BIG, WET")),
            ("big", "singlevaluelist", "big small", Some("size=big")),
            ("huge", "singlevaluelist", "big small", None),
            ("big wet", "singlevaluelist", "big wet", None),
            ("big", "multivaluelist", "big wet", Some("size[]=big")),
            ("big wet", "multivaluelist", "big wet", Some("size[]=big+wet")),
            ("big dry", "multivaluelist", "big wet", None),
            ("2.5", "number", "", Some("size=2.5")),
            ("big", "number", "", None),
            ("2026-01-31", "datetime", "", Some("size=2026-01-31")),
            ("soon", "datetime", "", None),
        ];
        for (values, datatype, keys, expected) in cases {
            let words = |text: &'static str| text.split_whitespace().collect::<Vec<_>>();
            let found = told(answer("size", &words(values)), None, attribute("size", datatype, &words(keys)));
            assert_eq!(found.as_deref(), expected, "{values} to a {datatype}");
        }
    }

    #[test]
    fn what_is_confided_or_unknown_there_stays() {
        let confided = Answer { confidential: true, ..answer("size", &["big"]) };
        assert_eq!(told(confided, None, attribute("size", "text", &[])), None);
        assert_eq!(told(answer("size", &["big"]), None, attribute("SIZE", "text", &[])), None);
    }

    #[test]
    fn a_council_may_call_things_otherwise() {
        let read = r#"{"size": {"code": "SZ", "values": {"big": "L"}}, "wet": {"code": "SZ"}, "odd": {"list": true}}"#;
        let names: AttributeNames = serde_json::from_str(read).expect("names");
        let big = || answer("size", &["big"]);
        let as_there = Some("SZ=L".to_owned());
        assert_eq!(told(big(), Some(&names), attribute("SZ", "singlevaluelist", &["L"])), as_there);
        assert_eq!(told(big(), Some(&names), attribute("SZ", "text", &[])), as_there);
        assert_eq!(told(big(), Some(&names), attribute("other", "text", &[])), as_there, "whoever named it knows it");
        assert_eq!(told(big(), Some(&names), attribute("SZ", "singlevaluelist", &["big"])), None);
        let odd = told_as_attributes(&[answer("odd", &["one"])], Some(&names), &[]);
        assert!(odd.len() == 1 && odd[0].is_list && odd[0].code == "odd", "{odd:?}");
        let twice = told_as_attributes(&[big(), answer("wet", &["yes"])], Some(&names), &[]);
        assert_eq!(twice.len(), 1, "one attribute is answered once: {twice:?}");
    }
}
