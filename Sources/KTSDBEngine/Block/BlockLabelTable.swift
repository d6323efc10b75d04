internal import KTSDBModel
internal import Synchronization

/// Names and shapes of a block, read from its index on first use.
final class BlockLabelTable: Sendable {
    struct Name {
        var bytes: [UInt8]
        /// The number of values, and the first of their runs.
        var valueCount: Int, firstRun: Int
        /// How many series have the label.
        var seriesCount: Int

        var runCount: Int { (valueCount + BlockFormat.runCount - 1) / BlockFormat.runCount }
        /// Returns how many values run `run` of this name has.
        func count(ofRun run: Int) -> Int { min(BlockFormat.runCount, valueCount - run * BlockFormat.runCount) }

        /// The number of bits in which the number of a value is written.
        var width: Int { BlockFormat.width(below: valueCount) }
    }

    /// Ascending by bytes.
    let names: [Name]
    /// The name numbers of all shapes, ascending within each, and where each shape ends.
    private let shapeNames: [UInt32], shapeEnds: [Int]
    /// By number of the name.
    private let fields: [NameFields]
    private let keptByteCount = Atomic(0)
    /// The most bytes of labels that a block keeps in memory.
    static let keptByteLimit = 1 << 18

    init(names section: BlockSection, shapes shapeSection: BlockSection, runCount: Int) throws(ReadError) {
        names = try Self.readNames(section, runCount: runCount)
        (shapeNames, shapeEnds) = try Self.readShapes(shapeSection, nameCount: names.count)
        fields = names.map { _ in NameFields() }
    }

    /// Returns the number of a name, or nil if no series has it.
    func find(_ name: [UInt8]) -> Int? {
        let low = (0..<names.count).partitionPoint { index in
            let other = names[index].bytes
            return ByteOrder.compare(other.span, name.span) < 0
        }
        return low < names.count && names[low].bytes == name ? low : nil
    }

    /// The number of shapes.
    var shapeCount: Int { shapeEnds.count }

    /// Returns the numbers of the names of a shape, ascending.
    func names(ofShape shape: Int) -> ArraySlice<UInt32> {
        shapeNames[(shape == 0 ? 0 : shapeEnds[shape - 1])..<shapeEnds[shape]]
    }

    /// Returns the labels with this name, if they are kept.
    @inline(__always)
    func keptFields(of name: Int) -> LabelFields? { fields[name].kept }

    /// Counts terms that were walked over to find a value of this name. Returns whether to keep its labels from now on.
    @inline(__always)
    func noteWalk(over count: Int, of name: Int) -> Bool {
        fields[name].noteWalk(over: count, valueCount: names[name].valueCount)
    }

    /// Keeps the labels with this name that `make` returns, if they fit into the limit. `make` returns nil if they take
    /// more than `byteLimit` bytes.
    func keepFields(of name: Int, _ make: (_ byteLimit: Int) throws(ReadError) -> LabelFields?) throws(ReadError) {
        let room = Self.keptByteLimit - keptByteCount.load(ordering: .relaxed)
        guard LabelFields.byteCount(names[name]) <= room, let made = try make(room) else { return }
        if keptByteCount.wrappingAdd(made.byteCount, ordering: .relaxed).newValue > Self.keptByteLimit
            || !fields[name].keep(made)
        {
            keptByteCount.wrappingSubtract(made.byteCount, ordering: .relaxed)
        }
    }

    /// The bytes of memory it takes, about.
    var memoryByteCount: Int {
        names.count * MemoryLayout<Name>.stride + names.reduce(0) { $0 + 64 + $1.bytes.count } + shapeNames.count * 4
            + shapeEnds.count * 8 + keptBytes
    }

    /// How many terms were walked over so far, for single values and for the labels that are kept.
    var walkedTermCount: Int { fields.reduce(0) { $0 + $1.walkedCount } }
    /// The bytes of the labels that are kept.
    var keptBytes: Int { keptByteCount.load(ordering: .relaxed) }

    private static func readNames(_ section: BlockSection, runCount: Int) throws(ReadError) -> [Name] {
        let bytes = try section.bytes()
        var cursor = FieldCursor(0..<bytes.byteCount)
        guard let count = cursor.count(in: bytes) else { throw section.damaged("the number of names is wrong") }
        var names: [Name] = []
        var run = 0
        for _ in 0..<count {
            guard let length = cursor.count(in: bytes), length <= Labels.fieldByteLimit,
                let place = cursor.take(length), let valueCount = cursor.varint(in: bytes), valueCount > 0,
                valueCount <= UInt64(runCount) * UInt64(BlockFormat.runCount),
                let seriesCount = cursor.varint(in: bytes), seriesCount <= UInt64(UInt32.max)
            else { throw section.damaged("name \(names.count) is cut short") }
            let name = Name(
                bytes: bytes.array(place), valueCount: Int(valueCount), firstRun: run, seriesCount: Int(seriesCount))
            if let last = names.last, !last.bytes.lexicographicallyPrecedes(name.bytes) {
                throw section.damaged("name \(names.count) is not after the one before it")
            }
            run += name.runCount
            names.append(name)
        }
        guard run == runCount, cursor.remaining == 0 else {
            throw section.damaged("the names have \(run) runs of values instead of \(runCount)")
        }
        return names
    }

    private static func readShapes(
        _ section: BlockSection, nameCount: Int
    ) throws(ReadError) -> (names: [UInt32], ends: [Int]) {
        let bytes = try section.bytes()
        var cursor = FieldCursor(0..<bytes.byteCount)
        guard let count = cursor.count(in: bytes) else { throw section.damaged("the number of shapes is wrong") }
        var names: [UInt32] = [], ends: [Int] = []
        for _ in 0..<count {
            guard let labelCount = cursor.count(in: bytes) else { throw section.damaged("it is cut short") }
            var next: UInt64 = 0
            for _ in 0..<labelCount {
                guard let distance = cursor.varint(in: bytes), distance < UInt64(nameCount),
                    next + distance < UInt64(nameCount)
                else { throw section.damaged("shape \(ends.count) has a name that there is not") }
                names.append(UInt32(next + distance))
                next += distance + 1
            }
            ends.append(names.count)
        }
        guard cursor.remaining == 0 else { throw section.damaged("there is more behind the last shape") }
        return (names, ends)
    }
}

extension RawSpan {
    /// The bytes in `range`, which is within the span, as an array.
    func array(_ range: Range<Int>) -> [UInt8] {
        extracting(range).array
    }
}
