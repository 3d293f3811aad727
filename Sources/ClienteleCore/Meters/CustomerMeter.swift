/// What one customer has used and been credited, by one meter.
public struct CustomerMeter: Sendable, Equatable {
    public typealias ID = Identifier<CustomerMeter>

    /// The most that can be credited: what a double, in which balances are told, holds exactly.
    static let creditMax: Int64 = 1 << 53

    public let id: ID
    public let organization: Organization.ID
    public let meter: Meter.ID
    public let createdAt: Timestamp
    public package(set) var modifiedAt: Timestamp?
    /// Events before it do not count any more.
    public package(set) var resetAt: Timestamp?
    public package(set) var usage: MeterUsage
    public package(set) var credited: Int64
    /// What the meter makes of the events that it counts.
    public let function: MeterAggregation.Function

    package init(
        id: ID,
        organization: Organization.ID,
        meter: Meter.ID,
        createdAt: Timestamp,
        modifiedAt: Timestamp? = nil,
        resetAt: Timestamp? = nil,
        usage: MeterUsage = MeterUsage(),
        credited: Int64 = 0,
        function: MeterAggregation.Function
    ) {
        self.id = id
        self.organization = organization
        self.meter = meter
        self.createdAt = createdAt
        self.modifiedAt = modifiedAt
        self.resetAt = resetAt
        self.usage = usage
        self.credited = credited
        self.function = function
    }

    /// The one id that the record of a customer and a meter can have: of both ids, so that nobody need look for it.
    package static func id(of customer: Customer.ID, by meter: Meter.ID) -> ID {
        ID(combining: customer, meter)
    }

    public var consumed: Double { usage.quantity(function) }

    /// What is left of the credit; below zero where more was used.
    public var balance: Double { Double(credited) - consumed }
}
