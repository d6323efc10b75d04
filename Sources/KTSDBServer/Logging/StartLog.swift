internal import CLibrary
internal import Synchronization

/// The destination of log lines: keeps them while a server starts, and then writes them as they come.
///
/// A start that is refused prints its reason and nothing else. So lines that are logged before it is known whether the
/// server runs wait here: for a moment, or for ``patience`` if opening takes long.
public final class StartLog: Sendable {
    private enum State {
        case keeping([[UInt8]])
        case writing
    }

    /// The longest time that lines wait.
    static let patience: Duration = .seconds(2)

    private let state: Mutex<State>

    /// Keeps lines until ``release()``.
    public init() { state = Mutex(.keeping([])) }

    /// Writes the lines that were kept, and from now on writes lines at once.
    package func release() {
        state.withLock { state in
            guard case .keeping(let lines) = state else { return }
            for line in lines { Self.write(line) }
            state = .writing
        }
    }

    func take(_ line: [UInt8]) {
        state.withLock { state in
            guard case .keeping(let lines) = state else { return Self.write(line) }
            state = .keeping(lines + [line])
        }
    }

    /// One call of the system, so that the line stays whole. A log that cannot be written is nobody's reason to stop.
    private static func write(_ line: [UInt8]) { _ = SystemCall.writeBytes(STDERR_FILENO, line) }
}
