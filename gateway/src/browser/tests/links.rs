//! The pages behind links: those of contractors, and those of whoever follows an issue.

use pathfinder_proto::issues::v1 as issues;

use super::*;

#[tokio::test]
async fn a_contractor_accepts_refuses_and_reports_done() {
    let house = start(|_| {}).await;
    let at = |state: issues::IssueState| house.heard.lock().unwrap().state = state.into();
    let broken = house.get("/f/unknown").await;
    assert_eq!(status(&broken), 401);
    assert!(broken.text().await.unwrap().contains("<h1>This link cannot be used</h1>"));
    assert_eq!(status(&house.get("/f/%ff").await), 404);

    at(issues::IssueState::Routed);
    let page = house.get("/f/good-form").await;
    assert_eq!(header(&page, "referrer-policy"), "same-origin");
    let page = page.text().await.unwrap();
    assert!(page.contains("Bin Repairs Ltd") && page.contains("A &#60;b&#62;bin"), "{page}");
    assert!(page.contains("value=\"accept\"") && page.contains("value=\"refuse\"") && !page.contains("value=\"done\""));
    let accepted = house.submit("/f/good-form", &[("action", "accept"), ("etag", "e1")]).send().await.unwrap();
    assert_eq!((status(&accepted), header(&accepted, "location").as_str()), (303, "/f/good-form?done=accept"));
    assert_eq!(house.bearer_of("AcceptIssue"), Some(format!("Bearer {ACCESS}")));

    let silent = house.submit("/f/good-form", &[("action", "refuse"), ("reason", " ")]).send().await.unwrap();
    assert_eq!(status(&silent), 400);
    assert!(silent.text().await.unwrap().contains("href=\"#reason\""));

    at(issues::IssueState::Accepted);
    let done = house.submit("/f/good-form", &[("action", "done"), ("work", "Mended")]).send().await.unwrap();
    assert_eq!(status(&done), 303);
    let calls = house.calls();
    assert_eq!(calls[calls.len() - 2..], ["StartIssueWork", "ResolveIssue"]);
}

#[tokio::test]
async fn what_was_overtaken_is_shown_as_it_is_now() {
    let house = start(|_| {}).await;
    house.heard.lock().unwrap().state = issues::IssueState::Accepted.into();
    let late = house.submit("/f/good-form", &[("action", "accept"), ("etag", "stale")]).send().await.unwrap();
    assert_eq!(status(&late), 409);
    let late = late.text().await.unwrap();
    assert!(late.contains("Nothing was done") && late.contains("It was accepted."), "{late}");
    assert!(late.contains("value=\"done\"") && !late.contains("value=\"accept\""), "{late}");
}

#[tokio::test]
async fn what_is_forbidden_is_told_so_and_what_is_another_providers_now_is_overtaken() {
    let house = start(|_| {}).await;
    house.heard.lock().unwrap().state = issues::IssueState::Routed.into();
    let form = [("action", "accept"), ("etag", "forbidden")];
    let forbidden = house.submit("/f/good-form", &form).send().await.unwrap();
    assert_eq!(status(&forbidden), 403);
    let forbidden = forbidden.text().await.unwrap();
    assert!(!forbidden.contains("It has changed"), "{forbidden}");
    let late = house.submit("/f/form-of-others", &form).send().await.unwrap();
    assert_eq!(status(&late), 409);
    assert!(late.text().await.unwrap().contains("It has changed"));
}

#[tokio::test]
async fn a_link_for_another_provider_says_whose_commitment_it_is_and_offers_nothing() {
    let house = start(|_| {}).await;
    let page = house.get("/f/promise-of-others").await.text().await.unwrap();
    assert!(
        page.contains("A commitment of Street Scene") && page.contains("this link is for another provider"),
        "{page}"
    );
    assert!(!page.contains("<label"), "{page}");
}

