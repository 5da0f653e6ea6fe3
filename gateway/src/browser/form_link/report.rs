//! The form of a progress report: what is typed into it, what it comes to, and what is wrong with it. What the contract or the service
//! refuses is said at the field that it is about, all of it at once, with what was typed kept.

use std::str::FromStr;

use pathfinder_proto::commitments::v1 as pb;
use pathfinder_proto::commitments::v1::progress_report_content::Measurement;
use pathfinder_proto::types::v1::Rag;

use crate::error::Violation;
use crate::form::Fields;

const NO_VALUE: &str = "Enter what was measured as a number, such as 41.5";
const NOT_BOTH: &str = "Enter either the value or the two counts, not both";
const NO_NUMERATOR: &str = "Enter how many as a whole number, no more than the number that it is out of";
const NO_DENOMINATOR: &str = "Enter out of how many as a whole number, 1 or more";
const NO_RAG: &str = "Choose how the commitment stands";
const NO_NARRATIVE: &str = "Say what was done and what came of it, in at most 4,000 characters";
const NO_PLAN: &str = "Say how it gets back on the way, in at most 2,000 characters; amber and red need that";

/// What is wrong with a field, for whoever typed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Problem {
    /// The field's name, which is its id on the page too.
    pub(super) field: &'static str,
    /// What is wrong, and what would be right.
    pub(super) text: &'static str,
}

impl Problem {
    /// What the service found wrong with a report, each field once; nothing for what no field of the page is about.
    pub(super) fn read(violations: &[Violation]) -> Vec<Self> {
        let mut problems = Vec::new();
        for problem in violations.iter().filter_map(|violation| Self::of(&violation.field)) {
            if !problems.contains(&problem) {
                problems.push(problem);
            }
        }
        problems
    }

    /// The problem with the field of the page that a field of the contract comes from.
    fn of(path: &str) -> Option<Self> {
        let (field, text) = match path {
            "content.measurement" | "content.measured_value" => ("value", NO_VALUE),
            "content.ratio.numerator" => ("numerator", NO_NUMERATOR),
            "content.ratio.denominator" => ("denominator", NO_DENOMINATOR),
            "content.reported_rag" => ("rag", NO_RAG),
            "content.narrative" => ("narrative", NO_NARRATIVE),
            "content.get_well_plan" => ("plan", NO_PLAN),
            _ => return None,
        };
        Some(Self { field, text })
    }

    /// What is wrong with a field; empty where nothing is.
    pub(super) fn about(field: &str, problems: &[Self]) -> &'static str {
        problems.iter().find(|problem| problem.field == field).map_or("", |problem| problem.text)
    }
}

/// A field of the page.
pub(super) struct Input<'a> {
    pub(super) name: &'static str,
    pub(super) label: String,
    pub(super) hint: &'static str,
    pub(super) value: &'a str,
    pub(super) problem: &'static str,
    /// The most characters that it takes; a field of one line takes none but a number.
    pub(super) most: Option<usize>,
}

/// A way in which a commitment may stand.
pub(super) struct Choice {
    pub(super) id: &'static str,
    pub(super) word: &'static str,
    pub(super) label: String,
    pub(super) is_chosen: bool,
}

/// What is typed into the form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Typed {
    value: String,
    numerator: String,
    denominator: String,
    rag: String,
    narrative: String,
    plan: String,
}

impl Typed {
    pub(super) fn of(fields: &Fields) -> Self {
        let typed = |name: &str| fields.get(name).to_owned();
        Self {
            value: typed("value"),
            numerator: typed("numerator"),
            denominator: typed("denominator"),
            rag: typed("rag"),
            narrative: typed("narrative"),
            plan: typed("plan"),
        }
    }

