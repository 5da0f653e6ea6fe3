//! Field paths as services write them, in the names of the JSON form.

use prost_reflect::MessageDescriptor;

/// `agenda_items[0].title` → `agendaItems[0].title`. Steps that the message does not know are kept as they are.
pub(crate) fn in_json(message: &MessageDescriptor, path: &str) -> String {
    let mut message = Some(message.clone());
    let mut steps = Vec::new();
    for step in path.split('.') {
        let (name, index) = step.find('[').map_or((step, ""), |at| step.split_at(at));
        let field = message.as_ref().and_then(|message| message.get_field_by_name(name));
        steps.push(format!("{}{index}", field.as_ref().map_or(name, |field| field.json_name())));
        message = field.and_then(|field| field.kind().as_message().cloned());
    }
    steps.join(".")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn steps_take_their_json_names() {
        let message = testing::pool().get_message_by_name("library.boards.v1.Book").unwrap();
        assert_eq!(in_json(&message, "page_count"), "pageCount");
        assert_eq!(in_json(&message, "chapters[3].first_page"), "chapters[3].firstPage");
        assert_eq!(in_json(&message, "no_such.thing_at[1]"), "no_such.thing_at[1]");
    }
}
