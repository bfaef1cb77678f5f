"""The rules of pushes: one per notification and device, as exactly as a phone allows (N-A1).

Before the provider is called, it is written down that the push is handed over; after it, the
answer. A repeat finds an answer and stops. Without one (a crash between the two, or silence) the
push is handed over once more at most, under the same collapse id, so that the phone shows one.
Exactly once to a phone is impossible.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from libs.mongo import MongoSession
from libs.mongo_outbox import enqueue_all
from notification_service.devices import repository as devices
from notification_service.devices.models import STALE_AFTER, Device
from notification_service.notifications import repository as notifications
from notification_service.notifications.models import Notification
from notification_service.notifications.rendering import render
from notification_service.notifications.service import find_classes, reader_of
from notification_service.people import repository as people
from notification_service.people.service import may_push
from notification_service.push import repository
from notification_service.push.errors import ProviderBusy, PushRefused, TokenGone
from notification_service.push.models import MOST_UNANSWERED, OPEN, Key, Push, State
from notification_service.push.schemas import SendPush


class Gateway(Protocol):
    """A provider of pushes."""

    async def send(self, push: Push) -> str:
        """Returns the provider's id of the message. Raises as `push.errors` lists."""
        ...


async def plan(
    session: MongoSession, added: Sequence[Notification], traces: Mapping[UUID, str]
) -> None:
    """Enqueues a push of each notification to each of its person's devices, in the caller's
    transaction and in the trace of its event.
    """
    if not added:
        return
    since = session.clock.now() - STALE_AFTER
    found = await devices.list_for(session, [one.account_id for one in added], since)
    owned: dict[UUID, list[UUID]] = {}
    for device in found:
        owned.setdefault(device.account_id, []).append(device.id)
    jobs = [
        (SendPush(notification_id=one.id, device_id=device_id), traces[one.event_id])
        for one in added
        for device_id in owned.get(one.account_id, ())
    ]
    await enqueue_all(session, jobs)


async def send(session: MongoSession, gateway: Gateway, job: SendPush, now: datetime) -> None:
    """Sends one push, or finds that it is done. `session` is outside any transaction.

    Raises `ProviderBusy` or `ProviderSilent`, after which the job is to be tried again.
    """
    key = Key(job.notification_id, job.device_id)
    delivery = await repository.find(session, key)
    if delivery is not None and delivery.state not in OPEN:
        return
    if delivery is not None and delivery.unanswered >= MOST_UNANSWERED:
        await repository.end(session, key, State.UNSURE, now)
        return
    notification = await notifications.find(session, job.notification_id)
    device = await _device_for(session, notification, job.device_id)
    if notification is None or device is None:
        await repository.end(session, key, State.DROPPED, now)
        return
    push = await _compose(session, notification, device)
    await repository.begin(session, key, now)
    state, answer = await _hand_over(session, gateway, push, device)
    await repository.end(session, key, state, now, answer)
    if state is State.WAITING:
        raise ProviderBusy


async def _device_for(
    session: MongoSession, notification: Notification | None, device_id: UUID
) -> Device | None:
    """The device, if it is still that of the notification's person (not after a sign-out, nor when
    somebody else signed in on it), and if the account was not blocked since.
    """
    if notification is None or not await may_push(
        session, notification.account_id, notification.created_at
    ):
        return None
    return await devices.find_for(session, notification.account_id, device_id)


async def _hand_over(
    session: MongoSession, gateway: Gateway, push: Push, device: Device
) -> tuple[State, str]:
    try:
        return State.SENT, await gateway.send(push)
    except TokenGone as error:
        await devices.remove_token(session, device.id, device.token)
        return State.GONE, str(error)
    except PushRefused as error:
        return State.REFUSED, str(error)
    except ProviderBusy as error:
        return State.WAITING, error.detail


async def _compose(session: MongoSession, notification: Notification, device: Device) -> Push:
    """The words of a push name people by their codes: it passes through others' hands, and shows
    on locked screens.
    """
    template, account_id = notification.template, notification.account_id
    actor = [template.person_id] if template.person_id is not None else []
    known = await people.find_many(session, [account_id, *actor])
    codes: dict[UUID, str] = {person.id: person.user_code for person in known.values()}
    classes = await find_classes(session, [template])
    text = render(template, reader_of(known.get(account_id)), codes, classes)
    return Push(
        token=device.token,
        title=text.title,
        body=text.body,
        collapse_id=str(notification.id),
        data={
            "user_code": codes.get(account_id, ""),
            "kind": template.kind,
            "notification_id": str(notification.id),
        },
    )
