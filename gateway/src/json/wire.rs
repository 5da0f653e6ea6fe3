//! Answers as they came over the wire, written as JSON.
//!
//! What is written is what `prost-reflect` writes, byte for byte; a test compares the two for every answer of the contracts. It is written
//! in one pass, without a message in between that holds each field by its number: a page of fifty issues has some four thousand
//! fields, and going through that message took most of what the gateway adds to such a page.
//!
//! The pass takes what comes as encoders write it: fields by rising numbers, each but the repeated ones once. Whatever comes otherwise, whatever
//! cannot be read and every type without a shape ([`crate::contract::shape`]) is left to `prost-reflect`.

use std::fmt::Display;
use std::io::Write as _;
use std::mem::size_of;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use bytes::{Buf as _, Bytes};
use prost::encoding::{WireType, decode_key, decode_varint};
use prost::{DecodeError, Message as _};
use prost_reflect::{DynamicMessage, FieldDescriptor, SerializeOptions};
use prost_types::Timestamp;
use serde::Serialize;

use crate::contract::shape::{AnswerType, Kind, Member, Shape};

/// A scalar, list or enum that holds its default is written out ([`super::answer`]).
const OPTIONS: SerializeOptions = SerializeOptions::new().skip_default_fields(false);
/// The last second of the year 9999.
const LAST_SECOND: i64 = 253_402_300_799;
/// Messages within messages, as deep as prost reads them.
const MAX_DEPTH: usize = 100;

/// Why an answer cannot be written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unwritable {
    /// The wire holds no message of the type.
    #[error("it is no such message")]
    Unreadable(#[from] DecodeError),
    /// A message of the type that JSON has no form for, such as an instant after the year 9999.
    #[error("it has no JSON form")]
    Formless(#[from] serde_json::Error),
}

/// The message that came; bytes within it are those of the wire, not copied.
pub(crate) fn message(answer: &AnswerType, wire: &Bytes) -> Result<DynamicMessage, Unwritable> {
    Ok(DynamicMessage::decode(answer.descriptor.clone(), wire.clone())?)
}

/// The message that came, as JSON.
pub(crate) fn json(answer: &AnswerType, wire: &Bytes) -> Result<Vec<u8>, Unwritable> {
    in_one_pass(answer, wire).map_or_else(|| by_reflection(answer, wire), Ok)
}

/// A text of the message that came; empty where it is not set.
pub(crate) fn text(answer: &AnswerType, field: &FieldDescriptor, wire: &Bytes) -> Result<String, Unwritable> {
    let passed = text_in_one_pass(field.number(), wire).map(str::to_owned);
    passed.or_else(|Unusual| {
        let message = message(answer, wire)?;
        Ok(message.get_field(field).as_str().unwrap_or_default().to_owned())
    })
}

pub(super) fn text_in_one_pass(number: u32, wire: &[u8]) -> Result<&str, Unusual> {
    let (mut fields, mut text) = (Fields::of(wire)?, None);
    while let Some((next, value)) = fields.next {
        fields.advance()?;
        text = match value {
            _ if next != number => text,
            Value::Bytes(bytes) if text.is_none() => Some(str::from_utf8(bytes).map_err(|_| Unusual)?),
            _ => return Err(Unusual),
        };
    }
    Ok(text.unwrap_or_default())
}

pub(super) fn in_one_pass(answer: &AnswerType, wire: &[u8]) -> Option<Vec<u8>> {
    let shapes = answer.shapes.as_deref()?;
    // Names and punctuation are some three fourths of what is written.
    let mut pass = Pass { shapes, json: Vec::with_capacity(4 * wire.len()) };
    pass.message(0, wire, MAX_DEPTH).ok()?;
    Some(pass.json)
}

pub(super) fn by_reflection(answer: &AnswerType, wire: &Bytes) -> Result<Vec<u8>, Unwritable> {
    let mut serializer = serde_json::Serializer::new(Vec::new());
    message(answer, wire)?.serialize_with_options(&mut serializer, &OPTIONS)?;
    Ok(serializer.into_inner())
}

/// The pass over one message.
struct Pass<'s> {
    shapes: &'s [Shape],
    json: Vec<u8>,
}

