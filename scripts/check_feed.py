#!/usr/bin/env python3
"""Follows the feed of changes while customers are written and servers are killed; then compares all that was seen.

    check_feed.py --binary .build/release/clientele --folder /tmp/x --servers 1 [--changes N] [--writers N] [--kills N] -- --data-dir DIR

Ends with status 1 at the first difference.
"""

import argparse
import json
import sys
import threading
import time

from feed_readers import PageReader, StreamReader, Seen, digest
from feed_writers import Writers
from serving import Client, Failure, Server

CATCH_UP_SECONDS = 120
STALL_SECONDS = 120
PAGE = 1_000


def run(arguments, servers):
    servers[0].start()
    token = servers[0].token
    if not token:
        raise Failure("the first server printed no token; is the data new?")
    for server in servers[1:]:
        server.start()
    ports = [server.port for server in servers]
    readers = [PageReader(ports, token, turn) for turn in range(2)] + [StreamReader(ports, token)]
    writers = Writers(ports, token, arguments.writers, arguments.changes)
    threads = [threading.Thread(target=reader.run, name=reader.name, daemon=True) for reader in readers]
    for thread in threads:
        thread.start()
    start = time.monotonic()
    writers.start()
    try:
        kill(arguments, servers, writers, readers)
        writers.join()
    finally:
        writers.stop()
    seconds = time.monotonic() - start
    print(f"{writers.done:,} changes acknowledged in {seconds:.0f} s by {arguments.writers} writers; "
          f"{writers.cut:,} calls cut off, {writers.refused:,} refused for now; {arguments.kills} kills", flush=True)

    client = Client(servers[0].port, token)
    feed = Feed(writers)
    count = feed.read(client)
    print(f"{count:,} changes in the feed: 1 to {count:,} without a gap", flush=True)
    catch_up(readers, count)
    feed.compare(readers)
    for reader in readers:
        print(f"{reader.name} saw the same {count:,}, over {reader.connections} connections", flush=True)
    feed.find_acknowledged()
    print(f"each of {writers.done:,} acknowledged changes is in it, as it was answered")
    listed = feed.compare_list(client)
    print(f"folded, it gives the {listed:,} customers of the list, field for field")


