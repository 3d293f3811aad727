import ClienteleJSON
import Foundation

/// A request, as the text that goes over the wire.
struct HTTPRequest: Sendable {
    let text: String

    init(_ method: String, _ path: String, token: String, body: String? = nil, headers: [String: String] = [:]) {
        var lines = ["\(method) \(path) HTTP/1.1", "Host: localhost"]
        if !token.isEmpty { lines.append("Authorization: Bearer \(token)") }
        if let body { lines += ["Content-Type: application/json", "Content-Length: \(body.utf8.count)"] }
        lines += headers.map { "\($0.key): \($0.value)" }
        self.text = lines.joined(separator: "\r\n") + "\r\n\r\n" + (body ?? "")
    }
}

/// A whole answer.
struct HTTPAnswer: Sendable {
    let status: Int
    /// By name in lower case.
    let headers: [String: String]
    let body: String

    /// The body as JSON; `null` where it is none.
    var json: JSON { (try? JSON(parsing: Array(body.utf8))) ?? .null }
}

/// One connection to a server on this machine, for blocking calls from one thread at a time.
final class HTTPConnection: Sendable {
    /// The system's number of the error that kept it from connecting.
    struct Refused: Error { let code: Int32 }

    /// Nothing came, or the connection was closed, before the answer was whole.
    struct Cut: Error {}

    private let descriptor: Int32

    /// How long a call waits for the server before the test fails, in seconds.
    private static let timeoutSeconds = 20

    /// Connects; the system takes in `receiveBufferBytes` that were not read yet, or as many as it likes.
    init(port: Int, receiveBufferBytes: Int32? = nil) throws {
        #if canImport(Glibc)
        let kind = Int32(SOCK_STREAM.rawValue)
        #else
        let kind = SOCK_STREAM
        #endif
        descriptor = socket(AF_INET, kind, 0)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        if var size = receiveBufferBytes {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        }
        var timeout = timeval(tv_sec: Self.timeoutSeconds, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let descriptor = descriptor
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw Refused(code: errno) }
    }

    deinit { close(descriptor) }

    func send(_ text: String) throws {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.send(descriptor, $0.baseAddress, $0.count, noSignal) }
            guard count > 0 else { throw Cut() }
            rest = rest.dropFirst(count)
        }
    }

    /// Reads what there is, at least a byte.
    func bytes() throws -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        guard count > 0 else { throw Cut() }
        return Array(buffer.prefix(count))
    }

    /// Reads one whole answer, of which `received` has come already.
    func answer(received: [UInt8] = []) throws -> HTTPAnswer {
        var received = received
        while true {
            if let answer = HTTPAnswer(whole: received) { return answer }
            received += try bytes()
        }
    }
}

#if canImport(Glibc)
private let noSignal = Int32(MSG_NOSIGNAL)
#else
private let noSignal: Int32 = 0
#endif

extension HTTPAnswer {
    /// Reads an answer; nil when it is not whole yet.
    fileprivate init?(whole bytes: [UInt8]) {
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        let parts = lines[0].split(separator: " ")
        guard parts.count >= 2, let status = Int(parts[1]) else { return nil }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let pair = line.split(separator: ":", maxSplits: 1)
            if pair.count == 2 { headers[pair[0].lowercased()] = pair[1].trimmingCharacters(in: .whitespaces) }
        }
        let rest = bytes[end.upperBound...]
        let body: ArraySlice<UInt8>
        if headers["transfer-encoding"] == "chunked" {
            guard let chunks = Self.joined(chunks: rest) else { return nil }
            body = chunks
        } else {
            let length = headers["content-length"].flatMap { Int($0) } ?? 0
            guard rest.count >= length else { return nil }
            body = rest.prefix(length)
        }
        self.init(status: status, headers: headers, body: String(decoding: body, as: UTF8.self))
    }

    /// The content of a chunked body; nil when its last chunk has not come yet.
    private static func joined(chunks: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard chunks.suffix(5).elementsEqual("0\r\n\r\n".utf8) else { return nil }
        var rest = chunks
        var content: ArraySlice<UInt8> = []
        while let line = rest.firstIndex(of: 0x0D) {
            guard let size = Int(String(decoding: rest[..<line], as: UTF8.self), radix: 16) else { return nil }
            if size == 0 { return content }
            let start = line + 2
            guard start + size + 2 <= rest.endIndex else { return nil }
            content += rest[start..<start + size]
            rest = rest[(start + size + 2)...]
        }
        return nil
    }
}

/// Runs calls that block on a thread of their own, so that they hold up no other test.
func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
    }
}
