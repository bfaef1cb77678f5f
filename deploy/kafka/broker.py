"""One Kafka node that is broker and controller at once (KRaft), for `deploy.local.servers`."""

import shutil
import signal
import subprocess
from functools import partial
from pathlib import Path

from deploy.kafka.jars import jars
from deploy.local import ports, probes
from deploy.local.definitions import Broker, Failed, Server
from libs.ids import new_id

JAVA = (
    "-Xms128m",
    "-Xmx384m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",  # half the start; a test's broker does not live long enough for C2
    "-XX:-UsePerfData",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
)
FORMAT_SECONDS = 60.0


def apache() -> Broker:
    """What `Servers` runs in the place of its own broker. Raises `jars.NotResolved`."""
    return partial(define, jars())


def define(folder_of_jars: Path, folder: Path, port: int) -> Server:
    """Returns the definition of a node on an empty log. Raises `Failed`."""
    java = shutil.which("java") or "java"
    command = [java, *JAVA, "-cp", f"{folder_of_jars}/*"]
    settings = folder / "server.properties"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    settings.write_text(_properties(folder / "log", port, ports.choose(1)[0]))
    words = ["format", "--cluster-id", new_id().hex[:22], "--config", str(settings)]
    done = subprocess.run(
        [*command, "kafka.tools.StorageTool", *words],
        check=False,
        capture_output=True,
        text=True,
        timeout=FORMAT_SECONDS,
    )
    if done.returncode != 0:
        raise Failed(f"Kafka's log was not formatted: {done.stderr.strip()[-800:]}")
    argv = (*command, "kafka.Kafka", str(settings))
    return Server("kafka", port, argv, folder, probes.KAFKA, death=signal.SIGTERM)


def _properties(log: Path, port: int, controller: int) -> str:
    """Production's defaults, but for what one node cannot have and what would make tests wait: a
    killed node is let in again only when its old session has ended, 9 s by default.
    """
    own, steering = f"PLAINTEXT://{ports.HOST}:{port}", f"CONTROLLER://{ports.HOST}:{controller}"
    settings = {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.voters": f"1@{ports.HOST}:{controller}",
        "listeners": f"{own},{steering}",
        "advertised.listeners": own,
        "controller.listener.names": "CONTROLLER",
        "log.dirs": str(log),
        "auto.create.topics.enable": "false",
        "offsets.topic.replication.factor": "1",
        "offsets.topic.num.partitions": "4",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "broker.session.timeout.ms": "1000",
        "broker.heartbeat.interval.ms": "200",
        "group.initial.rebalance.delay.ms": "0",
    }
    return "".join(f"{name}={value}\n" for name, value in settings.items())
