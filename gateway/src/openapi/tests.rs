//! What the OpenAPI document and the reference page say of the test contract and of the real ones.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::document;
use crate::contract::Contract;
use crate::state::Pages;
use crate::testing;

fn library() -> Value {
    document(&testing::contract())
}

fn real() -> Contract {
    Contract::read(pathfinder_proto::pool()).unwrap()
}

#[test]
fn an_operation_says_who_where_and_how() {
    let document = library();
    let lend = &document["paths"]["/v1/shelves/{shelfId}/books/{bookId}:lend"]["post"];
    assert_eq!(lend["operationId"], "BookService_LendBook");
    assert_eq!(lend["tags"], json!(["BookService"]));
    assert_eq!(lend["summary"], "Lends a book");
    assert_eq!(lend["security"], json!([{"bearer": []}]));
    let names: Vec<&Value> =
        lend["parameters"].as_array().unwrap().iter().map(|one| one.get("name").unwrap_or(&one["$ref"])).collect();
    let shared = |name: &str| format!("#/components/parameters/{name}");
    assert_eq!(
        names,
        [
            &json!("shelfId"),
            &json!("bookId"),
            &json!(shared("IdempotencyKey")),
            &json!(shared("IfMatch")),
            &json!(shared("Traceparent"))
        ]
    );
    let body = &lend["requestBody"]["content"]["application/json"]["schema"]["properties"];
    assert!(body.get("reader").is_some() && body.get("shelfId").is_none(), "{body}");

    let get = &document["paths"]["/v1/shelves/{shelfId}/books/{bookId}"]["get"];
    assert_eq!(get["security"], json!([{}, {"bearer": []}]));
    let watch = &document["paths"]["/v1/books:watch"]["get"]["responses"]["200"]["content"];
    assert!(watch.get("application/x-ndjson").is_some() && watch.get("text/event-stream").is_some());
    assert_eq!(document["paths"]["/v1/books"]["post"]["operationId"], "BookService_CreateBook_2");
}

#[test]
fn query_parameters_reach_into_messages() {
    let document = library();
    let parameters = document["paths"]["/v1/shelves/{shelfId}/books"]["get"]["parameters"].as_array().unwrap().clone();
    let named =
        |name: &str| parameters.iter().find(|one| one["name"] == name).unwrap_or_else(|| panic!("no parameter {name}"));
    assert_eq!(named("pageSize")["schema"]["maximum"], 200);
    assert_eq!(named("within.firstPage")["in"], "query");
    assert_eq!(named("afterTime")["schema"]["format"], "date-time");
    assert_eq!(named("words")["schema"]["items"]["maxLength"], 20);
    assert_eq!(named("words")["schema"]["maxItems"], 5);
}

#[test]
fn rules_of_the_contract_are_rules_of_the_schema() {
    let document = library();
    let body = &document["paths"]["/v1/shelves/{shelfId}/books"]["post"]["requestBody"]["content"]["application/json"]
        ["schema"];
    assert_eq!(body["required"], json!(["title", "binding"]));
    assert_eq!(body["additionalProperties"], json!(false));
    let fields = &body["properties"];
    assert_eq!((&fields["title"]["minLength"], &fields["title"]["maxLength"]), (&json!(1), &json!(100)));
    assert_eq!(fields["binding"]["not"], json!({"enum": ["BINDING_UNSPECIFIED"]}));
    assert_eq!(fields["price"]["exclusiveMinimum"], 0.0);
    assert_eq!(fields["requestId"]["anyOf"], json!([{"maxLength": 0}, {"format": "uuid"}]));
    assert_eq!(fields["chapters"]["maxItems"], 50);
    assert_eq!(body["allOf"], json!([{"oneOf": [{"required": ["shop"]}, {"required": ["giver"]}]}]));

    let book = &document["components"]["schemas"]["library.boards.v1.Book"];
    assert_eq!(book["properties"]["bookId"]["readOnly"], true);
    assert!(
        book["required"].as_array().unwrap().contains(&json!("title"))
            && !book["required"].as_array().unwrap().contains(&json!("price"))
    );
    let binding = &document["components"]["schemas"]["library.boards.v1.Binding"];
    assert!(binding["description"].as_str().unwrap().contains("- `BINDING_PAPER`: Paper."));
    assert_eq!(document["components"]["schemas"]["Error"]["required"], json!(["error"]));
}

