"""What the bot says as it comes into a chat, and the choice of a first topic. Platforms and buttons call it."""

from __future__ import annotations

from bot.chat.command import command
from bot.chat.reply import Button, Buttons, Paragraph, Reply
from bot.chat.request import Request
from bot.chat.text import text
from bot.store.access import Access
from bot.topics import catalogue
from handlers.access import AccessGuard
from handlers.aiming import check_rights

COMMON = "llm rag agents reasoning multimodal alignment code evaluation robotics diffusion reinforcement-learning inference".split()
_IN_A_ROW = 2


class GreetingCommands:
    """A hello with one button."""

    def __init__(self, access: Access, guard: AccessGuard) -> None:
        self._access = access
        self._guard = guard

    @command("welcome", listed=False)
    async def welcome(self, request: Request) -> Reply:
        """Say hello to a chat that the bot was added to, or whom to ask where it does not serve."""
        t = request.t
        if await self._access.is_owner(request.person):
            await self._access.allow(request.scope)  # who owns the bot and adds it wants it there
        elif why := await self._guard.refusal(request):
            alone = t.rich("Hello! I serve nobody but my owner, here too.")
            others = t.rich(
                "Hello! I serve the chats that my owner has allowed. Whoever owns me can send `/allow` here."
            )
            stranger = alone if why == "owner_only" else others
            return Reply((Paragraph(stranger),))
        said = t(
            "Hello! I read the arXiv’s announcements and send you what is new on the topics that you follow."
        )
        more = t.rich("`/help` lists what else I can do.")
        follow = Button(t("Follow a topic"), "/pick", here=True)
        return Reply((Paragraph(text(said)), Paragraph(more, small=True), Buttons(((follow,),))))

    @command("pick", listed=False)
    async def pick(self, request: Request) -> Reply:
        """Offer common topics to follow."""
        check_rights(request)
        t, known = request.t, catalogue.load()
        topics = [known.find(name) for name in COMMON]
        buttons = [
            Button(topic.name(request.language.tag), f"/subscribe {topic.id}", here=True) for topic in topics
        ]
        rows = [tuple(buttons[i : i + _IN_A_ROW]) for i in range(0, len(buttons), _IN_A_ROW)]
        rows.append((Button(t("Another topic or query"), "/subscribe", asks=True),))
        said = t("Which topic shall I follow for you? An edition comes as soon as there is something new.")
        return Reply((Paragraph(text(said)), Buttons(tuple(rows), t("Choose a topic"))))
