//! The path of an HTTP rule: `/v1/partnerships/{partnership_id}/actions/{action_id}:complete`.
//!
//! Captures take exactly one segment, so that OpenAPI can describe every path; wildcards are refused when the gateway starts.

use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};

/// One part of a path between slashes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Segment {
    /// This very text.
    Literal(String),
    /// Any text; it becomes the value of a field of the request.
    Capture(Vec<FieldDescriptor>),
}

/// A path with captures and, at its end, perhaps a verb.
#[derive(Debug, Clone)]
pub(crate) struct Template {
    /// The parts between the slashes.
    pub(crate) segments: Vec<Segment>,
    /// What follows the last segment's colon: `complete`.
    pub(crate) verb: Option<String>,
}

impl Template {
    /// Reads a template whose captures name fields of `input`.
    pub(crate) fn parse(path: &str, input: &MessageDescriptor) -> Result<Self, String> {
        let rest = path.strip_prefix('/').ok_or_else(|| format!("the path {path:?} does not begin with a slash"))?;
        let (rest, verb) = match rest.rsplit_once(':') {
            Some((before, verb)) if !verb.contains(['/', '}']) => (before, Some(verb.to_owned())),
            _ => (rest, None),
        };
        let segments = rest.split('/').map(|part| segment(part, input)).collect::<Result<_, _>>()?;
        Ok(Self { segments, verb })
    }

    /// The fields that the path sets, in order.
    pub(crate) fn captures(&self) -> impl Iterator<Item = &[FieldDescriptor]> {
        self.segments.iter().filter_map(|segment| match segment {
            Segment::Capture(fields) => Some(fields.as_slice()),
            Segment::Literal(_) => None,
        })
    }

    /// True if the path sets this field of the request.
    pub(crate) fn sets(&self, field: &FieldDescriptor) -> bool {
        self.captures().any(|fields| matches!(fields, [only] if only == field))
    }

    /// The last word of the path that is not a value: `actions`.
    pub(crate) fn last_literal(&self) -> &str {
        let literal = self.segments.iter().rev().find_map(|segment| match segment {
            Segment::Literal(text) => Some(text.as_str()),
            Segment::Capture(_) => None,
        });
        literal.unwrap_or_default()
    }

    /// The path as OpenAPI writes it, captures named as in JSON: `/v1/partnerships/{partnershipId}`.
    pub(crate) fn openapi_path(&self) -> String {
        let mut path = String::new();
        for segment in &self.segments {
            path.push('/');
            match segment {
                Segment::Literal(text) => path.push_str(text),
                Segment::Capture(fields) => path.push_str(&format!("{{{}}}", json_path(fields))),
            }
        }
        if let Some(verb) = &self.verb {
            path.push(':');
            path.push_str(verb);
        }
        path
    }
}

/// The path of a nested field in JSON names: `location.latitude`.
pub(crate) fn json_path(fields: &[FieldDescriptor]) -> String {
    fields.iter().map(FieldDescriptor::json_name).collect::<Vec<_>>().join(".")
}

fn segment(part: &str, input: &MessageDescriptor) -> Result<Segment, String> {
    let Some(inner) = part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) else {
        return literal(part);
    };
    let name = inner.strip_suffix("=*").unwrap_or(inner);
    let mut fields: Vec<FieldDescriptor> = Vec::new();
    let mut message = Some(input.clone());
    for step in name.split('.') {
        let field = message.as_ref().and_then(|message| message.get_field_by_name(step));
        let field = field.ok_or_else(|| format!("the path captures {name:?}, which is not a field of the request"))?;
        message = field.kind().as_message().cloned();
        fields.push(field);
    }
    let fits =
        fields.last().is_some_and(|last| !last.is_list() && !matches!(last.kind(), Kind::Message(_) | Kind::Bytes));
    if fits {
        Ok(Segment::Capture(fields))
    } else {
        Err(format!("the path captures {name:?}, which is not one scalar"))
    }
}

fn literal(part: &str) -> Result<Segment, String> {
    let plain = !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || "-_.~".contains(c));
    if plain {
        Ok(Segment::Literal(part.to_owned()))
    } else {
        Err(format!("the path segment {part:?} is not plain text"))
    }
}
