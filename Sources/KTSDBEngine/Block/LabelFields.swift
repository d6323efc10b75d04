internal import KTSDBModel
internal import Synchronization

/// The labels with one name, by the number of the value, as they stand in a string form: about ten nanoseconds each
/// instead of some hundred for a walk through a run.
///
/// Long ones are left out, so that one of them does not keep the others away.
final class LabelFields: Sendable {
    private let bytes: [UInt8]
    /// Where each ends; none is empty but those left out.
    private let ends: [UInt32]

    /// A value of more bytes is left out: copying it takes longer than finding it.
    static let longestValue = 1024

    /// The end of a field.
    private static let endByteCount = MemoryLayout<UInt32>.size

    /// The fields of the name, whose runs `run` gives one after the other; nil if they take more than `byteLimit`
    /// bytes, which is found before more are read.
    init?(
        of name: BlockLabelTable.Name, byteLimit: Int, run: (Int) throws(ReadError) -> TermRun
    ) throws(ReadError) {
        var bytes: [UInt8] = [], ends: [UInt32] = []
        ends.reserveCapacity(name.valueCount)
        let room = byteLimit - name.valueCount * Self.endByteCount
        for number in 0..<name.runCount {
            var terms = try run(number)
            while try terms.next() != nil {
                if terms.valueByteCount <= Self.longestValue {
                    Labels.append(field: name.bytes, to: &bytes)
                    Labels.append(length: terms.valueByteCount, to: &bytes)
                    try terms.appendValue(to: &bytes)
                    guard bytes.count <= room else { return nil }
                }
                ends.append(UInt32(bytes.count))
            }
        }
        (self.bytes, self.ends) = (bytes, ends)
    }

    /// Bytes of memory.
    var byteCount: Int { bytes.count + ends.count * Self.endByteCount }

    /// No fewer bytes than the fields of a name take.
    static func byteCount(_ name: BlockLabelTable.Name) -> Int { name.valueCount * endByteCount }

    /// Appends the label with the value `number`; false if it is left out.
    @inline(__always)
    func append(_ number: Int, to form: inout [UInt8]) -> Bool {
        guard number < ends.count else { return false }
        let start = number == 0 ? 0 : Int(ends[number &- 1]), end = Int(ends[number])
        guard end > start else { return false }
        form.append(contentsOf: bytes[start..<end])
        return true
    }
}

/// The labels with one name in a block, if they were read often enough and take not too much room.
///
/// They are read once, when as many terms were walked over for single values as the name has: so this never costs more
/// than what was spent already, whether it succeeds or not.
final class NameFields: Sendable {
    private let fields = AtomicLazyReference<LabelFields>()
    private let walked = Atomic(0)

    var kept: LabelFields? { fields.load() }

    /// Terms that were walked over so far.
    var walkedCount: Int { walked.load(ordering: .relaxed) }

    /// Counts terms that were walked over; true once, to the caller who made them `valueCount`, who reads all values
    /// then.
    @inline(__always)
    func noteWalk(over count: Int, valueCount: Int) -> Bool {
        let (before, after) = walked.wrappingAdd(count, ordering: .relaxed)
        guard before < valueCount, after >= valueCount else { return false }
        walked.wrappingAdd(valueCount, ordering: .relaxed)
        return true
    }

    /// Keeps the fields; false if others are kept already.
    func keep(_ made: LabelFields) -> Bool { fields.storeIfNil(made) === made }
}
