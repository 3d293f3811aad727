extension JSON {
    /// The nesting beyond which a text is refused: deeper than any body of ours, and shallow enough for any thread's stack.
    public static let nestingMax = 128

    /// The digits beyond which an integer is refused, which is also where the reference stops.
    public static let integerDigitsMax = 4_300

    /// Why, and from which byte on, a text is not JSON that we take.
    public struct SyntaxError: Error, Hashable {
        /// What a caller may want to tell apart.
        public enum Reason: Sendable, Hashable {
            /// The text breaks the grammar.
            case syntax
            /// Some byte of the text, which need not be the first thing wrong with it, is not UTF-8.
            case invalidUTF8
            /// A `\uXXXX` escape stands for half a character.
            case loneSurrogate
            /// There are more than `nestingMax` arrays and objects within each other.
            case tooDeep
            /// The number is beyond `Double`, or an integer has more than `integerDigitsMax` digits.
            case numberOutOfRange
        }

        public let reason: Reason

        /// The place in the text, counted in bytes from 0.
        public let offset: Int

        /// The problem in words for people, which for `syntax` are those of Python 3.14.
        public let message: String

        public init(_ reason: Reason = .syntax, at offset: Int, _ message: String) {
            self.reason = reason
            self.offset = offset
            self.message = message
        }
    }

    /// Reads a whole RFC 8259 text in UTF-8, a byte order mark before it allowed, and refuses anything after it.
    ///
    /// When a name comes twice, the last value wins, in the place of the first.
    public init(parsing bytes: UnsafeRawBufferPointer) throws(SyntaxError) {
        var parser = Parser(bytes: bytes)
        do {
            self = try parser.document()
        } catch {
            throw bytes.assumingMemoryBound(to: UInt8.self).invalidUTF8Offset.map {
                SyntaxError(.invalidUTF8, at: $0, "Invalid UTF-8")
            } ?? error
        }
    }

    /// Reads a whole RFC 8259 text, as from a buffer.
    public init(parsing bytes: [UInt8]) throws(SyntaxError) {
        self = try bytes.withUnsafeBufferPointer { bytes throws(SyntaxError) in
            try JSON(parsing: UnsafeRawBufferPointer(bytes))
        }
    }

    /// Reads a whole RFC 8259 text, as from a buffer.
    public init(parsing text: String) throws(SyntaxError) {
        self = try text.utf8Span.span.withUnsafeBytes { bytes throws(SyntaxError) in try JSON(parsing: bytes) }
    }
}

extension JSON {
    /// One walk over a text, by recursive descent.
    struct Parser {
        let bytes: UnsafeRawBufferPointer
        var position = 0

        /// What a string with escapes says, while it is read.
        var unescaped: [UInt8] = []

        init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

        mutating func document() throws(SyntaxError) -> JSON {
            if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
            skipSpace()
            let json = try value(depth: 0)
            skipSpace()
            guard position == bytes.count else { throw failure("Extra data") }
            return json
        }

        private mutating func value(depth: Int) throws(SyntaxError) -> JSON {
            switch byte {
            case UInt8(ascii: "\""): return .string(try string())
            case UInt8(ascii: "{"): return .object(try object(depth: depth))
            case UInt8(ascii: "["): return .array(try array(depth: depth))
            case UInt8(ascii: "n"): return try literal("null", .null)
            case UInt8(ascii: "t"): return try literal("true", .bool(true))
            case UInt8(ascii: "f"): return try literal("false", .bool(false))
            default: return try number()
            }
        }

        private mutating func object(depth: Int) throws(SyntaxError) -> [Member] {
            try open(depth: depth)
            if takes("}") { return [] }
            var members = MemberList()
            while true {
                guard byte == UInt8(ascii: "\"") else {
                    throw failure("Expecting property name enclosed in double quotes")
                }
                let (name, trait) = try name()
                skipSpace()
                guard takes(":") else { throw failure("Expecting ':' delimiter") }
                skipSpace()
                members.set(name, trait, try value(depth: depth + 1))
                guard try continues(until: "}", of: "object") else { return members.members }
            }
        }

        private mutating func array(depth: Int) throws(SyntaxError) -> [JSON] {
            try open(depth: depth)
            if takes("]") { return [] }
            var values: [JSON] = []
            repeat { values.append(try value(depth: depth + 1)) } while try continues(until: "]", of: "array")
            return values
        }

