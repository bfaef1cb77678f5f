"""The ledger over HTTP, for admins."""

from fastapi import APIRouter, Depends, Request

from libs.auth import ScopeMissing, WrongRole
from libs.deps import Admin, limited
from libs.errors import TooMany, Unauthorized, problems
from payment_service.ledger import checks
from payment_service.ledger.schemas import LedgerCheck

router = APIRouter(prefix="/v1/admin/ledger", tags=["ledger"])


@router.get(
    "/check",
    responses=problems(Unauthorized, WrongRole, ScopeMissing, TooMany),
    dependencies=[Depends(limited("ledger-checks", 10, 60, by="account"))],
)
async def check_ledger(_: Admin, request: Request) -> LedgerCheck:
    """Proves that all balances are the sums of their lines, and that all postings sum to zero."""
    return await checks.check(request.app.state.database)
