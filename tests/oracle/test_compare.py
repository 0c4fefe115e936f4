"""The oracle sees what it is there to see: each test plants one fault into a sound installation."""

import copy
import unittest

from compare import CREATED, DUPLICATED, REVISED, article_of, compare, digest, event_id, follow, position_facts

A, B = "http://127.0.0.1:1/a", "http://127.0.0.2:1/b"


def version(text, due=True, served=True):
    return {"headline": "H", "body": text, "served": served, "due": due}


def showing(feed, *versions):
    return {"feed": feed, "links": ["https://paper.example/1"], "versions": list(versions)}


class Installation:
    """What a sound judge writes: records of the topics, made from a few calls."""

    def __init__(self):
        self.seen = {"articles": [], "duplicates": [], "dead_letters": [], "state": {},
                     "items": {"count": 0, "last": None}}

    def event(self, kind, feed, text, revision=1, story="1"):
        offset = self.seen["items"]["count"]
        value = {
            "event_id": "", "event_type": kind, "event_time": f"2026-03-01T06:00:{offset:02}Z",
            "of" if kind == DUPLICATED else "id": digest("article", story.encode()), "revision": revision, "headline": "H", "body": text,
            "links": {"found": f"https://paper.example/{story}"}, "feed": {"id": digest("feed", feed.encode()), "url": feed},
            "content_hash": f"1:{digest('text', text.encode())}",
            "provenance": {"judge": {"offset": offset, "item_id": digest("item", story.encode())}},
        }
        topic = "duplicates" if kind == DUPLICATED else "articles"
        record = {"partition": 0, "offset": len(self.seen[topic]), "value": value}
        rename(record)
        self.seen[topic].append(record)
        self.remember(record)
        last = {"offset": offset, "time": 1000 + offset, "raw": b"item %d" % offset}
        self.seen["items"] = {"count": offset + 1, "last": last}
        self.seen["state"]["position"] = {"offset": offset, **position_facts(last)}
        return record

    def remember(self, record):
        value = record["value"]
        known = self.seen["state"].setdefault(record["key"], {"shows": []})
        if value["feed"]["id"] not in [show["feed"] for show in known["shows"]]:
            known["shows"].append({"feed": value["feed"]["id"]})
        if value["event_type"] != DUPLICATED:
            known.update(rev=value["revision"], hash=value["content_hash"])


def rename(record):
    """Makes an event's names fit its content again, so that only the planted fault is seen."""
    value = record["value"]
    value["event_id"] = event_id(value)
    record["key"] = article_of(value)
    record["headers"] = {
        "ce_id": value["event_id"], "ce_type": value["event_type"], "ce_subject": record["key"],
        "ce_time": value["event_time"], "ce_source": f"/feeds/{value['feed']['id']}", "ce_specversion": "1.0",
    }


def sound():
    """One story: created by A with one edit, a duplicate in B."""
    ledger = {"stories": [{"name": "s1", "showings": [showing(A, version("x"), version("y")), showing(B, version("x"))]}]}
    made = Installation()
    made.event(CREATED, A, "x")
    made.event(DUPLICATED, B, "x")
    made.event(REVISED, A, "y", revision=2)
    return ledger, made


