internal import KTSDBModel

/// Exemplars of some series in columns: those of a batch, or of a frame of the log.
struct ExemplarColumns: Sendable {
    /// Where the series are in memory, and their numbers. A frame has numbers only, until replay knows the slots.
    var slots: [UInt32] = []
    var numbers: [UInt64] = []
    private(set) var times: [Int64] = []
    private(set) var values: [Double] = []
    /// Whether the time is the exemplar's own, and not that of the sample that it came with.
    private(set) var ownsTime: [Bool] = []
    /// The labels' string forms, and where each ends.
    private(set) var labels: [UInt8] = []
    private(set) var labelEnds: [Int] = []

    var count: Int { times.count }
    var isEmpty: Bool { times.isEmpty }

    mutating func append(
        slot: UInt32, number: UInt64, time: Int64, value: Double, ownsTime: Bool, labels: Span<UInt8>
    ) {
        slots.append(slot)
        numbers.append(number)
        times.append(time)
        values.append(value)
        self.ownsTime.append(ownsTime)
        for index in 0..<labels.count { self.labels.append(labels[index]) }
        labelEnds.append(self.labels.count)
    }

    /// Where the labels of an exemplar are.
    func labelRange(_ index: Int) -> Range<Int> { (index == 0 ? 0 : labelEnds[index - 1])..<labelEnds[index] }

    /// Keeps those for which `isKept` says so.
    mutating func filter(_ isKept: (Int) -> Bool) {
        let kept = (0..<count).filter(isKept)
        guard kept.count < count else { return }
        var next = ExemplarColumns()
        for index in kept {
            next.append(
                slot: slots[index], number: numbers[index], time: times[index], value: values[index],
                ownsTime: ownsTime[index], labels: labels.span.extracting(labelRange(index)))
        }
        self = next
    }

    mutating func removeAll() {
        guard !isEmpty else { return }
        self = ExemplarColumns()
    }
}

/// The EXEMPLARS section of a frame, and how exemplars stand in the pages of blocks and in checkpoints: FORMAT.md,
/// section 9.
enum ExemplarCoding {
    /// The exemplar's time is its own.
    static let ownTime: UInt8 = 1
    /// In a checkpoint: no block has it yet.
    static let unsealed: UInt8 = 2

    /// The labels of an exemplar; nil when they are not well-formed.
    static func labels(_ cursor: inout FieldCursor, _ shared: inout AffixCoder, in bytes: RawSpan) -> [UInt8]? {
        guard let labels = shared.next(&cursor, in: bytes, limit: Exemplar.stringFormByteLimit),
            Labels.isWellFormed(stringForm: labels.span)
        else { return nil }
        return labels
    }
}
