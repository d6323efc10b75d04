/// A database did not do what a history expects. The seed reproduces it.
package struct HistoryFailure: Error, CustomStringConvertible {
    package let seed: UInt64
    package let reason: String
    /// The last steps before it.
    package let steps: [String]

    package var description: String {
        "history \(seed): \(reason)\n  the last steps:\n  \(steps.suffix(25).joined(separator: "\n  "))"
    }
}
