package import NIOCore
import NIOPosix
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Finds addresses as the system does, with its files and its servers.
///
/// The system cannot be told to stop looking: a name whose servers never answer holds a thread up for as long as half a minute.
/// So names have threads by their standing, and those that are answered wait for no other.
package final class SystemResolver: Sendable {
    typealias LookUp = @Sendable (_ host: String, _ port: Int) throws -> [SocketAddress]

    /// The one of the process.
    package static let shared = SystemResolver(lookUp: SystemResolver.ask)

    private enum Standing: Hashable {
        /// It was answered in time, if only to say that there is no such name.
        case answered
        /// It was not, or is being looked up by somebody who has gone.
        case slow
    }

    private let lookUp: LookUp
    private let standings = Mutex<[String: Standing]>([:])
    private let threads = SystemResolver.makeThreads(8)
    private let threadsOfNew = SystemResolver.makeThreads(8)
    private let threadsOfSlow = SystemResolver.makeThreads(4)

    /// Nobody waits longer for a thread.
    private static let patience = Duration.seconds(10)
    private static let slowness = Duration.seconds(2)
    /// Names whose standing is remembered.
    private static let namesMax = 10_000

    init(lookUp: @escaping LookUp) { self.lookUp = lookUp }

    /// The addresses of `host`, the preferred one first.
    ///
    /// Whoever is cancelled goes, and the thread comes back when it may.
    package func addresses(host: String, port: Int) async throws -> [SocketAddress] {
        let promise = MultiThreadedEventLoopGroup.singleton.any().makePromise(of: [SocketAddress].self)
        let asked = ContinuousClock.now
        let standing = begin(host)
        threads(of: standing).submit { _ in
            guard asked.duration(to: .now) < Self.patience else {
                self.end(host, standing)
                return promise.fail(WebhookFailure.unresolved)
            }
            let began = ContinuousClock.now
            let result = Result { try self.lookUp(host, port) }
            self.end(host, began.duration(to: .now) < Self.slowness ? .answered : .slow)
            promise.completeWith(result)
        }
        return try await withTaskCancellationHandler {
            try await promise.futureResult.get()
        } onCancel: {
            // Of two ends to a promise the second counts for nothing.
            promise.fail(CancellationError())
        }
    }

    /// Gives a name's standing, and takes it for slow until its look-up has ended.
    private func begin(_ host: String) -> Standing? {
        standings.withLock { standings in
            if standings.count > Self.namesMax { standings = [:] }
            return standings.updateValue(.slow, forKey: host)
        }
    }

    private func end(_ host: String, _ standing: Standing?) { standings.withLock { $0[host] = standing } }

    private func threads(of standing: Standing?) -> NIOThreadPool {
        switch standing {
        case .answered: threads
        case .slow: threadsOfSlow
        case nil: threadsOfNew
        }
    }

    /// Threads that live as long as the process.
    private static func makeThreads(_ count: Int) -> NIOThreadPool {
        let threads = NIOThreadPool(numberOfThreads: count)
        threads.start()
        return threads
    }

    private static func ask(host: String, port: Int) throws -> [SocketAddress] {
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
