internal import KTSDBModel

/// `by (…)` or `without (…)`: which labels tell groups apart.
struct Grouping: Sendable {
    private let isWithout: Bool
    private let names: [String]

    /// `without` always takes the metric's name away; its type and unit stay, as in Prometheus.
    init(isWithout: Bool, names: [String]) {
        self.isWithout = isWithout
        self.names = isWithout ? names + ["__name__"] : names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// Whether there is one group for all series.
    var isSingle: Bool { !isWithout && names.isEmpty }

    /// The labels of the group that a series is in.
    func labels(of labels: Labels) -> Labels {
        if isSingle { return Labels() }
        return isWithout ? labels.removing(names) : labels.keeping(only: names)
    }
}

/// The groups that were met, in order.
struct GroupTable: Sendable {
    private var numbers: [Labels: Int] = [:]
    /// The groups' labels; whether the name is dropped as soon as one of the series says so.
    private(set) var identities: [SeriesIdentity] = []

    /// The number of the group with `labels`, a new one if it was not met before.
    mutating func number(of labels: Labels, dropsName: Bool) -> Int {
        if let number = numbers[labels] {
            if dropsName { identities[number].dropsName = true }
            return number
        }
        numbers[labels] = identities.count
        identities.append(SeriesIdentity(labels: labels, dropsName: dropsName))
        return identities.count - 1
    }
}
