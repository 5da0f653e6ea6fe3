//! Photos over the whole suite and HTTP: fifty files, many of them hostile. Each that is taken comes back as a JPEG with nothing of the
//! file in it, each other is refused with a sentence and a code, the services live on, and no file is left behind.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a file that cannot be made, or an answer of an unexpected kind, fails the test"
)]

use http::Method;
use pathfinder_tests::door::{Http, Way};
use pathfinder_tests::neighbourhood::Neighbourhood;
use pathfinder_tests::sample::PHOTO;
use pathfinder_tests::town::Town;
use pathfinder_tests::world::{House as _, PUBLIC, World, text};
use serde_json::{Value, json};

#[allow(dead_code, reason = "the files of services/photos/tests, of which some are sent here")]
#[path = "../../../services/photos/tests/photos/made/mod.rs"]
mod made;

use made::{Dice, HEIGHT, WIDTH, exif, jpeg, noise, png, quarters, webp};

/// Stands in whatever hides in a file.
const SECRET: &[u8] = b"SECRET-4711-SW1A";
const HTML: &[u8] = b"<html><script>alert('SECRET-4711-SW1A')</script>";
const PDF: &[u8] = b"%PDF-1.4\nSECRET-4711-SW1A 1 0 obj<</Type/Catalog>>endobj\n%%EOF";
const ZIP: &[u8] =
    b"PK\x03\x04\x0a\0\0\0\0\0\0\0\0\0\0\0\0\0\x10\0\0\0\x10\0\0\0\x01\0\0\0aSECRET-4711-SW1APK\x05\x06\0\0\0\0";
/// What files are sent as, whatever they are: a declared type is not believed.
const MEDIA_TYPES: [&str; 4] = ["image/jpeg", "image/png", "application/octet-stream", "video/mp4"];

struct Scene {
    world: World<Town>,
    hood: Neighbourhood,
    http: Http,
}

/// A new issue: where its photos are, and the token of its reporter.
struct Reported {
    issue_id: String,
    photos: String,
    follow_token: String,
}

impl Scene {
    async fn set() -> Self {
        let world = Town::world(Way::Http).await;
        let hood = Neighbourhood::found(&world, "north-quay", "NQ").await;
        let http = Http::at(&world.house.gateway());
        Self { world, hood, http }
    }

    async fn report(&self) -> Reported {
        let answer = self.world.must(PUBLIC, "IssueService/ReportIssue", self.hood.report("Mattresses")).await;
        let issue_id = text(&answer["issue"], "issueId");
        let photos = format!("/v1/partnerships/{}/issues/{issue_id}/photos", self.hood.partnership_id);
        Reported { issue_id, photos, follow_token: text(&answer, "followToken") }
    }

