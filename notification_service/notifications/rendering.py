"""From a template to words. Pure: whoever calls has looked up what the words need."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID
from zoneinfo import ZoneInfo

from libs import zones
from notification_service.notifications import (  # noqa: F401  (they make their kinds)
    assessment_templates,
    attempt_templates,
    booking_templates,
    invoice_templates,
    lesson_templates,
    mark_templates,
    role_templates,
    subscription_templates,
    task_templates,
)
from notification_service.notifications.catalogue import DEFAULT, Text, language
from notification_service.notifications.templates import Template


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom the words are: a BCP 47 tag and an IANA zone name."""

    locale: str = DEFAULT
    zone: str = "UTC"


def render(
    template: Template, reader: Reader, people: Mapping[UUID, str], classes: Mapping[UUID, str]
) -> Text:
    """Title and body for a reader. `people` and `classes` say how each id is called; what is
    missing gets a word that fits anybody.
    """
    words = language(reader.locale)
    values = {name: str(value) for name, value in template}
    if template.person_id is not None:
        values["person"] = people.get(template.person_id) or words.somebody
    if template.unnamed_class_id is not None:
        values["study_session"] = classes.get(template.unnamed_class_id) or words.a_class
    zone = _zone(reader.zone)
    for placeholder, field in template.moments.items():
        moment = getattr(template, field).astimezone(zone)
        values[placeholder] = f"{moment.strftime(words.moment)} ({zone.key})"
    text = words.texts[template.kind]
    return Text(text.title.format_map(values), text.body.format_map(values))


def _zone(name: str) -> ZoneInfo:
    known = name if name in zones.names() else "UTC"  # user_service's database may be newer
    return zones.get(known)
