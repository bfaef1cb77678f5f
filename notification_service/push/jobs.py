"""The job that sends a push."""

from libs.mongo import Mongo
from notification_service.push import service
from notification_service.push.schemas import SendPush


async def send_push(mongo: Mongo, gateway: service.Gateway, job: SendPush) -> None:
    """Sends one notification to one device. Raises `Unavailable` to be tried again."""
    async with mongo.reads() as session:
        await service.send(session, gateway, job, mongo.clock.now())
