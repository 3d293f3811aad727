package import ClienteleCore
import Synchronization

/// A clock that a test turns, and chance that repeats itself.
package final class TestSurroundings: Sendable {
    private let time: Mutex<Int64>
    private let state: Mutex<UInt64>

    /// - Parameters:
    ///   - microseconds: Where the clock stands at first: 2026-01-01 unless told.
    ///   - seed: What chance follows from.
    package init(microseconds: Int64 = 1_767_225_600_000_000, seed: UInt64 = 1) {
        self.time = Mutex(microseconds)
        self.state = Mutex(seed)
    }

    /// Turns the clock forward.
    package func pass(seconds: Int64) { time.withLock { $0 += seconds * 1_000_000 } }

    /// What use cases are given.
    ///
    /// Each look at the clock moves it by a microsecond, so that moments differ.
    package var surroundings: Surroundings {
        Surroundings(
            now: {
                self.time.withLock {
                    $0 += 1
                    return Timestamp(microseconds: $0)
                }
            },
            random: { self.next() }
        )
    }

    /// SplitMix64.
    private func next() -> UInt64 {
        state.withLock {
            $0 &+= 0x9E37_79B9_7F4A_7C15
            var mixed = $0
            mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
            return mixed ^ mixed >> 31
        }
    }
}
