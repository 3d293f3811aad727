import CLibPQ

/// The types whose binary form is known here, by their numbers in PostgreSQL's catalogue.
private enum PostgresType {
    static let boolean: Oid = 16
    static let bytea: Oid = 17
    static let bigint: Oid = 20
    static let smallint: Oid = 21
    static let integer: Oid = 23
    static let text: Oid = 25
    static let double: Oid = 701
    static let uuid: Oid = 2950
    /// Lets the server tell the type from where an argument stands.
    static let unspecified: Oid = 0
}

/// The arguments of a statement as libpq takes them: in PostgreSQL's binary form, but for integers.
///
/// Those are text, which suits a column of any width: the type of an argument that is NULL at first is the column's.
struct PostgresArguments {
    private(set) var types: [Oid] = []
    private var bytes: [UInt8] = []
    /// Where each argument starts in `bytes`; nil is NULL.
    private var starts: [Int?] = []
    private var lengths: [Int32] = []
    private var formats: [Int32] = []

    init(_ values: [SQLValue]) {
        for value in values { append(value) }
    }

    private static let textFormat: Int32 = 0
    private static let binaryFormat: Int32 = 1

    var count: Int32 { Int32(types.count) }

    /// Hands over the three lists that a call of libpq takes, which live as long as the call.
    func withPointers<R>(
        _ body: (UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<Int32>?, UnsafePointer<Int32>?) -> R
    ) -> R {
        bytes.withUnsafeBytes { buffer in
            let base = buffer.bindMemory(to: CChar.self).baseAddress
            let values = starts.map { start in start.flatMap { base?.advanced(by: $0) } }
            return body(values, lengths, formats)
        }
    }

    private mutating func append(_ value: SQLValue) {
        let start = bytes.count
        switch value {
        case .null: types.append(PostgresType.unspecified)
        case .integer(let integer):
            types.append(PostgresType.bigint)
            bytes.append(contentsOf: String(integer).utf8)
            bytes.append(0)
        case .real(let number):
            types.append(PostgresType.double)
            append(number.bitPattern)
        case .text(let text):
            types.append(PostgresType.text)
            bytes.append(contentsOf: text.utf8)
        case .bytes(let value):
            types.append(PostgresType.bytea)
            bytes.append(contentsOf: value)
        case .identifier(let high, let low):
            types.append(PostgresType.uuid)
            append(high)
            append(low)
        }
        lengths.append(Int32(bytes.count - start))
        if case .integer = value { formats.append(Self.textFormat) } else { formats.append(Self.binaryFormat) }
        starts.append(value == .null ? nil : start)
        // An empty text needs an address too: what has none is NULL.
        if bytes.isEmpty { bytes.append(0) }
    }

    private mutating func append(_ integer: UInt64) {
        withUnsafeBytes(of: integer.bigEndian) { bytes.append(contentsOf: $0) }
    }
}

/// A row of a result in binary form.
struct PostgresRow: SQLRow {
    let result: OpaquePointer
    let row: Int32

    func integer(_ column: Int) -> Int64? {
        bytes(column).flatMap { bytes in
            switch bytes.count {
            case 8: Int64(bigEndian: bytes.loadUnaligned(as: Int64.self))
            case 4: Int64(Int32(bigEndian: bytes.loadUnaligned(as: Int32.self)))
            case 2: Int64(Int16(bigEndian: bytes.loadUnaligned(as: Int16.self)))
            case 1: Int64(bytes[0])
            default: nil
            }
        }
    }

    func number(_ column: Int) -> Double? {
        bytes(column).flatMap { bytes in
            bytes.count == 8
                ? Double(bitPattern: UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self))) : nil
        }
    }

    func text(_ column: Int) -> String? { bytes(column).map { String(decoding: $0, as: UTF8.self) } }

    func value(_ column: Int) -> SQLValue {
        guard let bytes = bytes(column) else { return .null }
        switch PQftype(result, Int32(column)) {
        case PostgresType.bytea: return .bytes(Array(bytes))
        case PostgresType.uuid: return identifier(column).map { .identifier(high: $0.high, low: $0.low) } ?? .null
        case PostgresType.boolean, PostgresType.smallint, PostgresType.integer, PostgresType.bigint:
            return integer(column).map { .integer($0) } ?? .null
        case PostgresType.double: return SQLValue(number(column))
        default: return SQLValue(text(column))
        }
    }

    func identifier(_ column: Int) -> (high: UInt64, low: UInt64)? {
        guard let bytes = bytes(column), bytes.count == 16 else { return nil }
        return (
            UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
            UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        )
    }

    private func bytes(_ column: Int) -> UnsafeRawBufferPointer? {
        guard PQgetisnull(result, row, Int32(column)) == 0 else { return nil }
        return UnsafeRawBufferPointer(
            start: PQgetvalue(result, row, Int32(column)),
            count: Int(PQgetlength(result, row, Int32(column)))
        )
    }
}

extension SQLValue {
    /// The value in PostgreSQL's text format for copying.
    ///
    /// Bytes are an identifier's where there are sixteen.
    var copyText: String {
        switch self {
        case .null: return "\\N"
        case .integer(let integer): return String(integer)
        case .real(let number): return String(number)
        case .bytes(let bytes): return (bytes.count == 16 ? "" : "\\\\x") + Self.hex(bytes)
        case .identifier(let high, let low):
            return Self.hex(withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) { Array($0) })
        case .text(let text):
            return text.unicodeScalars.reduce(into: "") { escaped, scalar in
                switch scalar {
                case "\\": escaped += "\\\\"
                case "\t": escaped += "\\t"
                case "\n": escaped += "\\n"
                case "\r": escaped += "\\r"
                default: escaped.unicodeScalars.append(scalar)
                }
            }
        }
    }

    private static func hex(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        let text = bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        return String(decoding: text, as: UTF8.self)
    }
}
