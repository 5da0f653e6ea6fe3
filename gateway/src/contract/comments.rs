//! The comments of the contracts, by the thing they stand on.

use std::collections::HashMap;

use prost_reflect::{
    DescriptorPool, EnumDescriptor, EnumValueDescriptor, FieldDescriptor, FileDescriptor, MessageDescriptor,
    MethodDescriptor, ServiceDescriptor,
};

/// Every leading comment, by file and by the path of what it stands on (the path of `SourceCodeInfo`).
#[derive(Debug, Default)]
pub(crate) struct Comments {
    by_file: HashMap<String, HashMap<Vec<i32>, String>>,
}

/// Something in a contract that can carry a comment.
pub(crate) trait Commented {
    /// The file it stands in.
    fn file(&self) -> FileDescriptor;
    /// Where in the file.
    fn path(&self) -> &[i32];
}

macro_rules! commented {
    ($($descriptor:ty),+ $(,)?) => {$(
        impl Commented for $descriptor {
            fn file(&self) -> FileDescriptor {
                self.parent_file()
            }

            fn path(&self) -> &[i32] {
                self.path()
            }
        }
    )+};
}

commented!(
    EnumDescriptor,
    EnumValueDescriptor,
    FieldDescriptor,
    MessageDescriptor,
    MethodDescriptor,
    ServiceDescriptor
);

impl Comments {
    /// Reads the source information of every file of the pool.
    pub(crate) fn read(pool: &DescriptorPool) -> Self {
        let by_file = pool.files().map(|file| (file.name().to_owned(), comments_of(&file))).collect();
        Self { by_file }
    }

    /// The comment on `thing`, empty if there is none. Lines are joined as they stood; paragraphs stay apart.
    pub(crate) fn on(&self, thing: &impl Commented) -> &str {
        let in_file = self.by_file.get(thing.file().name());
        in_file.and_then(|comments| comments.get(thing.path())).map_or("", String::as_str)
    }
}

fn comments_of(file: &FileDescriptor) -> HashMap<Vec<i32>, String> {
    let Some(info) = &file.file_descriptor_proto().source_code_info else {
        return HashMap::new();
    };
    let commented = info.location.iter().filter(|location| location.leading_comments.is_some());
    commented.map(|location| (location.path.clone(), tidy(location.leading_comments()))).collect()
}

/// Takes the space that follows each `//` away.
fn tidy(comment: &str) -> String {
    let lines = comment.lines().map(|line| line.strip_prefix(' ').unwrap_or(line).trim_end());
    lines.collect::<Vec<_>>().join("\n").trim().to_owned()
}

/// The first sentence of a comment, without its full stop.
pub(crate) fn first_sentence(comment: &str) -> String {
    let flat = comment.split("\n\n").next().unwrap_or_default().replace('\n', " ");
    let end = flat.find(". ").unwrap_or(flat.len());
    flat[..end].trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_is_the_first_sentence() {
        assert_eq!(first_sentence("RaiseAction raises\nan action. Needs a role."), "RaiseAction raises an action");
        assert_eq!(first_sentence(""), "");
    }

    #[test]
    fn the_marks_of_a_comment_go_and_its_paragraphs_stay() {
        assert_eq!(tidy(" One.\n\n Two,\n three.\n"), "One.\n\nTwo,\nthree.");
    }
}