/// Not as encoders write it, or not readable.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unusual;

impl From<DecodeError> for Unusual {
    fn from(_: DecodeError) -> Self {
        Self
    }
}

impl From<serde_json::Error> for Unusual {
    fn from(_: serde_json::Error) -> Self {
        Self
    }
}

impl Pass<'_> {
    fn message(&mut self, place: usize, wire: &[u8], depth: usize) -> Result<(), Unusual> {
        let depth = depth.checked_sub(1).ok_or(Unusual)?;
        let shape = self.shapes.get(place).ok_or(Unusual)?;
        let mut fields = Fields::of(wire)?;
        let mut chosen = 0;
        self.json.push(b'{');
        for member in &shape.members {
            // What a newer service says, and nobody here knows.
            while fields.is_before(member.number) {
                fields.advance()?;
            }
            let value = fields.take(member.number)?;
            if value.is_none() && member.has_presence {
                continue;
            }
            if value.is_some() {
                if chosen & member.choice != 0 {
                    return Err(Unusual);
                }
                chosen |= member.choice;
            }
            self.comma();
            self.json.extend_from_slice(member.key.as_bytes());
            match (member.is_list, value) {
                (true, first) => self.list(member, first, &mut fields, depth)?,
                (false, Some(value)) => self.value(&member.kind, value, depth)?,
                (false, None) => self.default(&member.kind)?,
            }
            if fields.stands_at(member.number) {
                return Err(Unusual);
            }
        }
        while fields.next.is_some() {
            fields.advance()?;
        }
        self.json.push(b'}');
        Ok(())
    }

    fn list<'w>(
        &mut self,
        member: &Member,
        first: Option<Value<'w>>,
        fields: &mut Fields<'w>,
        depth: usize,
    ) -> Result<(), Unusual> {
        self.json.push(b'[');
        let mut next = first;
        while let Some(value) = next {
            match (value, member.kind.packed_as()) {
                (Value::Bytes(mut packed), Some(wire_type)) => {
                    while !packed.is_empty() {
                        let value = read(wire_type, &mut packed)?;
                        self.element(member, value, depth)?;
                    }
                }
                (value, _) => self.element(member, value, depth)?,
            }
            next = fields.take(member.number)?;
        }
        self.json.push(b']');
        Ok(())
    }

    fn element(&mut self, member: &Member, value: Value<'_>, depth: usize) -> Result<(), Unusual> {
        self.comma();
        self.value(&member.kind, value, depth)
    }

    fn comma(&mut self) {
        if !matches!(self.json.last(), Some(b'{' | b'[')) {
            self.json.push(b',');
        }
    }

    fn value(&mut self, kind: &Kind, value: Value<'_>, depth: usize) -> Result<(), Unusual> {
        match (kind, value) {
            (Kind::Bool, Value::Varint(number)) => self.write(&(number != 0)),
            (Kind::Int32, Value::Varint(number)) => self.write(&(number as i32)),
            (Kind::Int64, Value::Varint(number)) => self.shown(number as i64),
            (Kind::Double, Value::Fixed64(bits)) => self.double(f64::from_bits(bits)),
            (Kind::Text, Value::Bytes(text)) => self.write(str::from_utf8(text).map_err(|_| Unusual)?),
            (Kind::Bytes, Value::Bytes(bytes)) => self.write(&BASE64_STANDARD.encode(bytes)),
            (Kind::Enum(words), Value::Varint(number)) => match words.get(&(number as i32)) {
                Some(word) => self.raw(word),
                None => self.write(&(number as i32)),
            },
            (Kind::Instant, Value::Bytes(wire)) => {
                let instant = Timestamp::decode(wire)?;
                if !(0..=LAST_SECOND).contains(&instant.seconds) {
                    return Err(Unusual);
                }
                self.shown(instant)
            }
            (Kind::Message(place), Value::Bytes(wire)) => self.message(*place, wire, depth),
            _ => Err(Unusual),
        }
    }

    fn default(&mut self, kind: &Kind) -> Result<(), Unusual> {
        match kind {
            Kind::Text | Kind::Bytes => self.raw("\"\""),
            Kind::Double => self.double(0.0),
            Kind::Bool | Kind::Int32 | Kind::Int64 | Kind::Enum(_) => self.value(kind, Value::Varint(0), 0),
            Kind::Instant | Kind::Message(_) => Err(Unusual),
        }
    }

    fn double(&mut self, value: f64) -> Result<(), Unusual> {
        match value {
            f64::INFINITY => self.raw("\"Infinity\""),
            f64::NEG_INFINITY => self.raw("\"-Infinity\""),
            value if value.is_nan() => self.raw("\"NaN\""),
            value => self.write(&value),
        }
    }

    fn write(&mut self, value: &(impl Serialize + ?Sized)) -> Result<(), Unusual> {
        Ok(serde_json::to_writer(&mut self.json, value)?)
    }

    /// In quotes, where nothing within needs an escape.
    fn shown(&mut self, value: impl Display) -> Result<(), Unusual> {
        write!(self.json, "\"{value}\"").map_err(|_| Unusual)
    }

    fn raw(&mut self, json: &str) -> Result<(), Unusual> {
        self.json.extend_from_slice(json.as_bytes());
        Ok(())
    }
}

