import ClienteleJSON

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension JSON {
    /// Reads a value from the tree; says where and why where that fails.
    func decoded<Value: Decodable>(as type: Value.Type = Value.self) throws(DecodingError) -> Value {
        do {
            return try WireDecoder(json: self, codingPath: []).value(type)
        } catch let error as DecodingError {
            throw error
        } catch {
            throw .dataCorrupted(.init(codingPath: [], debugDescription: "\(error)", underlyingError: error))
        }
    }
}

/// Reads Swift values from a tree, whose members have names like `external_id`.
///
/// Foundation's decoder would take `1.0` for `1`, and a value that metadata has must come back as it was.
struct WireDecoder: Decoder {
    let json: JSON
    let codingPath: [any CodingKey]

    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard case .object = json else { throw mismatch("an object") }
        return KeyedDecodingContainer(Keyed<Key>(decoder: self))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard case .array(let values) = json else { throw mismatch("a list") }
        return Unkeyed(decoder: self, values: values)
    }

    func singleValueContainer() -> any SingleValueDecodingContainer { Single(decoder: self) }

    func value<Value: Decodable>(_ type: Value.Type) throws -> Value {
        if type == JSON.self, let value = json as? Value { return value }
        if type == Date.self, let value = try date() as? Value { return value }
        if type == UUID.self, let value = try uuid() as? Value { return value }
        // The names in a dictionary are a client's own.
        if type == [String: JSON].self, let value = try dictionary() as? Value { return value }
        return try Value(from: self)
    }

    func mismatch(_ wanted: String) -> DecodingError {
        .typeMismatch(JSON.self, .init(codingPath: codingPath, debugDescription: "is not \(wanted)"))
    }

    private func date() throws -> Date {
        guard let date = json.string.flatMap(WireDate.date) else { throw mismatch("a moment") }
        return date
    }

    private func uuid() throws -> UUID {
        guard let uuid = json.string.flatMap(UUID.init(uuidString:)) else { throw mismatch("a UUID") }
        return uuid
    }

    private func dictionary() throws -> [String: JSON] {
        guard case .object(let members) = json else { throw mismatch("an object") }
        return Dictionary(members.map { ($0.name, $0.value) }) { $1 }
    }

    private func child(_ json: JSON, _ key: any CodingKey) -> WireDecoder {
        WireDecoder(json: json, codingPath: codingPath + [key])
    }

    private struct Keyed<Key: CodingKey>: KeyedDecodingContainerProtocol {
        let decoder: WireDecoder

        var codingPath: [any CodingKey] { decoder.codingPath }
        var allKeys: [Key] { (decoder.json.object ?? []).compactMap { Key(stringValue: $0.name) } }

        func contains(_ key: Key) -> Bool { member(key) != nil }

        func decodeNil(forKey key: Key) throws -> Bool { member(key)?.isNull ?? true }

        func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
            try child(key).value(type)
        }

        func nestedContainer<Nested: CodingKey>(
            keyedBy type: Nested.Type,
            forKey key: Key
        ) throws -> KeyedDecodingContainer<Nested> {
            try child(key).container(keyedBy: type)
        }

        func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
            try child(key).unkeyedContainer()
        }

        func superDecoder() throws -> any Decoder { decoder }

        func superDecoder(forKey key: Key) throws -> any Decoder { try child(key) }

        private func member(_ key: Key) -> JSON? { decoder.json[key.wireName] }

        private func child(_ key: Key) throws -> WireDecoder {
            guard let json = member(key) else {
                let context = DecodingError.Context(
                    codingPath: codingPath,
                    debugDescription: "\(key.wireName) is missing"
                )
                throw DecodingError.keyNotFound(key, context)
            }
            return decoder.child(json, WireKey(stringValue: key.wireName))
        }
    }

    private struct Unkeyed: UnkeyedDecodingContainer {
        let decoder: WireDecoder
        let values: [JSON]
        private(set) var currentIndex = 0

        init(decoder: WireDecoder, values: [JSON]) {
            self.decoder = decoder
            self.values = values
        }

        var codingPath: [any CodingKey] { decoder.codingPath }
        var count: Int? { values.count }
        var isAtEnd: Bool { currentIndex == values.count }

        mutating func decodeNil() throws -> Bool {
            guard !isAtEnd, values[currentIndex].isNull else { return false }
            currentIndex += 1
            return true
        }

        mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try next().value(type) }

        mutating func nestedContainer<Nested: CodingKey>(
            keyedBy type: Nested.Type
        ) throws -> KeyedDecodingContainer<Nested> {
            try next().container(keyedBy: type)
        }

        mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer { try next().unkeyedContainer() }

        mutating func superDecoder() throws -> any Decoder { try next() }

        private mutating func next() throws -> WireDecoder {
            guard !isAtEnd else {
                let context = DecodingError.Context(
                    codingPath: codingPath,
                    debugDescription: "the list has no more values"
                )
                throw DecodingError.valueNotFound(JSON.self, context)
            }
            defer { currentIndex += 1 }
            return decoder.child(values[currentIndex], WireKey(intValue: currentIndex))
        }
    }

    private struct Single: SingleValueDecodingContainer {
        let decoder: WireDecoder

        var codingPath: [any CodingKey] { decoder.codingPath }

        func decodeNil() -> Bool { decoder.json.isNull }

        func decode(_ type: Bool.Type) throws -> Bool {
            guard let bool = decoder.json.bool else { throw decoder.mismatch("a truth value") }
            return bool
        }

        func decode(_ type: String.Type) throws -> String {
            guard let text = decoder.json.string else { throw decoder.mismatch("a text") }
            return text
        }

        func decode(_ type: Double.Type) throws -> Double {
            switch decoder.json {
            case .number(let number): return number
            case .integer(let integer): return Double(integer)
            case .bigInteger(let digits): return Double(digits) ?? .infinity
            case .null, .bool, .string, .array, .object: throw decoder.mismatch("a number")
            }
        }

        func decode(_ type: Float.Type) throws -> Float { Float(try decode(Double.self)) }
        func decode(_ type: Int.Type) throws -> Int { try integer() }
        func decode(_ type: Int8.Type) throws -> Int8 { try integer() }
        func decode(_ type: Int16.Type) throws -> Int16 { try integer() }
        func decode(_ type: Int32.Type) throws -> Int32 { try integer() }
        func decode(_ type: Int64.Type) throws -> Int64 { try integer() }
        func decode(_ type: UInt.Type) throws -> UInt { try integer() }
        func decode(_ type: UInt8.Type) throws -> UInt8 { try integer() }
        func decode(_ type: UInt16.Type) throws -> UInt16 { try integer() }
        func decode(_ type: UInt32.Type) throws -> UInt32 { try integer() }
        func decode(_ type: UInt64.Type) throws -> UInt64 { try integer() }

        func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try decoder.value(type) }

        /// A whole number; servers write some that are one as `5.0`.
        private func integer<Integer: FixedWidthInteger>() throws -> Integer {
            let found =
                decoder.json.integer.flatMap { Integer(exactly: $0) }
                ?? decoder.json.number.flatMap { Integer(exactly: $0) }
            guard let found else { throw decoder.mismatch("a whole number that fits") }
            return found
        }
    }
}
