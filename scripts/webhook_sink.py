"""A receiver of webhooks, in a process of its own, that does so little that it is not what limits the sender."""

import asyncio
import multiprocessing
import re
import time

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"
# While it holds its answers, each comes after so long: within what a sender waits for.
HOLD_SECONDS = 4


class Sink:
    """Asked with a word: `count` of all arrivals so far, `take` those since the last time, `hold` and `release` answers."""

    def __init__(self):
        self.pipe, theirs = multiprocessing.Pipe()
        self.process = multiprocessing.Process(target=serve, args=(theirs,), daemon=True)
        self.process.start()
        self.port = self.pipe.recv()

    def ask(self, word):
        self.pipe.send(word)
        return self.pipe.recv()

    def stop(self):
        self.process.terminate()
        self.process.join()


class Arrivals:
    def __init__(self):
        self.count, self.fresh, self.is_holding, self.held = 0, [], False, []

    def answer(self, word):
        if word == "take":
            taken, self.fresh = self.fresh, []
            return taken
        if word in ("hold", "release"):
            self.is_holding = word == "hold"
            held, self.held = self.held, []
            for connection in held:
                connection.release()
        return self.count


class Connection(asyncio.Protocol):
    """Requests with a body of known length, one after the other."""

    def __init__(self, arrivals):
        self.arrivals, self.buffer, self.owed = arrivals, b"", 0

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.buffer += data
        while True:
            head = self.buffer.find(b"\r\n\r\n")
            if head < 0:
                return
            found = LENGTH.search(self.buffer, 0, head)
            end = head + 4 + (int(found.group(1)) if found else 0)
            if len(self.buffer) < end:
                return
            self.arrivals.count += 1
            self.arrivals.fresh.append((time.time(), self.buffer[head + 4 : end]))
            self.buffer = self.buffer[end:]
            if self.arrivals.is_holding:
                self.owed += 1
                self.arrivals.held.append(self)
                asyncio.get_running_loop().call_later(HOLD_SECONDS, self.release)
            else:
                self.transport.write(ANSWER)

    def release(self):
        self.transport.write(ANSWER * self.owed)
        self.owed = 0


def serve(pipe):
    async def run():
        arrivals, loop = Arrivals(), asyncio.get_running_loop()
        server = await loop.create_server(lambda: Connection(arrivals), "127.0.0.1", 0, backlog=1_024)
        loop.add_reader(pipe.fileno(), lambda: pipe.send(arrivals.answer(pipe.recv())))
        pipe.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(run())
