"""Says from outside whether every article arrived exactly once.

Reads the topics of one installation with confluent-kafka, `read_committed`, none of the daemon's
code, and compares them with the feed server's ledger (see compare.py). What is missing may still
come, so it waits up to --wait seconds for it; a fault ends it at once. When nothing is missing it
stays on for --quiet seconds, because a doubled event comes late.

Standard output: one line of JSON, the verdict. Standard error: a line for each finding.
Exit code: 0 all is well, 1 not, 2 usage.
"""

import argparse
import json
import sys
import time
from collections import Counter

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, TopicPartition

from compare import compare

TOPICS = ("articles", "duplicates", "dead-letters", "article-state", "items")


class Topics:
    """The records of one installation, read on and on."""

    def __init__(self, bootstrap, prefix):
        self.names = {f"{prefix}{topic}.v1": topic for topic in TOPICS}
        self.consumer = Consumer({
            "bootstrap.servers": bootstrap,
            "group.id": f"oracle-{prefix}",  # asked for by the client; nothing is committed
            "isolation.level": "read_committed",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
        })
        known = self.consumer.list_topics(timeout=30).topics
        absent = sorted(set(self.names) - set(known))
        if absent:
            raise SystemExit(f"no such topics: {', '.join(absent)}")
        places = [
            TopicPartition(name, partition, OFFSET_BEGINNING)
            for name in self.names for partition in known[name].partitions
        ]
        self.not_at_end = {(place.topic, place.partition) for place in places}
        self.consumer.assign(places)
        self.records = {topic: [] for topic in TOPICS}

    def read(self, seconds):
        """Reads until nothing came for `seconds`. Returns whether anything came."""
        came, quiet_since = False, time.monotonic()
        while self.not_at_end or time.monotonic() - quiet_since < seconds:
            for message in self.consumer.consume(500, timeout=0.1):
                if message.error() is None:
                    came, quiet_since = True, time.monotonic()
                    self.keep(message)
                elif message.error().code() == KafkaError._PARTITION_EOF:
                    self.not_at_end.discard((message.topic(), message.partition()))
                elif message.error().fatal():
                    raise SystemExit(str(message.error()))
                # All others: the broker is away, and the client comes back by itself.
        return came

    def keep(self, message):
        raw = message.value()
        self.records[self.names[message.topic()]].append({
            "partition": message.partition(),
            "offset": message.offset(),
            "time": message.timestamp()[1],
            "key": (message.key() or b"").decode(),
            "headers": {name: value.decode() for name, value in message.headers() or []},
            "value": None if raw is None else json.loads(raw),
            "raw": raw,
        })

    def seen(self):
        """The form that compare.py asks for."""
        state = {}
        for record in self.records["article-state"]:
            if record["value"] is None:
                state.pop(record["key"], None)
            else:
                state[record["key"]] = record["value"]
        items = self.records["items"]
        return {
            "articles": self.records["articles"],
            "duplicates": self.records["duplicates"],
            "dead_letters": self.records["dead-letters"],
            "state": state,
            "items": {"count": len(items), "last": items[-1] if items else None},
        }


def wait_for_verdict(topics, ledger, wait, quiet):
    """Compares until nothing is missing for `quiet` seconds, or there is a fault, or `wait` is over."""
    end = time.monotonic() + wait
    topics.read(0.2)
    while True:
        verdict = compare(ledger, topics.seen())
        if verdict.faults or (verdict.missing and time.monotonic() > end):
            return verdict
        came = topics.read(0.3 if verdict.missing else quiet)
        if not verdict.missing and not came:
            return verdict


def report(verdict, topics):
    counts = Counter(record["value"]["event_type"].rsplit(".", 1)[1]
                     for topic in ("articles", "duplicates") for record in topics.records[topic])
    ok = not verdict.faults and not verdict.missing
    for finding in verdict.faults + verdict.missing:
        print(finding, file=sys.stderr)
    print(json.dumps({
        "ok": ok,
        "created": counts["created"],
        "revised": counts["revised"],
        "duplicated": counts["duplicated"],
        "items": len(topics.records["items"]),
        "faults": verdict.faults,
        "missing": verdict.missing,
    }, ensure_ascii=False))
    return 0 if ok else 1


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    arguments.add_argument("--bootstrap", required=True, help="host:port of a broker")
    arguments.add_argument("--prefix", required=True, help="topic prefix of the installation")
    arguments.add_argument("--ledger", required=True, help="the feed server's ledger, JSON")
    arguments.add_argument("--wait", type=float, default=30, help="seconds for what may still come")
    arguments.add_argument("--quiet", type=float, default=1.5, help="seconds to stay on at the end")
    given = arguments.parse_args()
    with open(given.ledger, encoding="utf-8") as file:
        ledger = json.load(file)
    topics = Topics(given.bootstrap, given.prefix)
    verdict = wait_for_verdict(topics, ledger, given.wait, given.quiet)
    sys.exit(report(verdict, topics))


if __name__ == "__main__":
    main()
