"""Residents' photos lie in the bucket of an S3 server: they are written, read, redacted and removed there, also while the server is away.

    s3_client.py PROGRAM

Starts the server and a suite of PROGRAM, on free ports and a temporary folder.
"""

import sys

import requests

import telephone
from bucket import Bucket
from installation import Installation
from suite import free_ports, running, scratch
from waiting import until

# No answer takes longer than this, whatever the server of the bucket does.
PATIENCE_SECONDS = 30
# So long after the server came back everything is deleted that was to be deleted meanwhile.
DELETED_WITHIN_SECONDS = 90
NAME, PREFIX = "photos-of-residents", "of/issues"
# Not ours: it lies in the same bucket, and its name begins with the same letters.
FOREIGN = {f"{PREFIX}-elsewhere/leave.jpg": b"what belongs to somebody else"}
# While the server is away. Mostly the first: what is tried again until the time for the call is over ends as the second.
AWAY = {(503, "PEER_UNAVAILABLE")}
REPORT = {
    "categoryCode": "fly-tipping",
    "description": "Two mattresses in the lane.",
    "location": {"point": {"latitude": 54.614, "longitude": -2.279}},
}
LEFT_HALF = {"left": 0, "top": 0, "width": 0.5, "height": 1}


def expect(met, what):
    if not met:
        raise AssertionError(what)


class Case:
    """An issue that a resident reported, and its photos."""

    def __init__(self, installation, bucket):
        self.installation = installation
        self.bucket = bucket
        self.partnership_id = installation.partnership_id()
        reported = installation.call(None, "POST", f"partnerships/{self.partnership_id}/issues", REPORT)
        self.follow_token = reported["followToken"]
        self.path = f"/v1/partnerships/{self.partnership_id}/issues/{reported['issue']['issueId']}"

    def ask(self, method, path, **said):
        return requests.request(method, f"{self.installation.base}{path}", timeout=PATIENCE_SECONDS, **said)

    def add(self, content, media_type):
        """The resident sends a file."""
        token = {"followToken": self.follow_token}
        return self.ask("POST", f"{self.path}/photos", params=token, data=content, headers={"content-type": media_type})

    def manage(self, verb, body, photo=None):
        """The manager acts on the issue, or on one of its photos."""
        place = f"{self.path}/photos/{photo['photoId']}" if photo else self.path
        token = self.installation.token("manager")
        return self.ask("POST", f"{place}:{verb}", json=body, headers={"authorization": f"Bearer {token}"})

    def photo_ids(self):
        return [photo["photoId"] for photo in taken(self.ask("GET", self.path)).get("photos", [])]

    def pictures(self, photo):
        """The picture and the small one, as everybody reads them."""
        answers = [self.ask("GET", photo[field]) for field in ("fullUrl", "thumbnailUrl")]
        told = [(answer.status_code, answer.headers["content-type"]) for answer in answers]
        expect(told == [(200, "image/jpeg")] * 2, f"both pictures are handed out, not {told}")
        return [answer.content for answer in answers]

    def expect_kept(self, photo, before):
        """Beside what was there `before`, the bucket holds the two pictures that are handed out, under a name that nobody is told."""
        now = self.bucket.objects()
        added = sorted(now.keys() - before.keys())
        expect(len(added) == 2, f"two objects are added to {sorted(before)}, not {added}")
        thumbnail, full = added
        expect(full.startswith(f"{PREFIX}/{self.partnership_id}/"), f"{full} lies under the prefix, by its partnership")
        expect(thumbnail == full.removesuffix(".jpg") + "-thumbnail.jpg", f"{thumbnail} is named after {full}")
        expect([now[full], now[thumbnail]] == self.pictures(photo), "what is handed out is what the bucket holds")
        object_id = full.rsplit("/", 1)[1].removesuffix(".jpg")
        expect(object_id not in self.ask("GET", self.path).text, "the issue does not tell the name of the object")
        expect(all(now[key] == before[key] for key in before.keys() & now.keys()), "no object is written over")
        return set(added)


def taken(answer):
    expect(answer.status_code == 200, f"{answer.request.method} {answer.url} is answered with 200, not {answer.status_code}: {answer.text}")
    return answer.json()


def expect_away(answer, what):
    """It could not be done, which is said soon and in words; nothing of the store's is told."""
    error = answer.json()["error"]
    told = (answer.status_code, error["reason"])
    expect(told in AWAY, f"{what} while the server is away is answered with one of {AWAY}, not {told}: {answer.text}")
    expect(answer.elapsed.total_seconds() < PATIENCE_SECONDS, f"{what} is answered soon, not after {answer.elapsed}")
    expect(len(error["message"]) > 20 and error["traceId"], f"a person can act on it: {error}")
    expect(not any(word in answer.text for word in (NAME, PREFIX, "127.0.0.1")), f"where photos lie is not told: {error}")


def expect_clean(bucket):
    """No object holds anything of a telephone's."""
    for key, content in bucket.objects().items():
        left = [trace for trace in telephone.TRACES if trace in content]
        expect(not left, f"nothing of the telephone is left in {key}, not {left}")
        if key not in FOREIGN:
            beside = telephone.told_beside_pixels(content)
            expect(not beside, f"there are pixels in {key} and nothing beside, not {beside}")


