internal import KTSDBModel

/// Sorts a line's labels by their names. Most lines have the same labels in the same order as the line before.
struct LabelSorter {
    private var numbers: [Int] = []
    /// The numbers by their names.
    private(set) var sorted: [Int] = []

    /// Sorts numbers of `names`.
    mutating func sort(_ numbers: [Int], _ names: NameTable) {
        guard numbers != self.numbers else { return }
        self.numbers = numbers
        sorted = numbers.sorted { Self.precedes(names[$0], names[$1]) }
    }

    /// Whether the bytes of `left` come before those of `right`.
    static func precedes(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Bool {
        let count = min(left.count, right.count)
        var index = 0
        while index < count, left[index] == right[index] { index += 1 }
        return index < count ? left[index] < right[index] : left.count < right.count
    }
}
