import ClienteleCore
import ClienteleJSON
import ClienteleStore
import Synchronization

/// A made-up organization that sells maps: what it offers, and who uses it.
///
/// All goes through the use cases, with a clock that is turned from a year ago to now.
struct DemoData {
    private let organization: Organization.ID
    private let count: Int
    private let clock = DemoClock()
    private let customers: Customers
    private let products: Products
    private let benefits: Benefits
    private let meters: Meters
    private let subscriptions: Subscriptions
    private let events: Events
    private let settlement: Settlement

    init(store: SQLStore, organization: Organization.ID, customers: Int) {
        let surroundings = clock.surroundings
        self.organization = organization
        self.count = customers
        self.customers = Customers(store: store, surroundings: surroundings)
        self.products = Products(store: store, surroundings: surroundings)
        self.benefits = Benefits(store: store, surroundings: surroundings)
        self.meters = Meters(store: store, surroundings: surroundings)
        self.subscriptions = Subscriptions(store: store, surroundings: surroundings)
        self.events = Events(store: store, surroundings: surroundings)
        self.settlement = Settlement(store: store, surroundings: surroundings)
    }

    /// Makes everything, and gives a customer that has something of all.
    func make(_ onCustomers: (Int) -> Void) async throws -> Customer.ID {
        clock.turn(toDaysAgo: Self.days)
        let plans = try await makePlans()
        var people: [DemoCustomer] = []
        for number in 0..<count {
            clock.turn(toDaysAgo: Self.days - number * Self.days / count)
            people.append(try await makeCustomer(number, plans))
            if number % 50 == 0 { onCustomers(number) }
        }
        clock.turn(toDaysAgo: 0)
        while try await settlement.settleSome() {}
        try await leave(people)
        try await use(people)
        onCustomers(count)
        return (people.last { $0.plan == .business } ?? people[0]).id
    }

    private static let days = 365

    private enum Plan: CaseIterable { case hobby, studio, business }

    private struct DemoCustomer {
        let number: Int
        let id: Customer.ID
        let plan: Plan?
        let subscription: Subscription.ID?
    }

    private func makePlans() async throws -> [Plan: Product.ID] {
        let tiles = try await makeMeter("Map tiles", "map_tiles", "tile.served", .init(.sum, property: "tiles"))
        let searches = try await makeMeter("Place searches", "searches", "place.searched", .init(.count, property: nil))
        _ = try await makeMeter("Active users", "active_users", "place.searched", .init(.unique, property: "user"))
        let offline = try await makeBenefit(.featureFlag, "Offline maps", key: "offline_maps")
        let styles = try await makeBenefit(.featureFlag, "Custom map styles", key: "custom_styles")
        let audit = try await makeBenefit(.featureFlag, "Audit log", key: "audit_log")
        let desktop = try await makeBenefit(
            .licenseKeys,
            "Desktop app",
            ["prefix": "LARK", "expires": nil, "activations": nil, "limit_usage": nil]
        )
        let support = try await makeBenefit(.custom, "A person to write to", ["note": "support@larkspur.example"])
        return [
            .hobby: try await makeProduct("Hobby", .month, [try await makeCredit(1_000, tiles, "1,000 tiles a month")]),
            .studio: try await makeProduct(
                "Studio (preview)",
                .month,
                [
                    styles, desktop, try await makeCredit(50_000, tiles, "50,000 tiles a month", rollsOver: true),
                    try await makeCredit(500, searches, "500 searches a month"),
                ]
            ),
            .business: try await makeProduct(
                "Business (pilot)",
                .year,
                [
                    styles, offline, audit, desktop, support,
                    try await makeCredit(2_000_000, tiles, "2 million tiles a year", rollsOver: true),
                    try await makeCredit(20_000, searches, "20,000 searches a year"),
                ]
            ),
        ]
    }

    private func makeMeter(
        _ name: String,
        _ key: String,
        _ event: String,
        _ aggregation: MeterAggregation
    ) async throws -> Meter.ID {
        let filter = MeterFilter(.and, [.compare(property: "name", .equal, .string(event))])
        let draft = MeterDraft(
            name: name,
            filter: filter,
            aggregation: aggregation,
            metadata: Metadata([.init("key", .string(key))])
        )
        return try await meters.create(draft, in: organization).id
    }

    private func makeBenefit(
        _ kind: Benefit.Kind,
        _ description: String,
        _ properties: JSON = [:],
        key: String? = nil
    ) async throws -> Benefit.ID {
        let metadata = key.map { Metadata([.init("key", .string($0))]) } ?? Metadata()
        let draft = BenefitDraft(kind: kind, description: description, metadata: metadata, properties: properties)
        return try await benefits.create(draft, in: organization).id
    }

    private func makeCredit(
        _ units: Int64,
        _ meter: Meter.ID,
        _ description: String,
        rollsOver: Bool = false
    ) async throws -> Benefit.ID {
        try await makeBenefit(
            .meterCredit,
            description,
            ["units": .integer(units), "rollover": .bool(rollsOver), "meter_id": .string(meter.text)]
        )
    }

    private func makeProduct(
        _ name: String,
        _ unit: CalendarInterval.Unit,
        _ benefits: [Benefit.ID]
    ) async throws -> Product.ID {
        let draft = ProductDraft(
            name: name,
            recurring: CalendarInterval(unit),
            prices: [PriceDraft(amount: .fixed(0))]
        )
        let product = try await products.create(draft, in: organization)
        return try await products.setBenefits(benefits, of: product.id, in: [organization]).id
    }

