internal import Synchronization

/// Fields of Prometheus' configuration that are valid, and that this version does not serve.
///
/// A server refuses them; a command that checks files for errors collects them, to warn of them.
package enum UnservedFields {
    /// How many are collected.
    private static let limit = 1_000

    private final class Notes: Sendable {
        let errors = Mutex<[ConfigurationError]>([])
    }

    @TaskLocal private static var notes: Notes?

    /// Runs `body`, and returns what it does and the fields that it would have refused.
    package static func collecting<Result>(
        _ body: () throws(ConfigurationError) -> Result
    ) throws(ConfigurationError) -> (result: Result, unserved: [ConfigurationError]) {
        let notes = Notes()
        let result = $notes.withValue(notes) { Swift.Result { () throws(ConfigurationError) in try body() } }
        return (try result.get(), notes.errors.withLock { $0 })
    }

    /// Collects a refusal; returns false if it is to be thrown.
    static func note(_ error: ConfigurationError) -> Bool {
        guard let notes else { return false }
        notes.errors.withLock { errors in
            if errors.count < limit, !errors.contains(error) { errors.append(error) }
        }
        return true
    }
}
