"""2.x: a bucket for each policy, called `database/policy`, and the mappings by which InfluxQL finds them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from store.fault import StoreError
from store.influx.fault import Denied, NotInflux, Rejected
from store.influx.server import Server
from store.influx.setup import DAY_S, Step, rights, shard_days
from store.influx.words import N_
from store.measurements import RAW

BUCKET: Final = N_("bucket {bucket}: {days} days")
OTHERWISE: Final = N_("bucket {bucket}: {days} days, {before} before")
MAPPING: Final = N_("InfluxQL finds bucket {bucket} as {database}, {policy}")
ELSEWHERE: Final = N_("InfluxQL finds another bucket than {bucket} as {database}, {policy}: remove that mapping")
DEFAULT: Final = N_("retention policy {policy} is the default")
UNSEEN: Final = N_("see bucket {bucket}, or make it: this token reads neither it nor organisation {org}")
LACKS_BUCKETS: Final = N_("make and change buckets of organisation {org} (read and write buckets), for {bucket}: {why}")
LACKS_MAPPINGS: Final = N_("map buckets for InfluxQL (read and write dbrp of organisation {org}), for {bucket}: {why}")


class SetupV2:
    """`days` by policy."""

    def __init__(self, server: Server, days: Mapping[str, int], dry_run: bool) -> None:
        self._server, self._days, self._dry = server, days, dry_run
        self._wire, self._database, self._org = server.wire, server.address.database, server.address.org
        self._unmade: set[str] = set()

    def steps(self) -> Iterator[Step]:
        """The buckets, their mappings, the rights on them."""
        org, buckets = self._org_id(), dict[str, str]()
        for policy, days in self._days.items():
            step, bucket = self._bucket(org, policy, days)
            yield step
            if bucket is not None:
                buckets[policy] = bucket
        for policy, bucket in buckets.items():
            yield self._mapped(policy, bucket)
        yield from rights(self._server, [policy for policy in self._days if policy not in self._unmade])

    def _org_id(self) -> str | None:
        """None where the token sees none. Raises `StoreError` where it sees others only."""
        seen = {str(one.get("name")): str(one["id"]) for one in self._list("/api/v2/orgs", "orgs", {})}
        if not self._org or (seen and self._org not in seen):
            orgs = ", ".join(seen) or "-"
            raise StoreError("metrics.url", f"names no organisation that this token sees; org= is one of: {orgs}")
        return seen.get(self._org)

    def _bucket(self, org: str | None, policy: str, days: int) -> tuple[Step, str | None]:
        """What became of it, and its id where it has one that we see."""
        values = {"bucket": self._name(policy), "days": days, "org": self._org}
        try:
            found = self._list(
                "/api/v2/buckets", "buckets", {"name": self._name(policy)} | ({"orgID": org} if org else {})
            )
            if found:
                return self._adjusted(found[0], policy, values), str(found[0]["id"])
            if org is None:
                return Step("lacks", UNSEEN, values), None
            return self._made(org, policy, values)
        except (Denied, NotInflux, Rejected) as error:
            return Step("lacks", LACKS_BUCKETS, {**values, "why": error.reason}), None

    def _made(self, org: str, policy: str, values: dict[str, Any]) -> tuple[Step, str | None]:
        self._unmade.add(policy)
        if self._dry:
            return Step("made", BUCKET, values, dry=True), None
        bucket = {"orgID": org, "name": self._name(policy), "retentionRules": [_rule(policy, values["days"])]}
        made = self._send("POST", "/api/v2/buckets", bucket)
        self._unmade.remove(policy)
        return Step("made", BUCKET, values), str(made["id"])

    def _adjusted(self, bucket: Mapping[str, Any], policy: str, values: dict[str, Any]) -> Step:
        before = sum(int(rule.get("everySeconds", 0)) for rule in bucket.get("retentionRules") or [])
        if before == values["days"] * DAY_S:
            return Step("kept", BUCKET, values)
        if not self._dry:
            rules = {"retentionRules": [_rule(policy, values["days"])]}
            self._send("PATCH", f"/api/v2/buckets/{bucket['id']}", rules)
        return Step("changed", OTHERWISE, {**values, "before": f"{before / DAY_S:g}" if before else "∞"}, self._dry)

    def _mapped(self, policy: str, bucket: str) -> Step:
        """A 2.x maps `a/b` to a and b by itself (virtually) since 2.1; a default it does not choose."""
        values = {"bucket": self._name(policy), "database": self._database, "policy": policy, "org": self._org}
        try:
            found = self._server.wire.document(self._server.wire.call("GET", f"/api/v2/buckets/{bucket}"))
            org = str(found["orgID"])
            known = self._list("/api/v2/dbrps", "content", {"orgID": org, "db": self._database, "rp": policy})
            one = known[0] if known else None
            if one is not None and one["bucketID"] != bucket:
                return Step("wrong", ELSEWHERE, values)
            if one is not None and (policy != RAW or one["default"]):
                return Step("kept", MAPPING, values)
            if not self._dry:
                self._map(org, policy, bucket, one)
            return Step("changed" if one else "made", DEFAULT if one else MAPPING, values, self._dry)
        except (Denied, NotInflux, Rejected) as error:
            return Step("lacks", LACKS_MAPPINGS, {**values, "why": error.reason})

    def _map(self, org: str, policy: str, bucket: str, known: Mapping[str, Any] | None) -> None:
        if known is not None and not known.get("virtual"):
            self._send("PATCH", f"/api/v2/dbrps/{known['id']}", {"default": True}, {"orgID": org})
            return
        mapping = {"orgID": org, "bucketID": bucket, "database": self._database, "retention_policy": policy}
        self._send("POST", "/api/v2/dbrps", {**mapping, "default": policy == RAW})

    def _name(self, policy: str) -> str:
        return f"{self._database}/{policy}"

    def _list(self, path: str, of: str, query: Mapping[str, str]) -> list[dict[str, Any]]:
        answer = self._wire.call("GET", path, query)
        if answer.status_code == 404:
            return []
        return list(self._wire.document(answer).get(of) or [])

    def _send(self, method: str, path: str, document: object, query: Mapping[str, str] | None = None) -> Any:
        answer = self._wire.call(method, path, query, document=document)
        return self._wire.document(answer)


def _rule(policy: str, days: int) -> dict[str, Any]:
    return {
        "type": "expire",
        "everySeconds": days * DAY_S,
        "shardGroupDurationSeconds": shard_days(policy, days) * DAY_S,
    }
