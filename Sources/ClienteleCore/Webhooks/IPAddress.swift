/// An address of the internet protocol, version 4 or 6.
package struct IPAddress: Sendable, Hashable {
    /// Four or sixteen of them, in network order.
    package let bytes: [UInt8]

    /// Reads an address as `inet_pton` does, version 6 also in brackets; nil for anything else, zones included.
    package init?(_ text: String) {
        if text.hasPrefix("["), text.hasSuffix("]") {
            guard let bytes = Self.longBytes(text.dropFirst().dropLast()) else { return nil }
            self.init(bytes: bytes)
        } else {
            guard let bytes = Self.quad(text[...]) ?? Self.longBytes(text[...]) else { return nil }
            self.init(bytes: bytes)
        }
    }

    /// The version 4 address with this number.
    package init(number: UInt32) {
        bytes = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
    }

    private init(bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }

    package var isVersion6: Bool { bytes.count == Self.longCount }

    /// The address as URLs have it, without brackets: version 6 shortened (RFC 5952), without an inner dotted quad.
    package var text: String {
        guard isVersion6 else { return bytes.map(String.init).joined(separator: ".") }
        let groups = stride(from: 0, to: Self.longCount, by: 2).map { UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]) }
        let zeros = Self.longestZeros(in: groups)
        guard zeros.count > 1 else { return Self.hexadecimal(groups[...]) }
        return Self.hexadecimal(groups[..<zeros.lowerBound]) + "::" + Self.hexadecimal(groups[zeros.upperBound...])
    }

    private static let shortCount = 4
    private static let longCount = 16

    private static func hexadecimal(_ groups: ArraySlice<UInt16>) -> String {
        groups.map { String($0, radix: 16) }.joined(separator: ":")
    }

    /// The first of the longest runs of zeros.
    private static func longestZeros(in groups: [UInt16]) -> Range<Int> {
        var longest = 0..<0
        var start = 0
        for index in groups.indices {
            guard groups[index] == 0 else {
                start = index + 1
                continue
            }
            if index + 1 - start > longest.count { longest = start..<(index + 1) }
        }
        return longest
    }
}

// What is written.
extension IPAddress {
    /// The bytes of a dotted quad: four decimal numbers without zeros in front.
    private static func quad(_ text: Substring) -> [UInt8]? {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == shortCount else { return nil }
        var bytes: [UInt8] = []
        for part in parts {
            guard (1...3).contains(part.count), part.allSatisfy(isDigit) else { return nil }
            guard part.count == 1 || part.first != UInt8(ascii: "0") else { return nil }
            guard let byte = UInt8(Substring(part)) else { return nil }
            bytes.append(byte)
        }
        return bytes
    }

    /// The bytes of a version 6 address, whose zeros may be left out once.
    private static func longBytes(_ text: Substring) -> [UInt8]? {
        guard text.utf8.count <= textOctetsMax else { return nil }
        let sides = text.split(separator: "::", maxSplits: 1, omittingEmptySubsequences: false)
        guard let left = sides.first, let right = sides.last else { return nil }
        guard sides.count == 2 else {
            let bytes = groups(text, allowsQuad: true)
            return bytes?.count == longCount ? bytes : nil
        }
        guard let head = groups(left, allowsQuad: false), let tail = groups(right, allowsQuad: true) else { return nil }
        let zeros = longCount - head.count - tail.count
        guard zeros >= 2 else { return nil }
        return head + Array(repeating: 0, count: zeros) + tail
    }

    /// The bytes of groups between colons, the last of which may be a dotted quad.
    private static func groups(_ text: Substring, allowsQuad: Bool) -> [UInt8]? {
        guard !text.isEmpty else { return [] }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        var bytes: [UInt8] = []
        for (index, part) in parts.enumerated() {
            if allowsQuad, index == parts.count - 1, let quad = quad(part) {
                bytes += quad
            } else {
                guard (1...4).contains(part.utf8.count), part.utf8.allSatisfy(isHexadecimal) else { return nil }
                guard let group = UInt16(part, radix: 16) else { return nil }
                bytes += [UInt8(group >> 8), UInt8(group & 0xFF)]
            }
        }
        return bytes
    }

