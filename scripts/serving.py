"""A server to be started, killed and called, for the checks and benchmarks; the standard library is enough."""

import http.client
import json
import os
import random
import signal
import socket
import subprocess
import time


class Failure(Exception):
    """Something is not as it was promised; the text says what."""


def free_port():
    """A port that nobody listens on and that no outgoing connection gets, so that a restarted server finds it free."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                pass


class Server:
    """`clientele serve` at one port, also after it was killed and started again."""

    START_SECONDS = 60

    def __init__(self, binary, folder, data, options=()):
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.command = [binary, "serve", *data, "--port", str(self.port), *options]
        self.output, self.log = os.path.join(folder, f"{self.port}.out"), os.path.join(folder, f"{self.port}.log")
        self.token, self.process = None, None

    def start(self):
        with open(self.output, "w") as output, open(self.log, "a") as log:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=output, stderr=log)
        end = time.monotonic() + self.START_SECONDS
        while True:
            text = open(self.output, encoding="utf-8").read()
            if any(line.startswith("Serving on ") for line in text.splitlines()):
                break
            if self.process.poll() is not None or time.monotonic() > end:
                raise Failure(f"the server did not start: {self.tail()}")
            time.sleep(0.02)
        for line in text.splitlines():
            if line.startswith("Access token"):
                self.token = line.split(": ")[-1].strip()
        return self

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.kill()

    def tail(self):
        """The end of the log."""
        return open(self.log, encoding="utf-8", errors="replace").read()[-2_000:]


class Answer:
    def __init__(self, status, headers, text):
        self.status, self.headers, self.text = status, headers, text

    @property
    def json(self):
        return json.loads(self.text) if self.text else None


class Client:
    """One kept connection, which is opened again after it was cut. Raises `OSError` or `HTTPException` where it is."""

    def __init__(self, port, token, timeout=60):
        self.port, self.timeout, self.connection = port, timeout, None
        self.headers = {"Authorization": f"Bearer {token}"}

    def send(self, method, path, body=None, headers=None):
        """The answer, whatever its status."""
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.timeout)
            self.connection.connect()
            self.connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        text = None if body is None else json.dumps(body)
        kind = {} if body is None else {"Content-Type": "application/json"}
        try:
            self.connection.request(method, path, text, {**self.headers, **kind, **(headers or {})})
            response = self.connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        except (OSError, http.client.HTTPException):
            self.close()
            raise

    def call(self, method, path, body=None):
        """What a successful answer holds."""
        answer = self.send(method, path, body)
        if answer.status >= 300:
            raise Failure(f"{method} {path}: {answer.status} {answer.text[:300]!r}")
        return answer.json

    def close(self):
        if self.connection is not None:
            self.connection.close()
        self.connection = None
