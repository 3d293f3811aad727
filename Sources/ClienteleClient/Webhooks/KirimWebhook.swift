import ClienteleJSON
public import HTTPTypes

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// Reads webhooks of Kirim's dialect, after it has made sure who sent them.
///
/// ```swift
/// let event = try KirimWebhook.verify(body: bytes, headers: request.headers, secrets: [secret])
/// if let customer = event.customer { … }
/// ```
///
/// Give it the body exactly as it came. Source: Kirim's header `X-Kirim-Signature`, which has a signature for each secret that
/// is in use, with the whole secret as the key.
public enum KirimWebhook: Sendable {
    /// Verifies a webhook that is signed with any of several secrets, and reads its event.
    ///
    /// - Parameters:
    ///   - body: The body, byte for byte.
    ///   - headers: The request's headers.
    ///   - secrets: The subscription's secrets, as they are shown: `whsec_…`.
    ///   - tolerance: How far the sender's clock and ours may differ.
    ///   - now: The time, unless it is now.
    /// - Returns: The event.
    /// - Throws: ``WebhookError``.
    public static func verify(
        body: some Sequence<UInt8>,
        headers: HTTPFields,
        secrets: [String],
        tolerance: Duration = Webhook.tolerance,
        now: Date = Date()
    ) throws(WebhookError) -> KirimWebhookEvent {
        let body = Array(body)
        let name = "X-Kirim-Signature"
        guard let header = headers.value(name), !header.isEmpty else { throw .missingHeader(name) }
        guard let signature = Signature(header) else { throw .malformedHeader(name) }
        try Webhook.checkTime(signature.seconds, tolerance, now)
        let signed = Array("\(signature.time).".utf8) + body
        guard Webhook.isSigned(signed, by: secrets, signature.codes) else { throw .wrongSignature }
        return try KirimWebhookEvent(body, headers)
    }

    /// What the header says.
    private struct Signature {
        /// The moment as it is written, which is what is signed.
        let time: Substring
        let seconds: Int64
        let codes: [[UInt8]]

        init?(_ header: String) {
            var (time, codes) = (Substring?.none, [[UInt8]]())
            for part in header.split(separator: ",") {
                let pair = part.split(separator: "=", maxSplits: 1)
                guard pair.count == 2 else { return nil }
                switch pair[0].filter({ $0 != " " }) {
                case "t": time = pair[1]
                case "v1": if let code = [UInt8](hex: pair[1]) { codes.append(code) }
                // A scheme that is none of ours may come one day beside this one.
                default: break
                }
            }
            guard let time, let seconds = Int64(time) else { return nil }
            self.time = time
            self.seconds = seconds
            self.codes = codes
        }
    }
}

extension HTTPFields {
    /// The value of the header of a name that is given as text.
    func value(_ name: String) -> String? { HTTPField.Name(name).flatMap { self[$0] } }
}

extension [UInt8] {
    /// Reads pairs of hexadecimal digits; nil where the text is none.
    fileprivate init?(hex text: Substring) {
        let digits = text.utf8.filter { $0 != UInt8(ascii: " ") }.map { Character(UnicodeScalar($0)).hexDigitValue }
        guard digits.count.isMultiple(of: 2) else { return nil }
        self = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = digits[index], let low = digits[index + 1] else { return nil }
            append(UInt8(high << 4 | low))
        }
    }
}
