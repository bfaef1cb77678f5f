"""A class with people in it, as events tell of them."""

from typing import Any
from uuid import UUID

from libs.effects import handle_all
from libs.events.base import Event
from libs.events.session import (
    ClassRoleEnded,
    ClassRoleGranted,
    MembershipApproved,
    MembershipLeft,
    MembershipRemoved,
    StudySessionActivated,
    StudySessionEnded,
    StudySessionOwnerChanged,
)
from libs.ids import new_id
from message_service.background import HANDLERS
from tests.message_service.world import World
from tests.stack import User


class School:
    """A class, its tutor, and students who come and go."""

    def __init__(self, world: World) -> None:
        self.world, self.tutor = world, world.stack.as_user("tutor")
        self.code = {"study_session_id": new_id(), "session_code": "MATHS-1A2B3C"}
        self.ids: dict[UUID, UUID] = {}
        self.revision = 1
        world.parts.sender._pace._limit = 1_000_000

    def fields(self, student: User) -> dict[str, Any]:
        """What events about a membership say."""
        self.revision += 1
        membership = self.ids.setdefault(student.id, new_id())
        who = {"student_id": student.id, "tutor_id": self.tutor.id, "membership_id": membership}
        return self.code | who | {"revision": self.revision}

    async def tell(self, *events: Event) -> None:
        """Takes events as the background process does."""
        await self.world.parts.mongo.run(lambda session: handle_all(session, events, HANDLERS))

    async def open(self) -> None:
        """The class is paid for and approved."""
        self.revision += 1
        await self.tell(
            StudySessionActivated(**self.code, tutor_id=self.tutor.id, revision=self.revision)
        )

    async def join(self, student: User | None = None) -> User:
        """A student is in."""
        student = student or self.world.stack.as_user("student")
        await self.tell(MembershipApproved(**self.fields(student)))
        return student

    async def leave(self, student: User) -> None:
        """A student goes."""
        await self.tell(MembershipLeft(**self.fields(student)))

    async def remove(self, student: User) -> None:
        """A student is removed."""
        await self.tell(MembershipRemoved(**self.fields(student)))

    async def help(self, who: User, role: str = "assistant", *, ended: bool = False) -> None:
        """Somebody helps, or helps no more."""
        self.revision += 1
        fields = self.code | {
            "class_role_id": self.ids.setdefault(who.id, new_id()), "account_id": who.id,
            "role": role, "student_id": None, "tutor_id": self.tutor.id, "revision": self.revision,
        }  # fmt: skip
        event = ClassRoleEnded(**fields, how="removed") if ended else ClassRoleGranted(**fields)
        await self.tell(event)

    async def hand_over(self, to: User) -> None:
        """The class has another owner."""
        self.revision += 1
        old, self.tutor = self.tutor, to
        await self.tell(
            StudySessionOwnerChanged(
                **self.code, tutor_id=to.id, old_tutor_id=old.id, revision=self.revision
            )
        )

    async def end(self) -> None:
        """The class is over."""
        self.revision += 1
        await self.tell(
            StudySessionEnded(**self.code, tutor_id=self.tutor.id, revision=self.revision)
        )

    async def channel(self, kind: str = "class") -> UUID:
        """The id of a channel."""
        key = f"{self.code['study_session_id']}:{kind}"
        found = await self.world.parts.mongo.database["conversations"].find_one({"pair": key})
        assert found is not None
        one: UUID = found["_id"]
        return one

    async def call(
        self, method: str, who: User, path: str = "", body: Any = None, kind: str = "class"
    ) -> Any:
        """An answer under a channel's path."""
        url = f"/v1/conversations/{await self.channel(kind)}{path}"
        return await self.world.http.request(method, url, json=body, headers=who.headers)

    async def say(self, who: User, body: str = "Hello", kind: str = "class", **more: Any) -> Any:
        """Status, and number or code, of a message's answer."""
        sent = {"client_msg_id": str(new_id()), "body": body} | more
        answer = await self.call("POST", who, "/messages", sent, kind)
        found = answer.json()
        return answer.status_code, found["seq"] if answer.is_success else found["code"]

    async def read(self, who: User, query: str = "") -> Any:
        """The numbers of the messages that somebody may read, or why they may not."""
        answer = await self.call("GET", who, f"/messages{query}")
        found = answer.json()
        if not answer.is_success:
            return answer.status_code, found["code"]
        return [one["seq"] for one in found["items"]]


async def school(world: World, students: int = 2) -> tuple[School, list[User]]:
    """An open class with students."""
    made = School(world)
    await made.open()
    return made, [await made.join() for _ in range(students)]
