//! What is written in one pass, against what `prost-reflect` writes.

use std::cell::Cell;

use bytes::Bytes;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRng, TestRunner};
use prost::Message as _;
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MapKey, MessageDescriptor, Value};
use rand::rngs::StdRng;
use rand::seq::IteratorRandom as _;
use rand::{Rng as _, SeedableRng as _};

use super::wire::{by_reflection, in_one_pass, json, text, text_in_one_pass};
use crate::contract::Contract;
use crate::contract::shape::AnswerType;
use crate::testing;

/// Messages within messages, in those that are made up.
const DEPTH: usize = 4;

/// A message of the type, each field set or not.
fn made_up(descriptor: &MessageDescriptor, random: &mut StdRng, depth: usize) -> DynamicMessage {
    let mut message = DynamicMessage::new(descriptor.clone());
    for field in descriptor.fields() {
        if random.random_bool(0.3) || (depth == 0 && matches!(field.kind(), Kind::Message(_))) {
            continue;
        }
        let value = if field.is_map() {
            Value::Map([(MapKey::String("a".to_owned()), Value::String("b".to_owned()))].into())
        } else if field.is_list() {
            let length = random.random_range(0..4);
            Value::List((0..length).map(|_| value(&field, random, depth)).collect())
        } else {
            value(&field, random, depth)
        };
        message.set_field(&field, value);
    }
    message
}

fn value(field: &FieldDescriptor, random: &mut StdRng, depth: usize) -> Value {
    let texts = ["", "words", "\"quoted\" \\ and\nbroken\u{7f}\u{1}", "ünï ☂ 🐝", "</script>"];
    match field.kind() {
        Kind::Bool => Value::Bool(random.random()),
        Kind::Int32 => Value::I32([0, 1, -1, i32::MIN, i32::MAX].into_iter().choose(random).unwrap()),
        Kind::Int64 => Value::I64([0, -1, i64::MIN, 9_007_199_254_740_993].into_iter().choose(random).unwrap()),
        Kind::Double => Value::F64(
            [0.0, -0.0, 0.1, -71.06, 1e300, 5e-324, 1e16, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, random.random()]
                .into_iter()
                .choose(random)
                .unwrap(),
        ),
        Kind::String => Value::String(texts.into_iter().choose(random).unwrap().to_owned()),
        Kind::Bytes => Value::Bytes((0..random.random_range(0..9)).map(|_| random.random::<u8>()).collect()),
        Kind::Enum(words) => {
            let known = words.values().map(|word| word.number()).choose(random).unwrap();
            Value::EnumNumber(if random.random_bool(0.1) { 12_345 } else { known })
        }
        Kind::Message(inner) if inner.full_name() == "google.protobuf.Timestamp" => {
            let mut instant = DynamicMessage::new(inner);
            // Before 1970 it is left to reflection; after the year 9999 it has no form.
            let ends = [-1, 253_402_300_799, 253_402_300_800].into_iter().choose(random).unwrap();
            let seconds = if random.random_bool(0.01) { ends } else { random.random_range(0..=4_000_000_000) };
            instant.set_field_by_name("seconds", Value::I64(seconds));
            let nanos = [0, 500_000_000, 1_000, 1, -1, i32::MAX].into_iter().choose(random).unwrap();
            instant.set_field_by_name("nanos", Value::I32(nanos));
            Value::Message(instant)
        }
        Kind::Message(inner) => Value::Message(made_up(&inner, random, depth - 1)),
        other => panic!("{}: no value of {other:?} is known", field.full_name()),
    }
}

/// Both ways write the same, or neither writes anything. Answers what one pass wrote, if it did.
fn same(answer: &AnswerType, wire: impl Into<Bytes>) -> Option<Vec<u8>> {
    let wire = wire.into();
    let (passed, reflected) = (in_one_pass(answer, &wire), by_reflection(answer, &wire));
    let name = answer.descriptor.full_name();
    if let Some(passed) = &passed {
        let reflected = reflected.unwrap_or_else(|error| panic!("{name}: only one pass writes {wire:?}: {error}"));
        assert_eq!(String::from_utf8_lossy(passed), String::from_utf8_lossy(&reflected), "{name}");
    } else {
        assert_eq!(json(answer, &wire).ok(), reflected.ok(), "{name}: left to reflection");
    }
    passed
}

#[test]
fn one_pass_writes_every_answer_of_the_contracts_as_reflection_does() {
    let mut random = StdRng::seed_from_u64(7);
    for operation in Contract::read(pathfinder_proto::pool()).unwrap().operations {
        let (answer, id) = (&operation.answer, &operation.id);
        assert!(answer.shapes.is_some(), "{id}: its answer has a part that no shape is known for");
        let of_nothing =
            same(answer, Bytes::new()).unwrap_or_else(|| panic!("{id}: nothing at all is left to reflection"));
        let written: Vec<_> = (0..50)
            .filter_map(|_| same(answer, made_up(&answer.descriptor, &mut random, DEPTH).encode_to_vec()))
            .collect();
        assert!(written.len() >= 25, "{id}: of fifty, {} went in one pass", written.len());
        let has_fields = answer.descriptor.fields().len() > 0;
        assert!(!has_fields || written.iter().any(|json| json.len() > of_nothing.len()), "{id}: nothing was in any");
    }
}

