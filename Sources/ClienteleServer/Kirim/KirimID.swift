import ClienteleCore
import Hummingbird

/// Kirim's spelling of identifiers: a prefix and 26 characters of Crockford's base 32, upper-case.
///
/// They hold 130 bits, of which ours use 128, so that the first is never above `7`.
enum KirimID {
    static let length = 26

    static func text<Entity>(_ prefix: String, _ id: Identifier<Entity>) -> String {
        var digits: [UInt8] = []
        digits.reserveCapacity(length)
        for position in 0..<length {
            let shift = 5 * (length - 1 - position)
            digits.append(alphabet[Int(bits(id, from: shift) & 31)])
        }
        return prefix + "_" + String(decoding: digits, as: UTF8.self)
    }

    /// What a text that should be an id turns out to be.
    enum Reading<Entity>: Equatable {
        case id(Identifier<Entity>)
        /// Well-formed, but none that was ever given here: it has more than 128 bits.
        case foreign
        case malformed
    }

    static func read<Entity>(_ prefix: String, _ text: some StringProtocol) -> Reading<Entity> {
        let bytes = Array(text.utf8)
        guard bytes.count == prefix.utf8.count + 1 + length, bytes.starts(with: (prefix + "_").utf8) else {
            return .malformed
        }
        var (high, low): (UInt64, UInt64) = (0, 0)
        var overflows = false
        for byte in bytes.suffix(length) {
            guard let digit = alphabet.firstIndex(of: byte) else { return .malformed }
            overflows = overflows || high >> 59 != 0
            high = high << 5 | low >> 59
            low = low << 5 | UInt64(digit)
        }
        return overflows ? .foreign : .id(Identifier(high: high, low: low))
    }

    /// An id for a request, which people look for in the log.
    static func newRequestID() -> String {
        text("req", Identifier<Request>(high: .random(in: .min ... .max), low: .random(in: .min ... .max)))
    }

    private static func bits<Entity>(_ id: Identifier<Entity>, from shift: Int) -> UInt64 {
        if shift >= 64 { return id.high >> UInt64(shift - 64) }
        return id.low >> UInt64(shift) | (shift > 59 ? id.high << UInt64(64 - shift) : 0)
    }

    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)
}
