/// Wakes the task that waits for target sources to find something.
///
/// Events that arrive before that task looks count as one.
package final class ChangeSignal: Sendable {
    /// The events. Only one task may wait for them.
    package let events: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    package init() { (events, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1)) }

    /// Reports that something was found.
    func raise() { continuation.yield() }

    /// Starts two tasks that run `look` until they are cancelled: one every `interval`, one whenever something was
    /// found.
    package func poll(
        every interval: Duration, on executor: (any TaskExecutor)? = nil,
        _ look: @escaping @Sendable () async -> Void
    ) -> [Task<Void, Never>] {
        let regular = Task(executorPreference: executor) {
            while (try? await Task.sleep(for: interval)) != nil { await look() }
        }
        return [regular, Task(executorPreference: executor) { [self] in await follow(look) }]
    }

    /// Runs `look` after events until the task is cancelled. After each run it pauses four times as long as the run
    /// took, but at least 50 milliseconds and at most 5 seconds, so that most of the time is left for other work.
    package func follow(_ look: () async -> Void) async {
        for await _ in events {
            let begin = ContinuousClock.now
            await look()
            let pause = min(max(.milliseconds(50), (ContinuousClock.now - begin) * 4), .seconds(5))
            guard (try? await Task.sleep(for: pause)) != nil else { return }
        }
    }
}
