import Synchronization

/// Wakes those in this process who wait for something to be written.
///
/// A hint that saves polls: what another process writes is not told.
public final class WriteSignal: Sendable {
    private struct State {
        var count = 0
        var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
        var lastKey = 0
    }

    private let state = Mutex(State())

    package init() {}

    /// How often it was raised so far.
    public var count: Int { state.withLock { $0.count } }

    package func raise() {
        let woken = state.withLock { state in
            state.count += 1
            defer { state.waiting = [:] }
            return state.waiting
        }
        for continuation in woken.values { continuation.resume() }
    }

    /// Waits until it was raised more than `seen` times, for the time to pass, or for the task to be cancelled.
    public func wait(after seen: Int, atMost time: Duration) async {
        let key = state.withLock { state in
            state.lastKey += 1
            return state.lastKey
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let waits = state.withLock { state in
                    guard state.count == seen, !Task.isCancelled else { return false }
                    state.waiting[key] = continuation
                    return true
                }
                guard waits else { return continuation.resume() }
                // It is not stopped when something else wakes the waiter: then it finds nobody.
                Task {
                    try? await Task.sleep(for: time)
                    wake(key)
                }
            }
        } onCancel: {
            wake(key)
        }
    }

    private func wake(_ key: Int) { state.withLock { $0.waiting.removeValue(forKey: key) }?.resume() }
}
