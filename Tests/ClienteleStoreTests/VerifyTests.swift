import ClienteleCore
import ClienteleJSON
import ClienteleStore
import ClienteleTestSupport
import Foundation
import Synchronization
import Testing

@Suite("Verification")
struct VerifyTests {
    @Test(arguments: TestEngine.allCases)
    func findsNothingWrongWithWhatTheUseCasesMade(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            try await house.furnish()
            let totals = [try await house.total(), try await house.total(house.b)]
            #expect(totals == [7, 1])
            let results = try await house.verified()
            #expect(results.filter { $0.broken > 0 }.map(\.name) == [])
            #expect(results.allSatisfy { $0.examples.isEmpty })
        }
    }

    @Test(arguments: TestEngine.allCases, Break.all)
    func namesEveryBreak(_ engine: TestEngine, _ deed: Break) async throws {
        guard deed.isPossible(on: engine) else { return }
        try await withHouse(engine) { house in
            try await house.furnish()
            try await deed.happen(in: house, engine)
            let broken = try await house.verified().filter { $0.broken > 0 }
            let counts = Dictionary(uniqueKeysWithValues: broken.map { ($0.name, $0.broken) })
            #expect(counts == deed.breaks(on: engine))
            for result in broken { #expect(result.examples.count == min(result.broken, 5), "\(result)") }
        }
    }

    @Test func hasABreakForEveryCheck() async throws {
        try await withHouse { house in
            let names = Set(try await house.verified().map(\.name))
            #expect(Set(Break.all.flatMap { $0.breaks(on: .sqliteInMemory).keys }) == names)
        }
    }

    @Test(arguments: TestEngine.allCases)
    func givesTheIDsOfFiveOfMany(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            var ids: Set<String> = []
            for number in 0..<7 { ids.insert(try await house.create("c\(number)@example.com", name: "C").id.text) }
            try await house.store.engine.write { try $0.execute("UPDATE customers SET name_key = 'x'") }
            let result = try await house.verified().first { $0.broken > 0 }
            #expect(result?.name == "customer_name_key" && result?.broken == 7)
            #expect(Set(result?.examples ?? []).count == 5)
            #expect(ids.isSuperset(of: result?.examples ?? ["none"]))
        }
    }

    @Test(arguments: TestEngine.allCases)
    func givesTheIDOfTheCustomerThatAStatementFinds(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let team = try await house.createTeam()
            try await house.create("fine@example.com")
            try await house.store.engine.write { session in
                try session.execute("UPDATE members SET deleted_at = 1 WHERE email_key = 'owner@example.com'")
            }
            let result = try await house.verified().first { $0.broken > 0 }
            #expect(result?.name == "customer_owner" && result?.examples == [team.id.text])
        }
    }

    @Test func namesADamagedFile() async throws {
        try await withFolder { folder in
            try await makeData(folder) { try await $0.furnish() }
            try damage(folder + "/" + databaseFileName)
            let told = Mutex<[String]>([])
            let results = try await verify(.folder(folder)) { result in told.withLock { $0.append(result.name) } }
            #expect(results.first?.name == "database_file")
            #expect(results.first?.broken ?? 0 > 0 && results.first?.examples.isEmpty == false)
            #expect(told.withLock { $0 } == results.map(\.name))
        }
    }

    @Test func findsNothingWrongWhileOthersWrite() async throws {
        try await withFolder { folder in
            let location = StoreLocation.folder(folder)
            try await expectSoundWhileWritten(try await openStore(location), location)
        }
        try await withSchema { address in
            let location = try StoreLocation.postgres(at: address)
            try await expectSoundWhileWritten(try await openStore(location), location)
        }
    }

    private func expectSoundWhileWritten(_ store: SQLStore, _ location: StoreLocation) async throws {
        let house = try await House(store)
        try await house.furnish()
        let written = Written()
        try await withThrowingTaskGroup { group in
            for writer in 0..<3 {
                group.addTask {
                    var number = 0
                    while !written.isDone {
                        number += 1
                        let metadata = Metadata([.init("n", .integer(Int64(number)))])
                        let customer = try await house.create("w\(writer)n\(number)@example.com", metadata: metadata)
                        if number.isMultiple(of: 2) { try await house.delete(customer) }
                    }
                }
            }
            let before = try await house.total()
            for _ in 0..<5 {
                let results = try await verify(location)
                #expect(results.filter { $0.broken > 0 }.map(\.name) == [])
            }
            written.isDone = true
            try await group.waitForAll()
            #expect(try await house.total() > before)
        }
        try await store.close()
    }

    @Test func seesTheMomentAtWhichItBegan() async throws {
        try await withFolder { folder in
            let location = StoreLocation.folder(folder)
            try await expectOneMoment(of: try await openStore(location), location)
        }
        try await withSchema { address in
            let location = try StoreLocation.postgres(at: address)
            try await expectOneMoment(of: try await openStore(location), location)
        }
    }

    private func expectOneMoment(of store: SQLStore, _ location: StoreLocation) async throws {
        try await House(store).furnish()
        let hasBegun = Mutex(false)
        let results = try await verify(location) { _ in
            guard
                hasBegun.withLock({ hasBegun in
                    defer { hasBegun = true }; return !hasBegun
                })
            else { return }
            let isWritten = DispatchSemaphore(value: 0)
            Task {
                try await store.engine.write { try $0.execute("DELETE FROM customer_counts") }
                isWritten.signal()
            }
            #expect(isWritten.wait(timeout: .now() + .seconds(10)) == .success)
        }
        #expect(results.filter { $0.broken > 0 }.map(\.name) == [])
        #expect(try await verify(location).filter { $0.broken > 0 }.map(\.name) == ["customer_count"])
        try await store.close()
    }

    @Test func refusesADatabaseThatIsNotThere() async throws {
        try await withFolder { folder in
            for location in [StoreLocation.folder(folder + "/none"), .folder(folder), .memory] {
                let error = await #expect(throws: StoreOpeningError.self) { try await verify(location) }
                guard case .noDatabase(location.name)? = error else {
                    Issue.record("\(String(describing: error))")
                    continue
                }
            }
            let made = try FileManager.default.contentsOfDirectory(atPath: folder)
            #expect(made == [])
        }
        try await withSchema { address in
            let location = try StoreLocation.postgres(at: address)
            let error = await #expect(throws: StoreOpeningError.self) { try await verify(location) }
            guard case .noDatabase(location.name)? = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
    }

    @Test func refusesASchemaOfAnotherVersion() async throws {
        try await withFolder { folder in
            let store = try await openStore(.folder(folder))
            let newest = try #require(try await migrations(store).last)
            try await store.engine.write { try $0.execute("DELETE FROM migrations WHERE name = $1", [.text(newest)]) }
            let older = await #expect(throws: StoreOpeningError.self) { try await verify(.folder(folder)) }
            guard case .outdatedDatabase(_, newest)? = older else {
                Issue.record("\(String(describing: older))")
                return
            }
            #expect(older?.description.contains("`clientele migrate`") == true)
            try await store.engine.write { session in
                try session.execute("INSERT INTO migrations (name) VALUES ($1), ('v999_later')", [.text(newest)])
            }
            let newer = await #expect(throws: StoreOpeningError.self) { try await verify(.folder(folder)) }
            guard case .newerDatabase("v999_later")? = newer else {
                Issue.record("\(String(describing: newer))")
                return
            }
            try await store.close()
        }
    }

    @Test func refusesAPromotionThatIsNotFinished() async throws {
        try await withSchema { address in
            let location = try StoreLocation.postgres(at: address)
            let store = try await openStore(location)
            try await store.engine.write { try $0.execute("INSERT INTO promotions (source, finished) VALUES ('x', 0)") }
            let error = await #expect(throws: StoreOpeningError.self) { try await verify(location) }
            guard case .unfinishedPromotion(location.name)? = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            try await store.close()
        }
    }

    private func migrations(_ store: SQLStore) async throws -> [String] {
        try await store.engine.read { try $0.rows("SELECT name FROM migrations ORDER BY name") { try $0.string(0) } }
    }
}

extension House {
    /// What verification finds, by pages so small that all tables have several.
    func verified() async throws -> [CheckResult] {
        try await store.engine.read { try Verification(session: $0, rowsPerPage: 2).run() }
    }
}
