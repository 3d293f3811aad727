import ClienteleClient
import Foundation
import Testing

/// The calls about customers, against a server of ours and against a recorded Polar.
struct CustomerSuite {
    private static let minimal = CustomerCreate(email: "minimal.5e5327@acme-peer.com")
    private static let full = CustomerCreate(
        email: "full.5e5327@acme-peer.com",
        name: "Full Customer",
        externalID: "full_5e5327",
        metadata: ["str": "value", "int": 1, "float": 1.5, "bool": true],
        billingAddress: AddressInput(
            country: "FR",
            line1: "1 rue de la Paix",
            line2: "App 2",
            postalCode: "75002",
            city: "Paris",
            state: "IDF"
        ),
        taxID: "FR61954506077",
        locale: "fr-CA"
    )

    @Test(arguments: Backend.allCases)
    func makesACustomerWithOnlyAnAddress(_ backend: Backend) async throws {
        try await backend.run { clients in
            let customer = try await clients.a.customers.create(Self.minimal)
            #expect(customer.email == "minimal.5e5327@acme-peer.com")
            #expect(customer.type == .individual)
            #expect(customer.metadata == [:])
            #expect(customer.modifiedAt == nil)
            #expect(customer.name == nil)
            #expect(
                customer.avatarURL?.hasSuffix("b9c54a0f8ff973ce5d4960d98005451a29a1a1c9b9952724393600b1?d=404") == true
            )
        }
    }

    @Test(arguments: Backend.allCases)
    func makesAndReadsACustomerWithEverything(_ backend: Backend) async throws {
        try await backend.run { clients in
            let made = try await clients.a.customers.create(Self.full)
            #expect(made.taxID?.number == "FR61954506077")
            #expect(made.taxID?.format == "eu_vat")
            #expect(made.billingAddress?.postalCode == "75002")
            #expect(made.metadata == ["str": "value", "int": 1, "float": 1.5, "bool": true])
            let read = try await clients.a.customers.get(made.id)
            #expect(read.id == made.id)
            #expect(read.billingAddress == made.billingAddress)
            #expect(read.metadata == made.metadata)
            #expect(read.locale == "fr-CA")
        }
    }

    @Test(arguments: Backend.allCases)
    func makesATeamAndReadsItsState(_ backend: Backend) async throws {
        try await backend.run { clients in
            let team = try await clients.a.customers.create(Self.team2)
            #expect(team.type == .team)
            let state = try await clients.a.customers.getState(team.id)
            #expect(state.customer.id == team.id)
            #expect(state.externalID == "team2_5e5327")
            #expect(state.activeSubscriptions.isEmpty && state.grantedBenefits.isEmpty && state.activeMeters.isEmpty)
        }
    }

    static let team2 = CustomerCreate(
        email: "team2.5e5327@acme-peer.com",
        type: .team,
        name: "Team2 Inc",
        externalID: "team2_5e5327",
        owner: OwnerCreate(email: "owner2.5e5327@acme-peer.com", name: "Owner Two", externalID: "owner2_5e5327")
    )

    @Test(arguments: Backend.allCases)
    func keepsNumbersAsTheyWereWritten(_ backend: Backend) async throws {
        try await backend.run { clients in
            let metadata: [String: JSON] = ["a": 1.0, "b": 0, "c": 1000.0]
            let customer = try await clients.a.customers.create(
                CustomerCreate(email: "m4.5e5327@acme-peer.com", metadata: metadata)
            )
            #expect(customer.metadata["a"] == .number(1))
            #expect(customer.metadata["b"] == .integer(0))
        }
    }

    @Test(arguments: Backend.allCases)
    func tellsEveryThingThatIsWrong(_ backend: Backend) async throws {
        try await backend.run { clients in
            let ownerless = await failure {
                () async throws(ClienteleError) in
                try await clients.a.customers.create(CustomerCreate(type: .team, name: "Team4"))
            }
            #expect(ownerless?.issues == ["value_error body.team"])
            let body = CustomerCreate(email: "e1.5e5327@acme-peer.com", externalID: "ext1_5e5327")
            _ = try await clients.a.customers.create(body)
            let taken = await failure { () async throws(ClienteleError) in try await clients.a.customers.create(body) }
            #expect(taken?.issues == ["value_error body.email", "value_error body.external_id"])
            #expect(taken?.response?.error == "PolarRequestValidationError")
            #expect(taken?.response?.body.isEmpty == false)
        }
    }

    @Test(arguments: Backend.allCases)
    func changesOnlyWhatItIsTold(_ backend: Backend) async throws {
        try await backend.run { clients in
            let made = try await clients.a.customers.create(Self.full)
            let renamed = try await clients.a.customers.update(made.id, CustomerUpdate(name: "Renamed"))
            #expect(renamed.name == "Renamed")
            #expect(renamed.locale == "fr-CA")
            #expect(renamed.modifiedAt != nil)
            let cleared = try await clients.a.customers.update(made.id, CustomerUpdate(name: nil))
            #expect(cleared.name == nil)
            #expect(cleared.billingAddress?.city == "Paris")
            _ = try await clients.a.customers.update(made.id, CustomerUpdate(email: "full-new.5e5327@acme-peer.com"))
            let refused = await failure {
                () async throws(ClienteleError) in
                try await clients.a.customers.update(made.id, CustomerUpdate(billingAddress: .null))
            }
            #expect(refused?.issues == ["value_error body.billing_address"])
            let moved = try await clients.a.customers.update(
                made.id,
                CustomerUpdate(billingAddress: .set(AddressInput(country: "US", state: "NY")), taxID: "91-1144442")
            )
            #expect(moved.billingAddress == Address(country: "US", state: "US-NY"))
            #expect(moved.taxID?.format == "us_ein")
        }
    }

    @Test(arguments: Backend.allCases)
    func changesByExternalID(_ backend: Backend) async throws {
        try await backend.run { clients in
            _ = try await clients.a.customers.create(Self.full)
            let renamed = try await clients.a.customers.updateExternal(
                "full_5e5327",
                CustomerUpdate(name: "By external")
            )
            #expect(renamed.name == "By external")
            let unknown = await failure {
                () async throws(ClienteleError) in
                try await clients.a.customers.updateExternal("unknown", CustomerUpdate(name: "x"))
            }
            #expect(unknown?.status == 404)
        }
    }

    @Test(arguments: Backend.allCases)
    func listsByAddressAndMetadata(_ backend: Backend) async throws {
        try await backend.run { clients in
            let minimal = try await clients.a.customers.create(Self.minimal)
            let meta = try await clients.a.customers.create(
                CustomerCreate(
                    email: "m2.5e5327@acme-peer.com",
                    metadata: ["s": "x", "i": 1, "neg": -5, "f": 1.25, "t": true, "fa": false]
                )
            )
            let page = try await clients.a.customers.list(email: "minimal.5e5327@acme-peer.com").page()
            #expect(page.items.map(\.id) == [minimal.id])
            #expect(page.totalCount == 1)
            #expect(page.maxPage == 1)
            #expect(!page.hasNext)
            var found: [UUID] = []
            for try await customer in clients.a.customers.list(metadata: ["neg": -5]) { found.append(customer.id) }
            #expect(found == [meta.id])
        }
    }

    @Test(arguments: Backend.allCases)
    func deletesAndFindsNothingAfterwards(_ backend: Backend) async throws {
        try await backend.run { clients in
            let victim = CustomerCreate(
                email: "victim.5e5327@acme-peer.com",
                name: "Victim",
                externalID: "victim_5e5327",
                metadata: ["keep": "me"]
            )
            let made = try await clients.a.customers.create(victim)
            try await clients.a.customers.delete(made.id)
            let gone = await failure { () async throws(ClienteleError) in try await clients.a.customers.get(made.id) }
            guard case .notFound(let response)? = gone else {
                Issue.record("\(String(describing: gone))")
                return
            }
            #expect(response.error == "ResourceNotFound")
            _ = try await clients.a.customers.create(
                CustomerCreate(email: "victim.5e5327@acme-peer.com", externalID: "victim_5e5327")
            )
            try await clients.a.customers.deleteExternal("victim_5e5327")
        }
    }

    @Test(arguments: Backend.allCases)
    func exportsPiecesOfCSV(_ backend: Backend) async throws {
        try await backend.run { clients in
            let body = try await clients.make("B").customers.export()
            let text = String(decoding: try await body.collect(upTo: 1_000_000), as: UTF8.self)
            #expect(text.hasPrefix("ID,External ID,Created At,Email,Name,Tax ID,"))
        }
    }

    @Test(arguments: Backend.allCases)
    func tellsWhyATokenWillNotDo(_ backend: Backend) async throws {
        try await backend.run { clients in
            let unknown = clients.make("polar_oat_unknownunknownunknown")
            let nobody = await failure { () async throws(ClienteleError) in try await unknown.customers.list().page() }
            guard case .unauthorized? = nobody else {
                Issue.record("\(String(describing: nobody))")
                return
            }
            let refused = await failure {
                () async throws(ClienteleError) in
                try await clients.make("A_read").customers.create(CustomerCreate(email: "x.5e5327@acme-peer.com"))
            }
            guard case .forbidden(let response)? = refused else {
                Issue.record("\(String(describing: refused))")
                return
            }
            #expect(response.error == "insufficient_scope")
        }
    }

    @Test(arguments: Backend.allCases)
    func looksAfterMembers(_ backend: Backend) async throws {
        try await backend.run { clients in
            let team = try await clients.a.customers.create(Self.team2)
            let one = try await clients.a.members.create(
                for: .id(team.id),
                MemberCreate(email: "mem1.5e5327@acme-peer.com", name: "Member One", externalID: "mem1_5e5327")
            )
            #expect(one.role == .member)
            #expect(one.customerID == team.id)
            let owner = await failure {
                () async throws(ClienteleError) in
                try await clients.a.members.create(
                    for: .id(team.id),
                    MemberCreate(email: "mem4.5e5327@acme-peer.com", role: .owner)
                )
            }
            #expect(owner?.issues == ["literal_error body.role"])
            _ = try await clients.a.members.create(
                for: .externalID("team2_5e5327"),
                MemberCreate(email: "mem6.5e5327@acme-peer.com", externalID: "mem6_5e5327")
            )
            let renamed = try await clients.a.members.update(
                "\(one.id)".lowercased(),
                of: .id(team.id),
                MemberUpdate(name: "New name")
            )
            #expect(renamed.name == "New name")
            try await clients.a.members.delete("mem6_5e5327", of: .externalID("team2_5e5327"))
        }
    }

    @Test(arguments: Backend.allCases)
    func tellsEventsOfCustomersToCome(_ backend: Backend) async throws {
        try await backend.run { clients in
            let event = EventCreate(name: "api.call", customer: .externalID("future_5e5327"), metadata: ["n": 1])
            let result = try await clients.a.events.ingest([event])
            #expect(result.inserted == 1)
            #expect(result.duplicates == 0)
        }
    }
}
