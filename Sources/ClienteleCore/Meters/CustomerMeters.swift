/// The use cases of what customers have used.
public struct CustomerMeters: Sendable {
    private let store: any MeterStore
    private let settlement: Settlement

    public init(store: any MeterStore & AccountStore, surroundings: Surroundings = .system) {
        self.store = store
        self.settlement = Settlement(store: store, surroundings: surroundings)
    }

    public func list(_ query: CustomerMeterQuery) async throws(DomainError) -> Page<CustomerMeterDetails> {
        try await settlement.settle(query.list.organizations)
        return try await store.customerMeters(query)
    }

    public func customerMeter(
        _ id: CustomerMeter.ID,
        in organizations: [Organization.ID]
    ) async throws(DomainError) -> CustomerMeterDetails {
        try await settlement.settle(organizations)
        return try await store.customerMeter(id, in: organizations)
    }
}

/// A customer's record of a meter, with both.
public struct CustomerMeterDetails: Sendable {
    public let record: CustomerMeter
    public let customer: Customer
    public let meter: Meter

    package init(record: CustomerMeter, customer: Customer, meter: Meter) {
        self.record = record
        self.customer = customer
        self.meter = meter
    }
}

/// Which customers' records of meters a list shows, in what order.
public struct CustomerMeterQuery: Sendable {
    public enum Key: String, Sendable, CaseIterable {
        case createdAt = "created_at"
        case modifiedAt = "modified_at"
        case customerID = "customer_id"
        case customerName = "customer_name"
        case meterID = "meter_id"
        case meterName = "meter_name"
        case consumedUnits = "consumed_units"
        case creditedUnits = "credited_units"
        case balance
    }

    public var list: RecordQuery<Key>
    public var customers: [Customer.ID]?
    public var externalCustomerIDs: [String]?
    /// Records of archived meters are shown only where their meters are named.
    public var meters: [Meter.ID]?

    public init(_ list: RecordQuery<Key>) { self.list = list }
}
