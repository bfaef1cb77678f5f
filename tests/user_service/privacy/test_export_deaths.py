"""A worker that dies on either side of a call of the object store, while it makes an export."""

import io
from datetime import timedelta
from uuid import UUID
from zipfile import ZipFile

import httpx
import pytest

from libs import objects as gateway
from tests.crashes import Killed, dies_at
from tests.objects import kept
from tests.user_service.privacy.conftest import OTHERS, Platform
from tests.user_service.world import PERSON, Person
from user_service.exports.packing import zip_key
from user_service.exports.schemas import SERVICES, CollectExport, PackExport, SweepExports
from user_service.exports.service import ASK_AGAIN, PATIENCE

POINTS = [
    ("objects.before_put_file", 1),
    ("objects.before_put_file", 2),
    ("objects.after_put_file", 1),
    ("objects.after_put_file", 2),
    ("objects.before_get_file", 1),
    ("objects.after_get_file", 5),
]
"""The first file that is put is our own part, the second the whole export."""


async def run_twice(platform: Platform) -> None:
    """The job that makes our part, and the one that packs all."""
    for _ in range(2):
        await platform.world.run_jobs()


async def die(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, name: str, nth: int
) -> tuple[Person, CollectExport]:
    """The others have answered, and the worker dies; its job does not come again by itself."""
    world = platform.world
    person = await world.sign_up()
    answer = await world.client.post("/v1/me/exports", headers=person.headers)
    export_id = UUID(answer.json()["id"])
    for service in OTHERS:
        await platform.answer(export_id, service)
    [found] = await world.rows("SELECT folder FROM exports")
    monkeypatch.setattr(gateway, "reach", dies_at(name, nth))
    with pytest.raises(Killed):
        await run_twice(platform)
    monkeypatch.undo()
    job = CollectExport(export_id=export_id, account_id=person.id, folder=UUID(str(found.folder)))
    return person, job


@pytest.mark.parametrize("again", [True, False])
@pytest.mark.parametrize(("name", "nth"), POINTS)
async def test_u15_a_death_between_calls_costs_no_export(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, name: str, nth: int, again: bool
) -> None:
    """The lost job comes again, or the sweep misses what it should have done: one whole file."""
    _, job = await die(platform, monkeypatch, name, nth)
    world = platform.world
    if again:
        await world.run(job)
        await world.run(PackExport(export_id=job.export_id))
    else:
        world.clock.move(ASK_AGAIN)
        await world.run(SweepExports())
    for _ in range(3):  # the job, what it asks for, and the end of the parts
        await world.run_jobs()
    person = await world.sign_in("asha_rao", PERSON["password"])
    path = f"/v1/me/exports/{job.export_id}"
    shown = (await world.client.get(path, headers=person.headers)).json()
    assert shown["state"] == "ready"
    async with httpx.AsyncClient(trust_env=False) as browser:
        answer = await browser.get(shown["download"]["url"])
    names = ZipFile(io.BytesIO(answer.content)).namelist()
    assert sorted(names) == sorted(["manifest.json", *(f"{name}.json" for name in SERVICES)])
    assert kept(platform.folder) == {"studyzed": [zip_key(job.folder)]}
    subjects = [mail.subject for mail in world.mailer.mails]
    assert subjects.count("Your StudyZed data is ready") == 1


@pytest.mark.parametrize(("name", "nth"), POINTS)
async def test_u15_a_death_leaves_nothing_of_an_export_that_is_given_up(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, name: str, nth: int
) -> None:
    _, job = await die(platform, monkeypatch, name, nth)
    world = platform.world
    world.clock.move(PATIENCE + timedelta(seconds=1))
    await world.run(SweepExports())
    await world.run_jobs()
    [found] = await world.rows("SELECT state FROM exports")
    assert found.state == "failed"
    assert kept(platform.folder) == {}
    await world.run(PackExport(export_id=job.export_id))  # the lost job comes after all
    assert kept(platform.folder) == {}
