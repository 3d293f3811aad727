import ClienteleCore
import ClienteleJSON

/// What a change keeps of the record that it is about: the record's row, as an array of JSON.
///
/// So it is written and read by what writes and reads the record itself. Columns may be added to a record's row at its end only:
/// rows that were kept before have fewer.
struct KeptRecord {
    let values: [SQLValue]

    var text: String { JSON.array(values.map(\.json)).text }
}

extension KeptRecord {
    init(_ customer: Customer) { self.values = customer.rowValues }
    init(_ member: Member) { self.values = member.rowValues }
    init(_ subscription: Subscription) { self.values = subscription.columnValues(customer: 0) }
    init(_ meter: CustomerMeter) { self.values = meter.columnValues(customer: 0) }
    init(_ benefit: Benefit) { self.values = benefit.columnValues }
    init(_ product: Product) { self.values = product.columnValues }

    /// A grant, and after its columns what it had before the change.
    init(_ grant: BenefitGrant, previous: BenefitGrant.Properties) {
        self.values = grant.columnValues(customer: 0) + [.text(previous.json.text)]
    }

    static let previousProperties = BenefitGrant.shape.columns.count
}

extension SQLValue {
    fileprivate var json: JSON {
        switch self {
        case .null: .null
        case .integer(let integer): .integer(integer)
        case .real(let number): .number(number)
        case .text(let text): .string(text)
        // No record has any.
        case .bytes: .null
        case .identifier(let high, let low): .string(Identifier<Never>(high: high, low: low).text)
        }
    }
}

/// A row that was kept as an array of JSON.
struct KeptRow: SQLRow {
    private let values: [JSON]

    init(_ text: String) throws {
        guard let values = try JSON(parsing: Array(text.utf8)).array else { throw SQLError.malformed(column: 0) }
        self.values = values
    }

    private func json(at column: Int) -> JSON { values.indices.contains(column) ? values[column] : .null }

    func integer(_ column: Int) -> Int64? { json(at: column).integer }

    func number(_ column: Int) -> Double? {
        let json = json(at: column)
        return json.number ?? json.integer.map(Double.init)
    }

    func text(_ column: Int) -> String? { json(at: column).string }

    func identifier(_ column: Int) -> (high: UInt64, low: UInt64)? {
        text(column).flatMap { Identifier<Never>($0) }.map { ($0.high, $0.low) }
    }

    func value(_ column: Int) -> SQLValue {
        switch json(at: column) {
        case .null, .bool, .bigInteger, .array, .object: .null
        case .integer(let integer): .integer(integer)
        case .number(let number): .real(number)
        case .string(let text): .text(text)
        }
    }
}
