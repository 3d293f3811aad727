package import ClienteleStore
import Foundation

/// The engines that a behaviour must hold on.
package enum TestEngine: String, CaseIterable, Sendable {
    case sqliteInMemory
    case sqliteOnDisk
}

/// Runs `body` with an empty, migrated store of its own, and leaves nothing behind.
package func withStore<Value>(
    _ engine: TestEngine = .sqliteInMemory,
    _ body: (SQLStore) async throws -> Value
) async throws -> Value {
    switch engine {
    case .sqliteInMemory: return try await using(try await openStoreInMemory(), body)
    case .sqliteOnDisk:
        return try await withFolder { folder in try await using(try await openStore(inFolder: folder), body) }
    }
}

/// Runs `body` with an empty folder of its own, and removes it.
package func withFolder<Value>(_ body: (String) async throws -> Value) async throws -> Value {
    let folder = FileManager.default.temporaryDirectory.appending(path: "clientele-\(UUID())").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try await body(folder)
}

private func using<Value>(_ store: SQLStore, _ body: (SQLStore) async throws -> Value) async throws -> Value {
    do {
        let value = try await body(store)
        try await store.close()
        return value
    } catch {
        try? await store.close()
        throw error
    }
}