    /// The report that it comes to.
    ///
    /// # Errors
    ///
    /// All that is wrong with it, as far as it is seen here, in the order of the page.
    pub(super) fn content(&self) -> Result<pb::ProgressReportContent, Vec<Problem>> {
        let mut problems = Vec::new();
        let measurement = self.measurement(&mut problems);
        let rag = rag_of(&self.rag);
        let needs_plan = matches!(rag, Some(Rag::Amber | Rag::Red));
        let missing = [
            (rag.is_none(), "rag", NO_RAG),
            (self.narrative.is_empty(), "narrative", NO_NARRATIVE),
            (needs_plan && self.plan.is_empty(), "plan", NO_PLAN),
        ];
        let missing = missing.into_iter().filter(|(is_missing, ..)| *is_missing);
        problems.extend(missing.map(|(_, field, text)| Problem { field, text }));
        match (measurement, rag) {
            (Some(measurement), Some(rag)) if problems.is_empty() => Ok(pb::ProgressReportContent {
                measurement: Some(measurement),
                narrative: self.narrative.clone(),
                reported_rag: rag.into(),
                get_well_plan: self.plan.clone(),
                ..pb::ProgressReportContent::default()
            }),
            _ => Err(problems),
        }
    }

    /// The value, or the two counts where one of them is given.
    fn measurement(&self, problems: &mut Vec<Problem>) -> Option<Measurement> {
        let mut wrong = |field, text| problems.push(Problem { field, text });
        if self.numerator.is_empty() && self.denominator.is_empty() {
            let value = number::<f64>(&self.value).filter(|value| value.is_finite());
            if value.is_none() {
                wrong("value", NO_VALUE);
            }
            return value.map(Measurement::MeasuredValue);
        }
        if !self.value.is_empty() {
            wrong("value", NOT_BOTH);
        }
        let numerator = number(&self.numerator);
        let denominator = number(&self.denominator);
        if numerator.is_none() {
            wrong("numerator", NO_NUMERATOR);
        }
        if denominator.is_none() {
            wrong("denominator", NO_DENOMINATOR);
        }
        Some(Measurement::Ratio(pb::Ratio { numerator: numerator?, denominator: denominator? }))
    }

    /// The fields of what was measured. Two counts come to a percentage, so they are asked for only where that is the unit.
    pub(super) fn measures<'a>(&'a self, unit: &str, problems: &[Problem]) -> Vec<Input<'a>> {
        let input = |name, label: &str, hint, value| Input {
            name,
            label: label.to_owned(),
            hint,
            value,
            problem: Problem::about(name, problems),
            most: None,
        };
        let value = input("value", &format!("What was measured, in {unit}"), "A number, such as 41.5.", &self.value);
        if !is_percentage(unit) {
            return vec![value];
        }
        let instead = "In place of the value, where it was counted: so many …";
        vec![
            value,
            input("numerator", "Or: how many", instead, &self.numerator),
            input("denominator", "Out of how many", "… out of so many.", &self.denominator),
        ]
    }

    pub(super) fn choices(&self, target: &str) -> [Choice; 4] {
        let blue = format!("Blue: done, the target of {target} is reached");
        let choices = [
            ("rag", "green", "Green: on its way to the target".to_owned()),
            ("rag-amber", "amber", "Amber: slipping, or at risk of it".to_owned()),
            ("rag-red", "red", "Red: late".to_owned()),
            ("rag-blue", "blue", blue),
        ];
        choices.map(|(id, word, label)| Choice { id, word, label, is_chosen: self.rag == word })
    }

    pub(super) fn texts<'a>(&'a self, problems: &[Problem]) -> [Input<'a>; 2] {
        let input = |name, label: &str, hint, value, most| Input {
            name,
            label: label.to_owned(),
            hint,
            value,
            problem: Problem::about(name, problems),
            most: Some(most),
        };
        [
            input(
                "narrative",
                "What was done, and what came of it",
                "In words that a resident can read: the report is public once it is accepted. At most 4,000 characters.",
                &self.narrative,
                4000,
            ),
            input(
                "plan",
                "How it gets back on the way, and by when",
                "Needed where it is amber or red. At most 2,000 characters.",
                &self.plan,
                2000,
            ),
        ]
    }
}