class Faults(unittest.TestCase):
    def setUp(self):
        self.ledger, self.made = sound()

    def check(self, *wanted):
        """The kinds of all findings, faults and missing things together, are these."""
        verdict = compare(self.ledger, self.made.seen)
        kinds = sorted({finding.split(":", 1)[0] for finding in verdict.faults + verdict.missing})
        self.assertEqual(kinds, sorted(wanted), verdict.faults + verdict.missing)

    def test_sound(self):
        self.check()

    def test_lost_article(self):
        self.ledger["stories"].append({"name": "s2", "showings": [
            {"feed": A, "links": ["https://paper.example/2"], "versions": [version("z")]}]})
        self.check("lost")

    def test_lost_revision(self):
        self.made.seen["articles"].pop()
        self.made.remember(self.made.seen["articles"][0])
        self.check("lost")

    def test_lost_revision_in_the_middle(self):
        self.ledger["stories"][0]["showings"][0]["versions"].insert(1, version("between"))
        self.check("revision")

    def test_lost_duplicate(self):
        gone = self.made.seen["duplicates"].pop()
        self.made.seen["state"][gone["key"]]["shows"].pop()
        self.check("lost")

    def test_event_twice(self):
        self.made.seen["articles"].append(copy.deepcopy(self.made.seen["articles"][1]))
        self.check("doubled", "revision")

    def test_created_twice_under_another_id(self):
        record = self.made.event(CREATED, A, "x")
        record["value"]["id"] = digest("article", b"other")
        rename(record)
        self.made.remember(record)
        self.made.remember(self.made.seen["articles"][1])
        self.check("doubled", "revision")

    def test_duplicate_twice(self):
        record = self.made.event(DUPLICATED, B, "x")
        record["value"]["provenance"]["judge"]["item_id"] = digest("item", b"again")
        rename(record)
        self.check("doubled")

    def test_duplicate_of_the_lead(self):
        self.made.event(DUPLICATED, A, "x")
        self.check("duplicate")

    def test_wrong_text(self):
        record = self.made.seen["articles"][1]
        record["value"]["body"] = "nobody wrote this"
        self.check("text")

    def test_old_text_over_new(self):
        self.made.event(REVISED, A, "x", revision=3)
        self.check("revision")

    def test_revision_without_change(self):
        self.made.event(REVISED, A, "y", revision=3)
        self.check("revision")

    def test_gap_in_revisions(self):
        record = self.made.seen["articles"][1]
        record["value"]["revision"] = 3
        rename(record)
        self.made.remember(record)
        self.check("revision")

    def test_wrong_event_id(self):
        record = self.made.seen["articles"][0]
        record["value"]["event_id"] = record["headers"]["ce_id"] = "0" * 32
        self.check("event id")

    def test_wrong_header(self):
        self.made.seen["articles"][0]["headers"]["ce_type"] = REVISED
        self.check("header")

    def test_one_item_two_events(self):
        judge = self.made.seen["duplicates"][0]["value"]["provenance"]["judge"]
        judge["offset"] = 0
        self.check("doubled")

    def test_time_goes_back(self):
        record = self.made.seen["articles"][1]
        record["value"]["event_time"] = "2026-03-01T05:59:59.5Z"
        rename(record)
        self.check("time")

    def test_unknown_article(self):
        self.made.event(CREATED, A, "x", story="9")
        self.check("unknown")

    def test_dead_letter(self):
        self.made.seen["dead_letters"].append({"key": "k", "value": {}})
        self.check("dead letter")

    def test_memory_of_nothing(self):
        self.made.seen["state"]["0" * 32] = {"rev": 1, "hash": "1:0", "shows": [{"feed": "f"}]}
        self.check("memory")

    def test_memory_behind_events(self):
        self.made.seen["state"][self.made.seen["articles"][0]["key"]]["rev"] = 1
        self.check("memory")

    def test_memory_of_another_lead(self):
        self.made.seen["state"][self.made.seen["articles"][0]["key"]]["shows"].reverse()
        self.check("memory")

    def test_position_behind_items(self):
        self.made.seen["state"]["position"]["offset"] -= 1
        self.check("lost")

    def test_position_of_another_item(self):
        self.made.seen["state"]["position"]["digest"] = "0" * 32
        self.check("position")


class Follow(unittest.TestCase):
    """Which orders of published texts an edit history allows."""

    def check(self, versions, texts, expected):
        self.assertEqual(follow(versions, [("H", text) for text in texts]), expected)

    def test_all_seen(self):
        self.check([version("x"), version("y")], "xy", 0)

    def test_an_edit_that_nobody_saw_may_be_missing(self):
        self.check([version("x"), version("y", due=False), version("z")], "xz", 0)
        self.check([version("x", due=False), version("y")], "y", 0)
        self.check([version("x"), version("y"), version("z")], "xz", None)

    def test_the_last_may_still_come(self):
        self.check([version("x"), version("y"), version("z")], "x", 2)

    def test_a_revert(self):
        self.check([version("x"), version("y"), version("x")], "xyx", 0)
        self.check([version("x"), version("y", due=False), version("x")], "x", 0)
        self.check([version("x"), version("y"), version("x")], "xy", 1)
        self.check([version("x"), version("y"), version("x")], "x", 1)

    def test_a_text_that_was_never_served(self):
        self.check([version("x"), version("y", due=False, served=False), version("z")], "xyz", None)

    def test_back_to_an_old_text(self):
        self.check([version("x"), version("y")], "xyx", None)


if __name__ == "__main__":
    unittest.main()
