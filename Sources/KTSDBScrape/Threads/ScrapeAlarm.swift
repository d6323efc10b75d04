internal import Synchronization

/// Something that is done once, unless it is called off before.
package final class ScrapeAlarm: Sendable {
    private let action: Mutex<(@Sendable () -> Void)?>

    package init(_ action: @escaping @Sendable () -> Void) { self.action = Mutex(action) }

    /// Whether it was done or called off.
    package var isOver: Bool { action.withLock { $0 == nil } }

    /// Does it, unless it is over.
    package func ring() { take()?() }

    /// Calls it off, unless it is over. What it would have done is freed.
    package func cancel() { _ = take() }

    private func take() -> (@Sendable () -> Void)? {
        action.withLock { action in
            defer { action = nil }
            return action
        }
    }
}
