//! Bodies that are bytes, over HTTP, in front of a service that speaks the test contract.

use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::{Value, json};

use crate::testing::Fixture;

const COVERS: &str = "/v1/shelves/s/books/b/covers";
const PICTURE: &[u8] = b"\xff\xd8\0{ not JSON";

fn upload(fixture: &Fixture, query: &str, media_type: &'static str, body: impl Into<reqwest::Body>) -> RequestBuilder {
    Client::new().post(fixture.url(&format!("{COVERS}{query}"))).header("content-type", media_type).body(body)
}

async fn answer(request: RequestBuilder) -> (StatusCode, Value) {
    let response = request.send().await.unwrap();
    (response.status(), response.json().await.unwrap())
}

fn fields(error: &Value) -> Vec<&str> {
    let violations = error["error"]["fieldViolations"].as_array().unwrap();
    violations.iter().map(|one| one["field"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_body_of_bytes_is_a_field_and_the_query_holds_the_others() {
    let fixture = Fixture::start().await;
    for media_type in ["image/jpeg", "application/octet-stream", "image/svg+xml; charset=utf-8"] {
        let (status, book) = answer(upload(&fixture, "?title=One+two", media_type, PICTURE)).await;
        assert_eq!(status, 200, "{media_type}: {book}");
        assert_eq!((&book["pageCount"], &book["title"], &book["bookId"]), (&json!(13), &json!("One two"), &json!("b")));
    }
    let key = "0190163d-8694-739b-aea5-966c26f8ad91";
    let (status, book) = answer(upload(&fixture, "", "image/png", PICTURE).header("idempotency-key", key)).await;
    assert_eq!((status.as_u16(), &book["pageCount"]), (200, &json!(13)));
    let json = json!({"content": "/9gA", "title": "T"}).to_string();
    let (status, book) = answer(upload(&fixture, "", "application/json", json)).await;
    assert_eq!((status.as_u16(), &book["pageCount"]), (200, &json!(3)), "JSON goes on as it was");
}

#[tokio::test]
async fn what_is_wrong_with_a_body_of_bytes_is_told() {
    let fixture = Fixture::start().await;
    for form in ["text/plain", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "nonsense"] {
        let (status, error) = answer(upload(&fixture, "", form, PICTURE)).await;
        assert_eq!((status.as_u16(), &error["error"]["reason"]), (415, &json!("MEDIA_TYPE_UNSUPPORTED")), "{form}");
    }
    let unsaid = || Client::new().post(fixture.url(COVERS));
    for body in [PICTURE.to_vec(), vec![7; 2_500_000], br#"{"content":"aGk="}"#.to_vec()] {
        let (status, error) = answer(unsaid().body(body)).await;
        assert_eq!((status.as_u16(), &error["error"]["reason"]), (415, &json!("MEDIA_TYPE_UNSUPPORTED")), "{error}");
        let message = error["error"]["message"].as_str().unwrap();
        assert!(["image/jpeg", "image/png", "image/webp"].iter().all(|media| message.contains(media)), "{message}");
    }
    assert_eq!(answer(unsaid()).await.0, 200, "where there is no body, its form is no matter");
    let query = "?content=aGk&colour=red&shelfId=s";
    let (status, error) = answer(upload(&fixture, query, "image/png", PICTURE)).await;
    assert_eq!((status.as_u16(), fields(&error)), (400, vec!["content", "colour", "shelfId"]));
    let (status, error) = answer(upload(&fixture, "?title=x", "application/json", "{}")).await;
    assert_eq!((status.as_u16(), fields(&error)), (400, vec!["title", "content"]), "beside JSON there is no query");
    let elsewhere = Client::new().post(fixture.url("/v1/shelves/s/books")).header("content-type", "image/png");
    assert_eq!(answer(elsewhere.body(PICTURE)).await.0, 415, "where no field is bytes");
}

#[tokio::test]
async fn a_body_of_bytes_is_as_long_as_its_field_and_json_as_ever() {
    let fixture = Fixture::start().await;
    let (status, book) = answer(upload(&fixture, "", "image/png", vec![7; 2_000_000])).await;
    assert_eq!((status.as_u16(), &book["pageCount"]), (200, &json!(2_000_000)));
    let (status, error) = answer(upload(&fixture, "", "image/png", vec![7; 2_000_001])).await;
    assert_eq!((status.as_u16(), &error["error"]["metadata"]["limit_bytes"]), (413, &json!("2000000")));
    assert_eq!(answer(upload(&fixture, "", "application/json", vec![b' '; 1_500_000])).await.0, 413);
    let few = Fixture::with(|config| config.limits.uploads = 0).await;
    let (status, error) = answer(upload(&few, "", "image/png", PICTURE)).await;
    assert_eq!((status.as_u16(), &error["error"]["reason"]), (429, &json!("OVERLOADED")));
    assert_eq!(answer(upload(&few, "", "application/json", r#"{"content":"aGk="}"#)).await.0, 200);
}

#[tokio::test]
async fn an_answer_of_bytes_is_shown_and_never_run() {
    let fixture = Fixture::start().await;
    let get = |query: &str| Client::new().get(fixture.url(&format!("{COVERS}{query}")));
    let shown = get("?alt=media&pageCount=3").send().await.unwrap();
    assert_eq!(shown.status(), 200);
    for (name, value) in [
        ("content-type", "image/x-test"),
        ("x-content-type-options", "nosniff"),
        ("content-disposition", "inline"),
        ("content-security-policy", "default-src 'none'"),
        ("cache-control", "private, max-age=60"),
    ] {
        assert_eq!(shown.headers()[name], value, "{name}");
    }
    assert_eq!(shown.bytes().await.unwrap(), &b"\xff<script>\0"[..]);
    let known = get("?alt=media").header("authorization", "Bearer abc").send().await.unwrap();
    assert_eq!(known.headers()["cache-control"], "no-store", "what is told to somebody known is not kept");
    let (status, json) = answer(get("")).await;
    assert_eq!(
        (status.as_u16(), &json["content"], &json["contentType"]),
        (200, &json!("/zxzY3JpcHQ+AA=="), &json!("image/x-test"))
    );
    for wrong in ["?alt=csv", "?alt=media&alt=media", "?alt", "?alt=MEDIA"] {
        let (status, error) = answer(get(wrong)).await;
        assert_eq!((status.as_u16(), fields(&error)), (400, vec!["alt"]), "{wrong}");
    }
    let (_, error) = answer(get("?alt=csv&colour=red")).await;
    assert_eq!(fields(&error), ["colour", "alt"], "everything that is wrong, at once");
    let (status, error) = answer(Client::new().get(fixture.url("/v1/shelves/s/books/b?alt=media"))).await;
    assert_eq!((status.as_u16(), fields(&error)), (400, vec!["alt"]), "what has no bytes has none to show");
}

#[test]
fn the_description_tells_both_forms() {
    let document = crate::openapi::document(&crate::testing::contract());
    let covers = &document["paths"]["/v1/shelves/{shelfId}/books/{bookId}/covers"];
    let body = &covers["post"]["requestBody"]["content"];
    assert!(body.get("application/json").is_some() && body.get("application/octet-stream").is_some(), "{body}");
    assert_eq!(body["application/json"]["schema"]["properties"]["content"]["maxLength"], 2_666_668);
    let names = |operation: &Value| -> Vec<String> {
        let parameters = operation["parameters"].as_array().unwrap().iter();
        parameters.filter(|one| one["in"] == "query").map(|one| one["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&covers["post"]), ["title", "requestId"]);
    assert_eq!(names(&covers["get"]), ["pageCount", "alt"]);
    let content = &covers["get"]["responses"]["200"]["content"];
    assert!(content.get("application/json").is_some() && content.get("*/*").is_some(), "{content}");
}
