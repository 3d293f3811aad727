import ClienteleJSON

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension Encodable {
    /// The value as a tree, with names like `external_id`, in the order of its fields.
    func wireJSON() throws -> JSON { try WireEncoder.json(self, codingPath: []) }
}

/// Writes Swift values as a tree, whose members have names like `external_id`.
final class WireEncoder: Encoder {
    let codingPath: [any CodingKey]
    private var json: JSON?
    private var list: List?
    private var members: Members?

    /// Values that are being gathered; containers share them with their encoder.
    private final class List { var values: [Part] = [] }
    private final class Members { var parts: [(name: String, part: Part)] = [] }
    private enum Part {
        case json(JSON)
        case encoder(WireEncoder)

        var tree: JSON {
            switch self {
            case .json(let json): json
            case .encoder(let encoder): encoder.tree
            }
        }
    }

    init(codingPath: [any CodingKey]) { self.codingPath = codingPath }

    var userInfo: [CodingUserInfoKey: Any] { [:] }

    /// What was written; an empty object where nothing was.
    private var tree: JSON {
        if let members { return .object(members.parts.map { JSON.Member($0.name, $0.part.tree) }) }
        if let list { return .array(list.values.map(\.tree)) }
        return json ?? .object([])
    }

    static func json<Value: Encodable>(_ value: Value, codingPath: [any CodingKey]) throws -> JSON {
        if let json = value as? JSON { return json }
        if let date = value as? Date { return .string(WireDate.text(date)) }
        if let uuid = value as? UUID { return .string(uuid.uuidString.lowercased()) }
        if let names = value as? [String: JSON] {
            return .object(names.sorted { $0.key < $1.key }.map { JSON.Member($0.key, $0.value) })
        }
        let encoder = WireEncoder(codingPath: codingPath)
        try value.encode(to: encoder)
        return encoder.tree
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        let members = self.members ?? Members()
        self.members = members
        return KeyedEncodingContainer(Keyed<Key>(members: members, codingPath: codingPath))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        let list = self.list ?? List()
        self.list = list
        return Unkeyed(list: list, codingPath: codingPath)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { Single(encoder: self) }

    private struct Keyed<Key: CodingKey>: KeyedEncodingContainerProtocol {
        let members: Members
        let codingPath: [any CodingKey]

        mutating func encodeNil(forKey key: Key) throws { members.parts.append((key.wireName, .json(.null))) }

        mutating func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws {
            members.parts.append((key.wireName, .json(try WireEncoder.json(value, codingPath: codingPath + [key]))))
        }

        mutating func nestedContainer<Nested: CodingKey>(
            keyedBy type: Nested.Type,
            forKey key: Key
        ) -> KeyedEncodingContainer<Nested> {
            child(key).container(keyedBy: type)
        }

        mutating func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
            child(key).unkeyedContainer()
        }

        mutating func superEncoder() -> any Encoder { child(WireKey(stringValue: "super")) }

        mutating func superEncoder(forKey key: Key) -> any Encoder { child(key) }

        private func child(_ key: any CodingKey) -> WireEncoder {
            let encoder = WireEncoder(codingPath: codingPath + [key])
            members.parts.append((key.wireName, .encoder(encoder)))
            return encoder
        }
    }

    private struct Unkeyed: UnkeyedEncodingContainer {
        let list: List
        let codingPath: [any CodingKey]

        var count: Int { list.values.count }

        mutating func encodeNil() throws { list.values.append(.json(.null)) }

        mutating func encode<Value: Encodable>(_ value: Value) throws {
            let path = codingPath + [WireKey(intValue: count)]
            list.values.append(.json(try WireEncoder.json(value, codingPath: path)))
        }

        mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
            child().container(keyedBy: type)
        }

        mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { child().unkeyedContainer() }

        mutating func superEncoder() -> any Encoder { child() }

        private func child() -> WireEncoder {
            let encoder = WireEncoder(codingPath: codingPath + [WireKey(intValue: count)])
            list.values.append(.encoder(encoder))
            return encoder
        }
    }

    private struct Single: SingleValueEncodingContainer {
        let encoder: WireEncoder

        var codingPath: [any CodingKey] { encoder.codingPath }

        mutating func encodeNil() throws { encoder.json = .null }
        mutating func encode(_ value: Bool) throws { encoder.json = .bool(value) }
        mutating func encode(_ value: String) throws { encoder.json = .string(value) }
        mutating func encode(_ value: Double) throws { encoder.json = .number(value) }
        mutating func encode(_ value: Float) throws { encoder.json = .number(Double(value)) }
        mutating func encode(_ value: Int) throws { integer(value) }
        mutating func encode(_ value: Int8) throws { integer(value) }
        mutating func encode(_ value: Int16) throws { integer(value) }
        mutating func encode(_ value: Int32) throws { integer(value) }
        mutating func encode(_ value: Int64) throws { integer(value) }
        mutating func encode(_ value: UInt) throws { integer(value) }
        mutating func encode(_ value: UInt8) throws { integer(value) }
        mutating func encode(_ value: UInt16) throws { integer(value) }
        mutating func encode(_ value: UInt32) throws { integer(value) }
        mutating func encode(_ value: UInt64) throws { integer(value) }

        mutating func encode<Value: Encodable>(_ value: Value) throws {
            encoder.json = try WireEncoder.json(value, codingPath: codingPath)
        }

        private func integer(_ value: some FixedWidthInteger) {
            encoder.json = Int64(exactly: value).map { .integer($0) } ?? .bigInteger("\(value)")
        }
    }
}
