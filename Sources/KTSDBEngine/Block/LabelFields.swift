internal import KTSDBModel
internal import Synchronization

/// The labels with one name by the number of the value, in string form. Reading one takes about ten nanoseconds instead
/// of some hundred for a walk through a run.
///
/// Long values are left out, so that one of them does not keep the others out.
final class LabelFields: Sendable {
    private let bytes: [UInt8]
    /// Where each field ends. Only those left out are empty.
    private let ends: [UInt32]

    /// A value of more bytes is left out, because copying it takes longer than finding it.
    static let longestValue = 1024

    /// The bytes of the end of a field.
    private static let endByteCount = MemoryLayout<UInt32>.size

    /// Creates the fields of a name from its runs, which `run` returns. Returns nil as soon as they take more than
    /// `byteLimit` bytes.
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

    /// The bytes of memory it takes.
    var byteCount: Int { bytes.count + ends.count * Self.endByteCount }

    /// Returns the least bytes that the fields of a name take.
    static func byteCount(_ name: BlockLabelTable.Name) -> Int { name.valueCount * endByteCount }

    /// Appends the label with value `number`. Returns false if it is left out.
    @inline(__always)
    func append(_ number: Int, to form: inout [UInt8]) -> Bool {
        guard number < ends.count else { return false }
        let start = number == 0 ? 0 : Int(ends[number &- 1]), end = Int(ends[number])
        guard end > start else { return false }
        form.append(contentsOf: bytes[start..<end])
        return true
    }
}

/// The labels with one name in a block, if they were read often enough and are not too long.
///
/// They are read once, when reading single values has walked over as many terms as the name has. So this costs at most
/// what was spent already, whether it succeeds or not.
final class NameFields: Sendable {
    private let fields = AtomicLazyReference<LabelFields>()
    private let walked = Atomic(0)

    var kept: LabelFields? { fields.load() }

    /// How many terms were walked over so far.
    var walkedCount: Int { walked.load(ordering: .relaxed) }

    /// Counts terms that were walked over. Returns true once, to the caller whose count reaches `valueCount`, which
    /// then reads all values.
    @inline(__always)
    func noteWalk(over count: Int, valueCount: Int) -> Bool {
        let (before, after) = walked.wrappingAdd(count, ordering: .relaxed)
        guard before < valueCount, after >= valueCount else { return false }
        walked.wrappingAdd(valueCount, ordering: .relaxed)
        return true
    }

    /// Keeps the fields. Returns false if others are kept already.
    func keep(_ made: LabelFields) -> Bool { fields.storeIfNil(made) === made }
}
