//! Fields of bytes that may stand for a whole body, by the option `pathfinder.options.v1.raw`.

use prost_reflect::{DescriptorPool, ExtensionDescriptor, FieldDescriptor, Kind, MessageDescriptor};

use super::rules::RuleReader;
use super::{ContractError, Operation, extension};

/// What stands beside the bytes of an answer and names their media type.
const CONTENT_TYPE: &str = "content_type";

/// A field for which a body of bytes may stand.
#[derive(Debug, Clone)]
pub(crate) struct RawBody {
    /// The field.
    pub(crate) field: FieldDescriptor,
    /// So many bytes it takes at the most.
    pub(crate) most_bytes: usize,
}

/// The fields of an answer that may be handed out as bytes.
#[derive(Debug, Clone)]
pub(crate) struct Media {
    /// The bytes.
    pub(crate) content: FieldDescriptor,
    /// Their media type.
    pub(crate) content_type: FieldDescriptor,
}

/// Reads the option.
pub(super) struct RawReader(ExtensionDescriptor);

impl RawReader {
    pub(super) fn new(pool: &DescriptorPool) -> Result<Self, ContractError> {
        extension(pool, "pathfinder.options.v1.raw").map(Self)
    }

    /// What of an operation may be bytes: of its request, where that has a body, and of its answer, where that is one message.
    pub(super) fn of(
        &self,
        operation: &Operation,
        rules: &RuleReader,
    ) -> Result<(Option<RawBody>, Option<Media>), String> {
        let rpc = &operation.rpc;
        let asked = if operation.body { self.field(&rpc.input())? } else { None };
        let answered = if rpc.is_server_streaming() { None } else { self.field(&rpc.output())? };
        let raw = asked.map(|field| {
            let most = rules.of(&field).max_len.and_then(|most| usize::try_from(most).ok());
            let most_bytes = most.ok_or_else(|| format!("{} needs bytes.max_len", field.full_name()))?;
            Ok::<_, String>(RawBody { field, most_bytes })
        });
        let media = answered.map(|content| {
            let beside = rpc.output().get_field_by_name(CONTENT_TYPE);
            let content_type = beside.filter(|field| field.kind() == Kind::String && !field.is_list());
            let content_type = content_type
                .ok_or_else(|| format!("{} needs the text {CONTENT_TYPE} beside it", content.full_name()))?;
            Ok::<_, String>(Media { content, content_type })
        });
        Ok((raw.transpose()?, media.transpose()?))
    }

    fn field(&self, message: &MessageDescriptor) -> Result<Option<FieldDescriptor>, String> {
        let is_raw = |field: &FieldDescriptor| field.options().get_extension(&self.0).as_bool() == Some(true);
        let mut found = message.fields().filter(is_raw);
        let first = found.next();
        let fits = first.as_ref().is_none_or(|field| field.kind() == Kind::Bytes && !field.is_list());
        if !fits || found.next().is_some() {
            return Err(format!("{} may have one raw field, of bytes", message.full_name()));
        }
        Ok(first)
    }
}
