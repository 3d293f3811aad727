import Dispatch

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A connection to a server that sends exactly the bytes it is given, for what no HTTP client would send.
///
/// It blocks, so it runs on a queue of its own. Nothing waits longer than `timeoutSeconds`.
actor PlumbingSocket {
    struct Answer: Sendable {
        let status: Int
        let headers: [String: String]
        let body: String
    }

    enum Problem: Error {
        case noConnection
        case noAnswer(got: String)
    }

    private static let timeoutSeconds = 10

    private let queue = PlumbingQueue()
    private let descriptor: Int32
    private var received: [UInt8] = []

    /// Connects to a port of this machine.
    init(port: Int) throws {
        #if canImport(Darwin)
        let stream = SOCK_STREAM
        #else
        let stream = Int32(SOCK_STREAM.rawValue)
        #endif
        self.descriptor = socket(AF_INET, stream, 0)
        var limit = timeval(tv_sec: Self.timeoutSeconds, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw Problem.noConnection }
    }

    deinit { close(descriptor) }

    nonisolated var unownedExecutor: UnownedSerialExecutor { queue.asUnownedSerialExecutor() }

    func send(_ text: String) { send(Array(text.utf8)) }

    /// Sends what the other side takes; it may hang up in the midst.
    func send(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    /// Reads one answer, whose length is in its head; what comes after it stays for the next.
    func answer(hasBody: Bool = true) throws -> Answer {
        let end = Array("\r\n\r\n".utf8)
        while received.firstRange(of: end) == nil { try receive() }
        guard let range = received.firstRange(of: end) else { throw Problem.noAnswer(got: text) }
        let lines = String(decoding: received[..<range.lowerBound], as: UTF8.self).split(separator: "\r\n")
        received.removeSubrange(..<range.upperBound)
        let status = lines.first.flatMap { Int($0.dropFirst("HTTP/1.1 ".count).prefix(3)) }
        guard let status, lines[0].hasPrefix("HTTP/1.1 ") else { throw Problem.noAnswer(got: "\(lines)") }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            headers[parts[0].lowercased()] = String(parts[1].drop { $0 == " " })
        }
        let length = hasBody ? headers["content-length"].flatMap { Int($0) } ?? 0 : 0
        while received.count < length { try receive() }
        let body = String(decoding: received[..<length], as: UTF8.self)
        received.removeSubrange(..<length)
        return Answer(status: status, headers: headers, body: body)
    }

    /// Whether the other side hangs up without sending more.
    func isClosed() throws -> Bool {
        guard received.isEmpty else { throw Problem.noAnswer(got: text) }
        var byte: UInt8 = 0
        return read(descriptor, &byte, 1) == 0
    }

    private var text: String { String(decoding: received, as: UTF8.self) }

    private func receive() throws {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = read(descriptor, &bytes, bytes.count)
        guard count > 0 else { throw Problem.noAnswer(got: text) }
        received += bytes[..<count]
    }
}

/// Runs what an actor does on a queue of Dispatch, whose threads may block.
private final class PlumbingQueue: SerialExecutor {
    private let queue = DispatchQueue(label: "socket")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }
}
