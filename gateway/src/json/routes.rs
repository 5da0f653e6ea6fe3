//! The route table: which operation a method and a path mean.
//!
//! A tree over path segments. At each step a literal wins over a capture; a path that the literal branch cannot finish is
//! tried again through the capture. The text after the last segment's colon is the verb, and it must match exactly: an
//! encoded colon (`%3A`) belongs to the value instead.

use std::collections::{BTreeMap, HashMap};

use http::Method;
use percent_encoding::percent_decode_str;

use crate::contract::template::Segment;
use crate::contract::{ContractError, Operation};
use crate::error::ApiError;

/// Longest path that is looked at, in segments; no contract comes near it.
const MAX_SEGMENTS: usize = 32;

/// The route table.
#[derive(Debug, Default)]
pub(crate) struct Routes {
    root: Node,
    operations: Vec<Operation>,
}

#[derive(Debug, Default)]
struct Node {
    literals: HashMap<String, Node>,
    capture: Option<Box<Node>>,
    /// By verb (empty for none), then by method; the value is an index into the operations.
    ends: HashMap<String, BTreeMap<String, usize>>,
}

/// An operation and what its path captured, in the order of its template.
#[derive(Debug)]
pub(crate) struct Found<'a> {
    pub(crate) operation: &'a Operation,
    /// One entry for each capture; an error where the text is not valid UTF-8.
    pub(crate) captured: Vec<Result<String, InvalidText>>,
}

/// Percent-encoded bytes that are not UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct InvalidText;

impl Routes {
    /// Builds the table; two operations at one address are a fault of the contracts.
    pub(crate) fn build(operations: Vec<Operation>) -> Result<Self, ContractError> {
        let mut root = Node::default();
        for (index, operation) in operations.iter().enumerate() {
            let end = root.walk(&operation.template.segments);
            let verb = operation.template.verb.clone().unwrap_or_default();
            let earlier = end.ends.entry(verb).or_default().insert(operation.method.to_string(), index);
            if let Some(earlier) = earlier {
                let problem = format!("has the same address as {}", operations[earlier].id);
                return Err(ContractError::Rule { rpc: operation.rpc.full_name().to_owned(), problem });
            }
        }
        Ok(Self { root, operations })
    }

    /// Finds the operation for a request; 404 for an unknown path, 405 for a known one with another method.
    pub(crate) fn find(&self, method: &Method, path: &str) -> Result<Found<'_>, ApiError> {
        let not_found = || ApiError::route_not_found(path);
        let segments: Vec<&str> = path.strip_prefix('/').ok_or_else(not_found)?.splitn(MAX_SEGMENTS + 1, '/').collect();
        if segments.len() > MAX_SEGMENTS {
            return Err(not_found());
        }
        let mut raw = Vec::new();
        let methods = self.root.find(&segments, &mut raw).ok_or_else(not_found)?;
        // HEAD is GET without its body, which the HTTP layer leaves out.
        let wanted = if method == Method::HEAD { "GET" } else { method.as_str() };
        let Some(index) = methods.get(wanted) else {
            return Err(ApiError::method_not_allowed(method, &allowed(methods)));
        };
        let captured = raw.into_iter().map(decode).collect();
        Ok(Found { operation: &self.operations[*index], captured })
    }
}

impl Node {
    fn walk(&mut self, segments: &[Segment]) -> &mut Node {
        segments.iter().fold(self, |node, segment| match segment {
            Segment::Literal(text) => node.literals.entry(text.clone()).or_default(),
            Segment::Capture(_) => node.capture.get_or_insert_default(),
        })
    }

