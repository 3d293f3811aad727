#!/usr/bin/env python3
"""Makes a customer that holds much, and measures what only whole bodies can: a batch of states, and events.

    bench_usage.py rich BASE TOKEN              prints the id of a customer with 3 subscriptions, 10 benefits and 5 meters
    bench_usage.py batch BASE TOKEN SECONDS     prints the median milliseconds of the states of 100 customers in one call
    bench_usage.py ingest BASE TOKEN SECONDS    prints the events a second that two clients get in, 10,000 a request
"""

import http.client
import json
import statistics
import sys
import threading
import time
import urllib.parse
import uuid

EVENTS = 10_000


class Client:
    def __init__(self, base, token):
        self.connection = http.client.HTTPConnection(urllib.parse.urlsplit(base).netloc, timeout=60)
        self.headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def call(self, method, path, body=None):
        text = json.dumps(body) if isinstance(body, (dict, list)) else body
        self.connection.request(method, path, text, self.headers)
        response = self.connection.getresponse()
        answer = response.read()
        if response.status >= 300:
            sys.exit(f"{method} {path}: {response.status} {answer[:300]!r}")
        return json.loads(answer) if answer else None

    def make(self, path, **body):
        return self.call("POST", path, body)["id"]


def rich(client):
    tag = uuid.uuid4().hex[:8]
    customer = client.make("/v1/customers/", email=f"rich.{tag}@bench.example.com", external_id=f"rich-{tag}", name="Rich")
    products = []
    for number in range(3):
        benefits = []
        for index in range(4 if number == 0 else 3):
            body = {"type": "feature_flag", "description": f"Feature {number}.{index}", "properties": {}, "metadata": {"key": f"f{number}{index}"}}
            if index < 2 and len(products) < 3 and number * 2 + index < 5:
                meter = client.make(
                    "/v1/meters/", name=f"Meter {number}.{index}", aggregation={"func": "sum", "property": "n"},
                    filter={"conjunction": "and", "clauses": [{"property": "name", "operator": "eq", "value": f"e{number}{index}.{tag}"}]},
                )
                body = {"type": "meter_credit", "description": "Credit", "properties": {"units": 100, "rollover": False, "meter_id": meter}}
            benefits.append(client.make("/v1/benefits/", **body))
        product = client.make("/v1/products/", name=f"Product {number}", recurring_interval="month", prices=[{"amount_type": "free"}])
        client.call("POST", f"/v1/products/{product}/benefits", {"benefits": benefits})
        client.make("/v1/subscriptions/", product_id=product, customer_id=customer)
        products.append(product)
    state = client.call("GET", f"/v1/customers/{customer}/state")
    held = [len(state[name]) for name in ("active_subscriptions", "granted_benefits", "active_meters")]
    assert held == [3, 10, 5], held
    print(customer)


def batch(client, seconds):
    ids = [item["id"] for item in client.call("GET", "/v1/customers/?limit=100&page=7")["items"]]
    times, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        start = time.perf_counter()
        assert len(client.call("POST", "/v1/customers/state/query", {"ids": ids})["items"]) == len(ids)
        times.append(time.perf_counter() - start)
    print(f"{statistics.median(times) * 1000:.1f}")


def ingest(base, token, seconds):
    """Bodies are made before the clock runs; each is sent once."""
    names = [f"user_{number}" for number in range(0, 1_000)]
    bodies, count = [], max(4, int(12 * seconds))
    for body in range(count):
        events = [
            {"name": "bench.event", "external_customer_id": names[(body * 37 + event) % len(names)], "metadata": {"n": event % 97, "path": "/v1/maps"}}
            for event in range(EVENTS)
        ]
        bodies.append(json.dumps({"events": events}))
    clients = [Client(base, token) for _ in range(2)]
    done, lock = [0], threading.Lock()
    end = time.monotonic() + seconds

    def send(client):
        while time.monotonic() < end:
            with lock:
                if not bodies:
                    return
                body = bodies.pop()
            assert client.call("POST", "/v1/events/ingest", body)["inserted"] == EVENTS
            with lock:
                done[0] += EVENTS

    start = time.monotonic()
    threads = [threading.Thread(target=send, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(f"{done[0] / (time.monotonic() - start):.0f}")


def main():
    what, base, token, *rest = sys.argv[1:]
    if what == "rich":
        rich(Client(base, token))
    elif what == "batch":
        batch(Client(base, token), float(rest[0]))
    else:
        ingest(base, token, float(rest[0]))


main()
