"""Prints every article and duplicate of an installation, read from outside, one JSON line each.

Reads `read_committed` with confluent-kafka until the judge's position names the last item, nothing came for
--quiet seconds, and at most --wait seconds. A line: {"topic", "offset", "value"}; the last one: {"items": count}.
Exit code: 0 read to the end, 1 not, 2 usage.
"""

import argparse
import json
import sys
import time

from oracle import Topics


def judged_all(topics):
    """Whether the judge's position is that of the last item."""
    seen = topics.seen()
    last, position = seen["items"]["last"], seen["state"].get("position")
    return last is None or (position is not None and position["offset"] == last["offset"])


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    arguments.add_argument("--bootstrap", required=True, help="host:port of a broker")
    arguments.add_argument("--prefix", required=True, help="topic prefix of the installation")
    arguments.add_argument("--wait", type=float, default=30, help="seconds for what may still come")
    arguments.add_argument("--quiet", type=float, default=1.5, help="seconds to stay on at the end")
    given = arguments.parse_args()
    topics, end = Topics(given.bootstrap, given.prefix), time.monotonic() + given.wait
    while topics.read(given.quiet) or not judged_all(topics):
        if time.monotonic() > end:
            sys.exit("the judge has not come to the last item")
    for topic in ("articles", "duplicates", "dead-letters"):
        for record in topics.records[topic]:
            print(json.dumps({"topic": topic, "offset": record["offset"], "value": record["value"]}))
    print(json.dumps({"items": len(topics.records["items"])}))


if __name__ == "__main__":
    main()
