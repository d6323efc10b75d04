internal import KTSDBModel

/// `by (…)` or `without (…)`: the labels that distinguish groups.
struct Grouping: Sendable {
    private let isWithout: Bool
    /// As bytes, ascending, which is also the order of labels.
    private let names: [[UInt8]]

    /// `without` always takes the metric's name away; its type and unit stay, as in Prometheus.
    init(isWithout: Bool, names: [String]) {
        self.isWithout = isWithout
        self.names = (isWithout ? names + ["__name__"] : names).map { Array($0.utf8) }
            .sorted { $0.lexicographicallyPrecedes($1) }
    }

    /// The labels that distinguish groups, for storage.
    var choice: LabelChoice { LabelChoice(names, isWithout: isWithout) }

    /// Whether the metric's name distinguishes groups.
    var seesName: Bool { !isWithout && names.contains(Array("__name__".utf8)) }

    /// Whether there is one group for all series.
    var isSingle: Bool { !isWithout && names.isEmpty }

    /// The labels of the group that a series is in.
    func labels(of labels: Labels) -> Labels {
        if isSingle { return Labels() }
        let bytes = labels.stringForm
        var kept: [UInt8] = []
        kept.reserveCapacity(bytes.count)
        var cursor = LabelCursor(bytes), next = 0, from = 0
        while let label = cursor.next() {
            var order = 1
            while next < names.count {
                let name = names[next]
                order = Self.order(name.span, bytes.span.extracting(label.name))
                if order >= 0 { break }
                next += 1
            }
            let isNamed = next < names.count && order == 0
            if isNamed != isWithout { kept.append(contentsOf: bytes[from..<label.value.upperBound]) }
            from = label.value.upperBound
        }
        return Labels(uncheckedStringForm: kept)
    }

    /// Negative if `a` comes before `b`, 0 if they are equal.
    private static func order(_ a: Span<UInt8>, _ b: Span<UInt8>) -> Int {
        let common = min(a.count, b.count)
        for index in 0..<common where a[index] != b[index] { return Int(a[index]) - Int(b[index]) }
        return a.count - b.count
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
