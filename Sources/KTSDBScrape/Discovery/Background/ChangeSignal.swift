/// Wakes whoever waits for target sources to find something.
///
/// Any number of events before the one who waits looks count as one.
package final class ChangeSignal: Sendable {
    /// The events. Only one may wait for them.
    package let events: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    package init() { (events, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1)) }

    /// Says that something was found.
    func raise() { continuation.yield() }

    /// Starts tasks that run `look` every `interval`, and when something was found, until they are cancelled.
    package func poll(
        every interval: Duration, on executor: (any TaskExecutor)? = nil,
        _ look: @escaping @Sendable () async -> Void
    ) -> [Task<Void, Never>] {
        let regular = Task(executorPreference: executor) {
            while (try? await Task.sleep(for: interval)) != nil { await look() }
        }
        return [regular, Task(executorPreference: executor) { [self] in await follow(look) }]
    }

    /// Runs `look` for events until the task is cancelled, with pauses that leave most of the time to others: at least
    /// a twentieth of a second, and four times as long as looking took, but at most five seconds.
    package func follow(_ look: () async -> Void) async {
        for await _ in events {
            let begin = ContinuousClock.now
            await look()
            let pause = min(max(.milliseconds(50), (ContinuousClock.now - begin) * 4), .seconds(5))
            guard (try? await Task.sleep(for: pause)) != nil else { return }
        }
    }
}
