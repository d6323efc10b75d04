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
