"""Everything that one running platform consists of, as programs of supervisord.

Three groups, stopped in the opposite order of their start: the gateway first, so that no new
request arrives; then the application's processes; the servers at last.
"""

import os
import pwd
import shlex
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local.definitions import LAUNCHER, Server
from deploy.local.environment import SERVICES, TITLES
from deploy.local.places import ROOT, Place
from deploy.local.ports import HOST

SERVERS, APPS, GATEWAY = "servers", "apps", "gateway"
PRIORITIES = {SERVERS: 100, APPS: 200, GATEWAY: 300}
PATIENCE = {SERVERS: 5, APPS: 10, GATEWAY: 3}
"""Seconds until a stop becomes a kill; together within the 20 s that Ctrl-C may take."""
LOG_BYTES = "5MB"
LOG_BACKUPS = 2
UVICORN = (
    *("--host", HOST, "--loop", "uvloop", "--http", "httptools", "--ws", "websockets-sansio"),
    *("--ws-per-message-deflate", "false", "--ws-max-size", "65536", "--no-access-log"),
    *("--timeout-graceful-shutdown", "15", "--timeout-keep-alive", "150"),
)
"""A connection outlives the two minutes for which the gateway keeps an idle one: a request that met
its end would be lost, and may not be sent twice.
"""
CELERY = ("worker", "-B", "--pool", "solo", "--without-gossip", "--without-mingle", "-l", "INFO")


@dataclass(frozen=True)
class Program:
    """One process that supervisord keeps alive."""

    name: str
    group: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    stop: str = "TERM"
    restarts_itself: bool = True


def background(service: str) -> str:
    """The name of a service's background process."""
    return f"{service}-background"


BACKGROUNDS = tuple(map(background, SERVICES))


def of_server(server: Server) -> Program:
    """A server, ended by its orderly signal when supervisord dies.

    The local Kafka broker is not restarted by supervisord: it comes back empty, so `up` does it,
    in an order that loses nothing.
    """
    return Program(
        name=TITLES.get(server.name, server.name),
        group=SERVERS,
        command=tuple(server.command(death=server.stop)),
        environment=server.environment,
        stop=server.stop.name.removeprefix("SIG"),
        restarts_itself=not server.forgets,
    )


def applications(ports: Mapping[str, int]) -> list[Program]:
    """The services' two processes each, the Celery worker, and the vendors' stand-ins."""
    programs = []
    for service in SERVICES:
        web = ["-m", "uvicorn", f"{service}.app:create_app", "--factory", *UVICORN]
        programs.append(_python(service, [*web, "--port", str(ports[service])]))
        programs.append(_python(background(service), ["-m", f"{service}.background"]))
    programs.append(_python("celery", ["-m", "celery", "-A", "deploy.local.worker", *CELERY]))
    programs.append(_python("vendors", ["-m", "deploy.local.vendors"]))
    return programs


def gateway(environment: Mapping[str, str]) -> Program:
    """Caddy, with the Caddyfile of compose."""
    caddy = str(Path(sys.executable).with_name("caddy"))
    arguments = [
        "run",
        "--adapter",
        "caddyfile",
        "--config",
        str(ROOT / "deploy/gateway/Caddyfile"),
    ]
    return Program("gateway", GATEWAY, _launched([caddy, *arguments]), environment)


def _python(name: str, arguments: list[str]) -> Program:
    return Program(name, APPS, _launched([sys.executable, *arguments]))


def _launched(command: list[str]) -> tuple[str, ...]:
    return (sys.executable, "-I", "-S", str(LAUNCHER), "SIGTERM", *command)


def configuration(programs: Iterable[Program], place: Place) -> str:
    """supervisord's configuration. It holds no secret: those are in the environment."""
    programs = list(programs)
    sections = [_supervisord(place)]
    for group, priority in PRIORITIES.items():
        members = ",".join(program.name for program in programs if program.group == group)
        sections.append(_section(f"group:{group}", {"programs": members, "priority": priority}))
    sections += [_program(program, place) for program in programs]
    return "\n".join(sections)


def _supervisord(place: Place) -> str:
    account = {"user": pwd.getpwuid(0).pw_name} if os.geteuid() == 0 else {}
    return "\n".join(
        [
            _section(
                "supervisord",
                {
                    "nodaemon": "true",
                    "logfile": place.log("supervisord"),
                    "logfile_maxbytes": LOG_BYTES,
                    "logfile_backups": LOG_BACKUPS,
                    "pidfile": place.pid,
                    "childlogdir": place.logs,
                    **account,
                },
            ),
            _section("unix_http_server", {"file": place.socket, "chmod": "0700"}),
            _section(
                "rpcinterface:supervisor",
                {
                    "supervisor.rpcinterface_factory": (
                        "supervisor.rpcinterface:make_main_rpcinterface"
                    )
                },
            ),
        ]
    )


def _program(program: Program, place: Place) -> str:
    variables = ",".join(f'{name}="{value}"' for name, value in program.environment.items())
    return _section(
        f"program:{program.name}",
        {
            "command": shlex.join(program.command),
            "directory": ROOT,
            "environment": variables,
            "autostart": "false",
            "autorestart": "true" if program.restarts_itself else "false",
            "startsecs": 1,
            "startretries": 10,
            "stopsignal": program.stop,
            "stopwaitsecs": PATIENCE[program.group],
            "killasgroup": "true",
            "redirect_stderr": "true",
            "stdout_logfile": place.log(program.name),
            "stdout_logfile_maxbytes": LOG_BYTES,
            "stdout_logfile_backups": LOG_BACKUPS,
        },
    )


def _section(title: str, options: Mapping[str, object]) -> str:
    lines = [f"{name} = {str(value).replace('%', '%%')}" for name, value in options.items()]
    return "\n".join([f"[{title}]", *lines, ""])
