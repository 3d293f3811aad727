import ClienteleCore
import ClienteleJSON
import ClienteleStore
import Testing

/// What customers may hold, made in few words.
extension House {
    func makeMeter(
        _ aggregation: MeterAggregation,
        named name: String? = nil,
        metadata: Metadata = Metadata()
    ) async throws -> Meter {
        let clauses = name.map { [MeterFilter.Clause.compare(property: "name", .equal, .string($0))] } ?? []
        let draft = MeterDraft(
            name: "Meter",
            filter: MeterFilter(.and, clauses),
            aggregation: aggregation,
            metadata: metadata
        )
        return try await meters.create(draft, in: a)
    }

    func makeBenefit(_ kind: Benefit.Kind, key: String? = nil, properties: JSON = [:]) async throws -> Benefit.ID {
        let metadata = key.map { Metadata([.init("key", .string($0))]) } ?? Metadata()
        let draft = BenefitDraft(kind: kind, description: "A benefit", metadata: metadata, properties: properties)
        return try await benefits.create(draft, in: a).id
    }

    func makeCredit(_ units: Int64, of meter: Meter.ID, rollsOver: Bool = false) async throws -> Benefit.ID {
        let properties: JSON = [
            "units": .integer(units), "rollover": .bool(rollsOver), "meter_id": .string(meter.text),
        ]
        return try await makeBenefit(.meterCredit, properties: properties)
    }

    func makeProduct(
        _ benefits: [Benefit.ID] = [],
        every interval: CalendarInterval = CalendarInterval(.month),
        prices: [PriceDraft] = [PriceDraft(amount: .fixed(0))],
        metadata: Metadata = Metadata()
    ) async throws -> Product {
        let draft = ProductDraft(name: "Product", recurring: interval, metadata: metadata, prices: prices)
        let product = try await products.create(draft, in: a)
        return try await products.setBenefits(benefits, of: product.id, in: [a])
    }

    @discardableResult
    func subscribe(_ customer: Customer, to product: Product) async throws -> SubscriptionDetails {
        let draft = SubscriptionDraft(product: product.id, customer: .id(customer.id))
        return try await subscriptions.create(draft, in: [a])
    }

    /// Keeps events of organization A, each with an amount in its metadata, that happen now.
    @discardableResult
    func ingest(
        _ events: [(name: String, customer: CustomerKey, n: Double)],
        at timestamp: Timestamp? = nil
    ) async throws -> EventsReceipt {
        let now = timestamp ?? self.events.now
        let drafts = events.map { event in
            EventDraft(name: event.name, customer: event.customer, timestamp: now, metadata: ["n": .number(event.n)])
        }
        return try await self.events.ingest(drafts, in: a)
    }

    func state(of customer: Customer) async throws -> CustomerState {
        try await states.state(of: .id(customer.id), in: [customer.organization])
    }
}