        /// Takes the bracket that begins an array or an object, and the space after it.
        private mutating func open(depth: Int) throws(SyntaxError) {
            guard depth < JSON.nestingMax else { throw failure("Nested too deeply", .tooDeep) }
            position += 1
            skipSpace()
        }

        /// Takes what stands after a value: a comma, and there is a next one, or the closing bracket.
        private mutating func continues(until bracket: Unicode.Scalar, of kind: String) throws(SyntaxError) -> Bool {
            skipSpace()
            let comma = position
            guard takes(",") else {
                guard takes(bracket) else { throw failure("Expecting ',' delimiter") }
                return false
            }
            skipSpace()
            guard byte != UInt8(ascii: bracket) else {
                throw failure("Illegal trailing comma before end of \(kind)", at: comma)
            }
            return true
        }

        private mutating func literal(_ text: StaticString, _ value: JSON) throws(SyntaxError) -> JSON {
            let count = text.utf8CodeUnitCount
            guard bytes.count - position >= count,
                (0..<count).allSatisfy({ bytes[position + $0] == text.utf8Start[$0] })
            else { throw failure("Expecting value") }
            position += count
            return value
        }

        /// The byte at the position; nil at the end.
        @inline(__always)
        var byte: UInt8? { position < bytes.count ? bytes[position] : nil }

        @inline(__always)
        mutating func takes(_ character: Unicode.Scalar) -> Bool {
            guard byte == UInt8(ascii: character) else { return false }
            position += 1
            return true
        }

        @inline(__always)
        private mutating func skipSpace() {
            while let byte, byte <= 0x20, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
        }

        /// An error here, or at another byte.
        func failure(_ message: String, _ reason: SyntaxError.Reason = .syntax, at offset: Int? = nil) -> SyntaxError {
            SyntaxError(reason, at: offset ?? position, message)
        }
    }
}

extension JSON.Parser {
    /// The members of one object while it is read.
    struct MemberList {
        /// So many searches among the names are made; then they are looked up, lest long objects take quadratic time.
        private static let searchesMax = 16

        private(set) var members: [JSON.Member] = []

        /// One bit for each trait that a name so far has: a name without its bit is new and needs no search.
        private var traits: InlineArray<4, UInt64> = [0, 0, 0, 0]

        private var searches = 0

        /// Where each name is; empty until the searches are spent.
        private var places: [Name: Int] = [:]

        init() { members.reserveCapacity(8) }

        /// A number that equal names share and different names seldom do.
        static func trait(of name: UnsafeBufferPointer<UInt8>) -> UInt8 {
            guard name.count >= 4 else { return name.reduce(UInt8(name.count)) { $0 &* 31 &+ $1 } }
            let bytes = UnsafeRawBufferPointer(name)
            let first = UInt64(bytes.loadUnaligned(as: UInt32.self))
            let last = UInt64(bytes.loadUnaligned(fromByteOffset: bytes.count - 4, as: UInt32.self))
            let sample = first &<< 32 ^ last ^ UInt64(bytes.count)
            return UInt8(truncatingIfNeeded: (sample &* 0x9E37_79B9_7F4A_7C15) &>> 56)
        }

        /// Adds a member, or gives the one that has this name a new value.
        mutating func set(_ name: consuming String, _ trait: UInt8, _ value: consuming JSON) {
            if !isFirst(ofTrait: trait), let place = place(of: name) {
                members[place].value = value
            } else {
                members.append(JSON.Member(name, value))
            }
        }

        private mutating func isFirst(ofTrait trait: UInt8) -> Bool {
            let (word, bit) = (Int(trait / 64), 1 &<< UInt64(trait % 64))
            let isFirst = places.isEmpty && traits[word] & bit == 0
            traits[word] |= bit
            return isFirst
        }

        /// Where the name is already; nil if it is new, and is about to be added.
        @inline(never)
        private mutating func place(of name: String) -> Int? {
            searches += 1
            guard searches > Self.searchesMax else { return members.firstIndex { $0.name.isSpelled(like: name) } }
            if places.isEmpty {
                for (place, member) in members.enumerated() { places[Name(text: member.name)] = place }
            }
            guard let place = places.updateValue(members.count, forKey: Name(text: name)) else { return nil }
            places[Name(text: name)] = place
            return place
        }
    }

    /// A name as a key that only a name of the same bytes equals.
    private struct Name: Hashable {
        let text: String

        static func == (left: Self, right: Self) -> Bool { left.text.isSpelled(like: right.text) }

        func hash(into hasher: inout Hasher) { text.hashSpelling(into: &hasher) }
    }
}
