import ClienteleCore
package import ClienteleStore
import CoreMetrics
import Foundation

/// The engines that a behaviour must hold on.
package enum TestEngine: String, CaseIterable, Sendable {
    case sqliteInMemory
    case sqliteOnDisk
    /// A schema of its own on the server of `CLIENTELE_TEST_DATABASE`; `scripts/postgres run` starts one.
    case postgres

    /// What a test runs on that asks for none: the variable `CLIENTELE_TEST_ENGINE` names another.
    package static let standard: TestEngine = {
        guard let name = ProcessInfo.processInfo.environment["CLIENTELE_TEST_ENGINE"] else { return .sqliteInMemory }
        guard let engine = TestEngine(rawValue: name) else { fatalError("CLIENTELE_TEST_ENGINE is '\(name)'") }
        return engine
    }()
}

/// Runs `body` with an empty, migrated store of its own, and leaves nothing behind.
package func withStore<Value>(
    _ engine: TestEngine = .standard,
    _ body: (SQLStore) async throws -> Value
) async throws -> Value {
    try await withLocation(engine) { try await withStore(at: $0, body) }
}

/// Runs `body` with the store at `location`, one of perhaps several there.
package func withStore<Value>(
    at location: StoreLocation,
    _ body: (SQLStore) async throws -> Value
) async throws -> Value {
    let store = try await openStore(location)
    do {
        let value = try await body(store)
        try await store.close()
        return value
    } catch {
        try? await store.close()
        throw error
    }
}

/// Runs `body` with a place for a store where there is none yet, and leaves nothing behind.
package func withLocation<Value>(
    _ engine: TestEngine,
    _ body: (StoreLocation) async throws -> Value
) async throws -> Value {
    switch engine {
    case .sqliteInMemory: try await body(.memory)
    case .sqliteOnDisk: try await withFolder { try await body(.folder($0)) }
    case .postgres: try await withSchema { try await body(.postgres(at: $0)) }
    }
}

/// Runs `body` with the address of an empty schema of PostgreSQL of its own, and drops it.
package func withSchema<Value>(_ body: (String) async throws -> Value) async throws -> Value {
    await schemasAtOnce.wait()
    defer { schemasAtOnce.signal() }
    guard let address = ProcessInfo.processInfo.environment["CLIENTELE_TEST_DATABASE"] else {
        throw MissingDatabase()
    }
    let name = "test_" + UUID().uuidString.lowercased().replacing("-", with: "")
    // Extensions are in the public schema, which all share.
    let own = address + "?options=-csearch_path%3D\(name)%2Cpublic"
    let server = PostgresEngine(
        try PostgresConfiguration(address: address, connections: 1, connectTimeoutSeconds: 60),
        metrics: StoreMetrics(factory: NOOPMetricsHandler.instance)
    )
    try await server.write { try $0.execute("CREATE SCHEMA \(name)") }
    func drop() async throws {
        try await server.write { try $0.execute("DROP SCHEMA \(name) CASCADE") }
        try await server.close()
    }
    do {
        let value = try await body(own)
        try await drop()
        return value
    } catch {
        try? await drop()
        throw error
    }
}

extension SQLRow {
    /// What a column holds, as text on every engine: a truth is `1` or `0`, bytes are hexadecimal.
    package func anyText(_ column: Int) -> String? {
        switch value(column) {
        case .null: nil
        case .integer(let integer): String(integer)
        case .real(let number): String(number)
        case .text(let text): text
        case .bytes(let bytes): bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        case .identifier(let high, let low): Identifier<Void>(high: high, low: low).text
        }
    }
}

/// Stores on PostgreSQL that are open at once: each has connections, of which a server takes only so many.
private let schemasAtOnce = AsyncSemaphore(count: 16)

/// Why a test on PostgreSQL cannot run.
package struct MissingDatabase: Error, CustomStringConvertible {
    package let description =
        "CLIENTELE_TEST_DATABASE names no PostgreSQL server: run the tests by make test, or by scripts/postgres run"
}

extension StoreLocation {
    /// A database of PostgreSQL, with few connections, since several tests run at once, and patient with a busy machine.
    package static func postgres(at address: String) throws -> StoreLocation {
        .postgres(try PostgresConfiguration(address: address, connections: 6, connectTimeoutSeconds: 60))
    }
}

/// Runs `body` with an empty folder of its own, and removes it.
package func withFolder<Value>(_ body: (String) async throws -> Value) async throws -> Value {
    let folder = FileManager.default.temporaryDirectory.appending(path: "clientele-\(UUID())").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try await body(folder)
}
