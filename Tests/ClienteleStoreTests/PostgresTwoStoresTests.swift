import ClienteleCore
import ClienteleJSON
import ClienteleStore
import ClienteleTestSupport
import Testing

/// Two servers on one database, as they are to each other.
@Suite("Two stores on one PostgreSQL", .timeLimit(.minutes(10)))
struct PostgresTwoStoresTests {
    private struct Unexpected: Error { let failure: Failure }

    @Test func showEachOtherAtOnceWhatTheyWrite() async throws {
        try await withTwoHouses { here, there in
            let outcomes = await failures(8) { client in
                for number in 0..<10 {
                    let name = "\(client)-\(number)"
                    let customer = try await here.create("\(name)@example.com", externalID: name, name: name)
                    #expect(try await there.customers.customer(.externalID(name), in: [here.a]) == customer)
                    let renamed = try await there.update(customer, CustomerPatch(name: .set("Renamed \(name)")))
                    #expect(try await here.customer(customer) == renamed)
                    let query = CustomerQuery(organizations: [here.a], search: "renamed \(name)")
                    #expect(try await here.customers.list(query).items == [renamed])
                    guard number.isMultiple(of: 5) else { continue }
                    try await here.delete(customer)
                    #expect(await failure { try await there.customer(customer) } == .notFound(.customer))
                }
            }
            #expect(outcomes.allSatisfy { $0 == nil }, "\(outcomes)")
            let totals = [try await here.total(), try await there.total()]
            #expect(totals == [64, 64])
        }
    }

    @Test func giveAnEmailToOneOfManyNewCustomers() async throws {
        try await withTwoHouses { here, there in
            for round in 0..<3 {
                let outcomes = await failures(64) { number in
                    let email = number % 4 < 2 ? "same\(round)@example.com" : "SAME\(round)@Example.com"
                    return try await (number.isMultiple(of: 2) ? here : there).create(email)
                }
                #expect(outcomes.count { $0 == nil } == 1)
                #expect(outcomes.count { $0 == .refused([.emailTaken]) } == 63, "\(outcomes)")
            }
            #expect(try await here.total() == 3)
            try await expectExactCounts(here)
        }
    }

    @Test func giveAnExternalIDToOneOfManyNewCustomers() async throws {
        try await withTwoHouses { here, there in
            let outcomes = await failures(64) { number in
                try await (number.isMultiple(of: 2) ? here : there).create("c\(number)@example.com", externalID: "same")
            }
            #expect(outcomes.count { $0 == nil } == 1)
            #expect(outcomes.count { $0 == .refused([.externalIDTaken]) } == 63, "\(outcomes)")
            #expect(try await there.total() == 1)
            try await expectExactCounts(here)
        }
    }

    @Test func giveAnEmailToOneOfManyUpdates() async throws {
        try await withTwoHouses { here, there in
            let drafts = (0..<64).map { CustomerDraft(email: EmailAddress(stored: "c\($0)@example.com")) }
            let customers = try await here.create(drafts, in: here.a)
            let emails = await failures(64) { number in
                let patch = CustomerPatch(email: .set(try EmailAddress("same@example.com")))
                return try await (number.isMultiple(of: 2) ? here : there).update(customers[number], patch)
            }
            #expect(emails.count { $0 == nil } == 1)
            #expect(emails.count { $0 == .refused([.emailTaken]) } == 63, "\(emails)")
            let externalIDs = await failures(64) { number in
                let patch = CustomerPatch(externalID: .set("same"))
                return try await (number.isMultiple(of: 2) ? here : there).update(customers[number], patch)
            }
            #expect(externalIDs.count { $0 == nil } == 1)
            #expect(externalIDs.count { $0 == .refused([.externalIDTaken]) } == 63)
            // An owner's e-mail address follows that of its customer, and no two have one.
            let owners = try await here.rows("SELECT email_key FROM members WHERE role = 'owner'", columns: 1)
            #expect(Set(owners).count == 64)
        }
    }

    @Test func loseNoneOfManyUpdatesOfOneCustomer() async throws {
        try await withTwoHouses { here, there in
            let customer = try await here.create("a@example.com", name: "")
            let outcomes = await failures(64) { number in
                try await (number.isMultiple(of: 2) ? here : there).store.update(
                    .id(customer.id),
                    in: [here.a],
                    claiming: CustomerKeys()
                ) { customer, _ throws(DomainError) in
                    customer.name = (customer.name ?? "") + "\(number),"
                    customer.metadata = Metadata([.init("last", .string("\(number)"))])
                }
            }
            #expect(outcomes.allSatisfy { $0 == nil })
            let after = try await there.customer(customer)
            let numbers = after.name?.split(separator: ",").compactMap { Int($0) } ?? []
            #expect(numbers.sorted() == Array(0..<64))
            let filters = try await here.rows("SELECT name, value FROM customer_metadata", columns: 2)
            #expect(filters == [["last", numbers.last.map { "\($0)" }]])
        }
    }

