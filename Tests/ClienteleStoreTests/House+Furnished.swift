import ClienteleCore
import ClienteleJSON
import ClienteleStore
import Testing

extension House {
    /// Fills the house with a customer of every kind and fate, through the use cases alone.
    ///
    /// Live are seven customers of A, with three metadata pairs named `plan`, and one of B.
    func furnish() async throws {
        let ada = try await create(
            "Ada@Example.com",
            externalID: "User_1",
            name: "Ada Lovelace",
            metadata: Metadata([
                .init("plan", "pro"), .init("seats", 3), .init("ok", true), .init("ratio", 1.5),
                .init("\u{E9}", "E\u{301}"),
            ])
        )
        _ = try await store.update(.id(ada.id), in: [a], claiming: CustomerKeys()) { customer, _ throws(DomainError) in
            customer.billingName = "ADA & Co"
        }
        let bob = try await create("bob@example.com", name: "BOB E\u{301}")
        let robert = Change.set(try EmailAddress("Robert@Example.com"))
        try await update(bob, CustomerPatch(email: robert, rules: CustomerRules(emailMayRepeat: true)))
        // Its letters have more bytes in lower case than an index takes.
        try await create("long@example.com", externalID: String(repeating: "\u{130}", count: 1_200))
        let grown = try await create("grown@example.com", name: "Grown", metadata: Metadata([.init("plan", "free")]))
        try await update(grown, CustomerPatch(metadata: Metadata([.init("plan", "team")]), kind: .set(.team)))
        try await furnishTeams()
        try await furnishDeleted()
        try await furnishHoldings(of: ada)
        try await create("ada@example.com", externalID: "User_1", name: "Other Ada", in: b)
        _ = try await tokens.create(kind: .organization, organizations: [a], scopes: [.customersRead])
        _ = try await tokens.create(kind: .user, organizations: [a, b], scopes: [.customersRead])
        try await policies.setPlan(Plan(customersMax: 100, withheld: [.events]), of: b)
        try await policies.setLimits(CallLimits(readsPerMinute: 10, writesPerMinute: nil), of: b)
        let call = KeyedCall(organization: a, key: "k", fingerprint: Array(repeating: 7, count: 32), at: events.now)
        try await store.keep(RecordedAnswer(bytes: [1, 2, 3]), to: call)
        try await furnishWebhooks(about: ada)
    }

    /// An endpoint with an event that was tried once, and a state that is to be told.
    private func furnishWebhooks(about customer: Customer) async throws {
        let endpoint = try await makeEndpoint()
        let event = try #require(
            try await makeEvents(for: endpoint, about: customer, tellsState: true).first
        )
        #expect(try await settle(event, status: 500, .retry(afterSeconds: 5)) == nil)
    }

    private func furnishTeams() async throws {
        let team = try await createTeam()
        try await add("Billing@example.com", role: .billingManager, to: team)
        try await add("heir@example.com", role: .owner, to: team, removing: false)
        try await add("former@example.com", role: .member, to: team, removing: true)
        let quiet = CustomerDraft(
            kind: .team,
            email: nil,
            name: "Quiet",
            owner: .init(email: try EmailAddress("quiet.owner@example.com")),
            status: .pending,
            team: try await organizations.createTeam(name: "Support", in: a).id
        )
        _ = try await customers.create(quiet, in: a)
        let solo = try await create("solo@example.com", metadata: Metadata([.init("plan", "solo")]))
        try await update(solo, CustomerPatch(status: .archived))
    }

    private func furnishDeleted() async throws {
        let metadata = Metadata([.init("plan", "gone")])
        try await delete(create("gone@example.com", externalID: "Gone", name: "Gone", metadata: metadata))
        try await delete(create("person@example.com", externalID: "P", name: "Person"), anonymize: true)
        let firm = CustomerDraft(
            email: try EmailAddress("office@example.com"),
            name: "ACME GmbH",
            billingAddress: try PostalAddress(line1: "1 Street", country: #require(Country("DE"))),
            taxID: TaxIDClaim("DE136695976")
        )
        try await delete(customers.create(firm, in: a), anonymize: true)
        let crew = try await create(
            "crew@example.com",
            kind: .team,
            name: "Crew",
            owner: .init(email: try EmailAddress("captain@example.com"), name: "Captain")
        )
        try await add("sailor@example.com", role: .member, to: crew)
        try await add("deserter@example.com", role: .member, to: crew, removing: true)
        try await delete(crew, anonymize: true)
    }

    /// A subscription in force with a benefit of every kind that counts, one that has ended, and events of every fate.
    private func furnishHoldings(of customer: Customer) async throws {
        let meter = try await makeMeter(.init(.sum, property: "n"))
        let distinct = try await makeMeter(.init(.unique, property: "n"))
        let benefits = [
            try await makeBenefit(.featureFlag, key: "flag"),
            try await makeBenefit(.licenseKeys, properties: ["prefix": "K"]),
            try await makeCredit(10, of: meter.id, rollsOver: true),
        ]
        let product = try await makeProduct(benefits)
        try await subscribe(customer, to: product)
        let ended = try await subscribe(customer, to: product)
        let note = CancellationNote(reason: .set(.unused), comment: .set("Goodbye"))
        _ = try await subscriptions.revoke(ended.subscription.id, in: [a], note)
        try await ingest([("x", 1.5), ("y", 2), ("x", 2)].map { ($0, .id(customer.id), $1) })
        try await ingest([("z", .externalID("nobody"), 1)])
        #expect(try await state(of: customer).meters.map(\.consumed) == [5.5, 2])
        _ = distinct
    }

    /// Adds a member as one who may be any, makes it what it is to be, and removes it where that is asked.
    private func add(
        _ email: String,
        role: Member.Role,
        to customer: Customer,
        removing: Bool = false
    ) async throws {
        let draft = MemberDraft(email: try EmailAddress(email), name: "Member", externalID: email)
        let member = try await members.add(draft, to: .id(customer.id), in: [customer.organization])
        let patch = MemberPatch(role: role)
        _ = try await members.update(.id(member.id), of: .id(customer.id), in: [customer.organization], by: patch)
        guard removing else { return }
        try await members.remove(.id(member.id), of: .id(customer.id), in: [customer.organization])
    }
}
