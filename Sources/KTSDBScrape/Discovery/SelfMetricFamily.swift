/// A family of the server's own metrics about scraping or sending alerts, for `/metrics`.
public struct SelfMetricFamily: Hashable, Sendable {
    /// What a family measures.
    public enum Kind: String, Hashable, Sendable {
        case counter, gauge, summary, histogram
    }

    /// One value of a family.
    public struct Point: Hashable, Sendable {
        /// What follows the family's name: empty, `_bucket`, `_sum` or `_count`.
        public var suffix = ""
        /// Names and values of the labels.
        public var labels: [(name: String, value: String)] = []
        /// The value.
        public var value: Double

        package init(suffix: String = "", labels: [(name: String, value: String)] = [], value: Double) {
            self.suffix = suffix
            self.labels = labels
            self.value = value
        }

        /// Compares suffix, labels and value.
        public static func == (left: Point, right: Point) -> Bool {
            left.suffix == right.suffix && left.value == right.value && left.hasLabels(of: right)
        }

        /// Returns whether the other point has the same labels in the same order.
        func hasLabels(of other: Point) -> Bool {
            labels.elementsEqual(other.labels, by: ==)
        }

        /// Hashes suffix and value.
        public func hash(into hasher: inout Hasher) {
            hasher.combine(suffix)
            hasher.combine(value)
        }
    }

    /// The family's name, `prometheus_target_…` as stock dashboards expect it.
    public var name: String
    /// The family's help text.
    public var help: String
    /// What the family measures.
    public var kind: Kind
    /// The values.
    public var points: [Point]

    package init(name: String, help: String, kind: Kind, points: [Point]) {
        self.name = name
        self.help = help
        self.kind = kind
        self.points = points
    }

    /// Adds points of another source. A new point replaces an earlier one with the same suffix and labels.
    mutating func merge(_ others: [Point]) {
        for point in others {
            points.removeAll { $0.suffix == point.suffix && $0.hasLabels(of: point) }
            points.append(point)
        }
        points.sort { $0.labels.map(\.value).lexicographicallyPrecedes($1.labels.map(\.value)) }
    }
}
