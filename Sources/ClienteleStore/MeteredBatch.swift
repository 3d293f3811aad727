import ClienteleCore
import Crypto

/// A customer that events are of.
struct EventCustomer: Sendable {
    let number: Int64
    let id: Customer.ID
    let firstUserEventAt: Timestamp?

    /// What a statement selects, for `init(row:)`.
    static let columns = "number, id, first_user_event_at"

    init(row: any SQLRow) throws {
        self.number = try row.required(0)
        self.id = try row.id(1)
        self.firstUserEventAt = row.moment(2)
    }

    init(_ customer: Customer, _ number: Int64) {
        self.number = number
        self.id = customer.id
        self.firstUserEventAt = customer.firstUserEventAt
    }
}

/// Counts new events of some customers, who are under lock: reads what was counted before, adds, and writes once.
struct MeteredBatch {
    private struct Key: Hashable {
        let number: Int64
        let meter: Int
    }

    private let session: any SQLSession
    private let organization: Organization.ID
    private let now: Timestamp
    private let meters: [Meter]
    private let customers: [Int64: EventCustomer]
    private var records: [Key: CustomerMeter] = [:]
    private var known: Set<Key> = []
    private var changed: Set<Key> = []
    private var values: [Key: Set<String>] = [:]
    private var first: [Int64: Timestamp] = [:]

    init(
        session: any SQLSession,
        organization: Organization.ID,
        customers: some Sequence<EventCustomer>,
        now: Timestamp
    ) throws {
        self.session = session
        self.organization = organization
        self.now = now
        try session.lockMeters(of: organization, shared: true)
        self.meters = try session.meters(in: organization)
        self.customers = Dictionary(customers.map { ($0.number, $0) }, uniquingKeysWith: { first, _ in first })
        let positions = Dictionary(uniqueKeysWithValues: meters.enumerated().map { ($1.id, $0) })
        guard !meters.isEmpty else { return }
        try session.eachChunk(self.customers.keys.sorted().map { .integer($0) }, in: organization) { list, arguments in
            try session.run(
                """
                SELECT \(CustomerMeter.shape.selected("u")) FROM customer_meters u
                WHERE u.organization_id = $1 AND u.customer_number IN (\(list))
                """,
                arguments
            ) { row in
                let record = try CustomerMeter(row: row)
                guard let meter = positions[record.meter] else { return }
                let key = Key(number: try row.required(1), meter: meter)
                records[key] = record
                known.insert(key)
            }
        }
    }

    mutating func add(_ event: MeteredEvent, of number: Int64) {
        guard let customer = customers[number] else { return }
        if event.source == Event.Source.user.rawValue {
            first[number] = min(first[number] ?? event.timestamp, event.timestamp)
        }
        for (index, meter) in meters.enumerated() {
            guard let contribution = meter.contribution(of: event) else { continue }
            let key = Key(number: number, meter: index)
            if let reset = records[key]?.resetAt, event.timestamp < reset { continue }
            if records[key] == nil { records[key] = new(meter, for: customer) }
            records[key]?.usage.add(contribution)
            changed.insert(key)
            if case .value(let value) = contribution { values[key, default: []].insert(value.storedKey) }
        }
    }

    /// Writes what was counted, and raises the versions of those for whom anything changed.
    mutating func store() throws {
        for key in changed.sorted(by: { ($0.number, $0.meter) < ($1.number, $1.meter) }) {
            guard var record = records[key] else { continue }
            if let values = values[key] {
                record.usage.distinct += try session.addValues(values, of: meters[key.meter], key.number)
            }
            let isKnown = known.contains(key)
            if isKnown { record.modifiedAt = now }
            records[key] = record
            try session.execute(
                isKnown ? CustomerMeter.shape.replacement : CustomerMeter.shape.insertion,
                record.columnValues(customer: key.number)
            )
        }
        for (number, moment) in first.sorted(by: { $0.key < $1.key }) {
            let isEarlier = customers[number]?.firstUserEventAt.map { moment < $0 } ?? true
            guard isEarlier || changed.contains(where: { $0.number == number }) else { continue }
            try session.execute(
                """
                UPDATE customers SET state_version = state_version + 1, first_user_event_at = CASE
                    WHEN first_user_event_at < $3 THEN first_user_event_at ELSE $3 END
                WHERE organization_id = $1 AND number = $2
                """,
                [SQLValue(organization), .integer(number), SQLValue(moment)]
            )
            if isEarlier, let customer = try session.anyCustomer(number, in: organization) {
                try session.record(.customerUpdated, customer)
            }
            for meter in meters.indices {
                let key = Key(number: number, meter: meter)
                guard changed.contains(key), let record = records[key], let customer = customers[number] else {
                    continue
                }
                try session.record(record, of: customer.id)
            }
        }
    }

    private func new(_ meter: Meter, for customer: EventCustomer) -> CustomerMeter {
        CustomerMeter(
            id: CustomerMeter.id(of: customer.id, by: meter.id),
            organization: organization,
            meter: meter.id,
            createdAt: now,
            function: meter.aggregation.function
        )
    }
}

extension SQLSession {
    /// Lets those who count events go on together, and who changes what is counted only alone, until the transaction ends.
    ///
    /// Otherwise an event that comes while a meter is made could be counted by neither.
    func lockMeters(of organization: Organization.ID, shared: Bool) throws {
        try lock(organization, for: .counting, shared: shared)
    }
}

extension String {
    /// The text, or its hash where it is too long for an index.
    var storedKey: String {
        guard utf8.count > 512 else { return self }
        return "sha256:"
            + SHA256.hash(data: Array(utf8)).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
}
