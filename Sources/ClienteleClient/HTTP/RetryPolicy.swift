/// How often a call is tried, and how long the waits between are.
///
/// Calls that can be repeated without doing twice what they do are tried again after 429, 500, 502, 503, 504 and where no
/// answer came; others only after 429 and where no connection was made. A wait is a random part of a bound that
/// doubles, so that many clients do not come back at one moment, and is never shorter than `Retry-After` asks.
public struct RetryPolicy: Sendable, Hashable {
    /// How often a call is tried in all; 1 is never again.
    public var attemptsMax: Int
    /// The bound of the first wait.
    public var firstDelay: Duration
    /// The bound of every wait.
    public var delayMax: Duration
    /// The longest `Retry-After` that is waited for; what is longer is the caller's to wait.
    public var retryAfterMax: Duration

    /// Four attempts, with waits of up to 0.25 s, 0.5 s and 1 s, unless told otherwise.
    public init(
        attemptsMax: Int = 4,
        firstDelay: Duration = .milliseconds(250),
        delayMax: Duration = .seconds(20),
        retryAfterMax: Duration = .seconds(60)
    ) {
        self.attemptsMax = attemptsMax
        self.firstDelay = firstDelay
        self.delayMax = delayMax
        self.retryAfterMax = retryAfterMax
    }

    /// No call is tried twice.
    public static let none = RetryPolicy(attemptsMax: 1)

    /// How long to wait after so many failed attempts, or nil where the call has failed for good.
    ///
    /// `chance` is from 0 to 1.
    func delay(afterAttempt attempt: Int, retryAfter: Duration?, chance: Double) -> Duration? {
        guard attempt < attemptsMax else { return nil }
        let jitter = jitter(afterAttempt: attempt, chance: chance)
        guard let retryAfter else { return jitter }
        guard retryAfter <= retryAfterMax else { return nil }
        return retryAfter + min(jitter, firstDelay)
    }

    /// How long to wait after so many failures in a row, for one who never gives up.
    ///
    /// What the server asks for is waited for up to `retryAfterMax`, and then it is asked again.
    func pause(afterFailures failures: Int, atLeast asked: Duration?, chance: Double) -> Duration {
        let jitter = jitter(afterAttempt: failures, chance: chance)
        guard let asked else { return jitter }
        return max(jitter, min(asked, retryAfterMax) + min(jitter, firstDelay))
    }

    /// A random part of a bound that doubles.
    private func jitter(afterAttempt attempt: Int, chance: Double) -> Duration {
        // Beyond 2^30 the bound is the longest wait in any case.
        min(firstDelay * (1 << min(attempt - 1, 30)), delayMax) * chance
    }

    /// Whether an answer of that status may be another one later.
    static func isPassing(_ status: Int) -> Bool { [429, 500, 502, 503, 504].contains(status) }
}