#[test]
fn a_text_is_read_off_the_wire_as_reflection_reads_it() {
    let chapter = testing::pool().get_message_by_name("library.boards.v1.Chapter").unwrap();
    let (answer, field) = (AnswerType::of(&chapter), chapter.get_field_by_name("title").unwrap());
    let (title, page, inner) = (b"\x0a\x01a", b"\x10\x07", b"\x1a\x02\x0a\x00");
    let cases: [(&str, Vec<u8>, bool, Option<&str>); 7] = [
        ("set", [&title[..], page, inner].concat(), true, Some("a")),
        ("of what is within alone", [&page[..], inner].concat(), true, Some("")),
        ("nothing", Vec::new(), true, Some("")),
        ("out of order", [&page[..], title].concat(), false, Some("a")),
        ("twice", [&title[..], b"\x0a\x01b"].concat(), false, Some("b")),
        ("no UTF-8", b"\x0a\x01\xff".to_vec(), false, None),
        ("cut off behind it", [&title[..], b"\x10"].concat(), false, None),
    ];
    for (what, wire, in_one_pass, expected) in cases {
        assert_eq!(text_in_one_pass(field.number(), &wire).is_ok(), in_one_pass, "{what}");
        assert_eq!(text(&answer, &field, &wire.into()).ok().as_deref(), expected, "{what}");
    }
}

#[test]
fn a_type_with_a_part_that_has_no_shape_is_left_to_reflection() {
    let book = testing::pool().get_message_by_name("library.boards.v1.Book").unwrap();
    let (answer, mut random) = (AnswerType::of(&book), StdRng::seed_from_u64(7));
    assert!(answer.shapes.is_none());
    let book = made_up(&book, &mut random, DEPTH);
    assert_eq!(same(&answer, book.encode_to_vec()), None);
}

#[test]
fn what_does_not_come_as_encoders_write_it_is_left_to_reflection() {
    let chapter = testing::pool().get_message_by_name("library.boards.v1.Chapter").unwrap();
    let answer = AnswerType::of(&chapter);
    let (title, page, inner) = (b"\x0a\x01a", b"\x10\x07", b"\x1a\x02\x10\x09");
    assert!(same(&answer, [&title[..], page, inner, inner].concat()).is_some());
    let unknown = [&title[..], page, b"\x25abcd\x2a\x01x"].concat();
    assert!(same(&answer, unknown).is_some(), "fields that nobody here knows");
    let unusual: [(&str, Vec<u8>); 8] = [
        ("out of order", [&page[..], title].concat()),
        ("twice", [&title[..], b"\x0a\x01b"].concat()),
        ("twice, far apart", [&title[..], page, title].concat()),
        ("cut off", b"\x0a\x05a".to_vec()),
        ("cut off behind an unknown one", [&page[..], b"\x20"].concat()),
        ("no UTF-8", b"\x0a\x01\xff".to_vec()),
        ("of another kind", b"\x08\x01".to_vec()),
        ("a group that nobody knows", b"\x2b\x2c".to_vec()),
    ];
    for (what, wire) in unusual {
        assert_eq!(same(&answer, wire), None, "{what}");
    }
    let deep = (0..200).fold(Vec::new(), |inner: Vec<u8>, _| {
        let mut length = Vec::new();
        prost::encoding::encode_varint(inner.len() as u64, &mut length);
        [&b"\x1a"[..], &length, &inner].concat()
    });
    assert_eq!(same(&answer, deep), None, "as deep as nobody reads it");
}

#[test]
fn choices_and_lists_of_numbers_come_in_more_than_one_way() {
    let whereabouts = testing::pool().get_message_by_name("library.boards.v1.Whereabouts").unwrap();
    let answer = AnswerType::of(&whereabouts);
    let (reader, desk) = (b"\x0a\x01a", b"\x10\x00");
    for one in [&reader[..], &desk[..]] {
        assert!(same(&answer, one.to_vec()).is_some(), "{one:?}");
    }
    assert_eq!(same(&answer, [&reader[..], desk].concat()), None, "both of a choice");
    let written = same(&answer, b"\x1a\x02\x01\x02\x18\x01\x1a\x00\x1a\x01\x63".to_vec()).unwrap();
    let bindings = r#""bindings":["BINDING_CLOTH","BINDING_PAPER","BINDING_CLOTH",99]"#;
    assert!(String::from_utf8_lossy(&written).contains(bindings), "packed, alone, and packed in pieces");
    assert_eq!(same(&answer, b"\x22\x07seven..".to_vec()), None, "no whole number of numbers");
}

#[test]
fn whatever_the_bytes_are_both_ways_agree() {
    let issues = pathfinder_proto::pool().get_message_by_name("pathfinder.issues.v1.ListIssuesResponse").unwrap();
    let answer = AnswerType::of(&issues);
    let config = Config { cases: 2_000, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config.clone(), TestRng::deterministic_rng(config.rng_algorithm));
    let (passed, left) = (Cell::new(0), Cell::new(0));
    let changes = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4);
    let ran = runner.run(&(any::<u64>(), changes, any::<prop::sample::Index>(), any::<bool>()), |drawn| {
        let (seed, changes, end, is_cut) = drawn;
        let mut wire = made_up(&issues, &mut StdRng::seed_from_u64(seed), DEPTH).encode_to_vec();
        for (place, byte) in changes {
            if !wire.is_empty() {
                let place = place.index(wire.len());
                wire[place] = byte;
            }
        }
        if is_cut {
            wire.truncate(end.index(wire.len() + 1));
        }
        let counted = if same(&answer, wire).is_some() { &passed } else { &left };
        counted.set(counted.get() + 1);
        Ok(())
    });
    ran.unwrap();
    let (passed, left) = (passed.get(), left.get());
    assert!(passed > 200 && left > 200, "{passed} in one pass, {left} not: the bytes try one way alone");
}
