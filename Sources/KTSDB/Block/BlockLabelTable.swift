internal import KTSDBModel
internal import Synchronization

/// Names and shapes of a block, taken from its index when they are first asked for.
final class BlockLabelTable: Sendable {
    struct Name {
        var bytes: [UInt8]
        /// The number of values, and of the run that has the first of them.
        var valueCount: Int, firstRun: Int
        /// How many series have the label.
        var seriesCount: Int

        var runCount: Int { (valueCount + BlockFormat.runCount - 1) / BlockFormat.runCount }
        /// The bits in which the number of a value is written.
        var width: Int { BlockFormat.width(below: valueCount) }
    }

    /// Ascending.
    let names: [Name]
    /// Numbers of names, ascending.
    let shapes: [[Int]]
    private struct Kept {
        var byteCount = 0
        var fields: [LabelFields?]
    }
    /// For each name its labels, if they were read and take not too much room.
    private let kept: Mutex<Kept>
    /// Bytes of labels that are kept at most; those of names that do not fit are read each time.
    private static let keptByteLimit = 1 << 18

    init(names section: BlockSection, shapes shapeSection: BlockSection, runCount: Int) throws(ReadError) {
        names = try Self.readNames(section, runCount: runCount)
        shapes = try Self.readShapes(shapeSection, nameCount: names.count)
        kept = Mutex(Kept(fields: Array(repeating: nil, count: names.count)))
    }

    /// The number of a name, or nil if no series has it.
    func find(_ name: [UInt8]) -> Int? {
        var low = 0, high = names.count
        while low < high {
            let middle = (low + high) / 2
            if names[middle].bytes.lexicographicallyPrecedes(name) { low = middle + 1 } else { high = middle }
        }
        return low < names.count && names[low].bytes == name ? low : nil
    }

    /// For each name its labels, if they are kept.
    var keptFields: [LabelFields?] { kept.withLock { $0.fields } }

    /// Keeps the labels with a name, whose values `read` gives, unless there is no room.
    func keepFields(of name: Int, _ read: () throws(ReadError) -> [[UInt8]]) throws(ReadError) {
        // A value takes no less than the end of its field.
        let room = Self.keptByteLimit - kept.withLock { $0.byteCount }
        guard names[name].valueCount * 4 < room else { return }
        let fields = LabelFields(name: names[name].bytes, values: try read())
        kept.withLock { kept in
            guard kept.fields[name] == nil, kept.byteCount + fields.byteCount <= Self.keptByteLimit else { return }
            kept.fields[name] = fields
            kept.byteCount += fields.byteCount
        }
    }

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
                throw section.damaged("name \(names.count) is not behind the one before it")
            }
            run += name.runCount
            names.append(name)
        }
        guard run == runCount, cursor.remaining == 0 else {
            throw section.damaged("the names have \(run) runs of values instead of \(runCount)")
        }
        return names
    }

    private static func readShapes(_ section: BlockSection, nameCount: Int) throws(ReadError) -> [[Int]] {
        let bytes = try section.bytes()
        var cursor = FieldCursor(0..<bytes.byteCount)
        guard let count = cursor.count(in: bytes) else { throw section.damaged("the number of shapes is wrong") }
        var shapes: [[Int]] = []
        for _ in 0..<count {
            guard let labelCount = cursor.count(in: bytes) else { throw section.damaged("it is cut short") }
            var shape: [Int] = []
            var next: UInt64 = 0
            for _ in 0..<labelCount {
                guard let distance = cursor.varint(in: bytes), distance < UInt64(nameCount),
                    next + distance < UInt64(nameCount)
                else { throw section.damaged("shape \(shapes.count) has a name that there is not") }
                shape.append(Int(next + distance))
                next += distance + 1
            }
            shapes.append(shape)
        }
        guard cursor.remaining == 0 else { throw section.damaged("there is more behind the last shape") }
        return shapes
    }
}

/// The labels with one name, by the number of the value, as they stand in a string form.
final class LabelFields: Sendable {
    private let bytes: [UInt8]
    /// Where each ends.
    private let ends: [UInt32]

    init(name: [UInt8], values: [[UInt8]]) {
        var bytes: [UInt8] = [], ends: [UInt32] = []
        ends.reserveCapacity(values.count)
        for value in values {
            Labels.append(field: name, to: &bytes)
            Labels.append(field: value, to: &bytes)
            ends.append(UInt32(clamping: bytes.count))
        }
        (self.bytes, self.ends) = (bytes, ends)
    }

    /// Bytes of memory.
    var byteCount: Int { bytes.count + ends.count * 4 }

    /// Appends the label with the value `number`; false if there is no such value.
    @inline(__always)
    func append(_ number: Int, to form: inout [UInt8]) -> Bool {
        guard number < ends.count else { return false }
        let start = number == 0 ? 0 : Int(ends[number &- 1])
        form.append(contentsOf: bytes[start..<Int(ends[number])])
        return true
    }
}

extension RawSpan {
    /// The bytes in `range`, which is within the span, as an array.
    func array(_ range: Range<Int>) -> [UInt8] {
        let part = extracting(range)
        // SAFETY: the pointer is used during the call only.
        return unsafe part.withUnsafeBytes { unsafe Array($0) }
    }
}