#[test]
fn ids_times_and_filters_are_shown_by_an_example() {
    let document = document(&real());
    let operations =
        document["paths"].as_object().unwrap().values().flat_map(|item| item.as_object().unwrap().values());
    let parameters = operations.flat_map(|operation| operation["parameters"].as_array().into_iter().flatten());
    let (mut ids, mut times, mut filters) = (0, 0, 0);
    for parameter in parameters {
        let schema = &parameter["schema"];
        let shown = schema["examples"][0].as_str();
        let count = match (parameter["name"].as_str(), schema["format"].as_str()) {
            (_, Some("uuid")) => &mut ids,
            (_, Some("date-time")) => &mut times,
            (Some("filter"), _) => &mut filters,
            _ => continue,
        };
        *count += 1;
        assert!(shown.is_some(), "{parameter}");
    }
    assert!(ids > 100 && times > 1 && filters > 20, "{ids} ids, {times} times, {filters} filters");
    let pages = document["paths"]["/v1/partnerships/{partnershipId}/issues"]["get"]["parameters"].as_array().unwrap();
    let filter = pages.iter().find(|parameter| parameter["name"] == "filter").unwrap();
    assert_eq!(filter["schema"]["examples"], json!(["state = \"routed\" AND overdue = true"]));
    let token = pages.iter().find(|parameter| parameter["name"] == "pageToken").unwrap();
    assert!(token["schema"].get("examples").is_none(), "one that no page led to would be refused: {token}");
}

/// Every `$ref` below a value.
fn references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            found.extend(fields.get("$ref").and_then(Value::as_str).map(str::to_owned));
            fields.values().for_each(|field| references(field, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

#[test]
fn every_reference_leads_somewhere_and_every_operation_has_its_own_id() {
    for document in [library(), document(&real())] {
        let mut found = Vec::new();
        references(&document, &mut found);
        assert!(found.len() > 20);
        for reference in found {
            let pointer = reference.trim_start_matches('#');
            assert!(document.pointer(pointer).is_some_and(|target| !target.is_null()), "{reference} leads nowhere");
        }
        let operations: Vec<&Value> = document["paths"]
            .as_object()
            .unwrap()
            .values()
            .flat_map(|item| item.as_object().unwrap().values())
            .collect();
        let ids: HashSet<&str> =
            operations.iter().map(|operation| operation["operationId"].as_str().unwrap()).collect();
        assert_eq!(ids.len(), operations.len());
    }
}

#[test]
fn every_rpc_of_the_real_contracts_is_described() {
    let contract = real();
    assert!(contract.operations.len() > 60, "{} operations", contract.operations.len());
    let document = document(&contract);
    let summaries = document["paths"].as_object().unwrap().values().flat_map(|item| item.as_object().unwrap().values());
    for operation in summaries {
        assert!(
            !operation["summary"].as_str().unwrap().is_empty()
                && !operation["description"].as_str().unwrap().is_empty(),
            "{operation}"
        );
    }
    crate::json::routes::Routes::build(contract.operations).unwrap();
}

#[test]
fn the_reference_shows_every_operation_and_escapes_what_comments_say() {
    let pages = Pages::make(&testing::contract(), &testing::config("127.0.0.1:1".parse().unwrap())).unwrap();
    let html = String::from_utf8(pages.reference.to_vec()).unwrap();
    assert!(html.contains(r#"<h3 id="BookService_LendBook">Lends a book</h3>"#));
    assert!(html.contains("It &#60;b&#62;must&#60;/b&#62; have a title."), "comments are text");
    assert!(html.contains("curl -N &#39;http://pathfinder.test/v1/books:watch&#39;"));
    assert!(!html.contains("<script"), "the page needs no JavaScript");

    let ids: Vec<&str> = html.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let unique: HashSet<&&str> = ids.iter().collect();
    assert_eq!(unique.len(), ids.len(), "every id stands once");
    for link in html.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(unique.contains(&link), "#{link} leads nowhere");
    }
}
