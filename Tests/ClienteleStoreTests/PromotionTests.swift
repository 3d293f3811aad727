import ClienteleCore
import ClienteleTestSupport
import CoreMetrics
import Foundation
import Synchronization
import Testing

@testable import ClienteleStore

/// Copies of a SQLite installation in PostgreSQL.
@Suite("A promotion")
struct PromotionTests {
    @Test func copiesAllThatIsKept() async throws {
        try await withPlaces { folder, address in
            let house = try await furnishedHouse(folder)
            let expected = try await house.customers.list(everyone(house)).items
            try await house.store.close()
            let before = try contents(folder)[databaseFileName]
            let tables = try await promote(folder, address)
            #expect(tables.first { $0.name == "customers" }?.rows ?? 0 > expected.count)
            #expect(tables.allSatisfy { $0.rows > 0 })
            let after = try contents(folder)[databaseFileName]
            #expect(after == before)

            try await withStore(at: .postgres(at: address)) { store in
                let copied = Customers(store: store)
                #expect(try await copied.list(everyone(house)).items == expected)
                let results = try await verify(.postgres(at: address))
                #expect(results.filter { $0.broken > 0 }.map(\.name) == [])
                // A new customer's number comes after those that were copied.
                let draft = CustomerDraft(email: try EmailAddress("new@example.com"))
                let new = try await copied.create(draft, in: house.a)
                #expect(try await copied.list(everyone(house)).items == expected + [new])
            }
        }
    }

    @Test func knowsEveryTable() async throws {
        try await withStore(.postgres) { store in
            let tables = try await store.engine.read { session in
                try session.rows(
                    """
                    SELECT CAST(table_name AS text) FROM information_schema.tables
                    WHERE table_schema = current_schema() ORDER BY 1
                    """
                ) { try $0.string(0) }
            }
            let followFromOthers = ["customer_counts", "migrations", "promotions"]
            let ownOfEach = ["call_buckets", "cursor_keys", "webhook_workers"]
            #expect(tables == (StoredTable.all.map(\.name) + followFromOthers + ownOfEach).sorted())
        }
    }

    @Test func goesOnWhereItWasCutOff() async throws {
        try await withPlaces { folder, address in
            let house = try await furnishedHouse(folder)
            try await house.store.close()
            try await cutOff(folder, address)
            // Nobody takes the half of a copy for an installation.
            let refusal = await #expect(throws: StoreOpeningError.self) { try await openStore(.postgres(at: address)) }
            guard case .unfinishedPromotion? = refusal else {
                Issue.record("\(String(describing: refusal))")
                return
            }
            let steps = Mutex<[PromotionProgress]>([])
            let tables = try await promote(folder, address) { step in steps.withLock { $0.append(step) } }
            #expect(tables.map(\.name) == StoredTable.all.map(\.name))
            let copied = steps.withLock { $0 }.filter { $0.phase == .copying }
            #expect(copied.count == 1, "Only the last table was missing.")
            #expect(copied.last.map { $0.rowsDone == $0.rowsTotal } == true)
            let results = try await verify(.postgres(at: address))
            #expect(results.filter { $0.broken > 0 }.map(\.name) == [])
        }
    }

    @Test func refusesADatabaseThatIsInUse() async throws {
        try await withPlaces { folder, address in
            let house = try await furnishedHouse(folder)
            try await house.store.close()
            try await withStore(at: .postgres(at: address)) { _ = try await House($0).create("own@example.com") }
            await expectError("holds customers of its own") { _ = try await promote(folder, address) }
            try await withStore(at: .postgres(at: address)) { store in
                let organizations = try await store.organizations()
                #expect(organizations.count == 2)
            }
        }
    }

    @Test func isNotMadeTwice() async throws {
        try await withPlaces { folder, address in
            let house = try await furnishedHouse(folder)
            try await house.store.close()
            _ = try await promote(folder, address)
            await expectError("holds customers of its own") { _ = try await promote(folder, address) }
        }
    }

    @Test func refusesToGoOnWithAnotherInstallation() async throws {
        try await withPlaces { folder, address in
            let house = try await furnishedHouse(folder)
            try await house.store.close()
            try await cutOff(folder, address)
            try await withFolder { other in
                let house = try await furnishedHouse(other)
                try await house.store.close()
                await expectError("another installation") { _ = try await promote(other, address) }
            }
        }
    }

    @Test func tellsACopyThatDiffers() async throws {
        let changes = [
            "UPDATE customers SET name = 'Forged' WHERE email_key = 'ada@example.com'",
            "DELETE FROM customer_metadata WHERE name = 'plan'",
            "UPDATE access_tokens SET scopes = 'customers:write'",
        ]
        for change in changes {
            try await withPlaces { folder, address in
                let house = try await furnishedHouse(folder)
                try await house.store.close()
                try await cutOff(folder, address)
                try await withEngine(address) { engine in try await engine.write { try $0.execute(change) } }
                await expectError("The copy differs in") { _ = try await promote(folder, address) }
                _ = await #expect(throws: StoreOpeningError.self) { try await openStore(.postgres(at: address)) }
            }
        }
    }

    @Test func needsASource() async throws {
        try await withPlaces { folder, address in
            await expectError("There is no database") { _ = try await promote(folder + "/nowhere", address) }
        }
    }

    private func promote(
        _ folder: String,
        _ address: String,
        onProgress: @escaping @Sendable (PromotionProgress) -> Void = { _ in }
    ) async throws -> [PromotedTable] {
        try await ClienteleStore.promote(
            fromFolder: folder,
            to: try PostgresConfiguration(address: address),
            onProgress: onProgress
        )
    }

    private func withPlaces(_ body: (_ folder: String, _ address: String) async throws -> Void) async throws {
        try await withFolder { folder in try await withSchema { address in try await body(folder, address) } }
    }

    private func furnishedHouse(_ folder: String) async throws -> House {
        // Each has other ids, as two installations have.
        let seed = UInt64.random(in: 1...UInt64.max)
        let house = try await House(try await openStore(.folder(folder)), clock: TestSurroundings(seed: seed))
        try await house.furnish()
        return house
    }

    private func everyone(_ house: House) -> CustomerQuery {
        CustomerQuery(organizations: [house.a, house.b], sorting: [.init(.createdAt)], limit: 100)
    }

    private func withEngine(_ address: String, _ body: (any SQLEngine) async throws -> Void) async throws {
        let engine = PostgresEngine(
            try PostgresConfiguration(address: address),
            metrics: StoreMetrics(factory: NOOPMetricsHandler.instance)
        )
        do { try await body(engine) } catch {
            try await engine.close()
            throw error
        }
        try await engine.close()
    }

    /// Leaves a promotion that could not copy its last table.
    private func cutOff(_ folder: String, _ address: String) async throws {
        let last = try #require(StoredTable.all.last).name
        try await withEngine(address) { engine in
            try await Migrator(engine: engine).run()
            try await engine.write { session in
                try session.script(
                    """
                    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql
                    AS $$ BEGIN RAISE EXCEPTION 'cut off'; END $$;
                    CREATE TRIGGER refuse BEFORE INSERT ON \(last) EXECUTE FUNCTION refuse();
                    """
                )
            }
            await expectError("cut off") { _ = try await promote(folder, address) }
            try await engine.write { try $0.script("DROP TRIGGER refuse ON \(last)") }
        }
    }

    private func expectError(_ text: String, _ body: () async throws -> Void) async {
        do {
            try await body()
            Issue.record("Nothing was thrown that says '\(text)'")
        } catch {
            #expect("\(error)".contains(text))
        }
    }
}
