package import KTSDBModel

/// The answer to a query in the form of a server's API, whether it comes from a server or from a directory.
package enum QueriedValue: Hashable, Sendable {
    case scalar(QueriedPoint)
    case string(String, at: Timestamp)
    /// Series with one point each.
    case vector([QueriedSeries])
    case matrix([QueriedSeries])
}

/// A number and its time.
package struct QueriedPoint: Hashable, Sendable {
    package var time: Timestamp
    package var value: Double

    package init(_ time: Timestamp, _ value: Double) {
        self.time = time
        self.value = value
    }
}

/// A series of an answer; its points are in ascending order of time.
package struct QueriedSeries: Hashable, Sendable {
    package var labels: QueriedLabels
    package var points: [QueriedPoint]
    package var histograms: [QueriedHistogram]

    package init(_ labels: QueriedLabels, points: [QueriedPoint] = [], histograms: [QueriedHistogram] = []) {
        self.labels = labels
        self.points = points
        self.histograms = histograms
    }
}

/// A native histogram and its time.
package struct QueriedHistogram: Hashable, Sendable {
    /// A bucket that is not empty.
    package struct Bucket: Hashable, Sendable {
        /// Which bounds the bucket includes: 0 the upper, 1 the lower, 2 neither, 3 both.
        package var rule: Int
        package var lower: Double
        package var upper: Double
        package var count: Double
    }

    package var time: Timestamp
    package var count: Double
    package var sum: Double
    package var buckets: [Bucket] = []
}

/// The labels of a series: any names and values that a server sends, in the order of the names' bytes.
package struct QueriedLabels: Hashable, Sendable {
    package struct Label: Hashable, Sendable {
        package var name: String
        package var value: String
    }

    package private(set) var labels: [Label]

    package init(_ pairs: some Sequence<(name: String, value: String)>) {
        labels = pairs.map { Label(name: $0.name, value: $0.value) }.sorted {
            $0.name.utf8.lexicographicallyPrecedes($1.name.utf8)
        }
    }

    package subscript(name: String) -> String? { labels.first { $0.name == name }?.value }

    /// Whether these come first, label by label.
    func precedes(_ other: QueriedLabels) -> Bool {
        labels.lexicographicallyPrecedes(other.labels) { left, right in
            left.name == right.name
                ? left.value.utf8.lexicographicallyPrecedes(right.value.utf8)
                : left.name.utf8.lexicographicallyPrecedes(right.name.utf8)
        }
    }

    /// The same without some of them.
    package func without(_ names: Set<String>) -> QueriedLabels {
        var copy = self
        copy.labels.removeAll { names.contains($0.name) }
        return copy
    }
}

/// Why a query failed, in the form that promtool prints: `bad_data: invalid parameter "query": …`.
package struct QueryProblem: Error, Hashable, Sendable, CustomStringConvertible {
    package var description: String

    package init(_ description: String) { self.description = description }
}
