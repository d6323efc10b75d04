/// Classes of series that agree in some of their labels, found without reading the labels.
///
/// All series of a class have the same values for these labels. Two classes may still have equal values; to find out,
/// compare the labels of their first series.
public struct LabelClasses: Sendable {
    /// The class of each series, by position. Classes are numbered from 0 in the order of their first series.
    public var numbers: [UInt32]
    /// The position of the first series of each class.
    public var firstSeries: [Int]

    /// Creates classes from the class of each series and the first series of each class.
    public init(numbers: [UInt32] = [], firstSeries: [Int] = []) {
        self.numbers = numbers
        self.firstSeries = firstSeries
    }
}

/// The labels by which series are put into classes.
public struct LabelChoice: Sendable {
    /// The names, ascending by bytes, without duplicates.
    public let names: [[UInt8]]
    /// Whether the names are those to leave out, as in PromQL's `without`.
    public let isWithout: Bool

    /// Chooses the labels with these names, or all labels but these.
    public init(_ names: [[UInt8]], isWithout: Bool) {
        var sorted = names.sorted { $0.lexicographicallyPrecedes($1) }
        for index in sorted.indices.dropFirst().reversed() where sorted[index] == sorted[index - 1] {
            sorted.remove(at: index)
        }
        self.names = sorted
        self.isWithout = isWithout
    }
}