#[tokio::test]
async fn a_contractor_drafts_a_report_and_accepts_nothing() {
    let house = start(|_| {}).await;
    let path = "/f/good-promise";
    let page = house.get(path).await.text().await.unwrap();
    for shown in
        ["A commitment of Street Scene", "Every &#60;b&#62;bin", "95 percent", "31 December 2026", "30 June 2026"]
    {
        assert!(page.contains(shown), "{shown}: {page}");
    }
    for name in ["value", "numerator", "denominator", "narrative", "plan"] {
        assert!(page.contains(&format!("<label for=\"{name}\">")), "{name}: {page}");
    }
    assert!(page.contains("value=\"draft\"") && !page.contains("value=\"accept\"") && !page.contains("<script"));

    let silent = house.submit(path, &[("action", "draft"), ("value", "41.5x"), ("rag", "amber")]).send().await.unwrap();
    assert_eq!(status(&silent), 400);
    let silent = silent.text().await.unwrap();
    for field in ["value", "narrative", "plan"] {
        assert!(silent.contains(&format!("href=\"#{field}\"")), "{field}: {silent}");
    }
    assert!(silent.contains("value=\"41.5x\"") && silent.contains("value=\"amber\" checked"), "{silent}");
    assert!(!house.calls().contains(&"DraftProgressReport".to_owned()), "nothing was sent on");

    let form = [("action", "draft"), ("value", "41.5"), ("rag", "green"), ("narrative", "Two <lanes>")];
    for (period_end, expected, told) in [
        ("2026-06-30", 303, ""),
        ("2026-05-31", 409, "Somebody else has drafted"),
        ("2026-04-30", 400, "href=\"#plan\""),
    ] {
        let form = [form.as_slice(), &[("period_end", period_end)]].concat();
        let answer = house.submit(path, &form).send().await.unwrap();
        assert_eq!(status(&answer), expected, "{period_end}");
        let page = answer.text().await.unwrap();
        assert!(page.contains(told) && (expected == 303 || page.contains("Two &#60;lanes&#62;")), "{page}");
    }
    assert_eq!(house.bearer_of("DraftProgressReport"), Some(format!("Bearer {ACCESS}")));
    assert_eq!(status(&house.submit(path, &[("action", "accept")]).send().await.unwrap()), 400);
}

#[tokio::test]
async fn who_follows_an_issue_says_whether_it_is_fixed() {
    let house = start(|_| {}).await;
    house.heard.lock().unwrap().state = issues::IssueState::Resolved.into();
    let path = format!("/follow/{PLACE}/{ISSUE}");
    let page = house.get(&format!("{path}?token=follow")).await;
    assert_eq!(status(&page), 200);
    let page = page.text().await.unwrap();
    assert!(page.contains("Yes, it is fixed") && page.contains("value=\"follow\""), "{page}");
    assert_eq!(status(&house.get(&path).await), 400, "nothing without the token");

    let said = house.submit(&path, &[("token", "follow"), ("action", "confirm")]).send().await.unwrap();
    assert_eq!(status(&said), 303);
    let silent = house.submit(&path, &[("token", "follow"), ("action", "dispute")]).send().await.unwrap();
    assert_eq!(status(&silent), 400);
    assert!(silent.text().await.unwrap().contains("Say what is still wrong"));
}

#[tokio::test]
async fn who_says_whether_it_is_fixed_says_how_satisfied_they_are() {
    let house = start(|_| {}).await;
    house.heard.lock().unwrap().state = issues::IssueState::Resolved.into();
    let path = format!("/follow/{PLACE}/{ISSUE}");
    let page = house.get(&format!("{path}?token=follow")).await.text().await.unwrap();
    for id in ["confirm-very_satisfied", "dispute-very_dissatisfied", "confirm-comment", "dispute-comment"] {
        assert!(page.contains(&format!("id=\"{id}\"")) && page.contains(&format!("for=\"{id}\"")), "{id}: {page}");
    }
    let said = |level: &'static str| {
        let form =
            [("token", "follow"), ("action", "confirm"), ("satisfaction", level), ("satisfaction_comment", "<Slow>")];
        house.submit(&path, &form)
    };
    let lonely = said("").send().await.unwrap();
    assert_eq!(status(&lonely), 400);
    let lonely = lonely.text().await.unwrap();
    assert!(lonely.contains("href=\"#confirm-very_satisfied\"") && lonely.contains("&#60;Slow&#62;"), "{lonely}");
    assert!(lonely.contains("<title>Error: "), "{lonely}");
    assert!(!house.calls().contains(&"ConfirmResolution".to_owned()), "nothing was sent on");
    assert_eq!(status(&said("neither").send().await.unwrap()), 303);
    assert!(house.calls().contains(&"ConfirmResolution".to_owned()));
}

#[tokio::test]
async fn what_was_said_is_seen_and_changed_and_what_was_typed_is_not_lost() {
    let house = start(|_| {}).await;
    let at = |state: issues::IssueState| house.heard.lock().unwrap().state = state.into();
    let path = format!("/follow/{PLACE}/{ISSUE}");
    at(issues::IssueState::Closed);
    let page = house.get(&format!("{path}?token=follow")).await.text().await.unwrap();
    for shown in ["value=\"neither\" checked", "&#60;Slow&#62;</textarea>", "Change what I said"] {
        assert!(page.contains(shown), "{shown}: {page}");
    }
    at(issues::IssueState::Reopened);
    let form = [("token", "follow"), ("action", "dispute"), ("reason", "Too late"), ("satisfaction", "dissatisfied")];
    let late = house.submit(&path, &form).send().await.unwrap();
    assert_eq!(status(&late), 409);
    let late = late.text().await.unwrap();
    for shown in ["Too late</textarea>", "value=\"dissatisfied\" checked", "href=\"#reason\"", "<title>Error: "] {
        assert!(late.contains(shown), "{shown}: {late}");
    }
}

