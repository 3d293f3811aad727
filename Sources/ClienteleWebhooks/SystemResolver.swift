package import NIOCore
import NIOPosix

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Finds addresses as the system does, with its files and its servers.
package enum SystemResolver {
    /// The addresses of `host`, the preferred one first.
    ///
    /// The system cannot be told to stop looking. Whoever is cancelled goes, and the thread comes back when it may.
    package static func addresses(host: String, port: Int) async throws -> [SocketAddress] {
        let promise = MultiThreadedEventLoopGroup.singleton.any().makePromise(of: [SocketAddress].self)
        let asked = ContinuousClock.now
        threads.submit { _ in
            guard asked.duration(to: .now) < patience else { return promise.fail(WebhookFailure.unresolved) }
            promise.completeWith(Result { try lookUp(host: host, port: port) })
        }
        return try await withTaskCancellationHandler {
            try await promise.futureResult.get()
        } onCancel: {
            // Of two ends to a promise the second counts for nothing.
            promise.fail(CancellationError())
        }
    }

    /// Threads of its own, which live as long as the process: names whose servers never answer hold each one up for as long as
    /// half a minute, and must hold up nothing else.
    private static let threads: NIOThreadPool = {
        let threads = NIOThreadPool(numberOfThreads: 8)
        threads.start()
        return threads
    }()

    /// Nobody waits longer for a thread.
    private static let patience = Duration.seconds(10)

    private static func lookUp(host: String, port: Int) throws -> [SocketAddress] {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_flags = AI_ADDRCONFIG
        #if canImport(Glibc)
        hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        #else
        hints.ai_socktype = CInt(SOCK_STREAM)
        #endif
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &list) == 0, let list else { throw WebhookFailure.unresolved }
        defer { freeaddrinfo(list) }
        return sequence(first: list, next: { $0.pointee.ai_next }).compactMap { address(of: $0.pointee) }
    }

    private static func address(of found: addrinfo) -> SocketAddress? {
        guard let bytes = UnsafeRawPointer(found.ai_addr) else { return nil }
        switch found.ai_family {
        case AF_INET: return SocketAddress(bytes.loadUnaligned(as: sockaddr_in.self))
        case AF_INET6: return SocketAddress(bytes.loadUnaligned(as: sockaddr_in6.self))
        default: return nil
        }
    }
}
