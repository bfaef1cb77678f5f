"""The data map: what each table or collection of a service holds of a person, and its fate.

Every service lists its stores once (`privacy/data_map.py`). The list is what exports and erasures
carry out (`libs/personal_rows.py`, `libs/personal_documents.py`) and what `docs/data-map.md` is
written from; tests compare it with the models. So the document says what the code does.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

PERSON = ":person"
"""Stands for the person's account id: in the SQL of tables, and as a value in queries of
collections.
"""
FORMER = "Former user"
"""How an erased person is called wherever a name is shown."""


class Fate(Enum):
    """What erasure does to rows that it does not overwrite."""

    REMOVED = "removed"
    KEPT = "kept"


@dataclass(frozen=True, slots=True)
class Rule:
    """Rows that speak of a person, by the capacity in which they do.

    `where` finds them: SQL with `:person`, or a MongoDB query with `PERSON`. `shown` are the fields
    that an export contains, in a list called `name`. `erase` is a fate, or what each field is
    overwritten with: an SQL expression, or a value.
    """

    name: str
    where: str | Mapping[str, Any]
    shown: tuple[str, ...] = ()
    erase: Fate | Mapping[str, Any] = Fate.REMOVED


@dataclass(frozen=True, slots=True)
class Held:
    """One table or collection. `personal` are the fields that say something of a person, `other`
    all the rest (ids and codes that mean nobody once names are gone are among these).

    `hidden` says why a personal field is in no export, `kept` why erasure leaves one. `swept` is
    the condition (SQL with `:now`) under which a sweep drops rows; other retentions are kept by the
    store itself, by the relay or by a job of the feature.
    """

    store: str
    purpose: str
    retention: str
    other: tuple[str, ...]
    personal: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    hidden: Mapping[str, str] = field(default_factory=dict)
    swept: str = ""
    kept: Mapping[str, str] = field(default_factory=dict)

    @property
    def fields(self) -> set[str]:
        """All fields."""
        return {*self.personal, *self.other}

    def faults(self) -> Iterator[str]:
        """What the entry forgets to say about its own fields."""
        shown = {name for rule in self.rules for name in rule.shown}
        removed = any(rule.erase is Fate.REMOVED for rule in self.rules)
        blanked = {
            name for rule in self.rules if not isinstance(rule.erase, Fate) for name in rule.erase
        }
        for name in self.personal:
            if name not in shown and name not in self.hidden:
                yield f"{self.store}.{name} is in no export, and `hidden` does not say why"
            if not removed and name not in blanked and name not in self.kept:
                yield f"{self.store}.{name} outlives an erasure, and `kept` does not say why"
        for name in {*shown, *blanked, *self.hidden, *self.kept} - self.fields:
            yield f"{self.store}.{name} is no field"
        if set(self.personal) & set(self.other):
            yield f"{self.store} lists a field twice"


DataMap = Sequence[Held]
"""All stores of a service, in the order in which an erasure goes through them."""


def words(text: str) -> tuple[str, ...]:
    """Field names from a line of them."""
    return tuple(text.split())