def kill(arguments, servers, writers, readers):
    """Kills and restarts servers by turns, evenly over the changes; raises what anybody failed with meanwhile."""
    due = [arguments.changes * (number + 1) // (arguments.kills + 1) for number in range(arguments.kills)]
    done, moved = 0, time.monotonic()
    killed = 0
    while writers.are_running:
        time.sleep(0.05)
        raise_failures(writers, *readers)
        if writers.done != done:
            done, moved = writers.done, time.monotonic()
        if time.monotonic() - moved > STALL_SECONDS:
            raise Failure(f"no change was acknowledged for {STALL_SECONDS} s; {done:,} were before: {servers[0].tail()}")
        for server in servers:
            if server.process.poll() is not None:
                raise Failure(f"a server ended by itself, with {server.process.returncode}: {server.tail()}")
        if killed < len(due) and done >= due[killed]:
            server = servers[killed % len(servers)]
            killed += 1
            server.kill()
            server.start()
    raise_failures(writers, *readers)
    if killed < len(due):
        raise Failure(f"only {killed} of {len(due)} kills took place")


def raise_failures(*parties):
    for party in parties:
        if party.failure is not None:
            raise party.failure


def catch_up(readers, count):
    """Waits until every reader has seen that change."""
    end = time.monotonic() + CATCH_UP_SECONDS
    for reader in readers:
        while len(reader.seen) < count:
            raise_failures(reader)
            if time.monotonic() > end:
                raise Failure(f"{reader.name} is at {len(reader.seen):,} of {count:,} after {CATCH_UP_SECONDS} s")
            time.sleep(0.05)
    for reader in readers:
        reader.stop()
        raise_failures(reader)
        if len(reader.seen) != count:
            raise Failure(f"{reader.name} saw {len(reader.seen):,} changes, not {count:,}")


class Feed:
    """The whole feed, read from its start when all is over."""

    def __init__(self, writers):
        self.writers = writers
        self.seen = Seen()
        self.customers = {}  # the last that the feed says of each living customer, as text
        self.told = {}  # (type, customer, number of the change): digest of the data
        self.erased = set()
        self.deleted = set()
        self.versions, self.moments, self.actors = {}, {}, set()

    def read(self, client):
        after, has_more = 0, True
        while has_more:
            page = client.call("GET", f"/v1/changes?after={after}&limit={PAGE}")
            for item in page["items"]:
                self.take(item)
            if page["next_after"] != len(self.seen):
                raise Failure(f"next_after is {page['next_after']} after {len(self.seen)}")
            after, has_more = page["next_after"], page["has_more"]
            if has_more and not page["items"]:
                raise Failure(f"an empty page after {after} says that there is more")
        if None in self.actors or len(self.actors) != 1:
            raise Failure(f"all was written with one token, but the actors are {self.actors}")
        return len(self.seen)

    def take(self, item):
        self.seen.add(item)
        kind, customer, version = item["type"], item["customer_id"], item["state_version"]
        what = f"change {item['sequence']}, {kind} of {customer},"
        if customer is None or version is None:
            raise Failure(f"{what} has no customer_id or no state_version: {item}")
        self.actors.add(item["actor"])
        is_customer = kind.startswith("customer.")
        last, was_customer = self.versions.get(customer, (0, False))
        # What one call writes, such as a customer and its owner, has one version.
        if version < last or (version == last and is_customer and was_customer):
            raise Failure(f"{what} has state_version {version} after {last}")
        self.versions[customer] = (version, is_customer or (was_customer and version == last))
        if item["timestamp"] < self.moments.get(customer, ""):
            raise Failure(f"{what} is of {item['timestamp']}, the one before of {self.moments[customer]}")
        self.moments[customer] = item["timestamp"]
        if is_customer:
            self.fold(kind, customer, item["data"], what)

    def fold(self, kind, customer, data, what):
        if data is None:
            self.erased.add(customer)
            if customer not in self.writers.anonymized:
                raise Failure(f"{what} has no data, but nobody anonymized the customer")
        if customer in self.deleted:
            raise Failure(f"{what} comes after the customer was deleted")
        if kind == "customer.created" and customer in self.customers:
            raise Failure(f"{what} is its second creation")
        if kind == "customer.updated" and customer not in self.customers:
            raise Failure(f"{what} comes before its creation")
        if kind == "customer.deleted":
            self.deleted.add(customer)
            self.customers.pop(customer, None)
            self.told[kind, customer, None] = None
            return
        self.customers[customer] = None if data is None else json.dumps(data)
        if data is not None:
            self.told[kind, customer, data["metadata"].get("n")] = digest(data)

    def compare(self, readers):
        """Everybody saw the same; of what was erased meanwhile, all but the data."""
        for reader in readers:
            for sequence in range(1, len(self.seen) + 1):
                if self.seen.heads[sequence - 1] != reader.seen.heads[sequence - 1]:
                    raise Failure(f"{reader.name} saw another change {sequence} than the feed has now")
                customer = self.seen.customers[sequence - 1]
                if customer not in self.writers.anonymized and self.seen.data[sequence - 1] != reader.seen.data[sequence - 1]:
                    raise Failure(f"{reader.name} saw other data in change {sequence}, of {customer}, than the feed has now")

    def find_acknowledged(self):
        for kind, customer, number, wanted in self.writers.acknowledged:
            key = (kind, customer, number)
            if customer in self.erased and kind != "customer.deleted":
                continue  # it says nothing any more of what it was
            if key not in self.told:
                raise Failure(f"an acknowledged change is not in the feed: {kind} of {customer}, with n {number}")
            if wanted is not None and self.told[key] != wanted:
                raise Failure(f"{kind} of {customer}, with n {number}, has other data in the feed than the answer had")

    def compare_list(self, client):
        left, page, total = dict(self.customers), 0, None
        while True:
            page += 1
            answer = client.call("GET", f"/v1/customers/?limit=100&page={page}&sorting=created_at")
            total = answer["pagination"]["total_count"]
            for listed in answer["items"]:
                text = left.pop(listed["id"], None)
                if text is None:
                    raise Failure(f"the list has a customer that the feed does not give, or twice: {listed}")
                folded = json.loads(text)
                for field in {**folded, **listed}:
                    if folded.get(field, "absent") != listed.get(field, "absent"):
                        raise Failure(f"{field} of {listed['id']} is {listed.get(field, 'absent')!r} in the list, "
                                      f"{folded.get(field, 'absent')!r} in the feed")
            if page >= answer["pagination"]["max_page"]:
                break
        if left:
            raise Failure(f"{len(left)} customers of the feed are not in the list, such as {next(iter(left))}")
        if total != len(self.customers):
            raise Failure(f"the list tells of {total} customers, the feed of {len(self.customers)}")
        return total


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--folder", required=True, help="where the servers' outputs go")
    parser.add_argument("--servers", type=int, default=1)
    parser.add_argument("--changes", type=int, default=100_000, help="how many are to be acknowledged")
    parser.add_argument("--writers", type=int, default=32)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("data", nargs="+", help="after --: where the data is, as serve takes it")
    arguments = parser.parse_args()
    servers = [Server(arguments.binary, arguments.folder, arguments.data) for _ in range(arguments.servers)]
    try:
        run(arguments, servers)
        print("passed")
    except Failure as failure:
        print(f"FAIL  {failure}", flush=True)
        sys.exit(1)
    finally:
        for server in servers:
            server.stop()


if __name__ == "__main__":
    main()
