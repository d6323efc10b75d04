public import KTSDBModel

/// A PromQL test script: data to load, and queries with their expected results.
///
/// The language is that of Prometheus' `promqltest` scripts; see ``PromQLTestRunner``.
public struct PromQLTestScript: Sendable {
    /// The commands, in order.
    public var commands: [Command]

    /// A command of a script.
    public enum Command: Sendable {
        /// Discard all data.
        case clear
        /// Add data.
        case load(Load)
        /// Run a query, and compare its result.
        case evaluate(Evaluation)
    }

    /// `load 5m` with its series.
    public struct Load: Sendable {
        /// The line of the command, from 1.
        public var line: Int
        /// The time between two points, in milliseconds.
        public var step: Int64
        /// Whether classic histograms are also stored as native ones with custom buckets (`load_with_nhcb`).
        public var convertsClassicHistograms: Bool
        /// The series; no two have equal labels.
        public var series: [PromQLTestSeries]
    }

    /// `eval …` with its expected result.
    public struct Evaluation: Sendable {
        /// The line of the command, from 1.
        public var line: Int
        /// The query's text.
        public var query: String
        /// When the query is evaluated.
        public var time: Time
        /// The times at which points of a range vector are expected.
        public var rangeVector: (start: Int64, end: Int64, step: Int64)?
        /// The expected result.
        public var expected: Expected = .series([])
        /// Whether the order of an instant vector matters.
        public var isOrdered = false
        /// The expected text of the error; nil if the query should succeed.
        public var failure: TextPattern?
        /// Whether at least one warning is expected, whatever its text.
        public var needsWarning = false
        /// Whether at least one info is expected, whatever its text.
        public var needsInfo = false
        /// Patterns for the warnings: each pattern must match one, and each warning must match one. Empty if they are
        /// not checked.
        public var warnings: [TextPattern] = []
        /// The same for infos.
        public var infos: [TextPattern] = []
        /// Whether there must not be any warning.
        public var forbidsWarnings = false
        /// Whether there must not be any info.
        public var forbidsInfos = false
    }

    /// The evaluation time of a query, in milliseconds.
    public enum Time: Sendable {
        case instant(Int64)
        case range(start: Int64, end: Int64, step: Int64)
    }

    /// An expected result.
    public enum Expected: Sendable {
        case scalar(Double)
        case string(String)
        /// An instant vector or a matrix, in the order of the lines; no two series have equal labels.
        case series([PromQLTestSeries])
    }

    /// A condition on a text.
    public enum TextPattern: Sendable {
        /// Any text.
        case any
        /// Exactly this text.
        case message(String)
        /// A text in which the regular expression finds a match.
        case regularExpression(String, compiled: RegularExpression)

        func matches(_ text: String) -> Bool {
            switch self {
            case .any: true
            case .message(let message): message == text
            case .regularExpression(_, let compiled): compiled.matchesWhole(Array(text.utf8).span)
            }
        }

        var description: String {
            switch self {
            case .any: "any"
            case .message(let message): "\"\(message)\""
            case .regularExpression(let pattern, _): "matching `\(pattern)`"
            }
        }
    }
}

/// A mistake in a test script, or data that could not be loaded.
public struct PromQLTestScriptError: Error, Sendable, CustomStringConvertible {
    /// The line, from 1.
    public var line: Int
    /// The problem.
    public var message: String
    /// `line N: message`.
    public var description: String { "line \(line): \(message)" }
}
