"""Writers that create, change and delete customers through everything, and note what was acknowledged."""

import http.client
import itertools
import random
import threading
import time

from feed_readers import digest
from serving import Client, Failure

# Customers that all writers change, so that two servers contend for one.
SHARED = 8
# How many customers of its own a writer keeps, about.
KEPT = 40


class Writers:
    def __init__(self, ports, token, count, changes):
        self.ports, self.token, self.changes = ports, token, changes
        self.numbers = itertools.count(1)
        self.lock = threading.Lock()
        self.acknowledged = []  # (type, customer, n of its metadata, digest of the answer)
        self.anonymized = set()  # also where nobody answered
        self.shared = []
        self.done = self.cut = self.refused = 0
        self.failure = None
        self.is_over = threading.Event()
        self.threads = [threading.Thread(target=self.run, args=(number,), daemon=True) for number in range(count)]

    def start(self):
        writer = Writer(self, 0)
        for number in range(SHARED):
            writer.upsert(f"shared-{number}")
        self.shared = [(f"shared-{number}", id) for number, (id, _) in enumerate(writer.own)]
        if len(self.shared) != SHARED:
            raise Failure("the first customers could not be made")
        for thread in self.threads:
            thread.start()

    def join(self):
        for thread in self.threads:
            thread.join()
        if self.failure is not None:
            raise self.failure

    def stop(self):
        self.is_over.set()

    @property
    def are_running(self):
        return any(thread.is_alive() for thread in self.threads)

    def run(self, number):
        writer = Writer(self, number)
        try:
            while not self.is_over.is_set() and self.done < self.changes:
                writer.write()
        except Failure as failure:
            self.failure = failure
        except Exception as error:  # a thread that ended silently would not be missed
            self.failure = Failure(f"a writer: {type(error).__name__}: {error}")

    def note(self, kind, customer, number, data):
        entry = (kind, customer, number, None if data is None else digest(data))
        with self.lock:
            self.acknowledged.append(entry)
            self.done += 1

    def count(self, name):
        with self.lock:
            setattr(self, name, getattr(self, name) + 1)


class Writer:
    """What one of them does, one call after the other, on connections to all servers by turns."""

    def __init__(self, writers, number):
        self.writers, self.turn = writers, number
        self.random = random.Random(number)
        self.clients = [Client(port, writers.token) for port in writers.ports]
        self.own = []  # (id, external id) of customers that nobody else changes

    def write(self):
        choice = self.random.random()
        if choice < 0.1:
            self.change_shared()
        elif not self.own or choice < (0.4 if len(self.own) < KEPT else 0.15):
            self.create()
        elif choice < 0.75:
            self.update(self.random.choice(self.own)[0], own=True)
        elif choice < 0.9:
            new = self.random.random() < 0.3
            self.upsert(f"u-{next(self.writers.numbers)}" if new else self.random.choice(self.own)[1])
        else:
            self.delete(self.own.pop(self.random.randrange(len(self.own))))

    def body(self, number):
        """Each change says by its number which it is."""
        names = ["Ada Łovelace", "Grace \"H\" Hopper", "名前", "O'Brien \\ Söhne"]
        return {"name": f"{self.random.choice(names)} {number}", "metadata": {"n": number, "ratio": number / 8}}

    def create(self):
        number = next(self.writers.numbers)
        body = {**self.body(number), "email": f"c{number}@feed.example.com", "external_id": f"c-{number}"}
        if number % 16 == 0:
            body["billing_address"] = {"country": "FR", "city": "Paris"}
        answer = self.send("POST", "/v1/customers/", body, {201})
        if answer is not None:
            self.writers.note("customer.created", answer.json["id"], number, answer.json)
            self.own.append((answer.json["id"], body["external_id"]))

    def update(self, id, own):
        number = next(self.writers.numbers)
        answer = self.send("PATCH", f"/v1/customers/{id}", self.body(number), {200})
        if answer is not None:
            self.writers.note("customer.updated", id, number, answer.json)

    def upsert(self, external_id):
        number = next(self.writers.numbers)
        body = {**self.body(number), "email": f"{external_id}@feed.example.com"}
        if external_id.startswith("c-"):  # it has its address from its creation
            del body["email"]
        answer = self.send("PUT", f"/v1/customers/external/{external_id}", body, {200, 201})
        if answer is None:
            return
        id = answer.json["id"]
        self.writers.note("customer.created" if answer.status == 201 else "customer.updated", id, number, answer.json)
        if (id, external_id) not in self.own and external_id not in [name for name, _ in self.writers.shared]:
            self.own.append((id, external_id))

    def change_shared(self):
        external_id, id = self.random.choice(self.writers.shared)
        if self.random.random() < 0.5:
            self.update(id, own=False)
        else:
            self.upsert(external_id)

    def delete(self, customer):
        id, _ = customer
        anonymize = self.random.random() < 0.2
        if anonymize:
            with self.writers.lock:
                self.writers.anonymized.add(id)
        if self.send("DELETE", f"/v1/customers/{id}" + ("?anonymize=true" if anonymize else ""), None, {204}) is not None:
            self.writers.note("customer.deleted", id, None, None)

    def send(self, method, path, body, expected):
        """The answer; None where there was none, so that nobody knows whether the change was made."""
        self.turn += 1
        client = self.clients[self.turn % len(self.clients)]
        try:
            answer = client.send(method, path, body)
        except (OSError, http.client.HTTPException) as error:
            if isinstance(error, TimeoutError):
                raise Failure(f"{method} {path} was not answered for {client.timeout} s") from error
            self.writers.count("cut")
            time.sleep(0.05)
            return None
        if answer.status in expected:
            return answer
        if answer.status == 503 and answer.headers["retry-after"]:
            self.writers.count("refused")
            time.sleep(0.05)
            return None
        raise Failure(f"{method} {path}: {answer.status} {answer.text[:300]!r}")
