#!/usr/bin/env python3
"""Measures webhooks: how many a second arrive from a backlog, and how late one is, also beside endpoints that are dead.

    bench_webhooks.py --binary .build/release/clientele --folder /tmp/x [--events N] [--seconds N] [--rate N] [--dead N] -- --data-dir DIR
"""

import argparse
import datetime
import itertools
import json
import multiprocessing
import socket
import sys
import threading
import time
import uuid

from serving import Client, Failure, Server
from webhook_sink import Sink

CREATORS = 32
# How long nothing new may arrive while something is missing.
WAIT_SECONDS = 60
# How many a connection to nobody can keep waiting.
BACKLOG = 4_096


class Bench:
    def __init__(self, port, token, sink):
        self.port, self.token, self.sink = port, token, sink
        self.client = Client(port, token)
        self.numbers, self.tag = itertools.count(1), uuid.uuid4().hex[:8]
        self.kept = []  # sockets that must not be closed
        self.endpoints = []

    def listen(self, url):
        body = {"url": url, "format": "raw", "events": ["customer.created"]}
        self.endpoints.append(self.client.call("POST", "/v1/webhooks/endpoints", body)["id"])

    def create(self, client):
        """Creates a customer; its id, and when the answer was there."""
        name = f"{self.tag}.{next(self.numbers)}"
        body = {"email": f"{name}@bench.example.com", "external_id": name, "name": f"Bench {name}", "metadata": {"plan": "pro", "seats": 3}}
        id = client.call("POST", "/v1/customers/", body)["id"]
        return id, time.time()

    def spread(self, work):
        """Runs `work` with a client on each of many threads, and raises what one of them failed with."""
        failures = []

        def run():
            try:
                work(Client(self.port, self.token))
            except Exception as error:
                failures.append(error)

        threads = [threading.Thread(target=run) for _ in range(CREATORS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failures:
            raise failures[0]

    def backlog(self, events):
        """Deliveries a second, once the receiver answers at once; it was slow while the customers were made."""
        self.sink.ask("hold")
        left, lock = iter(range(events)), threading.Lock()
        made = []

        def work(client):
            while True:
                with lock:
                    if next(left, None) is None:
                        return
                made.append(self.create(client)[0])

        start = time.monotonic()
        self.spread(work)
        created = time.monotonic() - start
        opened = time.time()
        self.sink.ask("release")
        arrivals = self.wait(set(made))
        seconds = max(arrivals.values()) - opened
        count = sum(1 for at in arrivals.values() if at >= opened)
        print(f"{'deliveries':24} {count / seconds:10,.0f}   a second, from a backlog of {count:,} "
              f"({events - count:,} went before; creating them took {created:.0f} s, {events / created:,.0f} a second)", flush=True)

    def latency(self, seconds, rate, what):
        """Milliseconds to a delivery's arrival, sorted: from the answer to the call, and from the moment in the payload."""
        self.sink.ask("take")
        slots, lock, answers = iter(range(int(seconds * rate))), threading.Lock(), {}
        start = time.monotonic()

        def work(client):
            while True:
                with lock:
                    slot = next(slots, None)
                if slot is None:
                    return
                time.sleep(max(0, start + slot / rate - time.monotonic()))
                id, at = self.create(client)
                answers[id] = at

        self.spread(work)
        took = time.monotonic() - start
        self.moments = {}
        arrivals = self.wait(set(answers))
        by_answer = sorted(1_000 * (arrivals[id] - at) for id, at in answers.items())
        by_commit = sorted(1_000 * (arrivals[id] - self.moments[id]) for id in answers)
        print(f"{what:24} p50 {share(by_answer, 0.5):8,.1f}   p99 {share(by_answer, 0.99):8,.1f}   milliseconds from the answer; "
              f"from the change p50 {share(by_commit, 0.5):,.1f}, p99 {share(by_commit, 0.99):,.1f} "
              f"({len(answers) / took:,.0f} changes a second)", flush=True)
        return by_answer, by_commit

    def wait(self, wanted):
        """When the event of each customer first arrived."""
        arrivals, copies, end = {}, 0, time.monotonic() + WAIT_SECONDS
        self.moments = {}
        while len(arrivals) < len(wanted):
            for at, body in self.sink.ask("take"):
                payload = json.loads(body)
                id = payload["data"]["id"]
                if id not in wanted:
                    continue
                copies += id in arrivals
                arrivals.setdefault(id, at)
                self.moments.setdefault(id, datetime.datetime.fromisoformat(payload["timestamp"].replace("Z", "+00:00")).timestamp())
                end = time.monotonic() + WAIT_SECONDS
            if time.monotonic() > end:
                raise Failure(f"{len(wanted) - len(arrivals):,} of {len(wanted):,} events are missing, and none came for {WAIT_SECONDS} s")
            if len(arrivals) < len(wanted):
                time.sleep(0.2)
        if copies:
            print(f"{copies:,} arrived more than once", flush=True)
        return arrivals

    def make_dead(self, count):
        """Half of the endpoints refuse connections; the others take them and never answer."""
        for number in range(count):
            silent = socket.socket()
            silent.bind(("127.0.0.1", 0))
            if number % 2:
                silent.listen(BACKLOG)  # the system takes connections that nobody ever reads from
            self.kept.append(silent)
            self.listen(f"http://127.0.0.1:{silent.getsockname()[1]}/")

    def tidy(self):
        for id in self.endpoints:
            self.client.call("DELETE", f"/v1/webhooks/endpoints/{id}")


def share(values, part):
    return values[min(len(values) - 1, int(len(values) * part))]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--folder", required=True, help="where the server's output goes")
    parser.add_argument("--events", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--rate", type=float, default=200)
    parser.add_argument("--dead", type=int, default=100)
    parser.add_argument("data", nargs="+", help="after --: where the data is, as serve takes it")
    arguments = parser.parse_args()
    server = Server(arguments.binary, arguments.folder, arguments.data, ["--threads", "2", "--allow-private-webhooks"])
    sink = Sink()
    try:
        server.start()
        bench = Bench(server.port, server.token, sink)
        bench.listen(f"http://127.0.0.1:{sink.port}/")
        bench.backlog(arguments.events)
        alone = bench.latency(arguments.seconds, arguments.rate, "latency")
        bench.make_dead(arguments.dead)
        beside = bench.latency(arguments.seconds, arguments.rate, f"beside {arguments.dead} dead ones")
        ratios = [share(after, 0.99) / max(share(before, 0.99), 0.001) for before, after in zip(alone, beside)]
        print(f"{'':24} p99 {ratios[0]:8.1f}   times that without them; from the change {ratios[1]:.1f} times", flush=True)
        bench.tidy()
    except Failure as failure:
        sys.exit(f"FAIL  {failure}")
    finally:
        server.stop()
        sink.stop()


if __name__ == "__main__":
    multiprocessing.set_start_method("spawn")
    main()
