"""The rules of consents: one statement after the other, and nothing is ever overwritten (U20)."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.errors import FieldProblem, Invalid
from libs.ids import new_id
from libs.pagination import PageRequest, cut
from user_service.consents import repository
from user_service.consents.errors import ConsentNeeded, ConsentOutdated, GuardianNeeded
from user_service.consents.models import Age, Consent
from user_service.consents.schemas import (
    ConsentGiven,
    ConsentOut,
    ConsentSet,
    ConsentsOut,
    Purpose,
    Rules,
)

SIGN_UP, SETTINGS = "sign_up", "settings"


def check_sign_up(
    rules: Rules, given: Sequence[ConsentGiven], birth_date: date | None, today: date
) -> None:
    """Raises `Invalid` for a consent that is missing or outdated, for a birth date to come and,
    where there is an age gate, for none; `GuardianNeeded` for somebody who is too young.
    """
    versions = {one.purpose: one.version for one in given}
    problems = [
        FieldProblem("/consents", "consent_missing", f"agree to {purpose}, version {version}")
        for purpose, version in rules.required.items()
        if versions.get(purpose) != version
    ]
    if birth_date is None and rules.guardian_age:
        problems.append(FieldProblem("/birth_date", "missing", "say when you were born"))
    if birth_date is not None and birth_date > today:
        problems.append(FieldProblem("/birth_date", "in_the_future", "must lie in the past"))
    if problems:
        raise Invalid(fields=problems)
    if birth_date is not None and today < birthday(birth_date, rules.guardian_age):
        raise GuardianNeeded


async def keep_sign_up(
    session: AsyncSession,
    account_id: UUID,
    rules: Rules,
    given: Sequence[ConsentGiven],
    birth_date: date | None,
) -> None:
    """Records what was said at sign-up; the caller has checked it and added the account."""
    now: datetime = session.info["clock"].now()
    rows: list[Consent | Age] = [
        _statement(
            account_id, one.purpose, ConsentSet(version=one.version, given=True), SIGN_UP, now
        )
        for one in given
    ]
    if birth_date is not None:
        rows.append(
            Age(
                account_id=account_id,
                birth_date=birth_date,
                of_age_on=birthday(birth_date, rules.guardian_age),
                stated_at=now,
            )
        )
    await repository.add(session, *rows)


def birthday(birth_date: date, age: int) -> date:
    """The day on which somebody reaches an age; for the 29th of February the 1st of March."""
    try:
        return birth_date.replace(year=birth_date.year + age)
    except ValueError:
        return date(birth_date.year + age, 3, 1)


async def show(session: AsyncSession, account_id: UUID, rules: Rules, now: datetime) -> ConsentsOut:
    """What counts now, what is missing, and whether a guardian is needed."""
    current = {one.purpose: one for one in await repository.list_current(session, account_id)}
    age = await repository.find_age(session, account_id)
    guardian = current.get(Purpose.GUARDIAN)
    vouched = guardian is not None and guardian.given
    return ConsentsOut(
        items=[ConsentOut.model_validate(one) for one in current.values()],
        missing=[
            purpose
            for purpose, version in rules.required.items()
            if not _stands(current.get(purpose), version)
        ],
        needs_guardian=age is not None and now.date() < age.of_age_on and not vouched,
    )


async def state(
    session: AsyncSession, account_id: UUID, purpose: Purpose, wanted: ConsentSet, rules: Rules
) -> Consent:
    """Records a statement; the same one twice is no news.

    Raises `ConsentOutdated` for another version than the one in force, and `ConsentNeeded` when
    somebody takes back what the account stands on.
    """
    in_force = rules.required.get(purpose)
    if in_force is not None and not wanted.given:
        raise ConsentNeeded
    if in_force is not None and wanted.version != in_force:
        raise ConsentOutdated(f"The version in force is {in_force}.")
    current = {one.purpose: one for one in await repository.list_current(session, account_id)}
    known = current.get(purpose)
    if known is not None and (known.version, known.given) == (wanted.version, wanted.given):
        return known
    now: datetime = session.info["clock"].now()
    row = _statement(account_id, purpose, wanted, SETTINGS, now)
    await repository.add(session, row)
    return row


async def list_page(
    session: AsyncSession, account_id: UUID, page: PageRequest
) -> tuple[list[Consent], str | None]:
    """A page of one's statements, and the cursor of the next."""
    return cut(await repository.list_page(session, account_id, page), page)


def _stands(consent: Consent | None, version: str) -> bool:
    return consent is not None and consent.given and consent.version == version


def _statement(
    account_id: UUID, purpose: Purpose, wanted: ConsentSet, source: str, now: datetime
) -> Consent:
    return Consent(
        id=new_id(),
        account_id=account_id,
        purpose=purpose.value,
        version=wanted.version,
        given=wanted.given,
        source=source,
        at=now,
    )
