"""Readers that follow the feed of changes through everything, and note what they saw."""

import hashlib
import http.client
import json
import threading
import time

from serving import Client, Failure

# The order of an item's members.
ITEM = ["sequence", "type", "timestamp", "customer_id", "state_version", "actor", "data"]


def digest(value):
    """A short name of a JSON value, the same whatever the order of its members."""
    return hashlib.blake2b(json.dumps(value, sort_keys=True).encode(), digest_size=12).digest()


class Seen:
    """Changes in order, as digests: many of them find room."""

    def __init__(self):
        self.heads, self.data, self.customers = [], [], []

    def __len__(self):
        return len(self.heads)

    def add(self, item):
        if list(item) != ITEM:
            raise Failure(f"a change has the members {list(item)}, not {ITEM}")
        if item["sequence"] != len(self.heads) + 1:
            raise Failure(f"change {item['sequence']} comes after {len(self.heads)}: {item}")
        self.data.append(digest(item["data"]))
        self.customers.append(item["customer_id"])
        self.heads.append(digest([item[name] for name in ITEM[:-1]]))


class Reader:
    """Begins again at the next server wherever it was cut off."""

    GONE_SECONDS = 90

    def __init__(self, name, ports, token, turn=0):
        self.name, self.ports, self.token, self.turn = name, ports, token, turn
        self.seen, self.failure, self.connections = Seen(), None, 0
        self.is_over = threading.Event()

    def stop(self):
        self.is_over.set()

    def run(self):
        reached = time.monotonic()
        try:
            while not self.is_over.is_set():
                try:
                    self.connections += 1
                    self.turn += 1
                    self.read(self.ports[self.turn % len(self.ports)])
                    reached = time.monotonic()
                except (OSError, http.client.HTTPException) as error:
                    if self.is_over.is_set():
                        return
                    if isinstance(error, TimeoutError):
                        raise Failure("nothing came for too long, not even a heartbeat") from error
                    if time.monotonic() - reached > self.GONE_SECONDS and not self.seen:
                        raise Failure(f"no server could be reached: {error}") from error
                    self.is_over.wait(0.05)
        except Failure as failure:
            self.failure = Failure(f"{self.name}: {failure}")
        except Exception as error:  # a thread that ended silently would be waited for
            self.failure = Failure(f"{self.name}: {type(error).__name__}: {error}")

    def expect(self, status, text):
        """Raises `OSError` where a later attempt may do."""
        if status == 503:
            raise ConnectionError("the server cannot answer for now")
        if status != 200:
            raise Failure(f"status {status}: {text[:300]!r}")


class PageReader(Reader):
    """Polls pages of changing sizes, each from the next server."""

    SIZES = [1, 7, 100, 1_000]

    def __init__(self, ports, token, turn):
        super().__init__(f"page reader {turn + 1}", ports, token, turn)
        self.clients = {port: Client(port, token) for port in ports}
        self.page = 0

    def read(self, port):
        while not self.is_over.is_set():
            size = self.SIZES[self.page % len(self.SIZES)]
            self.page += 1
            after = len(self.seen)
            answer = self.clients[port].send("GET", f"/v1/changes?after={after}&limit={size}")
            self.expect(answer.status, answer.text)
            page = answer.json
            if list(page) != ["items", "next_after", "has_more"]:
                raise Failure(f"a page has the members {list(page)}")
            if len(page["items"]) > size:
                raise Failure(f"a page of {size} has {len(page['items'])} changes")
            for item in page["items"]:
                self.seen.add(item)
            if page["next_after"] != len(self.seen):
                raise Failure(f"next_after is {page['next_after']} after {len(self.seen)}")
            if not page["has_more"]:
                self.is_over.wait(0.02)
            self.turn += 1
            port = self.ports[self.turn % len(self.ports)]


class StreamReader(Reader):
    """Follows the stream of server-sent events, and resumes it with the id of the last."""

    HEARTBEAT_SECONDS = 15

    def __init__(self, ports, token):
        super().__init__("stream reader", ports, token)

    def read(self, port):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2 * self.HEARTBEAT_SECONDS)
        headers = {"Authorization": f"Bearer {self.token}", "Accept": "text/event-stream"}
        path = "/v1/changes/stream"
        if self.seen:
            headers["Last-Event-ID"] = str(len(self.seen))
            path += "?after=0"  # which the header goes before
        else:
            path += "?after=0"
        try:
            connection.request("GET", path, None, headers)
            response = connection.getresponse()
            self.expect(response.status, b"" if response.status == 200 else response.read())
            if response.headers.get_content_type() != "text/event-stream":
                raise Failure(f"the stream is {response.headers['content-type']}")
            self.follow(response)
        finally:
            connection.close()

    def follow(self, response):
        fields, is_first = {}, True
        while not self.is_over.is_set():
            line = response.readline()
            if not line.endswith(b"\n"):
                return  # cut off
            line = line.rstrip(b"\r\n").decode()
            if not line:
                if is_first:
                    # It says where the stream goes on from.
                    if fields.keys() != {"retry", "id"} or fields["retry"] != "1000":
                        raise Failure(f"a stream begins with {fields}")
                else:
                    self.take(fields)
                is_first = False
                fields = {}
            elif not line.startswith(":"):
                name, _, value = line.partition(": ")
                fields[name] = value

    def take(self, fields):
        if "data" not in fields:
            return
        item = json.loads(fields["data"])
        if (fields.get("id"), fields.get("event")) != (str(item["sequence"]), item["type"]):
            raise Failure(f"an event says id {fields.get('id')}, event {fields.get('event')} of {item}")
        if fields["data"] != json.dumps(item, separators=(",", ":"), ensure_ascii=False):
            raise Failure(f"an event's data is not compact: {fields['data'][:300]}")
        self.seen.add(item)
