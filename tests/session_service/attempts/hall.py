"""A class at its tests: attempts, answers and the clock, for tests."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text

from session_service.attempts import closing
from tests.session_service.assessments.school import ESSAY, School
from tests.stack import User

ROWS = dict[str, Any]


@dataclass
class Hall(School):
    """A school whose students make attempts."""

    async def test(self, *kinds: str, **fields: Any) -> ROWS:
        """A published assessment: of `single` questions of two points, which cost half a point when
        wrong, and `essay`s of five. No allowance and no shuffling unless told otherwise.
        """
        items = []
        for kind in kinds or ("single", "single"):
            made = await self.question(**({"points": "5.00"} | ESSAY if kind == "essay" else {}))
            items.append({"question_id": made["id"]} | (
                {} if kind == "essay" else {"points": "2.00", "negative": "0.50"}
            ))  # fmt: skip
        settings = {"allowance_seconds": 0, "shuffle_options": False} | fields
        return await self.published(*items, **settings)

    async def start(self, test: ROWS, user: User | None = None, expect: int = 201) -> Any:
        """An attempt of the student's."""
        path = f"/v1/assessments/{test['id']}/attempts"
        return await self.world.post(user or self.student, path, expect=expect)

    async def save(
        self, attempt: ROWS, place: int, word: str, revision: int = 1, *, expect: int = 200,
        user: User | None = None,
    ) -> Any:  # fmt: skip
        """Saves an answer to the question at a place of the paper: the option of this text, or an
        essay.
        """
        asked = attempt["questions"][place]
        body = {"revision": revision, "answer": answer_to(asked, word)}
        path = f"/v1/attempts/{attempt['id']}/answers/{asked['id']}"
        answer = await self.send(user or self.student, "PUT", path, body)
        assert answer.status_code == expect, answer.text
        return answer.json()

    async def submit(
        self, attempt: ROWS, *answers: ROWS, user: User | None = None, expect: int = 200
    ) -> Any:
        """Hands an attempt in."""
        path = f"/v1/attempts/{attempt['id']}/submission"
        return await self.world.post(
            user or self.student, path, {"answers": list(answers)}, expect=expect
        )

    async def seen(self, attempt: ROWS, user: User | None = None, expect: int = 200) -> Any:
        """The attempt, as its student or somebody else sees it."""
        path = f"/v1/attempts/{attempt['id']}"
        return await self.world.get(user or self.student, path, expect=expect)

    async def sweep(self) -> None:
        """What the background process does each second."""
        await closing.sweep(self.world.parts.database)

    async def mark(self, test: ROWS, student: User | None = None) -> ROWS | None:
        """The student's mark with its parts, as the tutor sees it."""
        path = f"/v1/marks?item_id={test['id']}&student_id={(student or self.student).id}"
        found = (await self.world.get(self.tutor, path))["items"]
        if not found:
            return None
        mark: ROWS = await self.world.get(self.tutor, f"/v1/marks/{found[0]['id']}")
        return mark

    async def total(self, test: ROWS, student: User | None = None) -> tuple[str, str | None]:
        """State and total of the student's mark."""
        mark = await self.mark(test, student)
        assert mark is not None
        return mark["state"], mark["total"]

    async def rows(self, statement: str, **values: Any) -> list[Any]:
        """What the database holds."""
        async with self.world.parts.database.transaction() as session:
            return [tuple(row) for row in await session.execute(text(statement), values)]

    async def grant(self, test: ROWS, **given: Any) -> None:
        """Grants the student more time, and lets it be told."""
        path = f"/v1/work-items/{test['id']}/extensions/{self.student.id}"
        answer = await self.send(self.tutor, "PUT", path, given)
        assert answer.status_code == 200, answer.text


def answer_to(asked: ROWS, word: str) -> ROWS:
    """An answer: the option of this text, or an essay."""
    if asked["content"]["type"] == "essay":
        return {"type": "essay", "text": word}
    found = [one["id"] for one in asked["content"]["options"] if one["text"] == word]
    return {"type": "single", "option": found[0] if found else word}


def question(attempt: ROWS, place: int) -> UUID:
    """The id of the question at a place of the paper."""
    return UUID(attempt["questions"][place]["id"])