/// A value on the wire.
#[derive(Debug, Clone, Copy)]
enum Value<'w> {
    Varint(u64),
    Fixed32,
    Fixed64(u64),
    Bytes(&'w [u8]),
}

/// The fields of a message on the wire, one after the other, by rising numbers.
struct Fields<'w> {
    rest: &'w [u8],
    next: Option<(u32, Value<'w>)>,
}

impl<'w> Fields<'w> {
    fn of(wire: &'w [u8]) -> Result<Self, Unusual> {
        let mut fields = Self { rest: wire, next: None };
        fields.advance()?;
        Ok(fields)
    }

    fn stands_at(&self, number: u32) -> bool {
        self.next.is_some_and(|(next, _)| next == number)
    }

    fn is_before(&self, number: u32) -> bool {
        self.next.is_some_and(|(next, _)| next < number)
    }

    /// The value of a field, where that is next.
    fn take(&mut self, number: u32) -> Result<Option<Value<'w>>, Unusual> {
        let Some((_, value)) = self.next.filter(|(next, _)| *next == number) else { return Ok(None) };
        self.advance()?;
        Ok(Some(value))
    }

    fn advance(&mut self) -> Result<(), Unusual> {
        let passed = self.next.map_or(0, |(number, _)| number);
        if self.rest.is_empty() {
            self.next = None;
            return Ok(());
        }
        let (number, wire_type) = decode_key(&mut self.rest)?;
        if number < passed {
            return Err(Unusual);
        }
        self.next = Some((number, read(wire_type, &mut self.rest)?));
        Ok(())
    }
}

fn read<'w>(wire_type: WireType, rest: &mut &'w [u8]) -> Result<Value<'w>, Unusual> {
    match wire_type {
        WireType::Varint => Ok(Value::Varint(decode_varint(rest)?)),
        WireType::SixtyFourBit => Ok(Value::Fixed64(rest.try_get_u64_le().map_err(|_| Unusual)?)),
        WireType::ThirtyTwoBit => {
            *rest = rest.get(size_of::<u32>()..).ok_or(Unusual)?;
            Ok(Value::Fixed32)
        }
        WireType::LengthDelimited => {
            let length = usize::try_from(decode_varint(rest)?).map_err(|_| Unusual)?;
            let (bytes, behind) = rest.split_at_checked(length).ok_or(Unusual)?;
            *rest = behind;
            Ok(Value::Bytes(bytes))
        }
        WireType::StartGroup | WireType::EndGroup => Err(Unusual),
    }
}
