"""The socket of all clients: `/ws/v1`."""

from starlette.websockets import WebSocket

from message_service.resources import Resources
from message_service.sockets.schemas import FRAMES
from message_service.sockets.service import ChatSocket


async def connect(socket: WebSocket) -> None:
    """Admits a socket and serves it until it ends; see `schemas.py` for its frames."""
    parts: Resources = socket.app.state.resources
    connection = await parts.sockets.admit(socket)
    if connection is None:
        return
    account_id = connection.principal.account_id
    chat = ChatSocket(connection, parts.mongo, parts.sender, parts.changes, parts.signals)
    parts.hub.join(account_id, chat)
    try:
        await parts.sockets.serve(connection, FRAMES, chat.on_frame, chat.on_open)
    finally:
        parts.hub.leave(account_id, chat)