    /// No address is longer: eight groups, of which a dotted quad takes the place of two.
    private static let textOctetsMax = 45

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        isDigit(byte) || (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte)
    }
}

// What can be reached.
extension IPAddress {
    /// Whether the address is one of the public internet, by the special-purpose registries of IANA.
    ///
    /// A version 6 address that stands for one of version 4 is as public as that one. Doubt counts against: the few addresses in
    /// a special block that are public all the same are not, and neither is what IANA has not given out (all but 2000::/3).
    package var isGlobal: Bool {
        guard isVersion6 else { return !Self.shortBlocks.contains { $0.contains(number) } }
        if let inner { return inner.isGlobal }
        return Self.unicast.contains(number) && !Self.longBlocks.contains { $0.contains(number) }
    }

    /// The first 32 bits.
    private var number: UInt32 { bytes.prefix(4).reduce(0) { $0 << 8 | UInt32($1) } }

    /// The version 4 address that translators and tunnels send packets on to.
    private var inner: IPAddress? {
        let isEmbedding = Self.embeddings.contains { bytes.starts(with: $0) }
        if isEmbedding { return IPAddress(bytes: bytes.suffix(Self.shortCount)) }
        return bytes.starts(with: [0x20, 0x02]) ? IPAddress(bytes: bytes[2..<6]) : nil
    }

    /// What stands before an inner address: nothing (deprecated), what maps it, and the well-known prefix of translators.
    private static let embeddings: [[UInt8]] = [
        Array(repeating: 0, count: 12),
        Array(repeating: 0, count: 10) + [0xFF, 0xFF],
        [0x00, 0x64, 0xFF, 0x9B] + Array(repeating: 0, count: 8),
    ]

    /// The addresses that begin with the same bits; none of the blocks here needs more than 32 of them.
    private struct Block {
        let network: UInt32
        let length: UInt32

        func contains(_ number: UInt32) -> Bool { (number ^ network) >> (32 - length) == 0 }
    }

    private static let shortBlocks = [
        Block(network: 0x0000_0000, length: 8),  // 0.0.0.0/8, this network
        Block(network: 0x0A00_0000, length: 8),  // 10.0.0.0/8, private
        Block(network: 0x6440_0000, length: 10),  // 100.64.0.0/10, shared by customers of a provider
        Block(network: 0x7F00_0000, length: 8),  // 127.0.0.0/8, loopback
        Block(network: 0xA9FE_0000, length: 16),  // 169.254.0.0/16, link-local, and metadata services of clouds
        Block(network: 0xAC10_0000, length: 12),  // 172.16.0.0/12, private
        Block(network: 0xC000_0000, length: 24),  // 192.0.0.0/24, protocol assignments
        Block(network: 0xC000_0200, length: 24),  // 192.0.2.0/24, documentation
        Block(network: 0xC058_6300, length: 24),  // 192.88.99.0/24, 6to4 relays
        Block(network: 0xC0A8_0000, length: 16),  // 192.168.0.0/16, private
        Block(network: 0xC612_0000, length: 15),  // 198.18.0.0/15, benchmarking
        Block(network: 0xC633_6400, length: 24),  // 198.51.100.0/24, documentation
        Block(network: 0xCB00_7100, length: 24),  // 203.0.113.0/24, documentation
        Block(network: 0xE000_0000, length: 4),  // 224.0.0.0/4, multicast
        Block(network: 0xF000_0000, length: 4),  // 240.0.0.0/4, reserved, and broadcast
    ]

    /// All that has been given out for single receivers; loopback, private, link-local and multicast addresses are outside.
    private static let unicast = Block(network: 0x2000_0000, length: 3)

    private static let longBlocks = [
        Block(network: 0x2001_0000, length: 23),  // 2001::/23, protocol assignments, Teredo among them
        Block(network: 0x2001_0DB8, length: 32),  // 2001:db8::/32, documentation
        Block(network: 0x3FFF_0000, length: 20),  // 3fff::/20, documentation
    ]
}
