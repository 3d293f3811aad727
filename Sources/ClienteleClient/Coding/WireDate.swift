#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

/// Moments as the wire has them: `2026-11-21T05:22:39.960346Z`.
package enum WireDate {
    /// Reads a moment with or without a fraction, in UTC or with an offset; nil where the text is none.
    static func date(_ text: String) -> Date? {
        guard let point = text.firstIndex(of: ".") else { return try? Date(text, strategy: .iso8601) }
        let digits = text[text.index(after: point)...].prefix { $0.isASCII && $0.isNumber }
        guard let count = Int64(digits), digits.count <= digitsMax else { return nil }
        guard let whole = try? Date(text[..<point] + text[digits.endIndex...], strategy: .iso8601) else { return nil }
        var fraction = Double(count)
        for _ in 0..<digits.count { fraction /= 10 }
        return whole.addingTimeInterval(fraction)
    }

    /// Writes a moment with six digits of a second, in UTC.
    package static func text(_ date: Date) -> String {
        let microseconds = Int64((date.timeIntervalSince1970 * 1_000_000).rounded())
        let (seconds, rest) = (microseconds / 1_000_000, microseconds % 1_000_000)
        let whole = Date(timeIntervalSince1970: Double(rest < 0 ? seconds - 1 : seconds))
        let fraction = "\(rest < 0 ? rest + 1_000_000 : rest)"
        let zeros = String(repeating: "0", count: 6 - fraction.count)
        return whole.formatted(.iso8601).dropLast() + "." + zeros + fraction + "Z"
    }

    /// More digits than any clock tells, and few enough for a number.
    private static let digitsMax = 12
}
