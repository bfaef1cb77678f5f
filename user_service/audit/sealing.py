"""Sealing entries into a chain, and finding where it is broken.

What waits for its seal stands in a table of its own, written with the entry. So an entry whose
transaction commits late is sealed late, once, and breaks nothing: the chain's order is that of
sealing, not that of ids or times, which are taken before commits.
"""

import hmac
from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from user_service.audit import chain, repository
from user_service.audit.models import AuditEntry, AuditSeal

BATCH = 500


@dataclass(frozen=True, slots=True)
class Report:
    """What verification found; `broken` says where, or is empty. `bare` counts the oldest entries,
    sealed before seals covered what entries without a code say.
    """

    sealed: int
    waiting: int
    head: str
    broken: str = ""
    bare: int = 0


async def seal(session: AsyncSession) -> list[AuditSeal]:
    """Seals up to `BATCH` entries that wait, and returns their seals. One process at a time."""
    await repository.lock_chain(session)
    last = await repository.find_last_seal(session)
    seq, previous = (last.seq, last.hash) if last else (0, chain.GENESIS)
    key, now = session.info[chain.KEY], session.info["clock"].now()
    waiting, seals = await repository.list_unsealed(session, BATCH), []
    old = any(not entry.code for entry in waiting) and not await repository.has_sealed_code(session)
    for entry in waiting:
        seq, old = seq + 1, old and not entry.code
        code = chain.code_of(key, entry) if old else entry.code
        made = AuditSeal(seq=seq, entry_id=entry.id, previous=previous, sealed_at=now)
        made.hash = previous = chain.hash_of(key, made, code)
        seals.append(made)
    await repository.add_seals(session, seals)
    return seals


async def verify(session: AsyncSession, anchor: tuple[int, str] | None = None) -> Report:
    """Walks the chain up to its first broken link, then looks for entries beside it. `anchor` is
    the number and hash of a seal that was noted earlier, elsewhere.
    """
    key, seq, previous = session.info[chain.KEY], 0, chain.GENESIS
    old, bare = True, 0
    async for seal, entry in _links(session):
        old = old and not (entry and entry.code)
        broken = _fault(key, (seq, previous), seal, entry, old=old)
        if not broken and anchor and seal.seq == anchor[0] and seal.hash != anchor[1]:
            broken = f"seal {seal.seq} is not the one that was noted"
        if broken:
            return Report(seq, 0, f"{seq}:{previous}", broken)
        seq, previous = seal.seq, seal.hash
        bare += old and hmac.compare_digest(seal.hash, chain.hash_of(key, seal, ""))
    broken = f"seal {anchor[0]}, which was noted, is missing" if anchor and seq < anchor[0] else ""
    waiting = await repository.list_waiting(session)
    broken = broken or await _beside(session, key, waiting, old=old)
    return Report(seq, len(waiting), f"{seq}:{previous}", broken, bare)


async def _links(session: AsyncSession) -> AsyncIterator[tuple[AuditSeal, AuditEntry | None]]:
    after = -(2**63)  # below whatever number somebody may have slipped in
    while rows := await repository.list_links(session, after, BATCH):
        for seal, entry in rows:
            yield seal, entry
        after = rows[-1][0].seq
        session.expunge_all()  # a long trail does not fit into memory


def _fault(
    key: bytes, before: tuple[int, str], seal: AuditSeal, entry: AuditEntry | None, *, old: bool
) -> str:
    """What is wrong with a seal and its entry, after the seal before; empty if nothing is. `old`
    says that no entry with a code came until now.
    """
    (last, previous), where = before, f"seal {seal.seq}"
    if seal.seq != last + 1:
        return f"seal {last + 1} is missing: after seal {last} comes {where}"
    if entry is None:
        return f"{where}: its entry {seal.entry_id} was deleted"
    code = chain.code_of(key, entry)
    if not old and not hmac.compare_digest(entry.code, code):
        return f"{where}: its entry {entry.id} was changed, or not written by the service"
    if seal.previous != previous:
        return f"{where} does not follow seal {last}"
    codes = (code, "") if old else (entry.code,)
    if not any(hmac.compare_digest(seal.hash, chain.hash_of(key, seal, one)) for one in codes):
        return f"{where} was changed, or seals another entry"
    return ""


async def _beside(
    session: AsyncSession, key: bytes, waiting: list[tuple[UUID, AuditEntry | None]], *, old: bool
) -> str:
    """What is wrong with entries that have no seal; empty if nothing is. `old` says that no entry
    with a code has one, so that some may wait which are older than codes.
    """
    for entry_id, entry in waiting:
        if entry is None:
            return f"entry {entry_id} waits for its seal, and was deleted"
        old = old and not entry.code
        if not old and not hmac.compare_digest(entry.code, chain.code_of(key, entry)):
            return f"entry {entry_id} was changed, or not written by the service"
    stray = await repository.find_stray(session)
    return f"entry {stray} has no seal, and waits for none" if stray else ""
