"""Devices over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from libs.auth import AccountBlocked
from libs.deps import CurrentUser, Now, limited
from libs.errors import Invalid, TooMany, Unauthorized, problems
from notification_service.deps import MongoDep
from notification_service.devices import service
from notification_service.devices.errors import DeviceNotFound
from notification_service.devices.models import Device
from notification_service.devices.schemas import DeviceOut, DeviceRegister, InstallationId

router = APIRouter(prefix="/v1/devices", tags=["devices"])


@router.post(
    "",
    response_model=DeviceOut,
    responses=problems(Unauthorized, AccountBlocked, Invalid, TooMany),
    dependencies=[Depends(limited("devices", 60, 3_600, by="account"))],
)
async def register_device(
    body: DeviceRegister, user: CurrentUser, now: Now, mongo: MongoDep
) -> Device:
    """Sends this person's pushes to this installation too; repeat it at every start of the app."""
    return await mongo.run(lambda s: service.register(s, user.account_id, body, now))


@router.delete(
    "/{installation_id}",
    status_code=204,
    responses=problems(Unauthorized, AccountBlocked, DeviceNotFound, Invalid),
)
async def remove_device(
    installation_id: Annotated[InstallationId, Path()], user: CurrentUser, mongo: MongoDep
) -> None:
    """Ends pushes to this installation (sign-out); other devices keep theirs."""
    await mongo.run(lambda s: service.remove(s, user.account_id, installation_id))
