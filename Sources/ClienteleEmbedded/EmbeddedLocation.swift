import ClienteleStore

/// Where an embedded client keeps what it keeps.
public enum EmbeddedLocation: Sendable, Hashable {
    /// A SQLite database in this folder, which is made if it is missing; servers and other processes may have it open too.
    case folder(String)
    /// This process's memory, gone with the client.
    case memory
    /// A PostgreSQL database: `postgres://user:password@host:5432/name`.
    case postgres(String)
}

extension StoreLocation {
    init(_ location: EmbeddedLocation) throws(EmbeddedError) {
        switch location {
        case .folder(let folder): self = .folder(folder)
        case .memory: self = .memory
        case .postgres(let address):
            do {
                self = .postgres(try PostgresConfiguration(address: address))
            } catch {
                throw .unusableData(reason: error.description)
            }
        }
    }
}
