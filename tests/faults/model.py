"""What must be true after any number of crashes, as plain data: no event lost, none applied twice,
order per key kept, nothing lost that was acknowledged.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

Change = tuple[str, int]
"""An aggregate's key and its version after a change; versions count from 1 without gaps."""


@dataclass
class Verdict:
    """What was found wrong, one line for each case."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    disordered: list[str] = field(default_factory=list)
    events: int = 0

    @property
    def clean(self) -> bool:
        """Whether nothing was."""
        return not (self.lost or self.doubled or self.disordered)

    def __str__(self) -> str:
        parts = {"lost": self.lost, "doubled": self.doubled, "disordered": self.disordered}
        found = [f"{name}: {line}" for name, lines in parts.items() for line in lines]
        return "\n".join(found) or f"{self.events} events, nothing lost, doubled or disordered"

    def add(self, other: "Verdict") -> None:
        """Takes over what another one found."""
        self.lost += other.lost
        self.doubled += other.doubled
        self.disordered += other.disordered
        self.events += other.events


def compare(
    versions: Mapping[str, int],
    acknowledged: Iterable[Change],
    effects: Sequence[Change],
    delivered: Sequence[Change],
) -> Verdict:
    """Holds what came out against what the aggregates say.

    `effects` are those of the consumer in their order; `delivered` are events as the broker gave
    them out, each counted at its first delivery.
    """
    verdict = Verdict(events=sum(versions.values()))
    _acknowledged(verdict, versions, acknowledged)
    wanted = {key: list(range(1, version + 1)) for key, version in versions.items()}
    for what, found in (("effect", effects), ("event", delivered)):
        _sequence(verdict, what, wanted, found)
    return verdict


def _acknowledged(
    verdict: Verdict, versions: Mapping[str, int], acknowledged: Iterable[Change]
) -> None:
    for (key, version), times in Counter(acknowledged).items():
        if version > versions.get(key, 0):
            verdict.lost.append(f"{key} {version} was acknowledged and is gone")
        if times > 1:
            verdict.doubled.append(f"{key} {version} was acknowledged {times} times")


def _sequence(
    verdict: Verdict, what: str, wanted: Mapping[str, Sequence[int]], found: Sequence[Change]
) -> None:
    by_key: dict[str, list[int]] = defaultdict(list)
    for key, version in found:
        by_key[key].append(version)
    for key in wanted.keys() | by_key.keys():
        must, have = list(wanted.get(key, ())), by_key[key]
        first = list(dict.fromkeys(have))
        missing, foreign = set(must) - set(have), set(have) - set(must)
        verdict.lost += [f"{what} {key} {version}" for version in sorted(missing)]
        verdict.doubled += [
            f"{what} {key} {version}, {times} times"
            for version, times in Counter(have).items()
            if times > 1
        ]
        verdict.doubled += [f"{what} {key} {version} of no change" for version in sorted(foreign)]
        if first != sorted(first):
            verdict.disordered.append(f"{what} {key}: {first}")
