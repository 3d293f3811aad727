/// A token bucket: as many tokens as calls are let by in a minute, which come back evenly.
///
/// It is one moment, when it will be full again, kept in nanoseconds since 1970, so that odd limits are met to the token.
package struct RateBucket: Sendable {
    static let minute: Int64 = 60_000_000_000

    /// Tokens that a full one has.
    package let perMinute: Int
    package private(set) var fullAt: Int64

    package init(perMinute: Int, fullAt: Int64) {
        self.perMinute = perMinute
        self.fullAt = fullAt
    }

    /// A full one.
    init(perMinute: Int, at now: Timestamp) { self.init(perMinute: perMinute, fullAt: now.nanoseconds) }

    /// Whole tokens that are in it.
    package func tokens(at now: Timestamp) -> Int {
        let missing = min(max(0, fullAt - now.nanoseconds), Self.minute)
        return Int((Self.minute - missing) * Int64(perMinute) / Self.minute)
    }

    /// Takes up to `count` tokens, and tells how many.
    package mutating func take(_ count: Int, at now: Timestamp) -> Int {
        let have = Int64(tokens(at: now))
        let taken = min(Int64(count), have)
        guard taken > 0 else { return 0 }
        let left = Self.minute - max(0, fullAt - now.nanoseconds)
        fullAt = now.nanoseconds + Self.minute - max(left - worth(taken), worth(have - taken))
        return Int(taken)
    }

    /// How much of the minute so many tokens take, rounded so that neither one is lost nor one too many is there.
    private func worth(_ tokens: Int64) -> Int64 {
        (tokens * Self.minute + Int64(perMinute) - 1) / Int64(perMinute)
    }

    /// Nanoseconds until it has a token; 0 where it has one.
    func wait(at now: Timestamp) -> Int64 {
        guard tokens(at: now) == 0 else { return 0 }
        return max(1, fullAt - now.nanoseconds - Self.minute + worth(1))
    }

    /// What a call is told; `leased` tokens are held besides.
    func verdict(isAllowed: Bool, at now: Timestamp, leased: Int = 0) -> RateVerdict {
        RateVerdict(
            isAllowed: isAllowed,
            limit: perMinute,
            remaining: min(perMinute, tokens(at: now) + leased),
            fullAt: Timestamp(microseconds: max(fullAt - worth(Int64(leased)), now.nanoseconds) / 1_000),
            retryAfterSeconds: isAllowed ? 0 : max(1, (wait(at: now) + 999_999_999) / 1_000_000_000)
        )
    }
}

/// Which bucket a call is counted in.
public struct RateBucketKey: Sendable, Hashable {
    public let organization: Organization.ID
    public let kind: CallLimits.Class

    public init(organization: Organization.ID, kind: CallLimits.Class) {
        self.organization = organization
        self.kind = kind
    }
}

/// What a bucket says to one call.
public struct RateVerdict: Sendable, Equatable {
    public let isAllowed: Bool
    /// Tokens that the bucket holds when it is full.
    public let limit: Int
    /// Whole tokens that are left.
    public let remaining: Int
    /// When the bucket would be full.
    public let fullAt: Timestamp
    /// Whole seconds until there is a token; 0 for a call that is allowed.
    public let retryAfterSeconds: Int64
}

extension Timestamp {
    package var nanoseconds: Int64 { microseconds * 1_000 }
}
