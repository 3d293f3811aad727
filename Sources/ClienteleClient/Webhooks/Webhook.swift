import ClienteleJSON
import Crypto
public import HTTPTypes

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// Reads webhooks, after it has made sure who sent them.
///
/// ```swift
/// let event = try Webhook.verify(body: bytes, headers: request.headers, secret: secret)
/// switch event.payload {
/// case .customerState(let state): …
/// default: break
/// }
/// ```
///
/// Give it the body exactly as it came: one that was parsed and written again has another signature. Source: the
/// headers and the signature of Standard Webhooks, with the whole secret as the key, as Polar has it.
public enum Webhook: Sendable {
    /// How far the sender's clock and ours may differ.
    public static let tolerance = Duration.seconds(300)

    /// Verifies a webhook, and reads its event.
    ///
    /// - Parameters:
    ///   - body: The body, byte for byte.
    ///   - headers: The request's headers.
    ///   - secret: The endpoint's secret, as it is shown: `whsec_…`.
    ///   - tolerance: How far the sender's clock and ours may differ.
    ///   - now: The time, unless it is now.
    /// - Returns: The event.
    /// - Throws: ``WebhookError``.
    public static func verify(
        body: some Sequence<UInt8>,
        headers: HTTPFields,
        secret: String,
        tolerance: Duration = tolerance,
        now: Date = Date()
    ) throws(WebhookError) -> WebhookEvent {
        try verify(body: body, headers: headers, secrets: [secret], tolerance: tolerance, now: now)
    }

    /// Verifies a webhook that may be signed with any of several secrets: while one is being replaced.
    public static func verify(
        body: some Sequence<UInt8>,
        headers: HTTPFields,
        secrets: [String],
        tolerance: Duration = tolerance,
        now: Date = Date()
    ) throws(WebhookError) -> WebhookEvent {
        let body = Array(body)
        let id = try header("webhook-id", headers)
        let sent = try header("webhook-timestamp", headers)
        let signatures = try header("webhook-signature", headers)
        guard let seconds = Int64(sent) else { throw .malformedHeader("webhook-timestamp") }
        try checkTime(seconds, tolerance, now)
        let codes = signatures.split(separator: " ").compactMap { signature in
            signature.hasPrefix("v1,") ? Data(base64Encoded: String(signature.dropFirst(3))).map { Array($0) } : nil
        }
        let signed = Array("\(id).\(sent).".utf8) + body
        guard isSigned(signed, by: secrets, codes) else { throw .wrongSignature }
        return try event(id, body, headers)
    }

    /// The value of the header `webhook-signature` for a body that is sent at `timestamp`, in seconds since 1970.
    package static func signature(
        id: String,
        timestamp: Int64,
        body: some Sequence<UInt8>,
        secret: String
    ) -> String {
        let signed = Array("\(id).\(timestamp).".utf8) + body
        let key = SymmetricKey(data: Array(secret.utf8))
        return "v1," + Data(HMAC<SHA256>.authenticationCode(for: signed, using: key)).base64EncodedString()
    }

    /// Refuses what was not sent just now.
    static func checkTime(_ seconds: Int64, _ tolerance: Duration, _ now: Date) throws(WebhookError) {
        guard abs(now.timeIntervalSince1970 - Double(seconds)) <= Double(tolerance.components.seconds) else {
            throw .tooOld
        }
    }

    /// Whether one of the codes is one of the secrets'; takes as long whichever it is.
    static func isSigned(_ bytes: [UInt8], by secrets: [String], _ codes: [[UInt8]]) -> Bool {
        var isFound = false
        for secret in secrets {
            let key = SymmetricKey(data: Array(secret.utf8))
            for code in codes where HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: bytes, using: key) {
                isFound = true
            }
        }
        return isFound
    }

    private static func header(_ name: String, _ headers: HTTPFields) throws(WebhookError) -> String {
        guard let value = headers.value(name), !value.isEmpty else { throw .missingHeader(name) }
        return value
    }

    private static func event(
        _ id: String,
        _ body: [UInt8],
        _ headers: HTTPFields
    ) throws(WebhookError) -> WebhookEvent {
        guard let json = try? JSON(parsing: body), let type = json["type"]?.string, let data = json["data"],
            let timestamp = json["timestamp"]?.string.flatMap(WireDate.date)
        else { throw .malformedBody(path: "", reason: "is no event") }
        let kind = WebhookEventType(rawValue: type)
        do {
            return WebhookEvent(
                id: id,
                type: kind,
                timestamp: timestamp,
                payload: try WebhookEvent.Payload(kind, data),
                sequence: headers.value("x-clientele-sequence").flatMap { Int64($0) },
                stateVersion: headers.value("x-clientele-state-version").flatMap { Int64($0) }
            )
        } catch {
            let (path, reason) = error.place
            throw .malformedBody(path: path, reason: reason)
        }
    }
}

/// Why a webhook cannot be believed, or read.
public enum WebhookError: Error, Sendable, Hashable, CustomStringConvertible {
    /// A header is not there.
    case missingHeader(String)
    /// A header is none that a sender writes.
    case malformedHeader(String)
    /// It was sent too long ago, or is from the future: it may be one that somebody else sends again.
    case tooOld
    /// It is signed with none of the secrets, or was changed on its way.
    case wrongSignature
    /// It is signed well, and yet no event that this SDK can read.
    case malformedBody(path: String, reason: String)

    /// What is wrong, for a person.
    public var description: String {
        switch self {
        case .missingHeader(let name): "The webhook has no header \(name)."
        case .malformedHeader(let name): "The webhook's header \(name) cannot be read."
        case .tooOld: "The webhook was not sent just now."
        case .wrongSignature: "The webhook is signed with another secret, or was changed."
        case .malformedBody(let path, let reason):
            "The webhook's body cannot be read: \(path.isEmpty ? "it" : path) \(reason)."
        }
    }
}
