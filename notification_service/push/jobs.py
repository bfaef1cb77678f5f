"""The job that sends a push."""

from notification_service.push import service
from notification_service.push.work import SendPush
from notification_service.resources import Resources


async def send_push(resources: Resources, job: SendPush) -> None:
    """Sends one notification to one device. Raises `Unavailable` to be tried again."""
    async with resources.mongo.reads() as session:
        await service.send(session, resources.gateway, job, resources.clock.now())