    /// Depth is bounded by the tree, breadth by two tries for each capture in it.
    fn find<'a, 'p>(
        &'a self,
        segments: &[&'p str],
        captured: &mut Vec<&'p str>,
    ) -> Option<&'a BTreeMap<String, usize>> {
        let Some((first, rest)) = segments.split_first() else {
            return self.ends.get("");
        };
        let (text, verb) = if rest.is_empty() { first.rsplit_once(':').unwrap_or((first, "")) } else { (*first, "") };
        let finish = |node: &'a Node, captured: &mut Vec<&'p str>| {
            if rest.is_empty() { node.ends.get(verb) } else { node.find(rest, captured) }
        };
        let literal = self.literals.get(text).and_then(|node| finish(node, captured));
        if literal.is_some() || text.is_empty() {
            return literal;
        }
        captured.push(text);
        let through_capture = self.capture.as_deref().and_then(|node| finish(node, captured));
        if through_capture.is_none() {
            captured.pop();
        }
        through_capture
    }
}

fn allowed(methods: &BTreeMap<String, usize>) -> String {
    let mut names: Vec<&str> = methods.keys().map(String::as_str).collect();
    if methods.contains_key("GET") {
        names.push("HEAD");
    }
    names.join(", ")
}

fn decode(text: &str) -> Result<String, InvalidText> {
    percent_decode_str(text).decode_utf8().map(std::borrow::Cow::into_owned).map_err(|_| InvalidText)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    fn found(method: &Method, path: &str) -> Result<(String, Vec<Result<String, InvalidText>>), u16> {
        let routes = Routes::build(testing::contract().operations).unwrap();
        let found = routes.find(method, path).map_err(|error| error.http.as_u16())?;
        Ok((found.operation.rpc.name().to_owned(), found.captured))
    }

    #[test]
    fn a_path_and_a_method_name_an_operation() {
        let (name, captured) = found(&Method::GET, "/v1/shelves/a/books/b%20c").unwrap();
        assert_eq!((name.as_str(), captured), ("GetBook", vec![Ok("a".to_owned()), Ok("b c".to_owned())]));
        let (name, captured) = found(&Method::POST, "/v1/shelves/a/books/b:lend").unwrap();
        assert_eq!((name.as_str(), captured.len()), ("LendBook", 2));
        assert_eq!(found(&Method::GET, "/v1/books:watch").unwrap().0, "WatchBooks");
        assert_eq!(found(&Method::HEAD, "/v1/shelves/a/books").unwrap().0, "ListBooks");
    }

    #[test]
    fn tricks_with_slashes_colons_and_encoding_stay_inside_one_value() {
        let (name, captured) = found(&Method::GET, "/v1/shelves/..%2F..%2Fetc/books/b%3Alend").unwrap();
        assert_eq!(name, "GetBook");
        assert_eq!(captured, [Ok("../../etc".to_owned()), Ok("b:lend".to_owned())]);
        let (_, captured) = found(&Method::GET, "/v1/shelves/%ff/books/%zz").unwrap();
        assert_eq!(captured, [Err(InvalidText), Ok("%zz".to_owned())]);
        assert_eq!(found(&Method::GET, "/v1/shelves//books/b"), Err(404));
        assert_eq!(found(&Method::GET, "/v1/shelves/a/books/"), Err(404));
        assert_eq!(
            found(&Method::GET, "/v1/shelves/a/books/b:"),
            Ok(("GetBook".to_owned(), vec![Ok("a".into()), Ok("b".into())]))
        );
        assert_eq!(found(&Method::GET, &"/a".repeat(9_000)), Err(404));
        assert_eq!(found(&Method::GET, "*"), Err(404));
    }

    #[test]
    fn an_unknown_path_is_404_and_a_wrong_method_405_with_the_right_ones() {
        assert_eq!(found(&Method::GET, "/v1/nothing"), Err(404));
        assert_eq!(found(&Method::POST, "/v1/shelves/a/books/b:burn"), Err(404));
        let routes = Routes::build(testing::contract().operations).unwrap();
        let error = routes.find(&Method::DELETE, "/v1/shelves/a/books").unwrap_err();
        assert_eq!(error.render("t").headers()["allow"], "GET, POST, HEAD");
    }

    #[test]
    fn two_operations_at_one_address_are_refused() {
        let operations = testing::contract().operations;
        let doubled = operations.iter().chain(&operations).cloned().collect();
        assert!(Routes::build(doubled).unwrap_err().to_string().contains("the same address"));
    }
}
