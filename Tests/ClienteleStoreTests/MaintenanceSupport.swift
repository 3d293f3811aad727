import ClienteleCore
import Foundation
import Synchronization
import Testing

@testable import ClienteleStore

/// What writers have been told is kept, and whether they may stop.
final class Written: Sendable {
    private let known = Mutex<Set<Customer.ID>>([])
    private let done = Mutex(false)

    var ids: Set<Customer.ID> { known.withLock { $0 } }
    var count: Int { known.withLock { $0.count } }
    var isDone: Bool {
        get { done.withLock { $0 } }
        set { done.withLock { $0 = newValue } }
    }

    func add(_ id: Customer.ID) { known.withLock { _ = $0.insert(id) } }

    /// Waits on the thread until so many are kept.
    func wait(for count: Int) {
        let deadline = ContinuousClock.now + .seconds(10)
        while self.count < count, ContinuousClock.now < deadline { usleep(200) }
    }
}

/// The names in a folder, sorted.
func names(_ folder: String) throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: folder).sorted() }

/// Every file below a folder with what is in it; folders are empty.
func contents(_ folder: String) throws -> [String: Data] {
    try FileManager.default.subpathsOfDirectory(atPath: folder).reduce(into: [:]) { contents, name in
        contents[name] = FileManager.default.contents(atPath: folder + "/" + name) ?? Data()
    }
}

/// Overwrites the page at which an index of a database begins with bytes that mean nothing.
func damage(_ path: String) throws {
    let database = try SQLiteFile(path, .untouched)
    let page = try #require(
        try database.texts("SELECT rootpage FROM sqlite_schema WHERE name = 'customers_by_name'").first.flatMap {
            Int($0)
        }
    )
    let file = try #require(FileHandle(forUpdatingAtPath: path))
    try file.seek(toOffset: UInt64(page - 1) * 4_096)
    try file.write(contentsOf: Data(repeating: 0xA5, count: 4_096))
    try file.close()
}

/// Makes a data folder with a house in it, which nobody has open any more when this returns.
@discardableResult
func makeData<Value>(_ folder: String, _ body: (House) async throws -> Value) async throws -> Value {
    try await withData(folder) { try await body(House($0)) }
}

/// Opens the data folder for as long as the body runs.
func withData<Value>(_ folder: String, _ body: (SQLStore) async throws -> Value) async throws -> Value {
    let store = try await openStore(.folder(folder))
    let value = try await body(store)
    try await store.close()
    return value
}
