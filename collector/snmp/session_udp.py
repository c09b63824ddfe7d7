"""Versions 1 and 2c over the shared socket, as a session."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Final

from collector.reading import Raw
from collector.snmp.ber import BadEncoding
from collector.snmp.message import GEN_ERR, GET_BULK, GET_NEXT, NO_SUCH_NAME, TOO_BIG, Request
from collector.snmp.session import NoAnswer
from collector.snmp.udp_asker import Answered, Refusal, Rows, UdpAsker
from collector.snmp.walk import Walk

_LEAST_S: Final = 0.05  # less time is not worth another try


class UdpSession(UdpAsker):
    """One agent asked by coroutines; `ask` is there for callbacks."""

    __slots__ = ()

    async def get(self, oids: Sequence[str], until: float) -> dict[str, Raw]:
        """As the protocol says. What an agent names as the culprit (version 1: an object that it lacks) is left out
        and the rest asked again.
        """
        self.refused_all = False
        left = list(oids)
        blamed: list[str] = []
        proved = False
        while left:
            answer = await self._answer(left, until)
            if isinstance(answer, Refusal):
                if not self._is_blame(answer, left):
                    return self._nothing()
                proved = proved or 1 < answer.place < len(left)
                blamed.append(left.pop(answer.place - 1))
            elif blamed and not proved and not await self._lacks(blamed, until):
                return self._nothing()
            else:
                self._honest = self._honest or proved
                return {oid: raw for oid, raw in zip(left, answer, strict=True) if raw is not None}
        return {} if self._honest else self._nothing()

    def _nothing(self) -> dict[str, Raw]:
        """Nothing was had, and not because each of the objects is lacking."""
        self.refused_all = True
        return {}

    def _is_blame(self, refusal: Refusal, asked: Sequence[str]) -> bool:
        named = refusal.status in (NO_SUCH_NAME, GEN_ERR) and 0 < refusal.place <= len(asked)
        return named and self._honest is not False

    async def _lacks(self, blamed: Sequence[str], until: float) -> bool:
        """Does the agent really lack what it named? Some name the first, whatever it is."""
        if not self._honest:
            for oid in blamed:
                if not isinstance(await self._answer([oid], until), Refusal):
                    self._honest = False
                    return False
        return True

    async def _answer(self, oids: Sequence[str], until: float) -> tuple[Raw, ...] | Refusal:
        try:
            request = self.request(oids)
        except BadEncoding:
            return Refusal(TOO_BIG, 0)  # it would not fit into a datagram
        answer = await self._wait(request, until)
        assert not isinstance(answer, Rows)
        return answer

    async def _wait(self, request: Request, until: float) -> tuple[Raw, ...] | Rows | Refusal:
        loop = asyncio.get_running_loop()
        now = loop.time()
        if now >= until:
            raise NoAnswer("timeout")
        future: asyncio.Future[Answered] = loop.create_future()
        self.ask(request, now, until, partial(_settle, future))
        number = self.number
        try:
            answer = await future
        finally:
            if number == self.number:  # nobody waits any more
                self._forget(False)
        if isinstance(answer, NoAnswer):
            raise answer
        return answer

    async def walk(self, oid: str, limit: int, until: float) -> list[tuple[str, Raw]]:
        """As the protocol says: by GETBULK, by GETNEXT in version 1 and where the agent chokes on GETBULK."""
        walk = Walk(oid, limit)
        bulk = self._bulk
        while walk.left > 0:
            try:
                answer = await self._next(walk, bulk, until)
            except NoAnswer as error:
                if bulk == 1 or error.cause == "refused" or asyncio.get_running_loop().time() >= until - _LEAST_S:
                    raise walk.broken(error.cause, str(error)) from error
                bulk = bulk // 4 or 1
                continue
            if isinstance(answer, Refusal):
                if bulk == 1:
                    if answer.status != NO_SUCH_NAME and not walk.rows:
                        raise walk.broken("bad_answer", f"error-status {answer.status}")
                    break
                bulk = bulk // 4 or 1
                continue
            self._bulk = bulk
            if not walk.take_all(answer.rows) or answer.ends:
                break
        return walk.rows

    async def _next(self, walk: Walk, bulk: int, until: float) -> Rows | Refusal:
        """One step; a GETBULK gets a third of the time, so that there is some left for GETNEXT."""
        now = asyncio.get_running_loop().time()
        if bulk == 1:
            request = Request(self.snmp.version, self.snmp.community, GET_NEXT, (walk.place,))
        else:
            most = min(bulk, walk.left)
            request = Request(self.snmp.version, self.snmp.community, GET_BULK, (walk.place,), most)
            until = now + (until - now) / 3
        answer = await self._wait(request, until)
        assert isinstance(answer, Rows | Refusal)
        return answer


def _settle(future: asyncio.Future[Answered], answer: Answered) -> None:
    if not future.done():
        future.set_result(answer)
