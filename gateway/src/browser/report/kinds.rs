//! Categories under their headings.

use std::collections::BTreeMap;

use pathfinder_proto::issues::v1 as pb;

/// A heading, and what stands under it.
pub(super) struct Group<'a> {
    /// The way through the tree of headings; empty where there is none.
    pub(super) heading: String,
    pub(super) kinds: Vec<Kind<'a>>,
}

/// A category to choose.
pub(super) struct Kind<'a> {
    /// The id on the page. The first is that of the field.
    pub(super) id: String,
    pub(super) code: &'a str,
    pub(super) name: &'a str,
    pub(super) about: &'a str,
}

/// The categories by heading and name; those without a heading come last.
pub(super) fn groups_of(categories: &[pb::Category]) -> Vec<Group<'_>> {
    let mut by_heading: BTreeMap<(bool, &str), Vec<&pb::Category>> = BTreeMap::new();
    for category in categories {
        let heading = category.group_name.as_str();
        by_heading.entry((heading.is_empty(), heading)).or_default().push(category);
    }
    let mut count = 0;
    let mut kind = |category: &'_ pb::Category| {
        count += 1;
        if count == 1 { "category".to_owned() } else { format!("category-{}", category.code) }
    };
    let mut groups = Vec::with_capacity(by_heading.len());
    for ((_, heading), mut under) in by_heading {
        under.sort_by_key(|category| category.name.to_lowercase());
        let kinds = under.into_iter().map(|category| Kind {
            id: kind(category),
            code: &category.code,
            name: &category.name,
            about: &category.description,
        });
        groups.push(Group { heading: heading.replace(" > ", ": "), kinds: kinds.collect() });
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn categories_stand_under_their_headings() {
        let category = |code: &str, group: &str| pb::Category {
            code: code.to_owned(),
            name: code.to_owned(),
            group_name: group.to_owned(),
            ..Default::default()
        };
        let all =
            [category("b", "Streets > Lamps"), category("z", ""), category("a", "Streets"), category("A2", "Streets")];
        let groups: Vec<(String, Vec<String>)> = groups_of(&all)
            .into_iter()
            .map(|group| (group.heading, group.kinds.into_iter().map(|kind| kind.id).collect()))
            .collect();
        let expected = [
            ("Streets", vec!["category", "category-A2"]),
            ("Streets: Lamps", vec!["category-b"]),
            ("", vec!["category-z"]),
        ];
        let expected =
            expected.map(|(heading, ids)| (heading.to_owned(), ids.into_iter().map(str::to_owned).collect::<Vec<_>>()));
        assert_eq!(groups, expected);
    }
}
