import ClienteleTestSupport
import Foundation

/// The network between two programs of this machine, for a test to cut.
final class NetworkProxy: Sendable {
    enum Mode: String {
        case pass
        /// Resets every connection, and each new one as soon as it is made.
        case refuse
        /// Takes all and delivers nothing. A connection that has lost something stays silent when others pass again.
        case swallow
    }

    let port: Int
    private let process: Process
    private let commands: FileHandle
    private let answers: FileHandle

    /// Leads to a port of this machine.
    init(to target: Int) throws {
        let (input, output) = (Pipe(), Pipe())
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", "-u", "-c", Self.program, String(target)]
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        self.process = process
        self.commands = input.fileHandleForWriting
        self.answers = output.fileHandleForReading
        guard let port = Int(String(decoding: answers.availableData, as: UTF8.self).split(separator: "\n").first ?? "")
        else { throw CommandError(description: "the proxy does not start") }
        self.port = port
    }

    deinit { process.terminate() }

    /// Does from now on as `mode` says; returns when it does.
    func set(_ mode: Mode) async throws {
        let (commands, answers) = (commands, answers)
        try await onThread {
            try commands.write(contentsOf: Data("\(mode.rawValue)\n".utf8))
            guard !answers.availableData.isEmpty else { throw CommandError(description: "the proxy has ended") }
        }
    }

    private static let program = """
        import os, selectors, socket, struct, sys

        mode, other, mute = "pass", {}, set()
        waiting = selectors.DefaultSelector()

        def close(end, how=None):
            if end is None or end not in other: return
            waiting.unregister(end)
            del other[end]
            if how: end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            end.close()

        def add(end, peer):
            other[end] = peer
            waiting.register(end, selectors.EVENT_READ)

        def connect(client):
            if mode == "swallow":
                mute.add(client)
                return add(client, None)
            try:
                if mode == "refuse": raise OSError()
                server = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
            except OSError:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return client.close()
            add(client, server)
            add(server, client)

        def carry(end):
            try: data = end.recv(65536)
            except OSError: data = b""
            peer = other[end]
            if mode == "swallow" or end in mute:
                mute.update(one for one in (end, peer) if one)
                if not data:
                    if peer in other: other[peer] = None
                    close(end)
                return
            try:
                if data: return peer.sendall(data)
            except OSError: pass
            close(peer)
            close(end)

        listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        waiting.register(listener, selectors.EVENT_READ)
        waiting.register(0, selectors.EVENT_READ)
        print(listener.getsockname()[1])
        while True:
            for key, _ in waiting.select():
                if key.fileobj == 0:
                    command = os.read(0, 100)
                    if not command: sys.exit()
                    mode = command.decode().strip()
                    if mode == "refuse":
                        for end in list(other): close(end, "reset")
                    print(mode)
                elif key.fileobj is listener: connect(listener.accept()[0])
                elif key.fileobj in other: carry(key.fileobj)
        """
}
