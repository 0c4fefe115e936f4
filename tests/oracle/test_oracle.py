"""The oracle reads a real Kafka: what was committed, and nothing else."""

import json
import os
import unittest
import uuid

from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

from compare import CREATED, digest
from oracle import TOPICS, Topics, wait_for_verdict
from test_compare import B, sound

BROKER = os.environ.get("DEPECHE_TEST_BROKER")


class Oracle(unittest.TestCase):
    def setUp(self):
        self.assertIsNotNone(BROKER, "DEPECHE_TEST_BROKER names no broker: use ./tests/run")
        self.prefix = f"oracle-{uuid.uuid4()}."
        admin = AdminClient({"bootstrap.servers": BROKER})  # named, or it is gone before it has answered
        made = admin.create_topics([
            NewTopic(f"{self.prefix}{topic}.v1", 1 if topic in ("items", "article-state") else 3, 1,
                     config={"message.timestamp.type": "LogAppendTime"})
            for topic in TOPICS
        ])
        for each in made.values():
            each.result()
        self.judge = Producer({"bootstrap.servers": BROKER, "transactional.id": f"{self.prefix}judge"})
        self.judge.init_transactions()

    def put_items(self, made):
        """The items, and a position that names the last of them as the broker stamped it."""
        stored = []
        gatherer = Producer({"bootstrap.servers": BROKER})
        for number in range(made.seen["items"]["count"]):
            raw = json.dumps({"item": number}).encode()
            gatherer.produce(f"{self.prefix}items.v1", raw, on_delivery=lambda _, message: stored.append(message))
            gatherer.flush()
        made.seen["state"]["position"] = {
            "offset": stored[-1].offset(), "record_time": stored[-1].timestamp()[1], "digest": digest("record", raw)}

    def stage(self, made):
        self.judge.begin_transaction()
        for topic in ("articles", "duplicates"):
            for record in made.seen[topic]:
                self.judge.produce(f"{self.prefix}{topic}.v1", json.dumps(record["value"]).encode(), record["key"],
                                   headers=list(record["headers"].items()))
        for key, value in made.seen["state"].items():
            self.judge.produce(f"{self.prefix}article-state.v1", json.dumps(value).encode(), key)

    def verdict(self, ledger):
        return wait_for_verdict(Topics(BROKER, self.prefix), ledger, wait=0, quiet=0.5)

    def test_reads_what_was_committed(self):
        ledger, made = sound()
        self.put_items(made)
        self.stage(made)
        self.judge.flush()
        self.judge.abort_transaction()
        self.assertTrue(self.verdict(ledger).missing)
        self.stage(made)
        self.judge.commit_transaction()
        verdict = self.verdict(ledger)
        self.assertEqual(verdict.faults + verdict.missing, [])

    def test_sees_what_was_doubled(self):
        ledger, made = sound()
        made.event(CREATED, B, "x")
        self.put_items(made)
        self.stage(made)
        self.judge.commit_transaction()
        self.assertTrue([fault for fault in self.verdict(ledger).faults if fault.startswith("doubled")])


if __name__ == "__main__":
    unittest.main()
