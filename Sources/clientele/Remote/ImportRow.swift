import ClienteleClient

/// A customer to be imported, with what its source calls it.
struct ImportRow: Sendable {
    /// What the ledger knows it by.
    let key: String
    /// Where it stands in its source, for people.
    let place: String
    var customer: CustomerCreate
    /// Members beside the owner.
    var members: [MemberCreate] = []
}

/// Something in a source that keeps a row from being imported.
struct ImportFault: Sendable {
    let place: String
    let reason: String
}

/// The customers of a CSV file.
struct CSVCustomers {
    private(set) var rows: [ImportRow] = []
    private(set) var faults: [ImportFault] = []
    private var checks = RowChecks()

    /// Reads the columns of our own export, or those of the API's names; `metadata.KEY` is one pair.
    init(_ bytes: [UInt8], ignoringUnknown: Bool) throws {
        var reader = CSVReader(bytes)
        do {
            guard let header = try reader.next() else { throw CommandFailure("The file is empty.") }
            let columns = try Column.columns(header.cells, ignoringUnknown)
            while let record = try reader.next() {
                if let row = row(record, columns) { rows.append(row) }
            }
        } catch let fault as CSVReader.Fault {
            throw CommandFailure("Line \(fault.line) is no CSV: \(fault.reason).")
        }
    }

    private mutating func row(_ record: CSVReader.Record, _ columns: [Column]) -> ImportRow? {
        let place = "line \(record.line)"
        var draft = RowDraft()
        var reasons: [String] = []
        if record.cells.count != columns.count {
            reasons.append("it has \(record.cells.count) cells, the heading \(columns.count)")
        }
        for (column, cell) in zip(columns, record.cells) where !cell.isEmpty {
            if let reason = draft.take(cell.withoutGuard, column) { reasons.append(reason) }
        }
        let customer = draft.customer
        reasons += draft.gaps + checks.reasons(against: customer, at: place)
        guard reasons.isEmpty else {
            faults.append(ImportFault(place: place, reason: reasons.joined(separator: "; ")))
            return nil
        }
        return ImportRow(key: "\(record.line)", place: place, customer: customer)
    }
}

/// What a column is about.
private enum Column: Hashable, Sendable {
    case field(Field)
    case pair(String)
    case ignored

    enum Field: String {
        case externalID = "external_id"
        case email, name, type, locale, metadata, line1, line2, city, state, country
        case taxID = "tax_id"
        case postalCode = "postal_code"
        case ownerEmail = "owner_email"
        case ownerName = "owner_name"
    }

    /// The columns of a heading; one that is there twice would hide what the other says.
    static func columns(_ headings: [String], _ ignoringUnknown: Bool) throws -> [Column] {
        var known: Set<Column> = []
        return try headings.map { heading in
            let column = try Column(heading, ignoringUnknown)
            guard column == .ignored || known.insert(column).inserted else {
                throw CommandFailure("The column '\(heading)' is there twice.")
            }
            return column
        }
    }

    private init(_ heading: String, _ ignoringUnknown: Bool) throws {
        let name = heading.lowercased()
        if heading.hasPrefix("metadata."), heading.count > 9 {
            self = .pair(String(heading.dropFirst(9)))
        } else if ["id", "created at", "created_at"].contains(name) {
            // The server gives a customer its id and time.
            self = .ignored
        } else if let field = Self.exported[name] ?? Field(rawValue: name) {
            self = .field(field)
        } else if ignoringUnknown {
            self = .ignored
        } else {
            throw CommandFailure("The column '\(heading)' is unknown; --ignore-unknown leaves it out.")
        }
    }

    /// The headings of an export.
    private static let exported: [String: Field] = [
        "external id": .externalID, "tax id": .taxID, "billing address line 1": .line1,
        "billing address line 2": .line2, "billing address city": .city, "billing address state": .state,
        "billing address zip": .postalCode, "billing address country": .country,
    ]
}

/// A row while its cells are read.
private struct RowDraft {
    private var fields: [Column.Field: String] = [:]
    private var metadata: [String: JSON] = [:]

    /// Takes a cell; tells what is wrong with it.
    mutating func take(_ cell: String, _ column: Column) -> String? {
        switch column {
        case .ignored: return nil
        case .pair(let name): metadata[name] = .string(cell)
        case .field(.metadata):
            guard let members = (try? JSON(parsing: cell))?.object else { return "metadata: it is no JSON object" }
            for member in members { metadata[member.name] = member.value }
        case .field(let field): fields[field] = cell
        }
        return nil
    }

    /// What the row says and a customer cannot have, for want of another cell.
    var gaps: [String] {
        let address: [Column.Field] = [.line1, .line2, .city, .state, .postalCode]
        var gaps: [String] = []
        if fields[.country] == nil, address.contains(where: { fields[$0] != nil }) {
            gaps.append("country: it is missing, and the row has an address")
        }
        if fields[.ownerEmail] == nil, fields[.ownerName] != nil {
            gaps.append("owner_email: it is missing, and the row has an owner's name")
        }
        return gaps
    }

    var customer: CustomerCreate {
        let address = fields[.country].map {
            AddressInput(
                country: $0,
                line1: fields[.line1],
                line2: fields[.line2],
                postalCode: fields[.postalCode],
                city: fields[.city],
                state: fields[.state]
            )
        }
        return CustomerCreate(
            email: fields[.email],
            type: fields[.type].map { CustomerType(rawValue: $0) } ?? .individual,
            name: fields[.name],
            externalID: fields[.externalID],
            metadata: metadata,
            billingAddress: address,
            taxID: fields[.taxID],
            locale: fields[.locale],
            owner: fields[.ownerEmail].map { OwnerCreate(email: $0, name: fields[.ownerName]) }
        )
    }
}

extension String {
    /// The cell without the apostrophe that an export puts before what a spreadsheet would take for a formula.
    fileprivate var withoutGuard: String {
        guard first == "'", let second = dropFirst().first, "=+-@\t\r".contains(second) else { return self }
        return String(dropFirst())
    }
}