    private func makeCustomer(_ number: Int, _ plans: [Plan: Product.ID]) async throws -> DemoCustomer {
        let person = DemoPerson(number: number)
        let id = try await customers.create(try person.draft, in: organization).id
        let plan: Plan? =
            switch number % 20 {
            case 0...9: .hobby
            case 10...15: .studio
            case 16, 17: .business
            default: nil
            }
        guard let plan, let product = plans[plan] else {
            return DemoCustomer(number: number, id: id, plan: nil, subscription: nil)
        }
        let draft = SubscriptionDraft(product: product, customer: .id(id))
        let subscription = try await subscriptions.create(draft, in: [organization]).subscription.id
        return DemoCustomer(number: number, id: id, plan: plan, subscription: subscription)
    }

    /// Some go at once, some at the end of their period, some have just begun a trial.
    private func leave(_ people: [DemoCustomer]) async throws {
        for person in people {
            guard let subscription = person.subscription else { continue }
            switch person.number % 50 {
            case 3:
                let note = CancellationNote(reason: .set(.tooExpensive))
                _ = try await subscriptions.revoke(subscription, in: [organization], note)
            case 11:
                let note = CancellationNote(reason: .set(.missingFeatures), comment: .set("No bicycle lanes yet."))
                _ = try await subscriptions.setCancelsAtPeriodEnd(true, subscription, in: [organization], note)
            case 27:
                var patch = SubscriptionPatch()
                patch.trialEnd = .at(clock.now.adding(days: 14))
                _ = try await subscriptions.update(subscription, in: [organization], by: patch)
            default: break
            }
        }
    }

    /// Events of the last month.
    private func use(_ people: [DemoCustomer]) async throws {
        var batch: [EventDraft] = []
        let now = clock.now
        for person in people where person.plan != nil {
            for index in 0..<(5 + person.number * 7 % 30) {
                let timestamp = now.adding(seconds: -Int64(1 + (person.number * 31 + index * 7_919) % 2_500_000))
                let isSearch = index % 3 == 0
                let metadata: JSON =
                    isSearch
                    ? ["user": .string("user-\((person.number + index) % 7)")]
                    : ["tiles": .integer(Int64(20 + index * 13 % 180))]
                batch.append(
                    EventDraft(
                        name: isSearch ? "place.searched" : "tile.served",
                        customer: .id(person.id),
                        timestamp: timestamp,
                        externalID: "demo-\(person.number)-\(index)",
                        metadata: metadata
                    )
                )
            }
            guard batch.count > 5_000 else { continue }
            _ = try await events.ingest(batch, in: organization)
            batch = []
        }
        _ = try await events.ingest(batch, in: organization)
    }
}

/// A clock that stands where it is put.
private final class DemoClock: Sendable {
    private let time = Mutex(Surroundings.system.now())

    var now: Timestamp { time.withLock { $0 } }

    var surroundings: Surroundings { Surroundings(now: { self.now }, random: { UInt64.random(in: .min ... .max) }) }

    func turn(toDaysAgo days: Int) { time.withLock { $0 = Surroundings.system.now().adding(days: -days) } }
}

/// One made-up person: who it is follows from its number.
private struct DemoPerson {
    let number: Int

    private static let firstNames = [
        "Amara", "Bruno", "Chloé", "Dmitri", "Elif", "Farid", "Greta", "Hana", "Ivo", "Jun", "Kwame", "Lucía", "Mira",
        "Noor", "Oskar", "Priya", "Quentin", "Rosa", "Sami", "Tove",
    ]
    private static let lastNames = [
        "Abara", "Bianchi", "Carvalho", "Dupont", "Eriksen", "Fischer", "Gupta", "Hoang", "Ito", "Jensen", "Kowalski",
        "Lindqvist", "Moreau", "Novák", "Okafor", "Petrov", "Quispe", "Rossi", "Schmidt", "Tanaka", "Ueda",
    ]
    private static let trades = ["Cycling", "Logistics", "Surveying", "Tours", "Forestry", "Couriers", "Gardens"]
    private static let places = [
        ("DE", "Leipzig", "04109"), ("FR", "Lyon", "69002"), ("PT", "Porto", "4050-014"), ("SE", "Umeå", "903 26"),
        ("JP", "Kyoto", "600-8216"), ("GB", "Bristol", "BS1 4DJ"), ("IT", "Torino", "10121"), ("NL", "Delft", "2611"),
    ]

    var draft: CustomerDraft {
        get throws {
            let first = Self.firstNames[number % Self.firstNames.count]
            let last = Self.lastNames[number * 5 % Self.lastNames.count]
            let place = Self.places[number * 3 % Self.places.count]
            let isCompany = number % 20 == 16 || number % 20 == 17
            let company = "\(last) \(Self.trades[number % Self.trades.count])"
            let domain = isCompany ? "company\(number).example.com" : "mail.example.com"
            let email = try EmailAddress("\(isCompany ? "office" : "person")\(number)@\(domain)")
            return CustomerDraft(
                kind: isCompany ? .team : .individual,
                email: email,
                externalID: "user_\(number + 1)",
                name: isCompany ? company : "\(first) \(last)",
                billingAddress: try Country(place.0).map {
                    try PostalAddress(postalCode: place.2, city: place.1, country: $0)
                },
                metadata: Metadata([
                    .init("source", .string(["search", "friend", "conference"][number % 3])),
                    .init("newsletter", .bool(number % 4 == 0)),
                ]),
                owner: isCompany
                    ? .init(
                        email: try EmailAddress("owner\(number)@\(domain)"),
                        name: "\(first) \(last)",
                        externalID: nil
                    )
                    : nil
            )
        }
    }
}
