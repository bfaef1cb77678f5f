"""Reports over HTTP, for admins."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from libs import zones
from libs.auth import ScopeMissing, WrongRole
from libs.deps import Admin, limited
from libs.errors import FieldProblem, Invalid, TooMany, Unauthorized, problems
from libs.postgres_deps import ReadsDep
from payment_service.reports import service
from payment_service.reports.errors import PeriodRefused
from payment_service.reports.periods import Step
from payment_service.reports.schemas import RevenueReport

router = APIRouter(
    prefix="/v1/admin/revenue",
    tags=["reports"],
    dependencies=[Depends(limited("reports", 60, 60, by="account"))],  # each reads all postings
)
FIRST, LAST = date(2000, 1, 1), date(2100, 1, 1)
PROBLEMS = problems(Unauthorized, WrongRole, ScopeMissing, PeriodRefused, Invalid, TooMany)


async def get_report(
    _: Admin,
    reads: ReadsDep,
    since: Annotated[date, Query(ge=FIRST, lt=LAST, description="The first day.")],
    until: Annotated[date, Query(ge=FIRST, le=LAST, description="The day after the last one.")],
    by: Annotated[Step, Query(description="How long the periods are.")] = Step.MONTH,
    zone: Annotated[str, Query(max_length=64, description="IANA zone of the days.")] = "UTC",
) -> RevenueReport:
    """The report that the query parameters ask for."""
    if zone not in zones.names():
        raise Invalid(fields=[FieldProblem("query/zone", "unknown_zone", "No such IANA zone.")])
    return await service.report_revenue(reads, since, until, by, zone)


Report = Annotated[RevenueReport, Depends(get_report)]


@router.get("", responses=PROBLEMS)
async def get_revenue(report: Report) -> RevenueReport:
    """Revenue by period and currency, net of refunds; it is what the ledger says."""
    return report


@router.get(
    ".csv",
    response_class=Response,
    responses=PROBLEMS | {200: {"content": {"text/csv": {}}, "description": "The file."}},
)
async def get_revenue_file(report: Report) -> Response:
    """The same as a file; amounts in minor units."""
    headers = {"Content-Disposition": 'attachment; filename="revenue.csv"'}
    return Response(service.written(report), media_type="text/csv", headers=headers)
