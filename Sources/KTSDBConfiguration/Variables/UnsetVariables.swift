internal import Synchronization

/// A variable that a file names, that is not set, and that has no default.
package struct UnsetVariable: Hashable, Sendable, CustomStringConvertible {
    package let name: String
    package let file: String
    /// The line of the value that names it, from 1.
    package let line: Int

    /// `FILE:LINE: NAME is not set`
    package var description: String { "\(file):\(line): \(name) is not set" }
}

/// Collects the variables that are not set, for commands that check files where the environment is another.
package final class UnsetVariables: Sendable {
    /// How many are collected.
    private static let limit = 10_000

    private let found = Mutex<[UnsetVariable]>([])

    package init() {}

    /// What was found, in the order of the files; each once.
    package var all: [UnsetVariable] { found.withLock { $0 } }

    /// Whether an error is about a value that names one of them: nobody knows whether that value is right.
    package func explain(_ error: ConfigurationError) -> Bool {
        all.contains { $0.file == error.file && $0.line == error.line }
    }

    func add(_ variables: [UnsetVariable]) {
        found.withLock { found in
            for variable in variables where found.count < Self.limit && !found.contains(variable) {
                found.append(variable)
            }
        }
    }
}