    /// Sends a file to an issue; the status, and what is told.
    async fn send(&self, to: &Reported, media_type: &str, file: Vec<u8>, more: &[(&str, &str)]) -> (u16, Value) {
        let request = self.http.request(Method::POST, &to.photos).query(&[("followToken", to.follow_token.as_str())]);
        let answer = request.query(more).header("content-type", media_type).body(file).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    /// A picture as a browser gets it.
    async fn picture(&self, url: &str) -> Vec<u8> {
        let shown = self.http.request(Method::GET, url).send().await.unwrap();
        assert_eq!(shown.status(), 200, "{url}");
        assert_eq!(shown.headers()["content-type"], "image/jpeg", "{url}");
        assert_eq!(shown.headers()["x-content-type-options"], "nosniff", "{url}");
        shown.bytes().await.unwrap().to_vec()
    }

    /// How many files lie where photos do.
    fn files(&self) -> usize {
        let folder = self.world.house.database.photos().join(&self.hood.partnership_id);
        std::fs::read_dir(folder).map_or(0, Iterator::count)
    }
}

/// Files that hide something beside their picture, or are of a rare kind.
fn taken() -> Vec<(&'static str, Vec<u8>)> {
    let (plain, block) = (jpeg::plain(), exif::block(6, &jpeg::with(&jpeg::of(&quarters(32, 32)), 0xfe, SECRET)));
    let xmp = [b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>", SECRET].concat();
    vec![
        ("jpeg", plain.clone()),
        ("jpeg, progressive", jpeg::progressive(&quarters(WIDTH, HEIGHT))),
        ("jpeg, grey", jpeg::grey()),
        ("jpeg of noise", jpeg::of(&noise(400, 300))),
        ("jpeg with a place", jpeg::with_exif(&plain, &block)),
        ("jpeg with two places", jpeg::with_exif(&jpeg::with_exif(&plain, &block), &block)),
        ("jpeg, turned", jpeg::with_exif(&plain, &exif::orientation(8))),
        ("jpeg with xmp", jpeg::with(&plain, 0xe1, &xmp)),
        ("jpeg with html in a comment", jpeg::with(&plain, 0xfe, HTML)),
        ("jpeg and zip", [&plain[..], ZIP].concat()),
        ("jpeg and html", [&plain[..], HTML].concat()),
        ("png", png::rgb()),
        ("png, interlaced", png::interlaced()),
        ("png, transparent", png::transparent()),
        ("png, grey", png::grey()),
        ("png, grey and transparent", png::grey_transparent()),
        ("png, one bit", png::one_bit()),
        ("png, sixteen bits", png::sixteen_bits()),
        ("png with a place", png::with(&[png::chunk(b"eXIf", &block)])),
        ("png with text", png::with(&[png::chunk(b"tEXt", &[b"Author\0", SECRET].concat())])),
        ("png and pdf", [&png::rgb()[..], PDF].concat()),
        ("webp, lossless", webp::lossless()),
        ("webp, lossy", webp::lossy()),
        ("webp with a place", webp::extended(0x08, &[webp::chunk(b"EXIF", &block)])),
        ("webp and zip", [&webp::lossless()[..], ZIP].concat()),
    ]
}

fn one_colour(width: u32, height: u32, depth: u8, kind: u8, bytes_per_row: usize) -> Vec<u8> {
    let rows = png::deflated_zeros((bytes_per_row + 1) * usize::try_from(height).unwrap());
    png::file(&[png::header(width, height, depth, kind, false), png::chunk(b"IDAT", &rows)])
}

fn boxed(brand: &[u8; 4]) -> Vec<u8> {
    [&16_u32.to_be_bytes()[..], b"ftyp", brand, b"\0\0\0\0", &Dice::new(1).bytes(500)].concat()
}

fn half(file: &[u8]) -> Vec<u8> {
    file[..file.len() / 2].to_vec()
}

/// Files that are no photos, and the codes with which they are refused.
fn refused() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let (plain, small) = (jpeg::plain(), png::of_rgb(&quarters(4, 4)));
    vec![
        ("heic", boxed(b"heic"), "HEIC"),
        ("avif", boxed(b"avif"), "UNSUPPORTED"),
        ("a video", boxed(b"isom"), "UNSUPPORTED"),
        ("gif", b"GIF89a\x34\0\x24\0\x80\0\0".to_vec(), "UNSUPPORTED"),
        ("gif and script", b"GIF87a\x01\0\x01\0/*=1;alert('script in a GIF')//".to_vec(), "UNSUPPORTED"),
        ("tiff", b"II*\0\x08\0\0\0\0\0".to_vec(), "UNSUPPORTED"),
        ("pdf", b"%PDF-1.7\n1 0 obj".to_vec(), "UNSUPPORTED"),
        ("zip", b"PK\x03\x04\x14\0\0\0".to_vec(), "UNSUPPORTED"),
        ("a program", b"\x7fELF\x02\x01\x01".to_vec(), "UNSUPPORTED"),
        (
            "svg with script",
            b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>".to_vec(),
            "UNSUPPORTED",
        ),
        ("html", b"<!DOCTYPE html><html><body><svg/></body></html>".to_vec(), "UNSUPPORTED"),
        ("jpeg xl", b"\xff\x0a\xfa\x7f".to_vec(), "UNSUPPORTED"),
        ("words", b"The street light is broken.".to_vec(), "NOT_A_PICTURE"),
        ("zeros", vec![0; 5_000], "NOT_A_PICTURE"),
        ("half a jpeg", half(&jpeg::of(&noise(200, 150))), "BROKEN"),
        ("half a progressive jpeg", half(&jpeg::progressive(&noise(200, 150))), "BROKEN"),
        ("half a png", half(&png::of_rgb(&noise(200, 150))), "BROKEN"),
        ("half a webp", half(&webp::of(&noise(200, 150))), "BROKEN"),
        ("four pixels a side", small, "TOO_SMALL"),
        ("a bomb of 900 megapixels", one_colour(30_000, 30_000, 1, 0, 3_750), "TOO_LONG"),
        ("a bomb of 361 megapixels", one_colour(19_000, 19_000, 1, 0, 2_375), "TOO_MANY_PIXELS"),
        ("a bomb of memory", one_colour(7_000, 7_000, 16, 6, 10), "TOO_MUCH_MEMORY"),
        ("108 megapixels", jpeg::declaring(&plain, 12_000, 9_000), "TOO_MANY_PIXELS"),
        ("a strip", jpeg::declaring(&plain, 65_535, 20), "TOO_LONG"),
        ("largest numbers", png::file(&[png::header(u32::MAX, u32::MAX, 8, 6, false)]), "TOO_LONG"),
    ]
}

fn assert_clean(name: &str, picture: &[u8]) {
    assert!(picture.starts_with(b"\xff\xd8\xff") && picture.ends_with(b"\xff\xd9"), "{name}: a JPEG, whole");
    let (latitude, longitude) = (exif::latitude(), exif::longitude());
    let needles: [&[u8]; 9] =
        [SECRET, exif::OWNER, &latitude, &longitude, b"Exif", b"http", b"<script", b"%PDF", b"PK\x03\x04"];
    for needle in needles {
        let found = picture.windows(needle.len()).any(|window| window == needle);
        assert!(!found, "{name}: {:?} came out", String::from_utf8_lossy(needle));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_files_are_taken_clean_or_refused_clearly_and_leave_nothing() {
    let scene = Scene::set().await;
    let (taken, refused) = (taken(), refused());
    assert_eq!(taken.len() + refused.len(), 50);
    let media_types = || MEDIA_TYPES.into_iter().cycle();
    for ((name, file), media_type) in taken.iter().zip(media_types()) {
        let issue = scene.report().await;
        let (status, photo) = scene.send(&issue, media_type, file.clone(), &[("caption", *name)]).await;
        assert_eq!((status, &photo["caption"]), (200, &json!(name)), "{name}: {photo}");
        for url in ["fullUrl", "thumbnailUrl"] {
            assert_clean(name, &scene.picture(&text(&photo, url)).await);
        }
    }
    let issue = scene.report().await;
    for ((name, file, code), media_type) in refused.into_iter().zip(media_types()) {
        let (status, told) = scene.send(&issue, media_type, file, &[]).await;
        let error = &told["error"];
        assert_eq!((status, &error["reason"]), (400, &json!("INVALID_REQUEST")), "{name}: {told}");
        assert_eq!(
            (&error["metadata"]["code"], &error["fieldViolations"][0]["field"]),
            (&json!(code), &json!("content"))
        );
        assert!(text(error, "message").ends_with('.'), "{name}: a sentence: {told}");
    }
    assert_eq!(scene.files(), 2 * taken.len(), "two pictures for each that was taken, and nothing else");
    scene.world.must(PUBLIC, "IssueService/GetIssue", scene.hood.with(json!({"issue_id": issue.issue_id}))).await;
    scene.world.house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_large_empty_or_sent_as_a_form_is_refused() {
    let scene = Scene::set().await;
    let issue = scene.report().await;
    let mut large = jpeg::plain();
    large.resize((15 << 20) + 1, 0);
    let cases: [(&str, Vec<u8>, u16, &str); 4] = [
        ("image/jpeg", large, 413, "TOO_LARGE"),
        ("image/jpeg", Vec::new(), 400, "INVALID_REQUEST"),
        ("multipart/form-data; boundary=x", jpeg::plain(), 415, "MEDIA_TYPE_UNSUPPORTED"),
        ("text/plain", jpeg::plain(), 415, "MEDIA_TYPE_UNSUPPORTED"),
    ];
    for (media_type, file, expected, reason) in cases {
        let (status, told) = scene.send(&issue, media_type, file, &[]).await;
        assert_eq!((status, &told["error"]["reason"]), (expected, &json!(reason)), "{media_type}: {told}");
    }
    let mut largest = jpeg::plain();
    largest.resize(15 << 20, 0);
    let (status, told) = scene.send(&issue, "image/jpeg", largest, &[]).await;
    assert_eq!(status, 200, "what lies behind a picture does not matter: {told}");
    scene.world.house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_request_adds_one_photo_and_open311_shows_it() {
    let scene = Scene::set().await;
    let issue = scene.report().await;
    let again = [("requestId", "0190163d-8694-739b-aea5-966c26f8ad91")];
    let (_, first) = scene.send(&issue, "image/png", png::rgb(), &again).await;
    let (status, second) = scene.send(&issue, "image/png", png::rgb(), &again).await;
    assert_eq!((status, &first), (200, &second));
    let (status, other) = scene.send(&issue, "image/png", png::grey(), &again).await;
    assert_eq!((status, &other["error"]["reason"]), (409, &json!("REQUEST_ID_REUSED")));
    assert_eq!(scene.files(), 2);

    let named = scene.hood.with(json!({"issue_id": issue.issue_id}));
    let read = scene.world.must(PUBLIC, "IssueService/GetIssue", named.clone()).await;
    assert_eq!(read["photos"], json!([first]));
    let request = scene.http.request(Method::GET, &format!("/open311/v2/requests/{}.json", issue.issue_id));
    let shown: Value = request.send().await.unwrap().json().await.unwrap();
    let media_url = text(&shown[0], "media_url");
    assert!(media_url.starts_with("http://") && media_url.ends_with(&text(&first, "fullUrl")), "{media_url}");

    let photo = |mut fields: Value| {
        fields["photo_id"] = first["photoId"].clone();
        fields["issue_id"] = json!(issue.issue_id);
        scene.hood.with(fields)
    };
    let before = scene.picture(&text(&first, "fullUrl")).await;
    let regions = json!([{"left": 0.0, "top": 0.0, "width": 0.5, "height": 0.5}]);
    let redact = photo(json!({"regions": regions, "note": "A number plate"}));
    scene.world.must(&scene.hood.manager(), "PhotoService/RedactPhoto", redact).await;
    assert_ne!(scene.picture(&text(&first, "fullUrl")).await, before, "at the same address");
    assert_eq!(scene.files(), 2, "the old pictures are gone");
    let beyond = json!([{"left": 0.6, "top": 0.0, "width": 0.5, "height": 0.5}]);
    let refusal = scene
        .world
        .refused(
            &scene.hood.manager(),
            "PhotoService/RedactPhoto",
            photo(json!({"regions": beyond})),
            "INVALID_REQUEST",
        )
        .await;
    assert_eq!(refusal.fields(), ["regions[0].width"]);
    let removed = photo(json!({"reason": "It shows a child."}));
    let left = scene.world.must(&scene.hood.manager(), "PhotoService/RemovePhoto", removed).await;
    assert_eq!((&left["photos"], scene.files()), (&json!([]), 0));
    scene.world.house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn over_grpc_a_photo_goes_beyond_the_usual_size() {
    let world = Town::world(Way::Grpc).await;
    let hood = Neighbourhood::found(&world, "north-quay", "NQ").await;
    let answer = world.must(PUBLIC, "IssueService/ReportIssue", hood.report("Mattresses")).await;
    let issue =
        json!({"issue_id": answer["issue"]["issueId"], "follow_token": answer["followToken"], "content": PHOTO});
    let photo = world.must(PUBLIC, "PhotoService/AddPhoto", hood.with(issue.clone())).await;
    assert_eq!((&photo["width"], &photo["height"]), (&json!(24), &json!(16)));
    let mut large = issue;
    // Three megabytes, of which the picture is the beginning.
    large["content"] = json!(format!("{}{}", PHOTO.trim_end_matches('='), "A".repeat(4_000_001)));
    world.must(PUBLIC, "PhotoService/AddPhoto", hood.with(large)).await;
    world.house.stop().await;
}
