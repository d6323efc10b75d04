/// A line with a value, as far as it is read.
struct MetricSample {
    var place: MetricPlace?
    var kind: CheckedFamily.Kind?
    var labels: [CheckedFamily.LabelPair] = []
    /// The quantile or the bucket's bound.
    var part: Double?
}

/// What a name is of a family.
struct MetricPlace {
    enum Role { case value, count, sum }
    var name: String
    var role: Role
}

/// Distinguishes the parts of one summary or histogram from those of others.
struct MetricSignature: Hashable {
    var family: String
    var labels: Set<CheckedFamily.LabelPair>

    init(family: String, labels: [CheckedFamily.LabelPair]) {
        self.family = family
        self.labels = Set(labels)
    }
}
