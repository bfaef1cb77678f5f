"""`make test-kafka`: the tests of events against Apache Kafka, with the idempotent producer on.

Exit status: 0 when the tests passed, and 0 after the line `skipped: ...` when the jars cannot be
had here (no Java 17, no Maven, no way to Maven Central within a minute); else that of pytest.
Arguments go to pytest; a path among them replaces the usual tests.
"""

import os
import sys

from deploy.kafka.jars import NotResolved, jars

TESTS = (
    "tests/libs/test_relay.py",
    "tests/libs/test_consumer.py",
    "tests/kafka",
    "tests/outages/test_broker.py",
)


def main(arguments: list[str]) -> None:
    """Becomes pytest, or says why not."""
    try:
        jars()
    except NotResolved as reason:
        print(f"skipped: {reason}")
        return
    chosen = [] if any(word.startswith("tests") for word in arguments) else TESTS
    os.environ["STUDYZED_TEST_KAFKA"] = "apache"
    command = [sys.executable, "-m", "pytest", *chosen, *arguments]
    os.execv(sys.executable, command)  # noqa: S606 - to become pytest is the purpose


if __name__ == "__main__":
    main(sys.argv[1:])
