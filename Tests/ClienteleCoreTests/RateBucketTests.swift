import Testing

@testable import ClienteleCore

struct RateBucketTests {
    private static let start = Timestamp(microseconds: 1_767_225_600_000_000)
    private static let limits = [1, 2, 7, 60, 61, 600, 999, 7_777, 12_345]

    /// The tokens that a bucket gives at one instant, taken in such pieces until it gives none.
    private func taken(from bucket: inout RateBucket, by piece: Int, at moment: Timestamp = start) -> Int {
        var total = 0
        while true {
            let count = bucket.take(piece, at: moment)
            guard count > 0 else { return total }
            total += count
        }
    }

    @Test(arguments: limits + [100_003, 900_001, CallLimits.perMinuteMax])
    func aFullOneGivesItsLimitToTheTokenAtOneInstant(_ limit: Int) {
        for piece in [1, max(1, limit / 40), limit, limit + 1] {
            var bucket = RateBucket(perMinute: limit, at: Self.start)
            #expect(taken(from: &bucket, by: piece) == limit, "in pieces of \(piece)")
            #expect(bucket.tokens(at: Self.start) == 0)
        }
    }

    @Test(arguments: limits)
    func tellsAfterEachTokenHowManyAreLeft(_ limit: Int) {
        var bucket = RateBucket(perMinute: limit, at: Self.start)
        for count in 1...limit {
            #expect(bucket.take(1, at: Self.start) == 1, "token \(count)")
            guard bucket.tokens(at: Self.start) == limit - count else {
                Issue.record("\(bucket.tokens(at: Self.start)) are left after \(count)")
                return
            }
        }
    }

    @Test(
        arguments: [
            (60, 1, 1), (60, 30, 30), (60, 59, 59), (600, 1, 10), (600, 45, 450), (7, 30, 3), (7, 60, 7), (1, 59, 0),
            (1, 60, 1), (999, 20, 333), (12_345, 4, 823), (7_777, 59, 7_647),
        ]
    )
    func anEmptyOneFillsEvenly(_ limit: Int, _ seconds: Int64, _ tokens: Int) {
        var bucket = RateBucket(perMinute: limit, at: Self.start)
        #expect(bucket.take(limit, at: Self.start) == limit)
        let later = Self.start.adding(seconds: seconds)
        #expect(bucket.tokens(at: later) == tokens)
        #expect(taken(from: &bucket, by: 1, at: later) == tokens)
    }

    @Test(arguments: limits)
    func givesInAnHourWhatComesBackInAnHour(_ limit: Int) {
        var bucket = RateBucket(perMinute: limit, at: Self.start)
        // The parts of tokens that are there at the end of a second are not lost.
        let total = (0...3_600).reduce(0) { total, second in
            total + taken(from: &bucket, by: 1, at: Self.start.adding(seconds: second))
        }
        #expect(limit * 61 - 1...limit * 61 ~= total)
    }

    @Test(arguments: limits)
    func holdsNeverMoreThanWhenItIsFull(_ limit: Int) {
        var bucket = RateBucket(perMinute: limit, at: Self.start)
        for seconds in [0, 1, 60, 61, 86_400] as [Int64] {
            #expect(bucket.tokens(at: Self.start.adding(seconds: seconds)) == limit)
        }
        let later = Self.start.adding(seconds: 86_400)
        #expect(bucket.take(limit + 1, at: later) == limit)
        #expect(bucket.take(1, at: later) == 0)
    }

    @Test(arguments: limits)
    func tellsTheMomentOfTheNextToken(_ limit: Int) {
        var bucket = RateBucket(perMinute: limit, at: Self.start)
        #expect(bucket.wait(at: Self.start) == 0)
        _ = bucket.take(limit, at: Self.start)
        let wait = bucket.wait(at: Self.start)
        #expect(wait > 0)
        let microseconds = (wait + 999) / 1_000
        let moment = Timestamp(microseconds: Self.start.microseconds + microseconds)
        #expect(bucket.tokens(at: moment) == 1 && bucket.wait(at: moment) == 0)
        let before = Timestamp(microseconds: moment.microseconds - 2)
        #expect(bucket.tokens(at: before) == 0 && bucket.wait(at: before) > 0)
    }

    @Test(arguments: [1, 2, 5, 6, 7, 12, 13, 30, 59])
    func promisesATokenAfterWholeSecondsAndNoneASecondBefore(_ limit: Int) {
        var bucket = RateBucket(perMinute: limit, at: Self.start)
        _ = bucket.take(limit, at: Self.start)
        let seconds = bucket.verdict(isAllowed: false, at: Self.start).retryAfterSeconds
        #expect(seconds == Int64((60 + limit - 1) / limit))
        #expect(bucket.tokens(at: Self.start.adding(seconds: seconds)) >= 1)
        #expect(bucket.tokens(at: Self.start.adding(seconds: seconds - 1)) == 0)
    }

    @Test(arguments: [60, 600, 12_345])
    func promisesATokenWithinASecondWhereSeveralComeBackInOne(_ limit: Int) {
        var bucket = RateBucket(perMinute: limit, at: Self.start)
        _ = bucket.take(limit, at: Self.start)
        #expect(bucket.verdict(isAllowed: false, at: Self.start).retryAfterSeconds == 1)
        #expect(bucket.tokens(at: Self.start.adding(seconds: 1)) == limit / 60)
    }

    @Test func tellsAVerdictOfWhatIsLeftAndWhenItIsFull() {
        var bucket = RateBucket(perMinute: 60, at: Self.start)
        let full = bucket.verdict(isAllowed: true, at: Self.start)
        #expect(full.limit == 60 && full.remaining == 60)
        #expect(full.fullAt == Self.start && full.retryAfterSeconds == 0)
        _ = bucket.take(45, at: Self.start)
        let part = bucket.verdict(isAllowed: true, at: Self.start)
        #expect(part.remaining == 15 && part.fullAt == Self.start.adding(seconds: 45))
        #expect(bucket.verdict(isAllowed: true, at: Self.start, leased: 5).remaining == 20)
        #expect(bucket.verdict(isAllowed: true, at: Self.start, leased: 100).remaining == 60)
        let later = Self.start.adding(seconds: 100)
        #expect(bucket.verdict(isAllowed: true, at: later).fullAt == later)
    }

    @Test(arguments: [(600, 60, 30), (60, 600, 300), (1, 999, 500)])
    func isAsFullAsItWasWhereTheLimitIsAnother(_ old: Int, _ new: Int, _ tokens: Int) {
        var bucket = RateBucket(perMinute: old, at: Self.start)
        _ = bucket.take(old, at: Self.start)
        let changed = RateBucket(perMinute: new, fullAt: bucket.fullAt)
        #expect(changed.tokens(at: Self.start) == 0)
        #expect(abs(changed.tokens(at: Self.start.adding(seconds: 30)) - tokens) <= 1)
        #expect(changed.tokens(at: Self.start.adding(seconds: 60)) == new)
    }

    @Test func isEmptyAndNotBelowWhereTheClockWasTurnedBack() {
        var bucket = RateBucket(perMinute: 60, at: Self.start)
        let earlier = Self.start.adding(seconds: -600)
        #expect(bucket.tokens(at: earlier) == 0 && bucket.take(1, at: earlier) == 0)
        #expect(bucket.verdict(isAllowed: false, at: earlier).retryAfterSeconds == 541)
    }
}
