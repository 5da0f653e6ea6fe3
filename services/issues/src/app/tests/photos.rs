//! Photos: who adds them, who sees them, and what becomes of their files.

use pathfinder_photos::Region;
use pathfinder_terms::PhotoId;

use super::*;
use crate::app::photos::{AddPhoto, PhotoTarget, PhotoView};
use crate::domain::photo::MOST_PHOTOS;
use crate::pictures::Size;

/// A PNG of one colour, 24 by 16 pixels.
const PNG: &str = "89504e470d0a1a0a0000000d4948445200000018000000100802000000834628c20000001a4944415478da633861a34115c4306ad0a841a3068d1a44190200c0bdc210498cfbe30000000049454e44ae426082";
const JPEG: &[u8] = b"\xff\xd8\xff";
/// Acts as the rules call them.
const ADD: &str = "PhotoService/AddPhoto";

fn add(following: Following) -> AddPhoto {
    AddPhoto { following, caption: "The wall".to_owned(), content: hex::decode(PNG).unwrap() }
}

fn without_token(issue: &Issue) -> Following {
    Following { partnership_id: HERE, issue_id: issue.id, follow_token: String::new() }
}

fn target_of(view: &PhotoView) -> PhotoTarget {
    PhotoTarget { partnership_id: view.partnership_id, issue_id: view.issue_id, photo_id: view.photo.id }
}

