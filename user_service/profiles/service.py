"""The rules of profiles: what one may change, what others see, and who is told."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs import etags
from libs.hot_reads import Row
from libs.objects import Objects
from libs.postgres import Reads
from user_service.accounts import service as accounts
from user_service.accounts import zones
from user_service.accounts.models import Account
from user_service.profiles import repository, week_starts
from user_service.profiles.errors import ProfileNotFound
from user_service.profiles.models import Profile
from user_service.profiles.schemas import ProfileUpdate

OF_ACCOUNT = ("first_name", "last_name", "locale", "zone")
EDGES = (512, 96)
"""Of the squares that are shown, in pixels: the large one and the small one."""
TOLD = frozenset(OF_ACCOUNT)
"""Fields whose change other services hear of."""


def object_key(folder: str, edge: int) -> str:
    """Where a picture's square of so many pixels lies in the public bucket."""
    return f"{folder}/{edge}.webp"


async def read_own(reads: Reads, objects: Objects, account_id: UUID) -> tuple[Row, int]:
    """One's own profile and its revision. Raises `AccountNotFound`."""
    row = await repository.read_own(reads, account_id)
    return _shown(row, objects), row["revision"]


async def read_cards(reads: Reads, objects: Objects, codes: Sequence[str]) -> list[Row]:
    """What others may see of people, in the order of `codes`; whom nobody knows is left out."""
    found = await repository.read_cards(reads, codes)
    return [_card(found[code], objects) for code in dict.fromkeys(codes) if code in found]


async def read_card(reads: Reads, objects: Objects, code: str) -> Row:
    """What others may see of one person. Raises `ProfileNotFound`."""
    cards = await read_cards(reads, objects, [code])
    if not cards:
        raise ProfileNotFound
    return cards[0]


async def update(
    session: AsyncSession,
    objects: Objects,
    account_id: UUID,
    wanted: ProfileUpdate,
    if_match: str | None,
) -> tuple[Row, int]:
    """Changes what is named, and returns as `read_own`. Nothing new raises no revision.

    Raises `AccountNotFound`, `Stale` or, for a zone that is none, `Invalid`.
    """
    account, profile = await repository.lock(session, account_id)
    etags.check(if_match, account.revision)
    given = _given(wanted)
    if "zone" in given:
        given["zone"] = zones.taken(given["zone"], session.info["clock"].now())
    changed = {name for name, value in given.items() if _set(account, profile, name, value)}
    if changed & TOLD:
        await accounts.tell_changed(session, account)
    elif changed:
        account.revision += 1
    await session.flush()
    return _shown(_row(account, profile), objects), account.revision


def _given(wanted: ProfileUpdate) -> dict[str, Any]:
    """What is named; `null` names nothing, but for `week_start`."""
    named = wanted.model_dump(include=wanted.model_fields_set, mode="json")
    return {
        name: value for name, value in named.items() if value is not None or name == "week_start"
    }


def _set(account: Account, profile: Profile, name: str, value: object) -> bool:
    """Whether the value is another one than before."""
    row = account if name in OF_ACCOUNT else profile
    changed: bool = getattr(row, name) != value
    setattr(row, name, value)
    return changed


def _row(account: Account, profile: Profile) -> Row:
    names = ("user_code", "username", "email", "role", *OF_ACCOUNT, "revision")
    others = [column.key for column in Profile.__table__.columns if column.key != "account_id"]
    return {name: getattr(account, name) for name in names} | {
        name: getattr(profile, name) for name in others
    }


def _shown(row: Mapping[str, Any], objects: Objects) -> Row:
    """A row as `ProfileOut` has it."""
    left_out = ("revision", "picture_alt")
    shown = {name: value for name, value in row.items() if name not in left_out}
    return shown | {
        "week_start": row["week_start"] or week_starts.usual(row["locale"], row["zone"]),
        "needs": row["needs"] or [],
        "needs_note": row["needs_note"] or "",
        "phone": row["phone"] or "",
        "bio": row["bio"] or "",
        "picture": _picture(row, objects),
    }


def _card(row: Mapping[str, Any], objects: Objects) -> Row:
    return {
        "user_code": row["user_code"],
        "name": f"{row['first_name']} {row['last_name']}".strip(),
        "role": row["role"],
        "bio": row["bio"] or "",
        "picture": _picture(row, objects),
    }


def _picture(row: Mapping[str, Any], objects: Objects) -> Row | None:
    if row["picture"] is None:
        return None
    large, small = EDGES
    return {
        "large": objects.public_address(object_key(row["picture"], large)),
        "small": objects.public_address(object_key(row["picture"], small)),
        "alt": row["picture_alt"],
    }
