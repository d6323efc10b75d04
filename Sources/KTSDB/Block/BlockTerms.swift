internal import KTSDBModel

/// One value of one label in a block, and where the numbers of its series are.
package struct BlockTerm: Hashable, Sendable {
    /// How many series have it.
    var seriesCount: Int
    /// The series' number, if it is one; otherwise where in the postings the list starts and its length.
    var first: UInt64
    var byteCount: Int
    var form: EncodedPostings.Form
}

/// Walks the values of one run, the first in full and each other one after what it shares with the one before it.
struct TermRun {
    /// The current value.
    private(set) var value: [UInt8] = []
    private var cursor: FieldCursor
    private var postings: UInt64 = 0
    private var left: Int
    private var isFirst = true
    private let total: Int

    /// Starts before the first of the `count` values of the run, in a block of `total` series.
    init(_ bytes: RawSpan, count: Int, total: Int) {
        cursor = FieldCursor(0..<bytes.byteCount)
        left = count
        self.total = total
    }

    /// Goes to the next value; nil behind the last one.
    mutating func next(in bytes: RawSpan, _ section: BlockSection) throws(ReadError) -> BlockTerm? {
        guard left > 0 else { return nil }
        left -= 1
        guard let term = read(bytes) else { throw section.damaged("a run of values is cut short or not ascending") }
        return term
    }

    private mutating func read(_ bytes: RawSpan) -> BlockTerm? {
        guard let lead = cursor.varint(in: bytes), let length = cursor.count(in: bytes), let place = cursor.take(length)
        else { return nil }
        var shared = 0
        if isFirst {
            postings = lead
        } else {
            guard let count = Int(exactly: lead), count <= value.count, length > 0 else { return nil }
            // SAFETY: the place is within the bytes and not empty.
            let next = unsafe bytes.unsafeLoad(fromByteOffset: place.lowerBound, as: UInt8.self)
            guard count == value.count || value[count] < next else { return nil }
            shared = count
        }
        // What no label can hold is damage.
        guard shared + length <= Labels.fieldByteLimit else { return nil }
        value.removeLast(value.count - shared)
        unsafe bytes.extracting(place).withUnsafeBytes { unsafe value.append(contentsOf: $0) }
        isFirst = false
        guard let count = cursor.varint(in: bytes), count > 0, count <= UInt64(total) else { return nil }
        let form = EncodedPostings.form(count: Int(count), total: total)
        var term = BlockTerm(seriesCount: Int(count), first: postings, byteCount: 0, form: form)
        switch form {
        case .all: break
        case .bitmap: term.byteCount = (total + 7) / 8
        case .frames:
            guard let byteCount = cursor.varint(in: bytes), byteCount <= 1 << 40 else { return nil }
            term.byteCount = Int(byteCount)
        case .single:
            guard let number = cursor.varint(in: bytes), number < UInt64(total) else { return nil }
            term.first = number
        }
        let (next, overflow) = postings.addingReportingOverflow(UInt64(term.byteCount))
        postings = next
        return overflow ? nil : term
    }
}