#[tokio::test]
async fn whoever_is_asked_answers_on_the_page() {
    let house = start(|_| {}).await;
    let path = format!("/follow/{PLACE}/{ISSUE}");
    house.heard.lock().unwrap().state = issues::IssueState::InProgress.into();
    let page = house.get(&format!("{path}?token=follow")).await.text().await.unwrap();
    assert!(!page.contains("value=\"answer\""), "nothing is asked: {page}");
    house.heard.lock().unwrap().state = issues::IssueState::OnHold.into();
    let page = house.get(&format!("{path}?token=follow")).await.text().await.unwrap();
    assert!(page.contains("Which &#60;b&#62;side&#60;/b&#62;?") && page.contains("value=\"answer\""), "{page}");
    let send = |number: &'static str, answer: &'static str| {
        let form = [("token", "follow"), ("action", "answer"), ("question_number", number), ("answer", answer)];
        house.submit(&path, &form).send()
    };
    let silent = send("1", " ").await.unwrap();
    assert_eq!(status(&silent), 400);
    assert!(silent.text().await.unwrap().contains("href=\"#answer\""));
    assert_eq!(status(&send("one", "The left one").await.unwrap()), 400);
    assert!(!house.calls().contains(&"AnswerQuestion".to_owned()), "nothing was sent on");
    let answered = send("1", "The left one").await.unwrap();
    assert_eq!((status(&answered), header(&answered, "location")), (303, format!("{path}?token=follow&done=answer")));
    let danger = send("1", "There is a fire").await.unwrap();
    assert_eq!(status(&danger), 200);
    assert!(danger.text().await.unwrap().contains("Call 999."), "whoever is in danger is told at once");
}

#[tokio::test]
async fn who_asks_for_letters_confirms_the_address_and_ends_them() {
    let house = start(|_| {}).await;
    house.heard.lock().unwrap().state = issues::IssueState::Resolved.into();
    let path = format!("/follow/{PLACE}/{ISSUE}");
    let wish = |email: &'static str| house.submit(&path, &[("token", "follow"), ("action", "tell"), ("email", email)]);
    let wrong = wish("<fay>").send().await.unwrap();
    assert_eq!(status(&wrong), 400);
    let wrong = wrong.text().await.unwrap();
    assert!(wrong.contains("value=\"&#60;fay&#62;\"") && wrong.contains("href=\"#email\""), "{wrong}");
    let asked = wish("fay@example.org").send().await.unwrap();
    assert_eq!((status(&asked), header(&asked, "location")), (303, format!("{path}?token=follow&done=tell")));

    for (link, does) in [("confirm", "ConfirmFollow"), ("stop", "RevokeFollowLink")] {
        let button = house.get(&format!("{path}/{link}?token=secret")).await;
        assert_eq!((status(&button), header(&button, "cache-control").as_str()), (200, "no-store"));
        assert!(button.text().await.unwrap().contains("value=\"secret\""), "{link}");
        assert!(!house.calls().contains(&does.to_owned()), "opening the link does nothing");
        assert_eq!(status(&house.get(&format!("{path}/{link}")).await), 400, "the link is not whole");
        let foreign = house.ask(Method::POST, &format!("{path}/{link}")).header("origin", "https://evil.example");
        assert_eq!(status(&foreign.form(&[("token", "secret")]).send().await.unwrap()), 403);
    }
    let confirmed = house.submit(&format!("{path}/confirm"), &[("token", "secret")]).send().await.unwrap();
    assert_eq!(
        (status(&confirmed), header(&confirmed, "location")),
        (303, format!("{path}?token=follower&done=follow"))
    );
    let page = house.get(&format!("{path}?token=follower")).await.text().await.unwrap();
    assert!(page.contains("Stop the letters") && !page.contains("Yes, it is fixed"), "{page}");
    assert!(!page.contains("Tell me by e-mail"), "{page}");
    let stopped = house.submit(&format!("{path}/stop"), &[("token", "follower")]).send().await.unwrap();
    assert_eq!(status(&stopped), 200);
    assert!(stopped.text().await.unwrap().contains("no more letters"));
}
