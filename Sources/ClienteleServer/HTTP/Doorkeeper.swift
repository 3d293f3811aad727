import ClienteleCore
import Hummingbird
import NIOCore

/// Knows who calls, and how often they may; each dialect says in its own words what comes of it.
struct Doorkeeper {
    let tokens: AccessTokens
    let limits: RateLimits
    let failures: FailedAttempts

    /// What a secret is worth.
    enum Entry {
        case admitted(Caller)
        /// No usable token; `verdict` counts such attempts from the caller's address.
        case refused(AccessTokens.Check, RateVerdict)
    }

    func check(_ secret: Substring, from address: @autoclosure () -> String) async throws(DomainError) -> Entry {
        let check = try await tokens.check(secret: secret)
        if case .usable(let caller) = check { return .admitted(caller) }
        return .refused(check, failures.note(from: address()))
    }

    /// Counts a call against the limits of the token's organizations, or else against `standard`; nil where there are none.
    func count(
        _ caller: Caller,
        _ method: HTTPRequest.Method,
        standard: CallLimits?
    ) async throws(DomainError) -> RateVerdict? {
        let kind: CallLimits.Class = method == .get || method == .head ? .read : .write
        var strictest: RateVerdict?
        // A user's token may be about any of its organizations, which is not known yet.
        for organization in caller.token.organizations {
            let limits = caller.limits(of: organization) ?? standard
            guard let perMinute = limits?.perMinute(kind) else { continue }
            let verdict = try await self.limits.take(kind, of: organization, perMinute: perMinute)
            guard verdict.isAllowed else { return verdict }
            if verdict.remaining < strictest?.remaining ?? .max { strictest = verdict }
        }
        return strictest
    }
}

extension Request {
    /// The secret of a bearer token; nil where the request bears none.
    var bearerSecret: Substring? {
        guard let header = headers.first(.authorization) else { return nil }
        let scheme = header.utf8.prefix { $0 != UInt8(ascii: " ") }
        // A letter of either case differs by one bit.
        guard scheme.lazy.map({ $0 | 0x20 }).elementsEqual("bearer".utf8) else { return nil }
        let secret = Substring(header.utf8.dropFirst(6).drop { $0 == UInt8(ascii: " ") })
        guard !secret.isEmpty, secret.utf8.allSatisfy({ $0 < 0x80 }) else { return nil }
        return secret
    }
}

extension AppRequestContext {
    /// Where the caller is, as far as it is told: one home or office has many addresses of version 6.
    var callersAddress: String {
        guard let address = channel?.remoteAddress else { return "" }
        let text = address.ipAddress ?? ""
        guard case .v6 = address else { return text }
        // A socket for both versions writes an address of version 4 as `::ffff:192.0.2.1`.
        if text.contains("."), let last = text.split(separator: ":").last { return String(last) }
        // The half that tells the network, or as much of it as is not zeros.
        return text.split(separator: ":", omittingEmptySubsequences: false).prefix(4).prefix { !$0.isEmpty }
            .joined(separator: ":")
    }
}
