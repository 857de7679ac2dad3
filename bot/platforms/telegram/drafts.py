"""The message in which an answer is shown while it is being written."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.chat.reply import Reply
from bot.errors import DeliveryError, RetryAfter, TooOld
from bot.platforms.telegram.calls import Target
from bot.platforms.telegram.render import Message, render
from bot.platforms.telegram.sender import Sender


class Drafted:
    """One answer's message; `message` is its id while it stands in the chat.

    `keep` remembers the id, so that an answer that is begun anew after a crash goes into the same message.
    """

    def __init__(
        self,
        sender: Sender,
        target: Target,
        keep: Callable[[int], Awaitable[None]],
        message: int | None = None,
        *,
        place: int | None = None,
    ) -> None:
        """`message` is the one that an earlier run has begun; `place`, one of ours that stands there already."""
        self._sender = sender
        self._target = target
        self._keep = keep
        self.message = place if message is None else message
        self.begun = message is not None  # whether there ever was one
        self._over = False

    async def show(self, reply: Reply) -> float:
        """Show a draft, the first message's worth of it; return the seconds to wait if it may not be shown yet."""
        payload = next(iter(render(reply, again=False)), None)
        if self._over or not isinstance(payload, Message):
            return 0.0
        try:
            sent = await self._sender.draft(self._target, payload, self.message)
        except RetryAfter as error:
            return error.seconds
        except TooOld:  # somebody has deleted it: the reply itself comes as a new message
            self.message, self._over = None, True
        except DeliveryError:
            # It may have been sent for all we know: another one could be a second.
            self._over = self.message is None
        else:
            if not self.begun:
                self.message, self.begun = sent, True
                await self._keep(sent)
        return 0.0
