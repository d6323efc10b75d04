/// How a query was evaluated: its plan as a tree, with what each part gave and cost.
///
/// The query was evaluated whole to know this, by one thread, so that times add up. Its `description` is the tree as
/// text:
///
/// ```
/// 14.2 ms  (own 1.1 ms)   1 series        sum by (job)
/// 13.1 ms  (own 9.0 ms)   1000 series     └ rate
///  4.1 ms  (own 4.1 ms)   1000 series       └ {__name__="x"}[5m]
/// ```
public struct QueryExplanation: Sendable {
    /// One part of the plan.
    public struct Node: Sendable {
        /// What the part does: `sum by (job)`, `rate`, `{__name__="x"}[5m]`.
        public var operation: String
        /// The series that it gave.
        public var series = 0
        /// The points that it gave, or the samples of a range vector.
        public var points = 0
        /// Samples that steps looked at in this part and those below it; as ``QueryStatistics/queryableSamples``.
        public var queryableSamples = 0
        /// Samples that were used, each counted once, in this part and those below it.
        public var samplesRead = 0
        /// Whether all its rows were in memory at once; else each was made when it was asked for, and forgotten.
        public var isInMemory = false
        /// The interval of the rollups that were read in place of samples; nil if samples were read.
        public var rollupInterval: Duration?
        /// The time for this part and those below it.
        public var time: Duration = .zero
        /// The time for this part alone.
        public var ownTime: Duration = .zero
        /// What it works on.
        public var children: [Node] = []
    }

    /// Operators in a row up to which a chain such as `a + b + c` is shown as a tree; the operators of a longer one are
    /// children of one node, in the order of the text.
    public static let deepestChain = 100

    /// The root of the plan.
    public var plan: Node
    /// What the query's answer and cost were.
    public var result: QueryResult
}

extension QueryExplanation: CustomStringConvertible {
    /// The plan as a tree, one line for each part, and a line for the whole query.
    public var description: String {
        var lines = [["time", "own time", "series", "points", "samples", "", ""]]
        append(plan, indent: "", to: &lines)
        let widths = (0..<6).map { column in lines.map { $0[column].count }.max()! }
        let table = lines.map { line in
            let cells = (0..<5).map { String(repeating: " ", count: widths[$0] - line[$0].count) + line[$0] }
            let kept = line[5] + String(repeating: " ", count: widths[5] - line[5].count)
            return cells.joined(separator: "  ") + "  " + kept + "  " + line[6]
        }
        let statistics = result.statistics
        let total = statistics.preparation + statistics.evaluation + statistics.sorting
        let sum =
            "\(Self.text(total)) in all; at most \(statistics.peakSamples) samples and \(statistics.peakBytes) bytes in "
            + "memory at one time."
        return (table + [sum]).joined(separator: "\n") + "\n"
    }

    private func append(_ node: Node, indent: String, to lines: inout [[String]]) {
        lines.append([
            Self.text(node.time), Self.text(node.ownTime), "\(node.series)", "\(node.points)",
            "\(node.queryableSamples)", node.isInMemory ? "in memory" : "",
            indent + node.operation + (node.rollupInterval.map { " from rollups of \($0)" } ?? ""),
        ])
        for child in node.children { append(child, indent: indent + "  ", to: &lines) }
    }

    /// `1.234 ms`.
    private static func text(_ duration: Duration) -> String {
        let microseconds = Int(duration / .microseconds(1)), rest = String(microseconds % 1000)
        return "\(microseconds / 1000).\(String(repeating: "0", count: 3 - rest.count))\(rest) ms"
    }
}