impl Fixture {
    /// The names of the files of photos; once there are as many as that.
    async fn files(&self, count: usize) -> Vec<String> {
        let folder = self.folder.path().join("photos").join(HERE.to_string());
        for _ in 0..1_000 {
            let found = std::fs::read_dir(&folder).into_iter().flatten();
            let names: Vec<String> = found.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
            if names.len() == count {
                return names;
            }
            // What is deleted behind a caller's back takes a moment.
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        panic!("there are {count} files");
    }

    async fn sees(&self, call: &Call, following: &Following, id: PhotoId) -> Result<(), Error> {
        for size in [Size::Full, Size::Thumbnail] {
            assert!(self.app.get_photo(call, following, id, size).await?.starts_with(JPEG));
        }
        Ok(())
    }

    /// What was reported of a category that waits for staff.
    async fn report_of_needles(&self) -> Followed {
        let moderated = CategoryChange { moderated: Some(true), ..CategoryChange::default() };
        self.offer("needles", None, moderated).await;
        self.report(&self.nobody(), ReportIssue { category_code: "needles".to_owned(), ..report() }).await
    }

    /// An officer of one provider.
    fn officer_of(&self, provider_id: ProviderId) -> Call {
        let mut call = self.call_to(ADD, None);
        if let Caller::Known(principal) = &mut call.caller {
            let mut grant = Grant::everywhere(Role::ProviderOfficer);
            (grant.partnership_id, grant.provider_id) = (Some(HERE), Some(provider_id));
            principal.grants = vec![grant];
        }
        call
    }
}

#[tokio::test]
async fn a_reporter_adds_a_photo_with_the_token_and_everybody_sees_it() {
    let fixture = Fixture::new().await;
    let followed = fixture.report(&fixture.nobody(), report()).await;
    let nobody = fixture.nobody();
    let view = fixture.app.add_photo(&nobody, add(following(&followed))).await.unwrap();
    assert_eq!((view.photo.width, view.photo.height, view.photo.caption.as_str()), (24, 16, "The wall"));
    let issue = fixture.read(&followed.view.issue).await;
    assert_eq!(issue.photos, std::slice::from_ref(&view.photo), "a read of the issue knows it");
    assert!(view.photo.reporter_id.is_some());
    fixture.sees(&nobody, &without_token(&issue), view.photo.id).await.unwrap();
    assert_eq!(fixture.files(2).await.len(), 2);
    let (entries, _) = fixture.app.list_issue_history(&nobody, HERE, issue.id, 50, "").await.unwrap();
    let last = entries.last().unwrap();
    assert_eq!((last.kind.as_str(), last.actor_name.as_str()), ("issue.photo_added", "A resident"));
}

#[tokio::test]
async fn only_the_reporters_token_or_a_role_adds_a_photo() {
    let fixture = Fixture::new().await;
    let issue = fixture.routed_to(COUNCIL).await;
    let add = || add(without_token(&issue));
    let support = support_of(issue.id, Person::default());
    let supporter = following(&fixture.app.support_issue(&fixture.nobody(), &support).await.unwrap());
    let another = Following { follow_token: "another".to_owned(), ..without_token(&issue) };
    let (app, nobody) = (&fixture.app, fixture.nobody());
    assert_eq!(reason(app.add_photo(&nobody, add()).await), Reason::FollowTokenInvalid);
    for wrong in [supporter, another] {
        let wrong = AddPhoto { following: wrong, ..add() };
        assert_eq!(reason(app.add_photo(&nobody, wrong).await), Reason::FollowTokenInvalid);
    }
    assert_eq!(reason(app.add_photo(&fixture.officer_of(DORMANT), add()).await), Reason::RoleMissing);
    assert_eq!(reason(app.add_photo(&fixture.call_to(ADD, None), add()).await), Reason::RoleMissing);
    let elsewhere = Following { partnership_id: ARCHIVED, ..without_token(&issue) };
    let elsewhere = AddPhoto { following: elsewhere, ..add() };
    assert_eq!(reason(app.add_photo(&fixture.call_to(ADD, Some(Role::Manager)), elsewhere).await), Reason::NotFound);
    assert!(fixture.files(0).await.is_empty(), "nothing was written");

    app.add_photo(&fixture.officer_of(COUNCIL), add()).await.unwrap();
    for role in [Role::Manager, Role::StreetRep, Role::System] {
        let view = app.add_photo(&fixture.call_to(ADD, Some(role)), add()).await.unwrap();
        assert_eq!(view.photo.reporter_id, None, "{role:?}");
    }
}

#[tokio::test]
async fn an_issue_takes_ten_photos() {
    let fixture = Fixture::new().await;
    let followed = fixture.report(&fixture.nobody(), report()).await;
    for _ in 0..MOST_PHOTOS {
        fixture.app.add_photo(&fixture.nobody(), add(following(&followed))).await.unwrap();
    }
    let refused = fixture.app.add_photo(&fixture.nobody(), add(following(&followed))).await;
    assert_eq!(reason(refused), Reason::TooManyPhotos);
    assert_eq!(fixture.files(2 * MOST_PHOTOS).await.len(), 2 * MOST_PHOTOS);
}

#[tokio::test]
async fn what_is_no_photo_and_words_that_are_held_are_refused_and_leave_nothing() {
    let fixture = Fixture::new().await;
    let followed = fixture.report(&fixture.nobody(), report()).await;
    let broken = AddPhoto { content: hex::decode(&PNG[..60]).unwrap(), ..add(following(&followed)) };
    let refused = Failure::from(fixture.app.add_photo(&fixture.nobody(), broken).await.unwrap_err());
    assert_eq!((refused.reason(), refused.violations()[0].field.as_str()), (Reason::InvalidRequest, "content"));
    assert!(refused.to_string().starts_with("This photo is damaged"), "a sentence for its sender: {refused}");
    let caption = "Somebody has a knife, call an ambu\u{200B}lance".to_owned();
    let held = AddPhoto { caption, ..add(following(&followed)) };
    let refused = Failure::from(fixture.app.add_photo(&fixture.nobody(), held).await.unwrap_err());
    assert_eq!((refused.reason(), refused.violations()[0].field.as_str()), (Reason::InvalidRequest, "caption"));
    assert!(refused.to_string().contains("999"), "{refused}");
    let issue = fixture.read(&followed.view.issue).await;
    assert!(issue.photos.is_empty() && issue.is_public());
    assert!(fixture.files(0).await.is_empty());
}

#[tokio::test]
async fn a_photo_of_an_issue_that_is_held_back_is_held_back_with_it() {
    let fixture = Fixture::new().await;
    let held = ReportIssue { description: "There is a gun, call 999".to_owned(), ..report() };
    let followed = fixture.report(&fixture.nobody(), held).await;
    let nobody = fixture.nobody();
    let view = fixture.app.add_photo(&nobody, add(following(&followed))).await.unwrap();
    let (id, public) = (view.photo.id, without_token(&followed.view.issue));
    assert_eq!(reason(fixture.sees(&nobody, &public, id).await), Reason::NotFound);
    assert_eq!(reason(fixture.app.add_photo(&nobody, add(public.clone())).await), Reason::NotFound);
    fixture.sees(&nobody, &following(&followed), id).await.unwrap();
    fixture.sees(&fixture.manager(), &public, id).await.unwrap();
    let triage = fixture.call_to("IssueService/TriageIssue", Some(Role::Manager));
    let issue = &followed.view.issue;
    fixture.app.triage_issue(&triage, &target(issue), &Rewording::default(), "").await.unwrap();
    fixture.sees(&nobody, &public, id).await.unwrap();
}

#[tokio::test]
async fn a_redaction_puts_new_pictures_in_the_place_of_the_old_ones() {
    let fixture = Fixture::new().await;
    let followed = fixture.report(&fixture.nobody(), report()).await;
    let nobody = fixture.nobody();
    let view = fixture.app.add_photo(&nobody, add(following(&followed))).await.unwrap();
    let public = without_token(&followed.view.issue);
    let before = fixture.app.get_photo(&nobody, &public, view.photo.id, Size::Full).await.unwrap();
    let files = fixture.files(2).await;
    let region = || vec![Region::new(0.0, 0.0, 0.5, 1.0).unwrap()];
    let redact = |role| fixture.call_to("PhotoService/RedactPhoto", role);
    let officer = redact(Some(Role::ProviderOfficer));
    let refused = fixture.app.redact_photo(&officer, target_of(&view), region(), "").await;
    assert_eq!(reason(refused), Reason::RoleMissing);
    let manager = redact(Some(Role::Manager));
    let redacted = fixture.app.redact_photo(&manager, target_of(&view), region(), "A face").await.unwrap();
    assert_eq!(redacted.photo.id, view.photo.id, "its address stays");
    assert_ne!(redacted.photo.object_id, view.photo.object_id);
    let after = fixture.app.get_photo(&nobody, &public, view.photo.id, Size::Full).await.unwrap();
    assert_ne!(before, after);
    let left = fixture.files(2).await;
    assert!(left.iter().all(|name| !files.contains(name)), "the old ones are gone: {left:?}");
    let mut issue = fixture.read(&followed.view.issue).await;
    let outdated = issue.redact_photo(&view.photo, redacted.photo.clone(), "", manager.now);
    assert!(outdated.is_err(), "what was painted over in the meantime does not come back");
    let held_then = crate::domain::Photo { held: true, ..redacted.photo.clone() };
    issue.redact_photo(&redacted.photo, held_then, "", manager.now).unwrap();
    assert!(!issue.photos[0].held, "what was released meanwhile stays so");
}

#[tokio::test]
async fn a_photo_is_taken_out_for_a_reason() {
    let fixture = Fixture::new().await;
    let followed = fixture.report(&fixture.nobody(), report()).await;
    let view = fixture.app.add_photo(&fixture.nobody(), add(following(&followed))).await.unwrap();
    let remove = |role| fixture.call_to("PhotoService/RemovePhoto", role);
    let refused = fixture.app.remove_photo(&remove(Some(Role::StreetRep)), target_of(&view), "Mine").await;
    assert_eq!(reason(refused), Reason::RoleMissing);
    let manager = remove(Some(Role::Manager));
    let left = fixture.app.remove_photo(&manager, target_of(&view), "It shows a child.").await.unwrap();
    assert!(left.issue.photos.is_empty());
    let public = without_token(&left.issue);
    assert_eq!(reason(fixture.sees(&fixture.nobody(), &public, view.photo.id).await), Reason::NotFound);
    assert!(fixture.files(0).await.is_empty());
    let (entries, _) = fixture.app.list_issue_history(&fixture.nobody(), HERE, left.issue.id, 50, "").await.unwrap();
    let last = entries.last().unwrap();
    assert_eq!(last.kind, "issue.photo_removed");
    assert_eq!(last.note, "A photo was taken out: It shows a child.");
    let again = fixture.app.remove_photo(&manager, target_of(&view), "Once more").await;
    assert_eq!(reason(again), Reason::NotFound);
}

#[tokio::test]
async fn photos_go_with_the_person_who_added_them() {
    let fixture = Fixture::new().await;
    let reporter = person(Visibility::Confidential);
    let followed = fixture.report(&fixture.nobody(), ReportIssue { reporter, ..report() }).await;
    let theirs = AddPhoto { caption: "Ada Archer was here".to_owned(), ..add(following(&followed)) };
    fixture.app.add_photo(&fixture.nobody(), theirs).await.unwrap();
    let ours = AddPhoto { caption: "Ada Archer showed us".to_owned(), ..add(without_token(&followed.view.issue)) };
    let ours = fixture.app.add_photo(&fixture.call_to(ADD, Some(Role::Manager)), ours).await.unwrap();
    fixture.files(4).await;
    let accountable = fixture.call_to("PersonalDataService/EraseSubject", Some(Role::AccountableBody));
    fixture.app.erase_subject(&accountable, HERE, "ada@example.org", "She asked.").await.unwrap();
    let issue = fixture.read(&followed.view.issue).await;
    let ids: Vec<PhotoId> = issue.photos.iter().map(|photo| photo.id).collect();
    assert_eq!(ids, [ours.photo.id], "what staff added stays");
    assert_eq!(issue.photos[0].caption, "a resident showed us");
    fixture.files(2).await;
}

#[tokio::test]
async fn pictures_that_cannot_be_deleted_are_deleted_later() {
    let fixture = Fixture::new().await;
    let followed = fixture.report(&fixture.nobody(), report()).await;
    let view = fixture.app.add_photo(&fixture.nobody(), add(following(&followed))).await.unwrap();
    fixture.clock.advance(chrono::TimeDelta::hours(2));
    assert_eq!(fixture.app.delete_left_pictures().await.unwrap(), 0, "what an issue names stays");
    let folder = fixture.folder.path().join("photos").join(HERE.to_string());
    let (file, aside) = (folder.join(format!("{}.jpg", view.photo.object_id)), fixture.folder.path().join("aside"));
    std::fs::rename(&file, &aside).unwrap();
    // A folder is not deleted as a file is.
    std::fs::create_dir(&file).unwrap();
    let manager = fixture.call_to("PhotoService/RemovePhoto", Some(Role::Manager));
    fixture.app.remove_photo(&manager, target_of(&view), "It shows a child.").await.unwrap();
    fixture.clock.advance(chrono::TimeDelta::seconds(2));
    assert_eq!(fixture.app.delete_left_pictures().await.unwrap(), 0, "it cannot be deleted yet");
    std::fs::remove_dir(&file).unwrap();
    std::fs::rename(&aside, &file).unwrap();
    assert_eq!(fixture.app.delete_left_pictures().await.unwrap(), 0, "it is not tried at each turn");
    fixture.clock.advance(chrono::TimeDelta::seconds(4));
    assert_eq!(fixture.app.delete_left_pictures().await.unwrap(), 1);
    assert!(fixture.files(0).await.is_empty());
    fixture.clock.advance(chrono::TimeDelta::days(1));
    assert_eq!(fixture.app.delete_left_pictures().await.unwrap(), 0, "nothing is left to do");
}

#[tokio::test]
async fn pictures_that_nothing_came_to_name_are_deleted_after_an_hour() {
    let fixture = Fixture::new().await;
    let object_id = Uuid::from_u128(77);
    fixture.app.expect_name(&fixture.nobody(), HERE, object_id).await.unwrap();
    let picture = || pathfinder_photos::Picture { bytes: vec![1], width: 1, height: 1 };
    let made = pathfinder_photos::Photo { full: picture(), thumbnail: picture() };
    let name = crate::pictures::Name { partnership_id: HERE, object_id };
    let unclaimed = fixture.app.pictures.keep(name, made).await.unwrap();
    // As whoever is killed now leaves them.
    unclaimed.claim();
    drop(unclaimed);
    fixture.clock.advance(chrono::TimeDelta::minutes(59));
    assert_eq!(fixture.app.delete_left_pictures().await.unwrap(), 0);
    fixture.files(2).await;
    fixture.clock.advance(chrono::TimeDelta::minutes(1));
    assert_eq!(fixture.app.delete_left_pictures().await.unwrap(), 1);
    assert!(fixture.files(0).await.is_empty());
}

#[tokio::test]
async fn a_photo_that_is_added_later_in_a_moderated_category_waits_for_staff() {
    let fixture = Fixture::new().await;
    let (nobody, manager) = (fixture.nobody(), fixture.manager());
    let followed = fixture.report_of_needles().await;
    let first = fixture.app.add_photo(&nobody, add(following(&followed))).await.unwrap();
    let public = without_token(&followed.view.issue);
    let triage = fixture.call_to("IssueService/TriageIssue", Some(Role::Manager));
    fixture.app.triage_issue(&triage, &target(&followed.view.issue), &Rewording::default(), "").await.unwrap();
    fixture.sees(&nobody, &public, first.photo.id).await.unwrap();

    let later = fixture.app.add_photo(&nobody, add(following(&followed))).await.unwrap();
    assert!(first.photo.held && later.photo.held, "its reporter is told that it waits");
    assert_eq!(reason(fixture.sees(&nobody, &public, later.photo.id).await), Reason::NotFound);
    fixture.sees(&nobody, &following(&followed), later.photo.id).await.unwrap();
    fixture.sees(&manager, &public, later.photo.id).await.unwrap();
    let shown = async |call: &Call, following: &Following| {
        fixture.app.get_issue(call, following).await.unwrap().issue.photos.len()
    };
    let counts = [
        shown(&nobody, &public).await,
        shown(&nobody, &following(&followed)).await,
        shown(&fixture.call(Some(Role::StreetRep)), &public).await,
        shown(&manager, &public).await,
    ];
    assert_eq!(counts, [1, 2, 1, 2]);
    let listed = fixture.app.list_issues(&nobody, &all_of(HERE)).await.unwrap().0;
    assert_eq!(listed[0].issue.photos.len(), 1);

    let release = |role| fixture.call_to("PhotoService/ReleasePhoto", role);
    let refused = fixture.app.release_photo(&release(Some(Role::StreetRep)), target_of(&later)).await;
    assert_eq!(reason(refused), Reason::RoleMissing);
    for _ in 0..2 {
        fixture.app.release_photo(&release(Some(Role::Manager)), target_of(&later)).await.unwrap();
        fixture.sees(&nobody, &public, later.photo.id).await.unwrap();
    }
    let (entries, _) = fixture.app.list_issue_history(&nobody, HERE, public.issue_id, 50, "").await.unwrap();
    assert_eq!(entries.iter().filter(|entry| entry.kind == "issue.photo_released").count(), 1);
    let own = fixture.app.add_photo(&fixture.call_to(ADD, Some(Role::Manager)), add(public)).await.unwrap();
    assert!(!own.photo.held, "the manager has seen it");
}

#[tokio::test]
async fn issues_with_photos_that_wait_are_found_by_those_alone_who_may_see_them() {
    let fixture = Fixture::new().await;
    let (app, nobody, manager) = (&fixture.app, fixture.nobody(), fixture.manager());
    let followed = fixture.report_of_needles().await;
    let waiting = &followed.view.issue;
    let triage = fixture.call_to("IssueService/TriageIssue", Some(Role::Manager));
    app.triage_issue(&triage, &target(waiting), &Rewording::default(), "").await.unwrap();
    let photo = app.add_photo(&nobody, add(following(&followed))).await.unwrap();
    let other = fixture.report(&nobody, report()).await.view.issue;
    let misleading = AddPhoto { caption: r#"A sign: "held":true"#.to_owned(), ..add(without_token(&other)) };
    app.add_photo(&fixture.call_to(ADD, Some(Role::Manager)), misleading).await.unwrap();

    let wish = |are: bool| {
        let all = all_of(HERE);
        ListIssues { sought: Sought { filter: format!("photos_waiting = {are}"), ..all.sought }, ..all }
    };
    let found = async |are: bool| -> Vec<IssueId> {
        let (views, _) = app.list_issues(&manager, &wish(are)).await.unwrap();
        views.into_iter().map(|view| view.issue.id).collect()
    };
    assert_eq!((found(true).await, found(false).await), (vec![waiting.id], vec![other.id]));
    let count = CountIssues { sought: wish(true).sought, groupings: Vec::new() };
    assert_eq!(app.count_issues(&manager, &count).await.unwrap().total, Some(1));
    assert_eq!(fixture.exported(Some(Role::Manager), &wish(true).sought).await, [waiting.id]);

    for role in [None, Some(Role::System), Some(Role::StreetRep), Some(Role::ProviderOfficer), Some(Role::BoardMember)]
    {
        let call = fixture.call(role);
        let listed = Failure::from(app.list_issues(&call, &wish(true)).await.unwrap_err());
        assert_eq!(listed.reason(), Reason::FilterInvalid, "{role:?}");
        let names = listed.to_string().matches("photos_waiting").count();
        assert_eq!(names, 1, "it is not among the fields that may be named: {listed}");
        assert_eq!(reason(app.count_issues(&call, &count).await), Reason::FilterInvalid, "{role:?}");
        let exported = Arc::new(app.clone()).export_issues(fixture.exporter(role), &wish(true).sought).await;
        assert_eq!(reason(exported.map(|_| ())), Reason::FilterInvalid, "{role:?}");
    }

    // Those that are there already are found so, too.
    let conn = app.host.reader();
    store::Migrator::down(conn, Some(4)).await.unwrap();
    store::Migrator::up(conn, None).await.unwrap();
    assert_eq!((found(true).await, found(false).await), (vec![waiting.id], vec![other.id]));

    let releasing = fixture.call_to("PhotoService/ReleasePhoto", Some(Role::Manager));
    app.release_photo(&releasing, target_of(&photo)).await.unwrap();
    assert_eq!((found(true).await.len(), found(false).await.len()), (0, 2));
}
