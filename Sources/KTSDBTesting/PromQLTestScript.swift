public import KTSDBModel

/// A PromQL test script: data to load, and queries with the results that are expected.
///
/// The language is that of the `promqltest` scripts of Prometheus; see ``PromQLTestRunner``.
public struct PromQLTestScript: Sendable {
    /// What to do, in order.
    public var commands: [Command]

    /// One block of a script.
    public enum Command: Sendable {
        /// Throw all data away.
        case clear
        /// Add data.
        case load(Load)
        /// Ask, and compare.
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
        /// No two with equal labels.
        public var series: [PromQLTestSeries]
    }

    /// `eval …` with what is expected.
    public struct Evaluation: Sendable {
        /// The line of the command, from 1.
        public var line: Int
        /// The query's text.
        public var query: String
        /// When it is asked.
        public var time: Time
        /// The times that points of a range vector are expected at.
        public var rangeVector: (start: Int64, end: Int64, step: Int64)?
        /// What the query should evaluate to.
        public var expected: Expected = .series([])
        /// Whether the order of an instant vector counts.
        public var isOrdered = false
        /// What the error's text must be; nil when the query should succeed.
        public var failure: TextPattern?
        /// Whether at least one warning is wanted, whatever its text.
        public var needsWarning = false
        /// Whether at least one info is wanted, whatever its text.
        public var needsInfo = false
        /// Patterns that match all warnings, each at least one; empty when they are not looked at.
        public var warnings: [TextPattern] = []
        /// The same for infos.
        public var infos: [TextPattern] = []
        /// Whether there must be no warning.
        public var forbidsWarnings = false
        /// Whether there must be no info.
        public var forbidsInfos = false
    }

    /// When a query is asked, in milliseconds.
    public enum Time: Sendable {
        case instant(Int64)
        case range(start: Int64, end: Int64, step: Int64)
    }

    /// What a query should evaluate to.
    public enum Expected: Sendable {
        case scalar(Double)
        case string(String)
        /// Instant vector or matrix, in the order of the lines, no two with equal labels.
        case series([PromQLTestSeries])
    }

    /// What a text must be.
    public enum TextPattern: Sendable {
        /// Anything.
        case any
        /// This text.
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
    /// From 1.
    public var line: Int
    /// What is wrong.
    public var message: String
    /// `line N: message`.
    public var description: String { "line \(line): \(message)" }
}
