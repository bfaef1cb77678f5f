"""What the world of user_service's rights has in its tables."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.ids import new_id
from tests.stack import Stack
from tests.user_service.world import PERSON, SECRETS
from user_service.accounts import repository as accounts
from user_service.accounts.models import Account
from user_service.accounts.passwords import Passwords
from user_service.codes.models import Grant, MailedCode
from user_service.codes.service import keyed
from user_service.email_changes.models import EmailChange
from user_service.erasures.models import Erasure, Hold
from user_service.exports.models import Export
from user_service.invites.models import LIVES, Invite, InviteImport
from user_service.keys.ring import KeyRing
from user_service.logins.models import Login
from user_service.pictures.models import Picture, State, draw_folder
from user_service.profiles.models import Profile


async def leaving(session: AsyncSession, passwords: Passwords, now: datetime) -> dict[str, Any]:
    """An export and an erasure of the owner's; the inviter's account is held."""
    owner = await accounts.find_by_identifier(session, "owner_one")
    inviter = await accounts.find_by_identifier(session, "inviter_one")
    assert owner is not None
    assert inviter is not None
    tutor = await accounts.find_by_identifier(session, "tutor_one")
    assert tutor is not None
    owner.password_hash = tutor.password_hash = await passwords.hash(PERSON["password"])
    export = Export(
        id=new_id(), account_id=owner.id, folder=new_id(), state="collecting", requested_at=now,
        asked_at=now, asked=1, failed=[],
    )  # fmt: skip
    erasure = Erasure(
        id=new_id(), account_id=owner.id, requested_at=now, due_at=now + timedelta(days=14)
    )
    hold = Hold(account_id=inviter.id, reason="legal", set_by=owner.id, set_at=now)
    session.add_all([export, erasure, hold])
    return {"export_id": export.id, "erasure_id": erasure.id, "held_id": inviter.id}


async def granted(session: AsyncSession, owner_id: object, now: datetime) -> None:
    """Leave and a code to sign up, and leave to choose a new password for the owner."""
    session.add(code("new@example.org", "123456", "sign_up", now))
    until = {"expires_at": now + timedelta(minutes=5)}
    sign_up, reset = (
        keyed(SECRETS["code_secret"], "grant", token) for token in ("granted", "granted to reset")
    )
    session.add(Grant(token_hmac=sign_up, email="new@example.org", **until))
    session.add(
        Grant(
            token_hmac=reset, email="owner_one@example.org", purpose="password_reset",
            account_id=owner_id, **until,
        )
    )  # fmt: skip


async def moving(session: AsyncSession, owner_id: object, now: datetime) -> object:
    """A change of the owner's address that waits for its codes."""
    codes = [
        code("owner_one@example.org", "123456", "", now),
        code("o@example.org", "654321", "", now),
    ]
    change = EmailChange(
        id=new_id(), account_id=owner_id, email="o@example.org", created_at=now,
        old_code_id=codes[0].id, new_code_id=codes[1].id,
    )  # fmt: skip
    session.add_all([*codes, change])
    return change.id


async def invited(
    session: AsyncSession, stack: Stack, callers: dict[str, Any], keys: KeyRing, now: datetime
) -> dict[str, Any]:
    """A tutor with an import and an invite."""
    user = stack.as_user("tutor")
    session.add(account(user.id, user.code, "inviter", "tutor", now))
    await session.flush()
    callers["inviter"] = {"Authorization": f"Bearer {await keys.sign(user.principal, now)}"}
    invite = Invite(
        id=new_id(), inviter_id=user.id, email="i@example.org", email_key="i@example.org",
        first_name="", last_name="", locale="en", created_at=now, expires_at=now + LIVES,
        token_hmac=keyed(SECRETS["code_secret"], "invite", "invited"),
    )  # fmt: skip
    run = InviteImport(
        id=new_id(), inviter_id=user.id, total=0, done=0, created=0, repeated=0, refused=0,
        started_at=now, finished_at=now,
    )  # fmt: skip
    session.add_all([invite, run])
    return {"import_id": run.id, "invite_id": invite.id}


def account(account_id: object, code: str, name: str, role: str, now: object) -> Account:
    """An account without a password."""
    username = f"{name}_one"
    return Account(
        id=account_id, user_code=code, username=username, username_key=username,
        email=f"{username}@example.org", email_key=f"{username}@example.org", first_name=name,
        last_name="", role=role, locale="en", zone="UTC", password_hash=None, created_at=now,
        revision=1,
    )  # fmt: skip


def code(email: str, digits: str, purpose: str, now: datetime) -> MailedCode:
    """A mailed code of these digits."""
    code_id = new_id()
    return MailedCode(
        id=code_id, email=email, email_key=email, purpose=purpose, tries=0, created_at=now,
        code_hmac=keyed(SECRETS["code_secret"], "code", str(code_id), digits),
        expires_at=now + timedelta(minutes=5),
    )  # fmt: skip


def profile(account_id: UUID, picture: str) -> Profile:
    """What its owner says, with a picture."""
    return Profile(
        account_id=account_id, needs=[], needs_note="", phone="", bio="", picture=picture,
        picture_alt="",
    )  # fmt: skip


def picture(account_id: UUID, now: datetime) -> Picture:
    """An upload that is awaited."""
    return Picture(
        id=new_id(), account_id=account_id, state=State.ASKED, alt="", folder=draw_folder(),
        asked_at=now,
    )  # fmt: skip


def login(login_id: object, account_id: object, now: object) -> Login:
    """A signed-in device."""
    return Login(
        id=login_id, account_id=account_id, device="test", generation=1, created_at=now,
        rotated_at=now, expires_at=now + timedelta(days=1),  # type: ignore[operator]
    )  # fmt: skip