def added(case, content, media_type, size):
    """Adds a file as a telephone sends it; the photo, and the keys of its objects."""
    known = [trace for trace in telephone.TRACES if trace in content]
    expect({telephone.MAKER, telephone.LATITUDE_BYTES} <= set(known), "the file tells of the telephone and the place")
    before = case.bucket.objects()
    photo = taken(case.add(content, media_type))
    told = (photo["width"], photo["height"])
    expect(told == size, f"a photo that was taken sideways is upright, {size} and not {told}: its EXIF block was read")
    keys = case.expect_kept(photo, before)
    expect_clean(case.bucket)
    return photo, keys


def redacted(case, photo, former):
    """Both objects are replaced; the keys of the new ones."""
    before, shown = case.bucket.objects(), case.pictures(photo)
    photo = taken(case.manage("redact", {"regions": [LEFT_HALF]}, photo))
    keys = case.expect_kept(photo, before)
    expect(all(new != old for new, old in zip(case.pictures(photo), shown)), "other pictures are handed out")
    left = former & case.bucket.keys()
    expect(not left, f"what was painted over is gone from the bucket, not {left}")
    expect_clean(case.bucket)
    return keys


def removed(case, photo, keys):
    taken(case.manage("remove", {"reason": "It shows a child."}, photo))
    left = keys & case.bucket.keys()
    expect(not left, f"what was removed is gone from the bucket, not {left}")
    expect(case.ask("GET", photo["fullUrl"]).status_code == 404, "it is handed out no more")


def away(case, kept, leaving):
    """The server is stopped, and then takes connections and says nothing. What is removed meanwhile is deleted once it is back."""
    bucket, png = case.bucket, telephone.png(64, 48)
    leaving_photo, leaving_keys = leaving
    bucket.stop()
    expect_away(case.add(png, "image/png"), "a photo that is sent")
    expect_away(case.ask("GET", kept["fullUrl"]), "a picture that is asked for")
    expect_away(case.manage("redact", {"regions": [LEFT_HALF]}, kept), "a redaction")
    # Written down at once, whether or not the answer waits for the objects until its time is over.
    answer = case.manage("remove", {"reason": "It shows a child."}, leaving_photo)
    if answer.status_code != 200:
        expect_away(answer, "a removal")
    with bucket.mute():
        expect_away(case.add(png, "image/png"), "a photo that is sent")
    expect(case.photo_ids() == [kept["photoId"]], "what could not be kept was not added, and what was removed is not there")
    bucket.start()
    until("what was removed is deleted", lambda: not leaving_keys & bucket.keys(), DELETED_WITHIN_SECONDS)


def hidden(case, photos):
    """A hidden issue takes its photos along: they stay, and nobody is handed them."""
    before = case.bucket.objects()
    taken(case.manage("hide", {"reason": "It shows a home."}))
    told = [case.ask("GET", photo["fullUrl"]).status_code for photo in photos]
    expect(told == [404] * len(photos), f"no photo of a hidden issue is handed out: {told}")
    expect(case.bucket.objects() == before, "they stay in the bucket, for it may be shown again")


def tried(case):
    bucket = case.bucket
    first, first_keys = added(case, telephone.png(640, 400), "image/png", (400, 640))
    plain, _ = case.pictures(first)
    second, second_keys = added(case, telephone.jpeg(plain), "image/jpeg", (640, 400))
    second_keys = redacted(case, second, second_keys)
    removed(case, first, first_keys)
    third, third_keys = added(case, telephone.png(320, 200), "image/png", (200, 320))
    away(case, third, (second, second_keys))

    fourth, fourth_keys = added(case, telephone.png(64, 48), "image/png", (48, 64))
    case.pictures(third)
    expect(case.photo_ids() == [third["photoId"], fourth["photoId"]], "these two are left")
    hidden(case, [third, fourth])
    objects = bucket.objects()
    expect(objects.keys() == third_keys | fourth_keys | FOREIGN.keys(), f"the bucket holds what an issue names, not {sorted(objects)}")
    expect(objects.items() >= FOREIGN.items(), "what is not ours was left alone")


def main(program):
    http, s3, grpc = free_ports()
    base = f"http://127.0.0.1:{http}"
    with scratch() as folder, Bucket(NAME, s3) as bucket:
        expect(bucket.refuses_strangers(), "the server looks at signatures")
        for key, content in FOREIGN.items():
            bucket.put(key, content)
        place = ["--photos", f"s3://{NAME}/{PREFIX}"]
        with running(program, folder, base, grpc, *place, environment=bucket.environment()):
            tried(Case(Installation(base, program, f"{folder}/data"), bucket))
            expect(not (folder / "data/photos").exists(), "no photo lies in the data folder")
    print("in a bucket: photos kept without EXIF, read, redacted and removed, and the server away and back")


if __name__ == "__main__":
    main(*sys.argv[1:])
