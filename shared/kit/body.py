"""How large a request may be: what is larger is refused before it is read whole."""

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class BodyTooLarge(HTTPException):
    """The body is larger than this service takes."""

    def __init__(self, bytes_max: int) -> None:
        super().__init__(413, f"the body is larger than the {bytes_max} bytes that are taken here")


class BodyLimit:
    """Raises BodyTooLarge where the body is read, whether its length was told before or not.

    FastAPI has such a limit too, but answers it in plain text instead of problem details.
    """

    def __init__(self, app: ASGIApp, bytes_max: int) -> None:
        self.app = app
        self.bytes_max = bytes_max

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the application does; what it receives is counted."""
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self.bytes_max:
                raise BodyTooLarge(self.bytes_max)
            return message

        await self.app(scope, counted, send)
