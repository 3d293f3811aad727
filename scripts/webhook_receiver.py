"""A local receiver of webhooks, which notes every delivery and answers as it is told to."""

import http.server
import json
import threading
import time

from serving import Failure


class Delivery:
    """One request that arrived, with the answer that it got."""

    def __init__(self, method, path, headers, body):
        self.at = time.time()
        self.method, self.path, self.body = method, path, body
        self.headers = {name.lower(): value for name, value in headers.items()}
        self.status = None
        self.is_examined = False

    @property
    def payload(self):
        return json.loads(self.body)

    @property
    def id(self):
        return self.headers.get("webhook-id")

    @property
    def type(self):
        return self.payload["type"]

    @property
    def sequence(self):
        value = self.headers.get("x-clientele-sequence")
        return None if value is None else int(value)

    @property
    def state_version(self):
        value = self.headers.get("x-clientele-state-version")
        return None if value is None else int(value)

    @property
    def customer(self):
        """Whom it is about; None for what is nobody's."""
        kind, data = self.type, self.payload["data"]
        if kind.startswith("customer."):
            return data["id"]
        return data["customer_id"] if kind.startswith(("member.", "subscription.", "benefit_grant.")) else None

    def __repr__(self):
        return f"{self.type} ({self.id}, to {self.path}, answered {self.status})"


class Receiver:
    """Listens on 127.0.0.1; `answers` has for a path a function from a delivery to a status, or to (status, headers)."""

    def __init__(self):
        self.deliveries, self.answers = [], {}
        self.changed = threading.Condition()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def take(self):
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                delivery = Delivery(self.command, self.path, self.headers, body)
                with receiver.changed:
                    receiver.deliveries.append(delivery)
                    receiver.changed.notify_all()
                answer = receiver.answers.get(self.path, lambda _: 200)(delivery)
                status, headers = answer if isinstance(answer, tuple) else (answer, {})
                delivery.status = status
                self.send_response(status)
                for name, value in {"Content-Length": "2", **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(b"ok")

            do_POST = do_GET = do_PUT = take

            def handle(self):
                try:
                    super().handle()
                except OSError:
                    pass  # the server was killed, or did not wait

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def url(self, path):
        return f"http://127.0.0.1:{self.server.server_port}{path}"

    def at(self, path, start=0):
        """What arrived there, from a position in all deliveries on."""
        with self.changed:
            return [delivery for delivery in self.deliveries[start:] if delivery.path == path]

    @property
    def count(self):
        with self.changed:
            return len(self.deliveries)

    def wait(self, path, what, condition, seconds=15, start=0):
        """The deliveries to a path once `condition` holds for them; `Failure` where it does not in time."""
        end = time.monotonic() + seconds
        with self.changed:
            while True:
                found = [delivery for delivery in self.deliveries[start:] if delivery.path == path]
                if condition(found):
                    return found
                left = end - time.monotonic()
                if left <= 0:
                    raise Failure(f"{what} within {seconds} s; {path} got {[delivery.type for delivery in found]}")
                self.changed.wait(left)

    def quiet(self, path, seconds, start=0):
        """The deliveries to a path once nothing came to it for so long."""
        while True:
            found = self.at(path, start)
            last = max([delivery.at for delivery in found], default=0)
            left = seconds - (time.time() - last) if found else seconds
            if left > 0:
                time.sleep(left)
            if len(self.at(path, start)) == len(found):
                return found
