"""Compares what stands in Kafka with what the feed server's ledger says was published.

Pure: no Kafka, no clock. `compare(ledger, seen)` finds two kinds of things: faults, which no
waiting can heal, and what is missing, which may still come while the daemon works. What two
topics say differently is of the second kind: one of them may only have been read further.

The ledger
    {"stories": [{"name", "showings": [
        {"feed": "<its URL>", "links": ["..."], "versions": [
            {"headline", "body", "served": true, "due": true}]}]}]}
One story is one article, shown in one feed or in several (by the same link, or under another link
with the same text). A showing's versions are its texts in the order of the edits. `served`: it
stood in a document that was answered with 200. `due`: it must have been published, because its
document's validator came back before the next edit, or because it is the last one.
"""

from collections import Counter, defaultdict

from blake3 import blake3

CREATED = "news.article.created"
REVISED = "news.article.revised"
DUPLICATED = "news.article.duplicated"


def digest(domain, *parts):
    """The project's 128-bit digest: BLAKE3 over parts, each behind its length."""
    hasher = blake3()
    for part in (domain.encode(), *parts):
        hasher.update(len(part).to_bytes(8, "little") + part)
    return hasher.digest()[:16].hex()


class Verdict:
    """What the comparison found, in sentences."""

    def __init__(self):
        self.faults = []
        self.missing = []

    def fault(self, kind, text):
        self.faults.append(f"{kind}: {text}")

    def lacks(self, kind, text):
        self.missing.append(f"{kind}: {text}")


def compare(ledger, seen):
    """`seen`: {"articles": [record], "duplicates": [record], "dead_letters": [record],
    "state": {key: value}, "items": {"end", "last": record or None}}; a record is
    {"partition", "offset", "time", "key", "headers", "value"}."""
    verdict = Verdict()
    events = seen["articles"] + seen["duplicates"]
    for record in events:
        check_event(record, verdict)
    check_unique(events, verdict)
    check_time_order(events, verdict)
    check_stories(ledger, seen, verdict)
    for record in seen["dead_letters"]:
        verdict.fault("dead letter", f"{record['key']}: {str(record['value'])[:300]}")
    check_memory(seen, verdict)
    check_position(seen, verdict)
    return verdict


def check_event(record, verdict):
    """An event names itself rightly, in its headers, its key and by its recomputed id."""
    value, headers = record["value"], record["headers"]
    name, article = value["event_id"], article_of(value)
    if name != event_id(value):
        verdict.fault("event id", f"{name} of article {article} should be {event_id(value)}")
    wanted = {
        "ce_id": value["event_id"],
        "ce_type": value["event_type"],
        "ce_subject": article,
        "ce_time": value["event_time"],
        "ce_source": f"/feeds/{value['feed']['id']}",
        "ce_specversion": "1.0",
    }
    for header, text in wanted.items():
        if headers.get(header) != text:
            verdict.fault("header", f"{header} of event {name} is {headers.get(header)!r}, not {text!r}")
    if record["key"] != article:
        verdict.fault("key", f"event {name} of article {article} has key {record['key']}")


def event_id(value):
    """The id that an event must have, as the contract defines it."""
    parts = [article_of(value), str(value["revision"]), value["event_type"], value["content_hash"]]
    if value["event_type"] == DUPLICATED:
        parts += [value["feed"]["id"], value["provenance"]["judge"]["item_id"]]
    return digest("event", *(part.encode() for part in parts))


def article_of(value):
    """The article that an event is about; a duplicate names its original."""
    return value["of"] if value["event_type"] == DUPLICATED else value["id"]


def check_unique(events, verdict):
    """No event twice, and no item that made two events."""
    for name, times in Counter(record["value"]["event_id"] for record in events).items():
        if times > 1:
            verdict.fault("doubled", f"event {name} stands {times} times")
    offsets = Counter(item_offset(record["value"]) for record in events)
    for offset, times in offsets.items():
        if times > 1:
            verdict.fault("doubled", f"the item at offset {offset} made {times} events")


def item_offset(value):
    return value["provenance"]["judge"]["offset"]


def check_time_order(events, verdict):
    """In the order of the judged items the event time never goes back."""
    latest = ("", "", "")
    for record in sorted(events, key=lambda record: item_offset(record["value"])):
        # Seconds and fraction apart, for the fraction may be absent: "…:05Z", "…:05.250Z".
        now = record["value"]["event_time"].rstrip("Z").partition(".")
        if now < latest:
            verdict.fault("time", f"event {record['value']['event_id']} says {now}, after {latest}")
        latest = max(latest, now)


def check_stories(ledger, seen, verdict):
    """Every story once, its revisions, its duplicates."""
    story_of = {}
    for story in ledger["stories"]:
        for showing in story["showings"]:
            story_of.update((link, story["name"]) for link in showing["links"])
    articles, duplicates = defaultdict(list), defaultdict(list)
    for records, into in ((seen["articles"], articles), (seen["duplicates"], duplicates)):
        for record in records:
            link = record["value"]["links"]["found"]
            if link not in story_of:
                verdict.fault("unknown", f"nobody published {link}")
                continue
            into[story_of[link]].append(record["value"])
    for story in ledger["stories"]:
        check_story(story, articles[story["name"]], duplicates[story["name"]], verdict)


