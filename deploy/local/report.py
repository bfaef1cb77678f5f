"""The table that ends a start: where everything is."""

import os
import signal

from deploy.local import postgres_folder, processes
from deploy.local.environment import FILES, Layout
from deploy.local.places import Place

DOCS = {
    "user": "user-service",
    "session": "sessions",
    "payment": "payments",
    "notification": "notifications",
    "message": "communication",
}


def show(place: Place, layout: Layout, seconds: float) -> None:
    """Prints the table.

    In a child of its own: rich takes 15 MB that the supervisor would keep as long as it lives.
    """
    rows = _rows(place, layout, seconds)
    child = os.fork()
    if child == 0:
        try:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_DFL)  # the parent's handlers stop the platform
            _print(rows)
        finally:
            os._exit(0)
    os.waitpid(child, 0)


def _rows(place: Place, layout: Layout, seconds: float) -> list[tuple[str, str]]:
    url = layout.url
    source = (
        "STUDYZED_ADMIN_PASSWORD" if layout.admin_password else f"admin_password in {place.keys}"
    )
    memory = processes.total_pss_bytes() / 1_000_000
    rows = [
        ("gateway", url),
        ("landing page, state", f"{url}/_studyzed/   {url}/status.json"),
        *((f"{name} API", f"{url}/api/{prefix}/docs") for name, prefix in DOCS.items()),
        ("files", f"http://{layout.address(FILES)}"),
        ("mailbox", f"{url}/dev/mailbox/"),
        ("account", f"admin, password: {source}"),
        ("data", str(place.data)),
    ]
    if postgres_folder.is_root():
        rows.append(("PostgreSQL's data", f"{postgres_folder.place(place.data)} (as nobody)"))
    rows.append(("logs", f"{place.logs}   (`make logs`)"))
    rows += [(f"{name} profiler", address) for name, address in _profilers(layout)]
    return [*rows, ("ready", f"after {seconds:.1f} s, with {memory:,.0f} MB (PSS)")]


def _profilers(layout: Layout) -> list[tuple[str, str]]:
    """Where the profilers are that `<PREFIX>_PROFILER` switched on. The gateway does not lead to
    them.
    """
    services = {name: f"{name}_service" for name in DOCS}
    return [
        (name, f"http://{layout.address(service)}/internal/profiler")
        for name, service in services.items()
        if os.environ.get(f"{name.upper()}_PROFILER", "").lower() in ("1", "true", "yes", "on")
    ]


def _print(rows: list[tuple[str, str]]) -> None:
    from rich.console import Console  # noqa: PLC0415 - see `show`
    from rich.table import Table  # noqa: PLC0415

    table = Table(show_header=False, title="StudyZed runs; Ctrl-C stops it", title_justify="left")
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for row in rows:
        table.add_row(*row)
    Console(soft_wrap=False).print(table)
