//! What the JSON of an answer needs to know of its type, read once.
//!
//! Types with a part that hardly occurs have no shape, and are left to `prost-reflect` ([`crate::json::wire`]): a map, a group, a number that
//! is not `int32`, `int64` or `double`, a well-known type but an instant, more than 64 choices. To give one more kind of value a shape, add
//! it to [`Kind`].

use std::collections::HashMap;
use std::sync::Arc;

use prost::encoding::WireType;
use prost_reflect::{Cardinality, EnumDescriptor, FieldDescriptor, MessageDescriptor};
use serde_json::Value;

const INSTANT: &str = "google.protobuf.Timestamp";

/// The type of an answer.
#[derive(Debug, Clone)]
pub(crate) struct AnswerType {
    /// The type, as the contract has it.
    pub(crate) descriptor: MessageDescriptor,
    /// Its shape, then those of the types within it; none where one of them has none.
    pub(crate) shapes: Option<Arc<[Shape]>>,
}

impl AnswerType {
    /// Reads a type.
    pub(crate) fn of(descriptor: &MessageDescriptor) -> Self {
        Self { descriptor: descriptor.clone(), shapes: Shapes::default().read(descriptor).map(Into::into) }
    }
}

/// A type, by its fields.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shape {
    /// By their numbers.
    pub(crate) members: Vec<Member>,
}

/// A field.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) number: u32,
    /// Its name in quotes, and the colon.
    pub(crate) key: String,
    pub(crate) is_list: bool,
    /// Whether it is left out where it is not set.
    pub(crate) has_presence: bool,
    /// A bit for the choice (`oneof`) that it belongs to; 0 if to none.
    pub(crate) choice: u64,
    pub(crate) kind: Kind,
}

/// What a value is.
#[derive(Debug, Clone)]
pub(crate) enum Kind {
    Bool,
    Int32,
    Int64,
    Double,
    Text,
    Bytes,
    /// Its words in quotes, by their numbers.
    Enum(HashMap<i32, String>),
    Instant,
    /// The place of its type among the shapes.
    Message(usize),
}

impl Kind {
    /// How values of a list stand side by side in one field; none for what has a field each.
    pub(crate) const fn packed_as(&self) -> Option<WireType> {
        match self {
            Self::Bool | Self::Int32 | Self::Int64 | Self::Enum(_) => Some(WireType::Varint),
            Self::Double => Some(WireType::SixtyFourBit),
            Self::Text | Self::Bytes | Self::Instant | Self::Message(_) => None,
        }
    }
}

/// The shapes of a type and of those within it, while they are read.
#[derive(Debug, Default)]
struct Shapes {
    places: HashMap<String, usize>,
    shapes: Vec<Shape>,
}

impl Shapes {
    fn read(mut self, descriptor: &MessageDescriptor) -> Option<Vec<Shape>> {
        self.place(descriptor)?;
        Some(self.shapes)
    }

    /// The place of a type; none where it has no shape.
    fn place(&mut self, descriptor: &MessageDescriptor) -> Option<usize> {
        if let Some(place) = self.places.get(descriptor.full_name()) {
            return Some(*place);
        }
        if descriptor.package_name() == "google.protobuf" {
            return None;
        }
        let place = self.shapes.len();
        // Before its members are read: one of them may hold the type again.
        self.places.insert(descriptor.full_name().to_owned(), place);
        self.shapes.push(Shape::default());
        let members: Option<Vec<Member>> = descriptor.fields().map(|field| self.member(&field)).collect();
        self.shapes.get_mut(place)?.members = members?;
        Some(place)
    }

    fn member(&mut self, field: &FieldDescriptor) -> Option<Member> {
        if field.is_map() || field.is_group() || field.cardinality() == Cardinality::Required {
            return None;
        }
        let choices = field.parent_message().oneofs().position(|choice| Some(choice) == field.containing_oneof());
        Some(Member {
            number: field.number(),
            key: format!("{}:", Value::from(field.json_name())),
            is_list: field.is_list(),
            has_presence: field.supports_presence(),
            choice: choices.map_or(Some(0), |place| 1_u64.checked_shl(u32::try_from(place).ok()?))?,
            kind: self.kind(field)?,
        })
    }

    fn kind(&mut self, field: &FieldDescriptor) -> Option<Kind> {
        Some(match field.kind() {
            prost_reflect::Kind::Bool => Kind::Bool,
            prost_reflect::Kind::Int32 => Kind::Int32,
            prost_reflect::Kind::Int64 => Kind::Int64,
            prost_reflect::Kind::Double => Kind::Double,
            prost_reflect::Kind::String => Kind::Text,
            prost_reflect::Kind::Bytes => Kind::Bytes,
            prost_reflect::Kind::Enum(words) => Kind::Enum(words_of(&words)?),
            prost_reflect::Kind::Message(message) if message.full_name() == INSTANT => Kind::Instant,
            prost_reflect::Kind::Message(message) => Kind::Message(self.place(&message)?),
            _ => return None,
        })
    }
}

/// The words of an enum; none for the one that means null.
fn words_of(descriptor: &EnumDescriptor) -> Option<HashMap<i32, String>> {
    if descriptor.full_name() == "google.protobuf.NullValue" {
        return None;
    }
    let numbers = descriptor.values().map(|word| word.number());
    Some(
        numbers
            .filter_map(|number| Some((number, Value::from(descriptor.get_value(number)?.name()).to_string())))
            .collect(),
    )
}
