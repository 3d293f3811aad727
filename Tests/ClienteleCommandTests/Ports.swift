import Foundation

/// A port of this machine that another program, this one, listens on.
final class BusyPort: Sendable {
    let number: Int
    private let descriptor: Int32

    init() throws {
        #if canImport(Glibc)
        let kind = Int32(SOCK_STREAM.rawValue)
        #else
        let kind = SOCK_STREAM
        #endif
        let descriptor = socket(AF_INET, kind, 0)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                guard bind(descriptor, address, size) == 0, listen(descriptor, 1) == 0 else { return errno }
                return getsockname(descriptor, address, &size)
            }
        }
        self.descriptor = descriptor
        self.number = Int(UInt16(bigEndian: address.sin_port))
        guard result == 0 else { throw CommandError(description: "cannot listen: \(result)") }
    }

    deinit { close(descriptor) }
}

/// A port of this machine that nobody listens on, and that the system has just given to this process.
struct FreePort {
    let number: Int

    init() throws { self.number = try BusyPort().number }
}
