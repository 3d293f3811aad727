import AsyncHTTPClient
import ClienteleCore
import ClienteleResponseGuard
import NIOCore
import NIOPosix
import Synchronization

/// The clients of a sender, one for each host, each of which connects to one checked address and to no other.
///
/// A client outlives the resolution it comes from as long as the name still has its address, so that its connections are kept.
final class PinnedClients: Sendable {
    typealias Resolver = @Sendable (_ host: String, _ port: Int) async throws -> [SocketAddress]

    private let allowsPrivate: Bool
    private let resolver: Resolver
    private let lifetime: Duration
    private let hostsMax: Int
    private let state = Mutex(State())

    /// Has no client at first.
    ///
    /// - Parameters:
    ///   - allowsPrivate: Whether any address will do.
    ///   - lifetime: How long an address is taken for true.
    ///   - hostsMax: The hosts that are remembered; where there are more, those to which nothing is on its way are forgotten.
    ///   - resolver: Finds the addresses of a name.
    init(allowsPrivate: Bool, lifetime: Duration, hostsMax: Int = 1_000, resolver: @escaping Resolver) {
        self.allowsPrivate = allowsPrivate
        self.hostsMax = hostsMax
        self.lifetime = lifetime
        self.resolver = resolver
    }

    /// Calls `body` with the client of a host; when it throws, the host's next client may go to another of its addresses.
    func withClient<Value>(
        host: String,
        port: Int,
        _ body: (HTTPClient) async throws -> Value
    ) async throws -> Value {
        let lease = try await lease(host: host, port: port)
        do {
            let value = try await body(lease.client)
            release(lease, host: host, hasFailed: false)
            return value
        } catch {
            release(lease, host: host, hasFailed: !Task.isCancelled)
            throw error
        }
    }

    /// Ends all clients, and with them what is on its way; there are none afterwards.
    func shutdown() async {
        let clients = state.withLock { state in
            state.isClosed = true
            defer { state.pins = [:] }
            return state.pins.values.map(\.client)
        }
        for client in clients { try? await client.shutdown() }
    }

    /// How many clients there are.
    var count: Int { state.withLock(\.pins.count) }

    /// The connections to one receiver: at 50 ms for an answer they carry more than 2,500 webhooks a second.
    private static let connectionsMax = 128

    /// Half of what a webhook may take, so that one that waits in vain still says that the address is no good.
    private static let connectMax = TimeAmount.seconds(5)
}

extension PinnedClients {
    private struct Lease {
        let pin: Int
        let client: HTTPClient
    }

    private struct Pin {
        let client: HTTPClient
        let address: IPAddress
        var uses = 0
    }

    private struct Host {
        var pin: Int?
        var resolved: ContinuousClock.Instant?
        var hasFailed = false

        /// Ends when somebody has resolved the name.
        var resolution: EventLoopFuture<Void>?
    }

    private struct State {
        var hosts: [String: Host] = [:]
        var pins: [Int: Pin] = [:]
        var pinsMade = 0
        var isClosed = false

        mutating func lease(_ pin: Int) -> Lease? {
            guard let client = pins[pin]?.client else { return nil }
            pins[pin]?.uses += 1
            return Lease(pin: pin, client: client)
        }

        /// Forgets that somebody resolves the name, and the host if nothing else is known of it.
        mutating func endResolution(of host: String) {
            hosts[host]?.resolution = nil
            if let known = hosts[host], known.pin == nil { hosts[host] = nil }
        }

        mutating func forgetUnused() {
            hosts = hosts.filter { _, host in
                host.resolution != nil || host.pin.flatMap { pins[$0]?.uses } ?? 0 > 0
            }
        }

        /// Takes the clients away that nobody uses and no host names any more.
        mutating func takeIdle() -> [HTTPClient] {
            let named = Set(hosts.values.compactMap(\.pin))
            let idle = pins.filter { $0.value.uses == 0 && !named.contains($0.key) }
            for pin in idle.keys { pins[pin] = nil }
            return idle.values.map(\.client)
        }
    }

    private enum Step {
        case use(Lease)
        case wait(EventLoopFuture<Void>)
        case resolve(EventLoopPromise<Void>)
    }

    private func lease(host: String, port: Int) async throws -> Lease {
        while true {
            try Task.checkCancellation()
            switch try step(host) {
            case .use(let lease):
                return lease
            case .wait(let resolution):
                try await resolution.get()
            case .resolve(let promise):
                do {
                    let lease = try await resolve(host: host, port: port)
                    promise.succeed()
                    return lease
                } catch {
                    state.withLock { $0.endResolution(of: host) }
                    // Those who waited were not cancelled.
                    promise.fail(error is CancellationError ? WebhookFailure.unresolved : error)
                    throw error
                }
            }
        }
    }

