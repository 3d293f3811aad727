import ClienteleCore
import ClienteleJSON

/// What each row of a customer, read as the store reads it, must say.
struct CustomerCheck {
    /// The metadata pairs that all live customers have.
    private(set) var pairs = 0
    private var unreadable = CheckResult("customer_readable", "every customer can be read, and its metadata is JSON")
    private var keys = Self.keyColumns.map {
        CheckResult("customer_" + $0.name, "every customer's \($0.name) is its \($0.text) with the letter case folded")
    }

    /// The columns that hold the folded text of another, and where they stand among the values that the store writes.
    private static let keyColumns = [
        (name: "email_key", text: "e-mail address", position: 7),
        (name: "external_id_key", text: "external id", position: 10),
        (name: "name_key", text: "name", position: 13),
        (name: "billing_name_key", text: "billing name", position: 15),
    ]

    init(_ session: any SQLSession, rowsPerPage: Int) throws {
        let walk = TableWalk.customers(session.dialect, with: Self.keyColumns.map(\.name))
        let start = walk.key.count
        try walk.run(in: session, rowsPerPage: rowsPerPage) { row in
            let found = Self.keyColumns.indices.map { row.text(start + $0) }
            let tail = RowTail(row: row, start: start + Self.keyColumns.count)
            guard let customer = try? Customer(row: tail), let pairs = customer.metadata.pairs else {
                return unreadable.note(tail.idText(1))
            }
            check(customer, found)
            if customer.deletedAt == nil { self.pairs += pairs.count }
        }
    }

    var results: [CheckResult] { [unreadable] + keys }

    private mutating func check(_ customer: Customer, _ found: [String?]) {
        let values = customer.columnValues
        for (index, column) in Self.keyColumns.enumerated() {
            let isRight =
                switch (values[column.position], found[index]) {
                case (.text(let right), let found?): found.hasSameBytes(as: right)
                case (.text, nil): false
                case (_, let found): found == nil
                }
            if !isRight { keys[index].note(customer.id.text) }
        }
    }
}

/// What each row of a member must say.
struct MemberCheck {
    private var key = CheckResult(
        "member_email_key",
        "every member's email_key is its e-mail address with the letter case folded"
    )

    init(_ session: any SQLSession, rowsPerPage: Int) throws {
        try TableWalk.members.run(in: session, rowsPerPage: rowsPerPage) { row in
            let right = row.text(3).map(EmailAddress.init(stored:))?.key ?? ""
            if row.text(4)?.hasSameBytes(as: right) != true { key.note(row.idText(2)) }
        }
    }

    var results: [CheckResult] { [key] }
}

/// Whether the rows that keep metadata for filters are the pairs that live customers have.
struct MetadataCheck {
    private var missing = CheckResult("metadata_missing", "every metadata pair of a live customer can be filtered by")
    private var extra = CheckResult("metadata_extra", "every pair that can be filtered by is one of a live customer")

    init(_ session: any SQLSession, rowsPerPage: Int, pairs: Int) throws {
        // How many are right tells whether one is missing, which spares looking for each.
        var found = 0
        try TableWalk.metadata.run(in: session, rowsPerPage: rowsPerPage) { row in
            let pair = JSON.Member(try row.string(1), .string(try row.string(2)))
            let isOfLive = row.identifier(4) != nil && row.integer(6) == nil
            if isOfLive, row.text(5).map(Metadata.init(stored:))?.pairs?.contains(pair) == true {
                found += 1
            } else {
                extra.note(row.identifier(4) == nil ? "customer number \(row.idText(3))" : row.idText(4))
            }
        }
        if found < pairs { try findMissing(in: session, rowsPerPage) }
    }

    var results: [CheckResult] { [missing, extra] }

    private mutating func findMissing(in session: any SQLSession, _ rowsPerPage: Int) throws {
        let walk = TableWalk.customers(session.dialect, with: ["number"])
        try walk.run(in: session, rowsPerPage: rowsPerPage) { row in
            let number = row.value(walk.key.count)
            let tail = RowTail(row: row, start: walk.key.count + 1)
            guard let customer = try? Customer(row: tail), customer.deletedAt == nil else { return }
            for pair in customer.metadata.pairs ?? [] {
                let count = try session.count(
                    """
                    SELECT count(*) FROM customer_metadata
                    WHERE organization_id = $1 AND name = $2 AND value = $3 AND customer_number = $4
                    """,
                    [SQLValue(customer.organization), .text(pair.name), SQLValue(pair.value.string), number]
                )
                if count == 0 { missing.note(customer.id.text) }
            }
        }
    }
}

extension Metadata {
    /// What a filter finds the record by; nil where this is neither a JSON object nor null.
    fileprivate var pairs: Set<JSON.Member>? {
        switch try? JSON(parsing: text) {
        case .object, .null: Set(filterPairs.map { JSON.Member($0.name, .string($0.text)) })
        default: nil
        }
    }
}