    @Test func makeOneCustomerOfManyUpsertsOfAnExternalID() async throws {
        try await withTwoHouses { here, there in
            for round in 0..<3 {
                let results = try await withThrowingTaskGroup(of: UpsertedCustomer.self) { group in
                    for number in 0..<64 {
                        let house = number.isMultiple(of: 2) ? here : there
                        group.addTask {
                            // Half of them claim one e-mail address, which is the customer's own then.
                            let name = number % 4 < 2 ? "same\(round)" : "c\(round)-\(number)"
                            let patch = CustomerPatch(email: .set(try EmailAddress("\(name)@example.com")))
                            let key = "x\(round)"
                            return try await house.customers.upsert(externalID: key, in: here.a, by: patch, owner: nil)
                        }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                #expect(results.count { $0.isNew } == 1)
                #expect(Set(results.map(\.customer.id)).count == 1)
            }
            #expect(try await here.total() == 3)
            try await expectExactCounts(here)
        }
    }

    @Test func makeACustomerOfAnUpsertThoughItIsDeletedMeanwhile() async throws {
        try await withTwoHouses { here, there in
            let outcomes = await failures(64) { number in
                let house = number.isMultiple(of: 2) ? here : there
                if number % 8 < 2 {
                    let gone = await failure {
                        try await house.customers.delete(.externalID("x"), in: [here.a], anonymize: false)
                    }
                    if let gone, gone != .notFound(.customer) { throw Unexpected(failure: gone) }
                } else {
                    let patch = CustomerPatch(email: .set(try EmailAddress("x@example.com")), name: .set("\(number)"))
                    _ = try await house.customers.upsert(externalID: "x", in: here.a, by: patch, owner: nil)
                }
            }
            #expect(outcomes.allSatisfy { $0 == nil }, "\(outcomes)")
            #expect(try await here.total() <= 1)
            try await expectExactCounts(here)
        }
    }

    @Test func countADeletedCustomerOnce() async throws {
        try await withTwoHouses { here, there in
            let drafts = (0..<40).map { CustomerDraft(email: EmailAddress(stored: "c\($0)@example.com")) }
            let customers = try await here.create(drafts, in: here.a)
            let outcomes = await failures(80) { number in
                try await (number.isMultiple(of: 2) ? here : there).delete(
                    customers[number / 4],
                    anonymize: number % 4 < 2
                )
            }
            #expect(outcomes.count { $0 == nil } == 20)
            #expect(outcomes.count { $0 == .notFound(.customer) } == 60, "\(outcomes)")
            let more = await failures(80) { number in
                let house = number.isMultiple(of: 2) ? here : there
                let customer = try await house.create("n\(number)@example.com")
                if number.isMultiple(of: 4) { try await house.delete(customer) }
            }
            #expect(more.allSatisfy { $0 == nil })
            #expect(try await there.total() == 80)
            try await expectExactCounts(here)
        }
    }

    @Test func addOneMemberOfManyWithOneEmail() async throws {
        try await withTwoHouses { here, there in
            let team = try await here.createTeam()
            let same = await failures(64) { number in
                let draft = MemberDraft(email: try EmailAddress("same@example.com"), name: "\(number)")
                let house = number.isMultiple(of: 2) ? here : there
                return try await house.members.add(draft, to: .id(team.id), in: [here.a])
            }
            #expect(same.allSatisfy { $0 == nil }, "\(same)")
            let keys = await failures(64) { number in
                let draft = MemberDraft(email: try EmailAddress("m\(number)@example.com"), externalID: "same")
                let house = number.isMultiple(of: 2) ? here : there
                return try await house.members.add(draft, to: .id(team.id), in: [here.a])
            }
            #expect(keys.count { $0 == nil } == 1)
            #expect(keys.count { $0 == .refused([.memberExternalIDTaken]) } == 63, "\(keys)")
            #expect(try await there.members(of: team).count == 3)
        }
    }

    @Test func keepOneOwnerHoweverManyAreMadeIt() async throws {
        try await withTwoHouses { here, there in
            let team = try await here.createTeam()
            let added = await failures(32) { number in
                let house = number.isMultiple(of: 2) ? here : there
                let draft = MemberDraft(email: try EmailAddress("m\(number)@example.com"), role: .member)
                let member = try await house.members.add(draft, to: .id(team.id), in: [here.a])
                let patch = MemberPatch(role: .owner)
                _ = try await house.members.update(.id(member.id), of: .id(team.id), in: [here.a], by: patch)
            }
            #expect(added.allSatisfy { $0 == nil }, "\(added)")
            for house in [here, there] {
                let roles = try await house.members(of: team).map(\.role)
                #expect(roles.count { $0 == .owner } == 1)
                #expect(roles.count { $0 == .billingManager } == 32)
            }
            try await expectExactCounts(here)
        }
    }

    @Test func leaveNoMemberToACustomerThatIsDeletedMeanwhile() async throws {
        try await withTwoHouses { here, there in
            for round in 0..<10 {
                let team = try await here.createTeam("team\(round)@example.com")
                let outcomes = await failures(9) { number in
                    guard number != 4 else { return try await here.delete(team) }
                    let draft = MemberDraft(email: try EmailAddress("m\(number)@example.com"))
                    let refused = await failure {
                        try await there.members.add(draft, to: .id(team.id), in: [here.a])
                    }
                    if let refused, refused != .notFound(.customer) { throw Unexpected(failure: refused) }
                }
                #expect(outcomes.allSatisfy { $0 == nil }, "\(outcomes)")
            }
            let left = try await here.rows("SELECT count(*) FROM members WHERE deleted_at IS NULL", columns: 1)
            #expect(left == [["0"]])
            try await expectExactCounts(here)
        }
    }

    /// The lock is waited for by a key, and what holds the key then may be another customer than what was locked.
    @Test func deleteACustomerForGoodThatTookThePlaceOfAnother() async throws {
        try await withRig { rig in
            let here = try await House(rig.store)
            let first = try await here.create("first@example.com", externalID: "x")
            let second = try await here.create("second@example.com")
            let (swap, change) = (Gate(), Gate())
            async let swapped: Void = rig.other.write { session in
                try session.execute("UPDATE customers SET deleted_at = 1, external_id = NULL WHERE id = '\(first.id)'")
                try session.execute("UPDATE members SET deleted_at = 1 WHERE email_key = 'first@example.com'")
                try session.execute("UPDATE customers SET external_id = 'x' WHERE id = '\(second.id)'")
                try swap.pass(session)
            }
            _ = try await swap.arrival()
            async let updated = here.store.update(.externalID("x"), in: [here.a], claiming: CustomerKeys()) {
                customer,
                _ throws(DomainError) in
                change.hold()
                customer.name = "Updated"
            }
            try await rig.waitForLockWaiters(1)
            swap.open()
            try await swapped
            _ = try await change.arrival()
            let isDeleted = Counter()
            async let deleted: Void = {
                try await here.delete(second)
                isDeleted.add()
            }()
            try await rig.waitForLockWaiters(1) { isDeleted.count > 0 }
            change.open()
            #expect(try await updated.id == second.id)
            try await deleted
            #expect(await failure { try await here.customer(second) } == .notFound(.customer))
            #expect(try await here.total() == 0)
            try await expectExactCounts(here)
        }
    }

    /// Expects the kept totals, and no others, to be what a count says, and nothing of a deleted customer to be live.
    private func expectExactCounts(_ house: House) async throws {
        let live = "SELECT count(*) FROM customers WHERE deleted_at IS NULL AND organization_id = '\(house.a)'"
        let counted = try await house.rows(live, columns: 1)
        let total = try await house.total()
        #expect(counted == [["\(total)"]])
        let owners = try await house.rows(
            """
            SELECT c.id, c.deleted_at IS NULL, (
                SELECT count(*) FROM members m WHERE m.organization_id = c.organization_id
                AND m.customer_number = c.number AND m.deleted_at IS NULL AND m.role = 'owner'
            ) FROM customers c
            """,
            columns: 3
        )
        for row in owners { #expect(row[1] == row[2], "\(row)") }
    }
}

/// Runs `body` with the same two organizations on two stores that share a database.
private func withTwoHouses(_ body: (House, House) async throws -> Void) async throws {
    try await withSchema { address in
        try await withPostgresStore(address) { first in
            try await withPostgresStore(address) { second in
                let here = try await House(first)
                try await body(here, House(second, clock: here.clock, a: here.a, b: here.b))
            }
        }
    }
}
