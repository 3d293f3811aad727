import Hummingbird
public import Logging
import NIOCore
public import ServiceLifecycle
import UnixSignals

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Why a server could not be started, told to the operator in one line.
public enum ServerStartError: Error, CustomStringConvertible {
    case addressInUse(host: String, port: Int)
    case addressUnavailable(host: String, port: Int, reason: String)

    public var description: String {
        switch self {
        case .addressInUse(let host, let port):
            "Port \(port) of \(host) is in use by another program. Stop it, or give another port with --port."
        case .addressUnavailable(let host, let port, let reason):
            "Cannot listen on \(host), port \(port): \(reason)."
        }
    }
}

/// Serves until SIGTERM or SIGINT comes, then lets the requests that are under way finish; runs other services beside it.
public func runServer(
    services: Services,
    configuration: ServerConfiguration,
    metrics: PrometheusMetrics,
    logger: Logger,
    beside others: [any Service] = [],
    onServerRunning: @escaping @Sendable (_ port: Int) async -> Void
) async throws {
    let application = buildApplication(
        services: services,
        configuration: configuration,
        metrics: metrics,
        logger: logger,
        onServerRunning: onServerRunning
    )
    var groupConfiguration = ServiceGroupConfiguration(
        services: others + [application, Scheduler(services: services, logger: logger)],
        gracefulShutdownSignals: [.sigterm, .sigint],
        logger: logger
    )
    groupConfiguration.maximumGracefulShutdownDuration = .seconds(shutdownSecondsMax)
    do {
        try await ServiceGroup(configuration: groupConfiguration).run()
    } catch let error as SocketAddressError.UnknownHost {
        throw ServerStartError.addressUnavailable(
            host: error.host,
            port: error.port,
            reason: "there is no such host"
        )
    } catch let error as IOError where error.errnoCode == EADDRINUSE {
        throw ServerStartError.addressInUse(host: configuration.host, port: configuration.port)
    } catch let error as IOError {
        throw ServerStartError.addressUnavailable(
            host: configuration.host,
            port: configuration.port,
            reason: String(cString: strerror(error.errnoCode))
        )
    }
}

/// How long requests under way may take to finish once the server was told to stop.
private let shutdownSecondsMax = 30