/// A draft, as it would have been typed.
impl From<pb::ProgressReportContent> for Typed {
    fn from(content: pb::ProgressReportContent) -> Self {
        let rag = word_of(content.reported_rag()).to_owned();
        let typed = Self { rag, narrative: content.narrative, plan: content.get_well_plan, ..Self::default() };
        match content.measurement {
            Some(Measurement::MeasuredValue(value)) => Self { value: value.to_string(), ..typed },
            Some(Measurement::Ratio(ratio)) => {
                Self { numerator: ratio.numerator.to_string(), denominator: ratio.denominator.to_string(), ..typed }
            }
            None => typed,
        }
    }
}

/// A number as people type it, with commas between thousands or without.
fn number<T: FromStr>(text: &str) -> Option<T> {
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    let mut groups = whole.split(',');
    let first = groups.next().unwrap_or_default().len();
    let is_grouped = !whole.contains(',') || ((1..=4).contains(&first) && groups.all(|group| group.len() == 3));
    if !is_grouped || rest.contains(',') {
        return None;
    }
    text.replace(',', "").parse().ok()
}

fn is_percentage(unit: &str) -> bool {
    let unit = unit.to_lowercase();
    ["%", "percent", "per cent"].iter().any(|word| unit.contains(word))
}

fn rag_of(word: &str) -> Option<Rag> {
    match word {
        "green" => Some(Rag::Green),
        "amber" => Some(Rag::Amber),
        "red" => Some(Rag::Red),
        "blue" => Some(Rag::Blue),
        _ => None,
    }
}

fn word_of(rag: Rag) -> &'static str {
    match rag {
        Rag::Green => "green",
        Rag::Amber => "amber",
        Rag::Red => "red",
        Rag::Blue => "blue",
        Rag::Unspecified | Rag::None | Rag::Grey => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(form: &str) -> Typed {
        Typed::of(&Fields::read(form.as_bytes()).unwrap())
    }

    fn fields(form: &str) -> Vec<&'static str> {
        typed(form).content().unwrap_err().into_iter().map(|problem| problem.field).collect()
    }

    #[test]
    fn a_report_is_read_and_stands_in_the_form_again() {
        for form in [
            "value=41.5&rag=green&narrative=Two+lanes",
            "numerator=24&denominator=25&rag=red&narrative=Two+lanes&plan=A+third+team",
        ] {
            let typed = typed(form);
            assert_eq!(Typed::from(typed.content().unwrap()), typed, "{form}");
        }
        let content = typed("value=1,250&rag=blue&narrative=All").content().unwrap();
        assert_eq!(content.measurement, Some(Measurement::MeasuredValue(1250.0)));
    }

    #[test]
    fn all_that_is_wrong_is_said_at_once() {
        assert_eq!(fields(""), ["value", "rag", "narrative"]);
        assert_eq!(fields("value=many&rag=amber"), ["value", "narrative", "plan"]);
        assert_eq!(fields("value=1&numerator=2&rag=mauve&narrative=x"), ["value", "denominator", "rag"]);
        for wrong in ["41,5", "1.000,5", "inf", "NaN", "1e999", ",5"] {
            assert_eq!(fields(&format!("value={wrong}&rag=green&narrative=x")), ["value"], "{wrong}");
        }
    }

    #[test]
    fn what_the_service_refuses_stands_at_its_field_once() {
        let path = |field: &str| Violation::new(field, "must not be so");
        let found = Problem::read(&[path("content.narrative"), path("content.narrative"), path("period_end_date")]);
        assert_eq!(found, [Problem { field: "narrative", text: NO_NARRATIVE }]);
    }

    #[test]
    fn counts_are_asked_for_where_they_come_to_a_percentage() {
        let asked = |unit: &str| typed("").measures(unit, &[]).len();
        assert_eq!((asked("percent"), asked("% of lanes"), asked("lanes")), (3, 3, 1));
    }
}