    /// Of those who want a client of a host that has none, or an old one, one resolves the name and the others wait.
    private func step(_ host: String) throws -> Step {
        try state.withLock { state throws(WebhookFailure) in
            guard !state.isClosed else { throw .cancelled }
            let known = state.hosts[host]
            if let resolution = known?.resolution { return .wait(resolution) }
            if let known, let pin = known.pin, let resolved = known.resolved, !known.hasFailed,
                resolved.duration(to: .now) < lifetime, let lease = state.lease(pin)
            {
                return .use(lease)
            }
            let promise = MultiThreadedEventLoopGroup.singleton.any().makePromise(of: Void.self)
            state.hosts[host, default: Host()].resolution = promise.futureResult
            return .resolve(promise)
        }
    }

    private func resolve(host: String, port: Int) async throws -> Lease {
        let addresses = try await checkedAddresses(host: host, port: port)
        let (lease, idle) = state.withLock { state in
            guard !state.isClosed else { return (nil as Lease?, [] as [HTTPClient]) }
            var known = state.hosts[host] ?? Host()
            let pin = known.pin.flatMap { state.pins[$0] }
            let address = Self.choose(from: addresses, last: pin?.address, hasFailed: known.hasFailed)
            if pin == nil || pin?.address != address {
                state.pinsMade += 1
                known.pin = state.pinsMade
                state.pins[state.pinsMade] = Pin(client: Self.client(host: host, address: address), address: address)
            }
            known.resolved = .now
            known.hasFailed = false
            known.resolution = nil
            state.hosts[host] = known
            let lease = known.pin.flatMap { state.lease($0) }
            if state.hosts.count > hostsMax { state.forgetUnused() }
            return (lease, state.takeIdle())
        }
        Self.end(idle)
        guard let lease else { throw WebhookFailure.cancelled }
        return lease
    }

    private func release(_ lease: Lease, host: String, hasFailed: Bool) {
        let idle = state.withLock { state in
            state.pins[lease.pin]?.uses -= 1
            if hasFailed, state.hosts[host]?.pin == lease.pin { state.hosts[host]?.hasFailed = true }
            // Whoever has the client of an address that is no longer the host's, and is the last, ends it.
            let isLast = state.pins[lease.pin]?.uses == 0 && state.hosts[host]?.pin != lease.pin
            return isLast ? state.takeIdle() : []
        }
        Self.end(idle)
    }

    /// The clients' last connections close in their own time: nothing waits for them.
    private static func end(_ clients: [HTTPClient]) {
        for client in clients { client.shutdown { _ in } }
    }
}

extension PinnedClients {
    /// The addresses of a host that may be connected to; there is at least one.
    private func checkedAddresses(host: String, port: Int) async throws -> [IPAddress] {
        let found: [IPAddress]
        if let literal = IPAddress(host) {
            found = [literal]
        } else {
            do {
                found = try await resolver(host, port).compactMap { $0.ipAddress.flatMap(IPAddress.init) }
            } catch {
                try Task.checkCancellation()
                throw WebhookFailure.unresolved
            }
        }
        guard !found.isEmpty else { throw WebhookFailure.unresolved }
        let checked = allowsPrivate ? found : found.filter(\.isGlobal)
        guard !checked.isEmpty else { throw WebhookFailure.privateAddress }
        return checked
    }

    /// The address that was used last as long as it is one of the host's, unless it failed: then the one after it.
    private static func choose(from addresses: [IPAddress], last: IPAddress?, hasFailed: Bool) -> IPAddress {
        guard let last, let index = addresses.firstIndex(of: last) else { return addresses[0] }
        return hasFailed ? addresses[(index + 1) % addresses.count] : last
    }

    private static func client(host: String, address: IPAddress) -> HTTPClient {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow, decompression: .disabled)
        configuration.httpVersion = .http1Only
        configuration.dnsOverride = [host: address.text]
        configuration.timeout.connect = connectMax
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = connectionsMax
        configuration.connectionPool.retryConnectionEstablishment = false
        // Should the client ever read a URL in another way than we do, it gets no connection to what was not checked.
        configuration.http1_1ConnectionDebugInitializer = { channel in
            guard channel.remoteAddress?.ipAddress.flatMap(IPAddress.init) == address else {
                return channel.eventLoop.makeFailedFuture(WebhookFailure.privateAddress)
            }
            return channel.eventLoop.makeCompletedFuture { try ResponseGuard.stand(in: channel) }
        }
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }
}