def check_story(story, events, duplicates, verdict):
    name = story["name"]
    if not events:
        if any(version["served"] for showing in story["showings"] for version in showing["versions"]):
            verdict.lacks("lost", f"story {name} was never created")
        for event in duplicates:
            verdict.lacks("duplicate", f"of story {name} in {event['feed']['url']}, which was never created")
        return
    events = sorted(events, key=lambda event: event["revision"])
    created = [event for event in events if event["event_type"] == CREATED]
    if len(created) != 1:
        verdict.fault("doubled" if created else "lost", f"story {name} was created {len(created)} times")
    if len({article_of(event) for event in events + duplicates}) > 1:
        verdict.fault("doubled", f"story {name} is more than one article")
    revisions = [event["revision"] for event in events]
    if revisions != list(range(1, len(events) + 1)):
        verdict.fault("revision", f"story {name} has revisions {revisions}")
    lead = events[0]["feed"]["url"]
    check_texts(story, lead, events, verdict)
    check_duplicates(story, lead, duplicates, verdict)


def check_texts(story, lead, events, verdict):
    """The texts published are the leading feed's, in the order of its edits, and all that are due."""
    name = story["name"]
    for event in events:
        if event["feed"]["url"] != lead:
            verdict.fault("revision", f"story {name} is led by {lead} but revised by {event['feed']['url']}")
            return
    versions = [v for showing in story["showings"] if showing["feed"] == lead for v in showing["versions"]]
    texts = [(event.get("headline"), event.get("body")) for event in events]
    known = {(version["headline"], version["body"]) for version in versions if version["served"]}
    for text in texts:
        if text not in known:
            verdict.fault("text", f"story {name} was never shown by {lead} as {text}")
            return
    for before, after in zip(texts, texts[1:]):
        if before == after:
            verdict.fault("revision", f"story {name} was revised without a change")
            return
    reached = follow(versions, texts)
    if reached is None:
        edits = [edit_number(versions, text) for text in texts]
        verdict.fault("revision", f"story {name}: texts {edits} are not in the order of its edits")
    elif reached:
        verdict.lacks("lost", f"story {name}: {reached} edits are not published, last text {texts[-1]}")


def follow(versions, texts):
    """Follows the texts along the versions. A version makes an event, or changes nothing because its
    text stands already, or was edited again before anybody saw it (then it is not due).
    Returns the least number of due versions that no event tells of; none: the order is impossible."""
    places = {0: 0}  # number of texts used so far -> due versions left out since the last text
    for version in versions:
        text = (version["headline"], version["body"])
        reached = {}

        def go(used, left_out):
            if left_out < reached.get(used, left_out + 1):
                reached[used] = left_out

        for used, left_out in places.items():
            if used < len(texts) and texts[used] == text and version["served"] and not left_out:
                go(used + 1, 0)
            if used and texts[used - 1] == text:
                go(used, left_out)
            elif not version["due"]:
                go(used, left_out)
            elif used == len(texts):
                go(used, left_out + 1)  # may still come; in the middle it cannot
        places = reached
    return places.get(len(texts))


def edit_number(versions, text):
    return [n for n, version in enumerate(versions) if (version["headline"], version["body"]) == text]


def check_duplicates(story, lead, duplicates, verdict):
    """One duplicate for each further feed that showed the story, none for the leading one."""
    name = story["name"]
    shown = {s["feed"] for s in story["showings"] if any(version["served"] for version in s["versions"])}
    told = Counter(event["feed"]["url"] for event in duplicates)
    for feed in shown - {lead} - set(told):
        verdict.lacks("lost", f"story {name}: no duplicate tells of {feed}")
    for feed, times in told.items():
        if feed == lead or feed not in shown:
            verdict.fault("duplicate", f"story {name}: a duplicate in {feed}, which is led by {lead}")
        elif times > 1:
            verdict.fault("doubled", f"story {name}: {times} duplicates in {feed}")


def check_memory(seen, verdict):
    """What the judge remembers is what it published: the same articles, revisions, texts and feeds."""
    articles, feeds = defaultdict(list), defaultdict(set)
    for record in seen["articles"] + seen["duplicates"]:
        value = record["value"]
        feeds[article_of(value)].add(value["feed"]["id"])
        if value["event_type"] != DUPLICATED:
            articles[value["id"]].append(value)
    remembered = {key: value for key, value in seen["state"].items() if is_article_key(key)}
    for name in remembered.keys() - articles.keys():
        verdict.lacks("memory", f"article {name} is remembered but was not published")
    for name, events in articles.items():
        if name not in remembered:
            verdict.lacks("memory", f"article {name} was published but is not remembered")
            continue
        last = max(events, key=lambda event: event["revision"])
        published = {
            "revision": last["revision"],
            "hash": last["content_hash"],
            "lead": last["feed"]["id"],
            "feeds": feeds[name],
        }
        for fact, memory in remembered_facts(remembered[name]).items():
            if memory != published[fact]:
                verdict.lacks("memory", f"{fact} of article {name} is {memory}, published was {published[fact]}")


def is_article_key(key):
    return len(key) == 32 and all(digit in "0123456789abcdef" for digit in key)


def remembered_facts(value):
    """The judge's record of an article; its lead is left out where it is the first feed that shows it."""
    shows = [show["feed"] for show in value["shows"]]
    return {
        "revision": value["rev"],
        "hash": value["hash"],
        "lead": value.get("lead", shows[0]),
        "feeds": set(shows),
    }


def check_position(seen, verdict):
    """The judge has read all items, and its position names the last one by time and digest."""
    last, position = seen["items"]["last"], seen["state"].get("position")
    if last is None:
        return
    if position is None or position["offset"] < last["offset"]:
        at = position and position["offset"]
        verdict.lacks("lost", f"the judge's position is {at}, the last item stands at {last['offset']}")
        return
    if position["offset"] != last["offset"]:
        verdict.lacks("position", f"{position['offset']} is behind the last item, {last['offset']}")
    for fact, wanted in position_facts(last).items():
        if position[fact] != wanted:
            verdict.lacks("position", f"its {fact} is {position[fact]}, the last item has {wanted}")


def position_facts(record):
    return {"record_time": record["time"], "digest": digest("record", record["raw"])}
