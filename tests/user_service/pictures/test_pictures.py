"""A picture's way from leave to profile, and how it goes, over HTTP, jobs and a real store."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from libs import objects as gateway
from libs.errors import Unavailable
from tests.crashes import Killed, dies_at
from tests.images import GREEN, RED, bomb, colours, encoded, photo, quarters
from tests.user_service.pictures.conftest import Studio
from tests.user_service.world import PERSON
from user_service.erasures.schemas import EraseDue
from user_service.pictures.schemas import ConvertPicture, SweepPictures

HOUR = timedelta(hours=1)
SQUARES = ["512.webp", "96.webp"]


def names(objects: dict[str, list[str]]) -> list[str]:
    """The last parts of the public keys."""
    return [key.rpartition("/")[2] for key in objects.get("studyzed-public", [])]


async def test_u11_from_leave_to_profile(studio: Studio) -> None:
    person = await studio.world.sign_up()
    body = photo()
    asked = await studio.ask(person, body, alt="Asha at the blackboard")
    upload = asked["upload"]
    assert (asked["state"], asked["refusal"], upload["method"]) == ("asked", None, "PUT")
    assert upload["headers"] == {"Content-Type": "image/jpeg", "Content-Length": str(len(body))}
    assert await studio.put(asked, body) == 200
    assert await studio.state(person, asked) == ("asked", None)
    status, told = await studio.complete(person, asked)
    assert (status, told["state"]) == (202, "pending")
    assert await studio.shown(person) is None
    assert studio.objects() == {"studyzed": [f"uploads/pictures/{asked['id']}"]}

    await studio.world.run_jobs()
    assert await studio.state(person, asked) == ("ready", None)
    assert names(studio.objects()) == SQUARES
    assert "studyzed" not in studio.objects()
    shown = await studio.shown(person)
    assert shown is not None
    assert shown["alt"] == "Asha at the blackboard"
    for size, edge in (("large", 512), ("small", 96)):
        answer = await studio.http.get(shown[size])
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/webp")
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["content-disposition"] == "inline"
        assert shown[size].endswith(f"/{edge}.webp")
        assert colours(answer.content)[:2] == [RED, GREEN]
        assert b"ACME" not in answer.content


async def test_u11_others_see_it_and_the_tag_rises(studio: Studio) -> None:
    person = await studio.world.sign_up()
    await studio.upload(person)
    await studio.world.run_jobs()
    code = person.login["account"]["user_code"]
    card = await studio.world.client.get(f"/v1/profiles/{code}", headers=person.headers)
    assert card.json()["picture"] == await studio.shown(person)
    me = await studio.world.client.get("/v1/me/profile", headers=person.headers)
    assert me.headers["etag"] == '"2"'
    rows = await studio.world.rows("SELECT 1 FROM outbox WHERE body LIKE '%profile.changed%'")
    assert rows == []


async def test_u11_keys_are_new_and_nobody_guesses_them(studio: Studio) -> None:
    person = await studio.world.sign_up()
    seen = set()
    for _ in range(2):
        await studio.upload(person)
        for _ in range(2):
            await studio.world.run_jobs()
        [folder] = {key.rpartition("/")[0] for key in studio.objects()["studyzed-public"]}
        prefix, _, chance = folder.partition("/")
        assert (prefix, len(bytes.fromhex(chance))) == ("pictures", 20)
        seen.add(folder)
    assert len(seen) == 2


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"content_type": "image/svg+xml", "size": 10}, "/content_type"),
        ({"content_type": "text/html", "size": 10}, "/content_type"),
        ({"content_type": "image/gif", "size": 10}, "/content_type"),
        ({"content_type": "image/png", "size": 5_000_001}, "/size"),
        ({"content_type": "image/png", "size": 0}, "/size"),
        ({"content_type": "image/png"}, "/size"),
        ({"content_type": "image/png", "size": 1, "key": "mine"}, "/key"),
        ({"content_type": "image/png", "size": 1, "alt": "x" * 201}, "/alt"),
        ({"content_type": "image/png", "size": 1, "alt": "two\nlines"}, "/alt"),
    ],
)
async def test_u11_leave_is_for_three_types_and_five_megabytes(
    studio: Studio, body: dict[str, Any], pointer: str
) -> None:
    person = await studio.world.sign_up()
    answer = await studio.world.client.post("/v1/me/pictures", json=body, headers=person.headers)
    assert answer.status_code == 422
    assert [field["pointer"] for field in answer.json()["fields"]] == [pointer]
    assert await studio.world.count("pictures") == 0


async def test_x17_the_store_refuses_what_was_not_declared(studio: Studio) -> None:
    person = await studio.world.sign_up()
    body = photo()
    asked = await studio.ask(person, body)
    assert await studio.put(asked, body + b"x") == 403
    assert await studio.put(asked, body[:-1]) == 403
    asked["upload"]["headers"]["Content-Type"] = "image/svg+xml"
    assert await studio.put(asked, body) == 403
    assert studio.objects() == {}


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not_a_picture"),
        (b"<!doctype html><title>hello</title>", "not_a_picture"),
        (bomb(), "too_many_pixels"),
        (encoded(quarters(), "PNG") + b"<script>", "more_than_a_picture"),
        (photo()[:500], "unreadable"),
    ],
)
async def test_u11_x17_forged_uploads_are_refused_and_gone(
    studio: Studio, body: bytes, refusal: str
) -> None:
    person = await studio.world.sign_up()
    await studio.upload(person)
    await studio.world.run_jobs()
    before = await studio.shown(person)
    asked = await studio.upload(person, body)
    await studio.world.run_jobs()
    assert await studio.state(person, asked) == ("refused", refusal)
    assert await studio.shown(person) == before
    assert names(studio.objects()) == SQUARES
    assert "studyzed" not in studio.objects()


async def test_u11_completed_without_an_upload(studio: Studio) -> None:
    person = await studio.world.sign_up()
    asked = await studio.ask(person, photo())
    assert (await studio.complete(person, asked))[0] == 202
    await studio.world.run_jobs()
    assert await studio.state(person, asked) == ("refused", "missing")


async def test_u11_pictures_of_others_are_not_found(studio: Studio) -> None:
    owner = await studio.world.sign_up()
    other = await studio.world.sign_up("o@example.org", username="other")
    asked = await studio.ask(owner, photo())
    status, problem = await studio.complete(other, asked)
    assert (status, problem["code"]) == (404, "picture_not_found")
    path = f"/v1/me/pictures/{asked['id']}"
    assert (await studio.world.client.get(path, headers=other.headers)).status_code == 404
    assert await studio.state(owner, asked) == ("asked", None)
    assert await studio.jobs() == []


async def test_u11_two_completes_at_once_make_one_picture(studio: Studio) -> None:
    person = await studio.world.sign_up()
    asked = await studio.ask(person, body := photo())
    await studio.put(asked, body)
    answers = await asyncio.gather(*(studio.complete(person, asked) for _ in range(6)))
    assert [status for status, _ in answers] == [202] * 6
    assert await studio.jobs() == ["user.pictures.convert"]
    job = ConvertPicture(picture_id=asked["id"])
    await asyncio.gather(*(studio.world.run(job) for _ in range(3)))
    await studio.world.run_jobs()
    assert await studio.state(person, asked) == ("ready", None)
    assert names(studio.objects()) == SQUARES
    assert await studio.world.count("pictures") == 1
    assert (await studio.complete(person, asked))[1]["state"] == "ready"
    assert await studio.jobs() == []


async def test_u11_the_next_picture_replaces_the_one_before(studio: Studio) -> None:
    person = await studio.world.sign_up()
    first = await studio.upload(person)
    await studio.world.run_jobs()
    old = await studio.shown(person)
    second = await studio.upload(person, photo(kind="PNG"), content_type="image/png")
    await studio.world.run_jobs()  # shows it
    await studio.world.run_jobs()  # takes the old one away
    new = await studio.shown(person)
    assert new is not None
    assert old is not None
    assert new["large"] != old["large"]
    assert (await studio.http.get(old["large"])).status_code == 404
    assert (await studio.http.get(new["large"])).status_code == 200
    assert names(studio.objects()) == SQUARES
    path = f"/v1/me/pictures/{first['id']}"
    gone = await studio.world.client.get(path, headers=person.headers)
    assert gone.status_code == 404
    assert await studio.state(person, second) == ("ready", None)


async def test_u11_of_two_on_their_way_the_newer_stays(studio: Studio) -> None:
    """Whichever is looked at first."""
    person = await studio.world.sign_up()
    older = await studio.upload(person)
    newer = await studio.upload(person)
    for asked in (newer, older):
        await studio.world.run(ConvertPicture(picture_id=asked["id"]))
    shown = await studio.shown(person)
    await studio.world.run_jobs()
    assert await studio.shown(person) == shown
    assert await studio.state(person, newer) == ("ready", None)
    assert names(studio.objects()) == SQUARES


async def test_u11_taking_it_off_takes_the_files_away(studio: Studio) -> None:
    person = await studio.world.sign_up()
    await studio.upload(person, alt="me")
    await studio.world.run_jobs()
    for _ in range(2):
        answer = await studio.world.client.delete("/v1/me/pictures/current", headers=person.headers)
        assert answer.status_code == 204
        assert await studio.shown(person) is None
    assert await studio.jobs() == ["user.pictures.clear"]
    await studio.world.run_jobs()
    assert studio.objects() == {}


async def sweep(studio: Studio) -> None:
    await studio.world.run(SweepPictures())


async def test_u11_uploads_that_were_never_completed_are_swept(studio: Studio) -> None:
    person = await studio.world.sign_up()
    asked = await studio.ask(person, body := photo())
    await studio.put(asked, body)
    studio.world.clock.move(HOUR - timedelta(seconds=1))
    await sweep(studio)
    person = await studio.world.sign_in("asha_rao", PERSON["password"])
    assert await studio.state(person, asked) == ("asked", None)
    studio.world.clock.move(timedelta(seconds=1))
    status, problem = await studio.complete(person, asked)
    assert (status, problem["code"]) == (409, "picture_not_awaited")
    await sweep(studio)
    assert studio.objects() == {}
    assert await studio.world.count("pictures") == 0


async def test_u11_leave_ends_after_ten_minutes_and_with_the_next_one(studio: Studio) -> None:
    person = await studio.world.sign_up()
    first = await studio.ask(person, body := photo())
    second = await studio.ask(person, body)
    assert (await studio.complete(person, first))[0] == 404
    studio.world.clock.move(timedelta(minutes=10))
    assert await studio.put(second, body) == 403


async def test_u11_an_upload_after_the_picture_was_made_is_swept(studio: Studio) -> None:
    """Leave lives on for minutes after the job took the upload away."""
    person = await studio.world.sign_up()
    body = photo()
    asked = await studio.upload(person, body)
    await studio.world.run_jobs()
    assert await studio.put(asked, body) == 200
    studio.world.clock.move(HOUR)
    await sweep(studio)
    assert "studyzed" not in studio.objects()
    assert names(studio.objects()) == SQUARES


async def test_u11_a_job_that_never_came_is_given_up(studio: Studio) -> None:
    person = await studio.world.sign_up()
    await studio.upload(person)
    studio.world.clock.move(2 * HOUR - timedelta(seconds=1))
    await sweep(studio)
    assert await studio.world.rows("SELECT state FROM pictures") == [("pending",)]
    studio.world.clock.move(timedelta(seconds=1))
    await sweep(studio)
    [row] = await studio.world.rows("SELECT state, refusal FROM pictures")
    assert (row.state, row.refusal) == ("refused", "gave_up")
    assert studio.objects() == {}
    await studio.world.run_jobs()  # it comes at last
    assert studio.objects() == {}
    studio.world.clock.move(timedelta(days=7, seconds=1))
    await sweep(studio)
    assert await studio.world.count("pictures") == 0


async def test_u11_one_that_fails_keeps_nobody_waiting(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    person, body = await studio.world.sign_up(), photo()
    first = await studio.ask(person, body)
    await studio.put(first, body)
    studio.world.clock.move(timedelta(seconds=1))
    second = await studio.ask(person, body)
    await studio.put(second, body)
    studio.world.clock.move(HOUR)
    delete = gateway.Objects.delete

    async def fail(self: gateway.Objects, key: str) -> None:
        if first["id"] in key:
            raise RuntimeError("on purpose")
        await delete(self, key)

    monkeypatch.setattr(gateway.Objects, "delete", fail)
    await sweep(studio)
    assert studio.objects() == {"studyzed": [f"uploads/pictures/{first['id']}"]}
    monkeypatch.undo()
    await sweep(studio)
    assert studio.objects() == {}


async def run_thrice(studio: Studio) -> None:
    """The job, those that it asks for, and theirs."""
    for _ in range(3):
        await studio.world.run_jobs()


async def test_u_a9_nothing_is_left_to_see_of_an_erased_person(studio: Studio) -> None:
    world = studio.world
    person = await world.sign_up()
    await studio.upload(person, alt="me")
    await world.run_jobs()
    waiting = await studio.upload(person)
    code = person.login["account"]["user_code"]
    body = {"password": PERSON["password"]}
    wish = await world.client.post("/v1/me/erasure", json=body, headers=person.headers)
    assert wish.status_code == 202, wish.text
    world.clock.move(timedelta(days=14))
    await world.run(EraseDue())  # reminds
    await world.run(EraseDue())
    admin = await world.admin()
    for path in (f"/v1/profiles/{code}", f"/v1/profiles?code={code}"):
        answer = await world.client.get(path, headers=admin.headers)
        assert answer.json().get("code") == "profile_not_found" or answer.json() == {"items": []}
    await world.run(ConvertPicture(picture_id=waiting["id"]))
    await world.run_jobs()
    assert studio.objects() == {}
    assert (await world.count("pictures"), await world.count("profiles")) == (0, 0)


POINTS = [
    ("objects.before_get", 1),
    ("objects.after_get", 1),
    ("objects.before_publish", 1),
    ("objects.after_publish", 1),
    ("objects.after_publish", 2),
    ("objects.before_delete", 1),
    ("objects.after_delete", 1),
    ("objects.before_withdraw", 1),
    ("objects.after_withdraw", 1),
    ("objects.after_withdraw", 2),
]


@pytest.mark.parametrize(("name", "nth"), POINTS)
@pytest.mark.parametrize("again", [True, False])
async def test_u11_a_death_between_calls_leaves_nothing_behind(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, name: str, nth: int, again: bool
) -> None:
    """One picture is replaced by another, and the worker dies. Then the job comes again, or it
    never does; sooner or later there is one picture, and no other object.
    """
    person = await studio.world.sign_up()
    await studio.upload(person)
    await studio.world.run_jobs()
    asked = await studio.upload(person)
    monkeypatch.setattr(gateway, "reach", dies_at(name, nth))
    with pytest.raises(Killed):
        await run_thrice(studio)
    monkeypatch.undo()
    if again:
        await studio.world.run(ConvertPicture(picture_id=asked["id"]))
        await studio.world.run_jobs()
    studio.world.clock.move(3 * HOUR)
    await sweep(studio)
    await studio.world.run_jobs()
    await sweep(studio)
    rows = await studio.world.rows(
        "SELECT profiles.picture, pictures.folder, pictures.swept_at FROM pictures "
        "JOIN profiles USING (account_id) WHERE state = 'ready'"
    )
    assert len(rows) == 1
    assert rows[0].picture == rows[0].folder
    assert rows[0].swept_at is not None
    assert studio.objects() == {
        "studyzed-public": [f"{rows[0].picture}/512.webp", f"{rows[0].picture}/96.webp"]
    }


async def test_u11_the_store_away_means_later(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = await studio.world.sign_up()
    asked = await studio.upload(person)

    async def away(_: str) -> None:
        raise httpx.ConnectError("no store")

    monkeypatch.setattr(gateway, "reach", away)
    with pytest.raises(Unavailable):
        await studio.world.run_jobs()
    assert await studio.state(person, asked) == ("pending", None)
    monkeypatch.undo()
    await studio.world.run(ConvertPicture(picture_id=asked["id"]))
    assert await studio.state(person, asked) == ("ready", None)


async def test_u11_twenty_in_an_hour(studio: Studio) -> None:
    person = await studio.world.sign_up()
    for _ in range(20):
        await studio.ask(person, b"x")
    body = {"content_type": "image/png", "size": 1}
    answer = await studio.world.client.post("/v1/me/pictures", json=body, headers=person.headers)
    assert answer.status_code == 429
