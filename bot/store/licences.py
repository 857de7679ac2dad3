"""The licences of papers: as the feed told them, else asked for once and put on the paper's record."""

from __future__ import annotations

from bot.errors import PaperNotFound
from bot.papers.licence import Licence
from bot.papers.oai import Harvester
from bot.papers.paper import Paper
from bot.store.client import Store
from bot.store.flight import SingleFlight
from bot.store.papers import PaperRecords


class Licences:
    """Says under which licence a paper stands, however many ask."""

    def __init__(self, harvester: Harvester, records: PaperRecords, store: Store) -> None:
        self._harvester = harvester
        self._records = records
        self._asked: SingleFlight[Licence] = SingleFlight(store)

    async def of(self, paper: Paper) -> Licence:
        """Return the licence of this version of the paper; one without a name where none is known.

        Raises `ArxivUnavailable`, `ArxivClosed`, `StoreUnavailable`.
        """
        if paper.licence is not None:
            return Licence.of(paper.licence)

        async def find() -> Licence | None:
            known = (await self._records.get_many([paper.id])).get(paper.id)
            told = known is not None and known.paper.id == paper.id and known.paper.licence is not None
            return Licence.of(known.paper.licence) if known and told else None

        return await self._asked.run(f"licence:{paper.id}", find, lambda: self._ask(paper))

    async def _ask(self, paper: Paper) -> Licence:
        try:
            record = await self._harvester.record(paper.id)
        except PaperNotFound:
            # OAI-PMH has a new paper hours after the API has it: this is no answer to be kept.
            return Licence.of(None)
        newest = record.paper
        await self._records.put_licence(newest.id, newest.licence or "")
        if newest.id == paper.id:
            return Licence.of(newest.licence)
        # The licence told is the newest version's, and an older one may have been given out under another.
        await self._records.put_licence(paper.id, "")
        return Licence.of(None)
