import CoreMetrics
import NIOPosix

/// Hands `body` one moment of the database at `location`, which must be whole and have this version's schema.
///
/// Nothing is made, migrated or changed, and servers go on.
func withSnapshot<Value: Sendable>(
    _ location: StoreLocation,
    _ body: @escaping @Sendable (any SQLSession) throws -> Value
) async throws -> Value {
    try await withUncheckedSnapshot(location) { session in
        guard let applied = try session.appliedMigrations() else {
            throw StoreOpeningError.noDatabase(name: location.name)
        }
        if let lacking = try Migrator.migrations(after: applied).first {
            throw StoreOpeningError.outdatedDatabase(name: location.name, migration: lacking.name)
        }
        guard try !session.hasUnfinishedPromotion else {
            throw StoreOpeningError.unfinishedPromotion(name: location.name)
        }
        return try body(session)
    }
}

/// As `withSnapshot`, with a schema of any version, or none.
private func withUncheckedSnapshot<Value: Sendable>(
    _ location: StoreLocation,
    _ body: @escaping @Sendable (any SQLSession) throws -> Value
) async throws -> Value {
    try await telling(location) {
        switch location {
        case .folder:
            guard fileSize(location.name) != nil else { throw StoreOpeningError.noDatabase(name: location.name) }
            return try await NIOThreadPool.singleton.runIfActive {
                let connection = try SQLiteConnection(path: location.name, readOnly: true)
                return try connection.snapshot { try body(connection) }
            }
        case .postgres(let configuration): return try await withPostgres(configuration, body)
        case .memory: throw StoreOpeningError.noDatabase(name: location.name)
        }
    }
}

private func withPostgres<Value: Sendable>(
    _ configuration: PostgresConfiguration,
    _ body: @escaping @Sendable (any SQLSession) throws -> Value
) async throws -> Value {
    let metrics = StoreMetrics(factory: NOOPMetricsHandler.instance)
    let engine = PostgresEngine(configuration.withoutStatementTimeout, metrics: metrics)
    do {
        let value = try await engine.read(body)
        try await engine.close()
        return value
    } catch {
        try? await engine.close()
        throw error
    }
}

/// The migrations that the database at `location` lacks, in order, as scripts; a database that is not there lacks all.
///
/// Nothing is changed, nor made beside the database. Refuses a database that a newer version has migrated.
public func pendingMigrations(_ location: StoreLocation) async throws -> [PendingMigration] {
    switch location {
    case .folder:
        let applied = try await telling(location) {
            try await NIOThreadPool.singleton.runIfActive {
                guard fileSize(location.name) != nil else { return [String]?.none }
                return try Migrator.applied(.sqlite, SQLiteFile(location.name, .untouched).texts)
            }
        }
        return try Migrator.pending(after: applied, .sqlite)
    case .postgres:
        let applied = try await withUncheckedSnapshot(location) { try $0.appliedMigrations() }
        return try Migrator.pending(after: applied, .postgres)
    case .memory: return try Migrator.pending(after: nil, .sqlite)
    }
}
