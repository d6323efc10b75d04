internal import KTSDBModel

/// Reads the terms of one run. The first value is stored in full, any other as the number of bytes that it shares with
/// the one before it, and the rest.
///
/// ``next()`` reads what is between the values and skips their bytes. So a term costs the same however long the values
/// before it are, and pieces of the section that lie within long values are not even checked. A value is put together
/// from the terms that have parts of it; only as many bytes are copied as it has.
struct TermRun {
    /// The most bytes that are read before a value's bytes, or after them: two varints.
    private static let gapByteCount = 20
    /// A run of at most this many bytes is checked at once.
    private static let smallByteCount = 4096

    private let section: BlockSection
    /// The number of series in the block.
    private let total: Int
    private let start: Int
    private var cursor: FieldCursor
    /// The bytes up to here are checked, at least from the last gap on.
    private var checkedEnd: Int
    private var left: Int
    private var postings: UInt64 = 0
    /// The index of the current term in the run; -1 before the first.
    private var index = -1
    /// For each term so far: how many bytes it shares with the one before it, and the offset of its own bytes in the
    /// run.
    private var shares = InlineArray<16, UInt32>(repeating: 0)
    private var places = InlineArray<16, UInt32>(repeating: 0)
    /// How many bytes the current value shares with the one before it, and where its own are in the section.
    private(set) var shared = 0
    private(set) var suffix = 0..<0

    /// Starts before the first of the `count` terms of the run at `range` of the section. The block has `total` series.
    init(_ section: BlockSection, at range: Range<Int>, count: Int, total: Int) throws(ReadError) {
        precondition(count <= BlockFormat.runCount && BlockFormat.runCount == 16, "A run has 16 terms at most.")
        guard range.lowerBound >= 0, range.upperBound <= section.byteCount, range.count <= UInt32.max else {
            throw section.damaged("it has no run at \(range)")
        }
        self.section = section
        self.total = total
        start = range.lowerBound
        cursor = FieldCursor(range)
        left = count
        checkedEnd = start
        if !range.isEmpty, range.count <= Self.smallByteCount {
            try section.check(start, range.count)
            checkedEnd = range.upperBound
        }
    }

    /// The length of the current value.
    var valueByteCount: Int { shared + suffix.count }

    /// How many terms were walked over so far.
    var walkedCount: Int { index + 1 }

    /// Advances to the next term. Returns nil after the last one.
    mutating func next() throws(ReadError) -> BlockTerm? {
        guard left > 0 else { return nil }
        left -= 1
        guard let term = try read() else { throw section.damaged("a run of values is cut short or not ascending") }
        return term
    }

    private mutating func read() throws(ReadError) -> BlockTerm? {
        try checkGap()
        let section = section
        let bytes = section.unchecked
        guard let lead = cursor.varint(in: bytes), let length = cursor.count(in: bytes), let place = cursor.take(length)
        else { return nil }
        if index < 0 {
            postings = lead
        } else {
            guard lead <= UInt64(valueByteCount), length > 0 else { return nil }
            shared = Int(lead)
        }
        // A value longer than a label can be is damage.
        guard shared + length <= Labels.fieldByteLimit else { return nil }
        index += 1
        suffix = place
        shares[index] = UInt32(shared)
        places[index] = UInt32(place.lowerBound - start)
        try checkGap()
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

    /// Checks the bytes between two values.
    @inline(__always)
    private mutating func checkGap() throws(ReadError) {
        let end = min(cursor.end, cursor.position &+ Self.gapByteCount)
        guard _slowPath(checkedEnd < end), cursor.position < end else { return }
        try section.check(cursor.position, end - cursor.position)
        checkedEnd = end
    }

    // MARK: Values

    /// Appends the current value.
    func appendValue(to bytes: inout [UInt8]) throws(ReadError) {
        try append(valueByteCount, ofTerm: index, to: &bytes)
    }

    /// Appends the first `count` bytes of the value of a term that was walked over and has at least that many.
    private func append(_ count: Int, ofTerm index: Int, to bytes: inout [UInt8]) throws(ReadError) {
        guard count > 0 else { return }
        var index = index
        // The first term shares nothing.
        while Int(shares[index]) >= count { index -= 1 }
        let shared = Int(shares[index])
        try append(shared, ofTerm: index - 1, to: &bytes)
        let part = try section.bytes(start + Int(places[index]), count - shared)
        bytes.append(part)
    }

    /// Changes `value` from the value of the term before to that of the current one. Copies only the new bytes.
    func update(_ value: inout [UInt8]) throws(ReadError) {
        let bytes = try section.bytes(suffix.lowerBound, suffix.count)
        if index > 0 {
            // After the first term no suffix is empty.
            let next = bytes.byte(at: 0)
            guard shared <= value.count, shared == value.count || value[shared] < next else {
                throw section.damaged("a run of values is cut short or not ascending")
            }
        }
        value.removeLast(value.count - shared)
        value.append(bytes)
    }

    /// Walks to the term with this value, or returns nil. Looks at no byte of a value twice.
    mutating func find(_ value: Span<UInt8>) throws(ReadError) -> BlockTerm? {
        // How many bytes the current value shares with `value`, which comes after it.
        var common = 0
        while let term = try next() {
            // The current value differs from the one before it at a byte that was still equal to that of `value`, so it
            // comes after `value`.
            if shared < common { return nil }
            // It has the same first difference from `value` as the one before it, so it comes before `value` too.
            if shared > common { continue }
            switch try compare(value, from: common) {
            case .equal: return term
            case .after: return nil
            case .before(let more): common += more
            }
        }
        return nil
    }

    private enum Place {
        /// The current value comes first, and shares this many bytes more with the other one than were known.
        case before(Int)
        case equal, after
    }

    /// Compares the current value's own bytes with those of `value` from `first` on. The bytes before are equal.
    private func compare(_ value: Span<UInt8>, from first: Int) throws(ReadError) -> Place {
        let rest = value.extracting(first..<value.count)
        let more = try section.commonPrefix(suffix.lowerBound, suffix.count, with: rest)
        if more == suffix.count { return more == rest.count ? .equal : .before(more) }
        if more == rest.count { return .after }
        let next = try section.bytes(suffix.lowerBound + more, 1)
        return next.byte(at: 0) < rest[more] ? .before(more) : .after
    }

    /// Whether the first term's value, which is the current one, comes after `value`.
    func isFirstValue(after value: Span<UInt8>) throws(ReadError) -> Bool {
        if case .after = try compare(value, from: 0) { return true }
        return false
    }
}
