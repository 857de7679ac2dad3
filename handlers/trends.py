"""/trends: how a topic's volume moves."""

from __future__ import annotations

from typing import Annotated

from bot.chat.command import Arg, Section, command
from bot.chat.reply import Block, Bullets, Button, Buttons, Heading, Image, Paragraph, Reply
from bot.chat.request import Request
from bot.chat.text import text
from bot.editions.public import Public
from bot.editions.trend_picture import picture
from bot.editions.trends import basis, figures, glance, spark
from bot.editions.volumes import Volumes
from bot.papers.threads import in_thread
from bot.topics import catalogue
from handlers.topics import WantedText


class TrendCommands:
    """What is counted of the announcements that were read; the arXiv is not asked."""

    section = Section.TOPICS

    def __init__(self, volumes: Volumes, public: Public) -> None:
        self._volumes = volumes
        self._public = public

    @command("trends", example="/trends RAG", reads=True)
    async def trends(self, request: Request, *, topic: Annotated[WantedText, Arg("topic")]) -> Reply:
        """Show how many papers a topic had of late."""
        t, language = request.t, request.language
        found = catalogue.load().find(str(topic))
        trend = (await self._volumes.trends())[found.id]
        blocks: list[Block]
        if trend.counts:
            data = await in_thread(lambda: picture(trend))
            caption = text(glance(trend, t, language))
            blocks = [
                Image(caption, data=data, name=f"trend-{found.id}.png", sketch=spark(trend.counts)),
                Bullets(tuple(map(text, figures(trend, t, language)))),
                Paragraph(text(basis(trend, t, language)), small=True),
            ]
        else:
            said = t("Nothing has been counted yet: that begins with the first announcement that is read.")
            blocks = [Heading(text(found.name(language.tag))), Paragraph(text(said))]
        row = [Button(t("Latest papers"), f"/topic {found.id}")]
        if page := self._public.topic(found, language):
            row.append(Button(t("Reading room"), url=page))
        return Reply((*blocks, Buttons((tuple(row),))))
