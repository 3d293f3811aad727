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

    func check(_ secret: Substring, from address: String) async throws(DomainError) -> Entry {
        let check = try await tokens.check(secret: secret)
        if case .usable(let caller) = check { return .admitted(caller) }
        return .refused(check, failures.note(from: address))
    }

    /// Counts a call against its organization's limits, or else against `standard`; nil where there is no limit.
    func count(
        _ caller: Caller,
        _ method: HTTPRequest.Method,
        standard: CallLimits?
    ) async throws(DomainError) -> RateVerdict? {
        guard let limits = caller.limits ?? standard else { return nil }
        let kind: CallLimits.Class = method == .get || method == .head ? .read : .write
        guard let perMinute = limits.perMinute(kind) else { return nil }
        return try await self.limits.take(kind, of: caller.organization, perMinute: perMinute)
    }
}

extension Request {
    /// The secret of a bearer token; nil where the request bears none.
    var bearerSecret: Substring? {
        guard let header = headers.first(.authorization) else { return nil }
        let scheme = header.utf8.prefix { $0 != UInt8(ascii: " ") }
        guard scheme.count == 6, String(Substring(scheme)).lowercased() == "bearer" else { return nil }
        let secret = Substring(header.utf8.dropFirst(6).drop { $0 == UInt8(ascii: " ") })
        guard !secret.isEmpty, secret.utf8.allSatisfy({ $0 < 0x80 }) else { return nil }
        return secret
    }
}

extension AppRequestContext {
    /// Where the caller is, as far as it is told: one home or office has many addresses of version 6.
    var callersAddress: String {
        guard let address = channel.remoteAddress else { return "" }
        let text = address.ipAddress ?? ""
        guard case .v6 = address else { return text }
        // The half that tells the network, or as much of it as is not zeros.
        return text.split(separator: ":", omittingEmptySubsequences: false).prefix(4).prefix { !$0.isEmpty }
            .joined(separator: ":")
    }
}
