"""Two devices and a tutor in any order: no acknowledged save is lost (S-A5)."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.session_service.desk import GRACE, Desk

HOUR = timedelta(hours=1)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["save", "save", "save", "load", "submit", "hand_in", "return", "wait"]),
        st.integers(0, 1),
    ),
    min_size=4,
    max_size=25,
)


@dataclass
class Devices:
    """What two devices have seen, and what was acknowledged to them."""

    desk: Desk
    task: dict[str, Any]
    seen: list[int] = field(default_factory=lambda: [0, 0])
    saved: list[str] = field(default_factory=list)
    versions: list[str] = field(default_factory=list)
    returned: bool = False
    over: bool = False
    count: int = 0

    @property
    def path(self) -> str:
        return f"/v1/tasks/{self.task['id']}"

    def text(self, device: int) -> str:
        self.count += 1
        return f"{self.count} of device {device}"

    async def save(self, device: int) -> None:
        body, tag = self.text(device), f'"{self.seen[device]}"'
        draft = f"{self.path}/draft"
        answer = await self.desk.ask(self.desk.student, "PUT", draft, {"body": body}, If_Match=tag)
        assert answer.status_code == (200 if self.seen[device] == len(self.saved) else 412)
        if answer.status_code == 200:
            self.saved.append(body)
            self.seen[device] += 1
            assert answer.headers["etag"] == f'"{len(self.saved)}"'
        else:
            assert answer.headers["etag"] == f'"{len(self.saved)}"'

    async def load(self, device: int) -> None:
        found = await self.desk.send(self.desk.student, "GET", f"{self.path}/draft")
        assert found["body"] == (self.saved[-1] if self.saved else "")
        assert found["revision"] == len(self.saved)
        self.seen[device] = found["revision"]

    async def submit(self, device: int) -> None:
        body = self.text(device)
        await self._hand_in({"body": body}, body)

    async def hand_in(self, device: int) -> None:
        if not self.seen[device]:
            return
        body = self.saved[-1]
        expected = None if self.seen[device] == len(self.saved) else 412
        await self._hand_in({"draft_revision": self.seen[device]}, body, expected)

    async def _hand_in(self, wanted: Any, body: str, refusal: int | None = None) -> None:
        path = f"{self.path}/submissions"
        answer = await self.desk.ask(self.desk.student, "POST", path, wanted)
        closed = 409 if self.over and not self.returned else 201
        assert answer.status_code == (refusal or closed)
        if answer.status_code == 201:
            self.versions.append(body)
            self.returned = False
            assert answer.json()["number"] == len(self.versions)

    async def give_back(self, _: int) -> None:
        items = await self.list_versions()
        if items:
            path = f"/v1/submissions/{items[0]['id']}/return"
            await self.desk.send(self.desk.tutor, "POST", path, {})
            self.returned = True

    async def wait(self, _: int) -> None:
        if not self.over and self.count > 3:
            self.over = True
            self.desk.world.clock.move(GRACE + 2 * HOUR)

    async def list_versions(self) -> list[dict[str, Any]]:
        page = await self.desk.send(self.desk.tutor, "GET", f"{self.path}/submissions?limit=100")
        items: list[dict[str, Any]] = page["items"]
        return items

    async def check(self) -> None:
        """All that was handed in is there as it was, and the draft is the last one saved."""
        items = await self.list_versions()
        assert [one["body"] for one in reversed(items)] == self.versions
        await self.load(0)


@given(steps=STEPS)
@settings(max_examples=25)
async def test_s_a5_no_order_of_steps_loses_an_acknowledged_save(
    desk: Desk, steps: list[tuple[str, int]]
) -> None:
    due = (desk.world.clock.now() + HOUR).isoformat()
    made = Devices(desk, await desk.task(due_at=due))
    acts = {
        "save": made.save, "load": made.load, "submit": made.submit, "hand_in": made.hand_in,
        "return": made.give_back, "wait": made.wait,
    }  # fmt: skip
    for name, device in steps:
        await acts[name](device)
    await made.check()
