"""Pages that list: the latest day by topic, all topics with their volumes, and the days of one topic."""

from __future__ import annotations

from bot.editions import reply
from bot.editions.trends import basis, figures, glance
from bot.topics.catalogue import Topic
from bot.web.made import notice
from bot.web.page import Page
from bot.web.pictures import chart, spark
from bot.web.reading import Reading
from bot.web.retold import rows_of
from bot.web.site import Asked, Site

_LISTED = 30  # days of a topic
_ROUNDUPS = 12  # of a topic


class Listings:
    """Makes them."""

    def __init__(self, site: Site, reading: Reading) -> None:
        self._site = site
        self._reading = reading

    async def front(self, asked: Asked) -> Page:
        """Return the latest day by topic."""
        front, t, language = await self._reading.front(asked.language), asked.t, asked.language
        heading = reply.day_text(front.day, language) if front.day else "Paperwire"
        every = [entry for _, _, entries in front.sections for entry in entries]
        counts = (
            t("{count} announced", count=front.announced),
            t("{count} topics", count=len(front.sections)),
        )
        return await self._site.page(
            asked,
            "front.html",
            title=f"Paperwire · {heading}" if front.day else "Paperwire",
            description=t("New papers of the arXiv by topic, with summaries and takeaways."),
            heading=heading,
            day=front.day,
            counts=" · ".join(counts),
            provenance=notice(every, t),
            sections=[
                {
                    "id": topic.id,
                    "name": topic.name(language.tag),
                    "path": f"topics/{topic.id}/{front.day}",
                    "count": count,
                    "entries": entries,
                }
                for topic, count, entries in front.sections
            ],
            empty=[topic.name(language.tag) for topic in front.empty] if front.day else [],
        )

    async def topics(self, asked: Asked) -> Page:
        """Return all topics, those that grew most first where trends are asked for."""
        t, language = asked.t, asked.language
        trends = list((await self._reading.trends()).values())
        days = trends[0].days if trends else ()
        sorted_by_change = asked.where == "trends"
        lead = t("How many papers each topic had on the last days that were read.")
        if sorted_by_change and days:
            trends.sort(key=lambda trend: -trend.rising)
            lead = t("How many papers each topic had; what grew most of late comes first.")
        if days:
            lead += f" {reply.days_text(days[0], days[-1], language)}"
        heading = t("Trends") if sorted_by_change else t("Topics")
        rows = [
            {
                "id": trend.topic.id,
                "name": trend.topic.name(language.tag),
                "path": f"topics/{trend.topic.id}",
                "count": trend.counts[-1] if trend.counts else "",
                "picture": spark(trend.counts, glance(trend, t, language)) if trend.counts else "",
            }
            for trend in trends
        ]
        return await self._site.page(
            asked, "topics.html", title=heading, description=lead, heading=heading, lead=lead, rows=rows
        )

    async def topic(self, asked: Asked, topic: Topic) -> Page:
        """Return how a topic's volume moves, its days, and its roundups."""
        t, language, name = asked.t, asked.language, topic.name(asked.language.tag)
        trend = (await self._reading.trends())[topic.id]
        days = list(zip(trend.days, trend.counts, trend.announced, strict=True))[-_LISTED:]
        roundups = await self._reading.roundups(topic)
        return await self._site.page(
            asked,
            "topic.html",
            title=name,
            description=topic.description if language.is_english else name,
            heading=name,
            about=topic.description if language.is_english else ", ".join(topic.categories),
            feed=(name, f"topics/{topic.id}/feed.atom"),
            picture=chart(trend, glance(trend, t, language)) if trend.counts else None,
            figures=list(figures(trend, t, language)),
            basis=basis(trend, t, language),
            rows=[
                (
                    f"topics/{topic.id}/{day}" if count and self._site.has(day) else "",
                    reply.day_text(day, language),
                    count,
                    announced,
                )
                for day, count, announced in reversed(days)
            ],
            roundups=rows_of(self._site, asked, roundups[:_ROUNDUPS]),
        )
