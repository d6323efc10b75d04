internal import KTSDBModel

/// Exemplars of some series in columns: those of a batch, or of a frame of the log.
struct ExemplarColumns: Sendable {
    /// Where the series are in memory, and their numbers. A frame has only numbers, until replay knows the slots.
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

    /// Returns where the labels of an exemplar are.
    func labelRange(_ index: Int) -> Range<Int> { (index == 0 ? 0 : labelEnds[index - 1])..<labelEnds[index] }

    /// Keeps the exemplars for which `isKept` returns true.
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

/// Encodes and decodes exemplars for frames of the log, for blocks and for checkpoints: FORMAT.md, section 9.
enum ExemplarCoding {
    /// Flag: the exemplar's time is its own.
    static let ownTime: UInt8 = 1
    /// Flag, in a checkpoint: no block has the exemplar yet.
    static let unsealed: UInt8 = 2
    /// Flag, in a checkpoint: the series had a later exemplar when this one arrived.
    static let late: UInt8 = 4
    /// All flags that an exemplar in a checkpoint may have.
    static let allFlags = ownTime | unsealed | late

    /// Reads the labels of an exemplar; nil when they are not well-formed.
    static func labels(_ cursor: inout FieldCursor, _ shared: inout AffixCoder, in bytes: RawSpan) -> [UInt8]? {
        guard let labels = shared.next(&cursor, in: bytes, limit: Exemplar.stringFormByteLimit),
            Labels.isWellFormed(stringForm: labels.span)
        else { return nil }
        return labels
    }
}
