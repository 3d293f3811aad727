import Synchronization

/// Counts calls against the limits of organizations.
///
/// One process counts by itself, exactly. Where several share a database, each leases a few tokens at a time from the
/// bucket that they share: nearly no call waits for the database, and together they let by what one would, give or take
/// the leases that are out.
public final class RateLimits: Sendable {
    /// How many tokens are leased at once.
    ///
    /// It is a fortieth of what a bucket holds, so that four processes stay within a tenth of the limit; of a small one it is
    /// three, or a twentieth.
    static func leaseSize(perMinute: Int) -> Int { max(1, min(perMinute / 20, max(3, perMinute / 40))) }

    private let store: any PolicyStore
    private let surroundings: Surroundings
    private let isShared: Bool
    private let buckets = Mutex<[RateBucketKey: Bucket]>([:])

    /// What this process knows of a bucket.
    private struct Bucket {
        var bucket: RateBucket
        /// Tokens that were leased and not used; of use only where the bucket is shared.
        var leased = 0
        /// The lease that is under way.
        var lease: Task<Void, any Error>?
    }

    private enum Step {
        case verdict(RateVerdict)
        case wait(Task<Void, any Error>)
    }

    public init(store: any PolicyStore, surroundings: Surroundings = .system) {
        self.store = store
        self.surroundings = surroundings
        self.isShared = store.sharesBuckets
    }

    /// Takes a token for one call.
    public func take(
        _ kind: CallLimits.Class,
        of organization: Organization.ID,
        perMinute: Int
    ) async throws(DomainError) -> RateVerdict {
        let key = RateBucketKey(organization: organization, kind: kind)
        while true {
            switch step(key, perMinute) {
            case .verdict(let verdict): return verdict
            case .wait(let lease):
                do { try await lease.value } catch let error as DomainError { throw error } catch {
                    throw .unavailable(cause: error)
                }
            }
        }
    }

    private func step(_ key: RateBucketKey, _ perMinute: Int) -> Step {
        let now = surroundings.now()
        return buckets.withLock { buckets in
            var state = buckets[key] ?? Bucket(bucket: RateBucket(perMinute: perMinute, at: now))
            defer { buckets[key] = state }
            if state.bucket.perMinute != perMinute {
                // The limit was changed: what was taken of the old one does not count.
                state = Bucket(bucket: RateBucket(perMinute: perMinute, at: now))
            }
            guard isShared else {
                let isAllowed = state.bucket.take(1, at: now) == 1
                return .verdict(state.bucket.verdict(isAllowed: isAllowed, at: now))
            }
            // What was leased and not used has come back to the bucket with time: it counts there.
            state.leased = min(state.leased, perMinute - state.bucket.tokens(at: now))
            if state.leased > 0 {
                state.leased -= 1
                return .verdict(state.bucket.verdict(isAllowed: true, at: now, leased: state.leased))
            }
            if let lease = state.lease { return .wait(lease) }
            // As far as it is known here, there is none to be had; others can only have taken more.
            guard state.bucket.wait(at: now) == 0 else {
                return .verdict(state.bucket.verdict(isAllowed: false, at: now))
            }
            // A task of its own: others wait for it, too, whatever becomes of this call.
            let lease = Task { try await self.lease(key, perMinute, at: now) }
            state.lease = lease
            return .wait(lease)
        }
    }

    private func lease(_ key: RateBucketKey, _ perMinute: Int, at now: Timestamp) async throws(DomainError) {
        let wanted = Self.leaseSize(perMinute: perMinute)
        let result: Result<(count: Int, fullAt: Int64), DomainError>
        do {
            result = .success(try await store.leaseTokens(wanted, from: key, perMinute: perMinute, at: now))
        } catch {
            result = .failure(error)
        }
        buckets.withLock { buckets in
            buckets[key]?.lease = nil
            guard case .success(let lease) = result, buckets[key]?.bucket.perMinute == perMinute else { return }
            buckets[key]?.leased += lease.count
            buckets[key]?.bucket = RateBucket(perMinute: perMinute, fullAt: lease.fullAt)
        }
        _ = try result.get()
    }
}

/// Counts, for each address, the tokens that were no tokens.
public final class FailedAttempts: Sendable {
    /// Attempts a minute from one address.
    public static let perMinute = 60
    /// Addresses that are remembered; beyond it new ones are counted together.
    static let addressesMax = 10_000
    /// What those are counted as: no address.
    private static let others = "others"

    private let surroundings: Surroundings
    private let memory = Mutex(Memory())

    private struct Memory {
        var buckets: [String: RateBucket] = [:]
        /// When those were last forgotten who have been quiet for a minute.
        var sweptAt = Timestamp(microseconds: 0)
    }

    public init(surroundings: Surroundings = .system) { self.surroundings = surroundings }

    /// Counts one attempt.
    public func note(from address: String) -> RateVerdict {
        let now = surroundings.now()
        return memory.withLock { memory in
            if memory.buckets.count >= Self.addressesMax, now >= memory.sweptAt.adding(seconds: 1) {
                memory.buckets = memory.buckets.filter { $0.value.tokens(at: now) < Self.perMinute }
                memory.sweptAt = now
            }
            let isRemembered = memory.buckets[address] != nil || memory.buckets.count < Self.addressesMax
            let key = isRemembered ? address : Self.others
            var bucket = memory.buckets[key] ?? RateBucket(perMinute: Self.perMinute, at: now)
            let isAllowed = bucket.take(1, at: now) == 1
            memory.buckets[key] = bucket
            return bucket.verdict(isAllowed: isAllowed, at: now)
        }
    }
}
