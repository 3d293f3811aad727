#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// What a use case asks of the outside: the time, and chance.
///
/// Both are handed in, so that a test can drive years in milliseconds and replay a run from a seed.
public struct Surroundings: Sendable {
    public let now: @Sendable () -> Timestamp
    private let random: @Sendable () -> UInt64

    public init(now: @escaping @Sendable () -> Timestamp, random: @escaping @Sendable () -> UInt64) {
        self.now = now
        self.random = random
    }

    /// The machine's clock, and its source of randomness fit for secrets.
    public static let system = Surroundings(
        now: { Timestamp(microseconds: systemMicroseconds()) },
        random: { UInt64.random(in: .min ... .max) }
    )

    package func newIdentifier<Entity>() -> Identifier<Entity> {
        var generator = Generator(random: random)
        return Identifier(using: &generator)
    }

    /// A number from 0 to 1.
    package func newChance() -> Double {
        var generator = Generator(random: random)
        return Double.random(in: 0...1, using: &generator)
    }

    func newLetters(_ count: Int, from alphabet: [UInt8]) -> [UInt8] {
        var generator = Generator(random: random)
        return (0..<count).map { _ in alphabet[Int.random(in: alphabet.indices, using: &generator)] }
    }

    private struct Generator: RandomNumberGenerator {
        let random: @Sendable () -> UInt64
        func next() -> UInt64 { random() }
    }
}

private func systemMicroseconds() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000
}
