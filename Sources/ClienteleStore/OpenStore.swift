public import CoreMetrics

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Why a store could not be opened, told to the operator in one line.
public enum StoreOpeningError: Error, CustomStringConvertible {
    case unwritableFolder(path: String, reason: String)
    case newerDatabase(migration: String)
    case unusableDatabase(name: String, reason: String)
    /// Nothing of Clientele is there yet.
    case noDatabase(name: String)
    case outdatedDatabase(name: String, migration: String)
    /// A copy of another installation has begun there, and has not ended.
    case unfinishedPromotion(name: String)

    public var description: String {
        switch self {
        case .unwritableFolder(let path, let reason):
            "The data folder \(path) cannot be written to (\(reason)). Give another one with --data-dir, or correct its rights."
        case .newerDatabase(let migration):
            "The database was made by a newer version of Clientele (it knows the migration \(migration)). "
                + "Run that version, or restore a backup made before the upgrade."
        case .unusableDatabase(let name, let reason):
            "The database \(name) cannot be opened: \(reason)."
        case .noDatabase(let name):
            "There is no database of Clientele at \(name). Name its place with --data-dir or --database."
        case .outdatedDatabase(let name, let migration):
            "The database \(name) was made by an older version of Clientele (it lacks the migration \(migration)). "
                + "Run `clientele migrate` on it first."
        case .unfinishedPromotion(let name):
            "The database \(name) holds a promotion that was cut off. Run `clientele promote` again to finish it."
        }
    }
}

/// Where a store keeps what it keeps.
public enum StoreLocation: Sendable {
    /// A SQLite database in this folder, which is made if it is missing. Several processes may have it open.
    case folder(String)
    case postgres(PostgresConfiguration)
    /// This process's memory, gone with the store.
    case memory
}

/// Opens the store at `location`, and brings its schema up to date.
public func openStore(
    _ location: StoreLocation,
    metrics: any MetricsFactory = NOOPMetricsHandler.instance
) async throws -> SQLStore {
    try await telling(location) {
        let store = try await migrated(location, metrics: StoreMetrics(factory: metrics)).store
        guard try await store.engine.read({ try $0.hasUnfinishedPromotion }) else { return store }
        try await store.close()
        throw StoreOpeningError.unfinishedPromotion(name: location.name)
    }
}

extension SQLSession {
    /// Whether the database is the copy of another one, and not yet all of it.
    var hasUnfinishedPromotion: Bool {
        get throws {
            switch dialect {
            case .sqlite: false
            case .postgres: try count("SELECT count(*) FROM promotions WHERE finished = 0", []) > 0
            }
        }
    }
}

/// Brings the schema of the store at `location` up to date, and gives the names of the migrations that it lacked.
public func migrateStore(_ location: StoreLocation) async throws -> [String] {
    try await telling(location) {
        let metrics = StoreMetrics(factory: NOOPMetricsHandler.instance)
        let (store, names) = try await migrated(location, metrics: metrics)
        try await store.close()
        return names
    }
}

/// Tells what an engine reports in `body` as the operator's concern that it is while a store is opened.
func telling<Value>(_ location: StoreLocation, _ body: () async throws -> Value) async throws -> Value {
    do {
        return try await body()
    } catch let error as SQLError {
        throw StoreOpeningError.unusableDatabase(name: location.name, reason: error.message)
    }
}

private func openEngine(_ location: StoreLocation, metrics: StoreMetrics) throws -> any SQLEngine {
    switch location {
    case .folder(let folder):
        try makeWritableFolder(folder)
        return try SQLiteEngine(.file(folder + "/" + databaseFileName), metrics: metrics)
    case .postgres(let configuration): return PostgresEngine(configuration, metrics: metrics)
    case .memory: return try SQLiteEngine(.memory, metrics: metrics)
    }
}

extension StoreLocation {
    /// What a person is told of it; never a password.
    public var name: String {
        switch self {
        case .folder(let folder): folder + "/" + databaseFileName
        case .postgres(let configuration): configuration.name
        case .memory: "in memory"
        }
    }
}

/// A store at `location` once its schema is current, and the migrations that it lacked.
///
/// Where another process has the file, perhaps to migrate it, it is waited for.
private func migrated(
    _ location: StoreLocation,
    metrics: StoreMetrics
) async throws -> (store: SQLStore, migrations: [String]) {
    let end = ContinuousClock.now + openingPatience
    while true {
        do {
            return try await migrated(try openEngine(location, metrics: metrics))
        } catch let error as SQLError {
            guard error.isLocked, ContinuousClock.now < end else { throw error }
            try await Task.sleep(for: .milliseconds(50))
        }
    }
}

/// How long a file that others have is tried to be opened.
private let openingPatience = Duration.seconds(60)

/// A store on `engine` once its schema is current, and the migrations that it lacked.
///
/// Where the schema cannot be made current, the engine is let go.
private func migrated(_ engine: any SQLEngine) async throws -> (store: SQLStore, migrations: [String]) {
    do {
        let names = try await Migrator(engine: engine).run()
        return (SQLStore(engine: engine), names)
    } catch {
        try? await engine.close()
        throw error
    }
}

/// The file of a data folder that holds everything.
public let databaseFileName = "clientele.sqlite"

func makeWritableFolder(_ path: String) throws {
    var made = ""
    for part in path.split(separator: "/", omittingEmptySubsequences: false) {
        made += part.isEmpty && made.isEmpty ? "/" : part + "/"
        // The rights are the owner's alone: the folder holds personal data.
        guard mkdir(made, 0o700) != 0, errno != EEXIST, errno != EISDIR else { continue }
        let reason = String(cString: strerror(errno))
        var status = stat()
        guard stat(made, &status) == 0 else { throw StoreOpeningError.unwritableFolder(path: path, reason: reason) }
    }
    guard access(path, W_OK | X_OK) == 0 else {
        throw StoreOpeningError.unwritableFolder(path: path, reason: String(cString: strerror(errno)))
    }
}
