internal import KTSDBModel

/// The terms of one run, from the first on: a value in full, and others as what they share with the one before and the
/// rest.
///
/// Going on reads what stands between the values and skips their bytes, so that a term costs the same whatever the
/// length of those before it, and pieces of the section that only long values lie in are not even checked. A value is
/// put together from the terms that have parts of it: as many bytes are copied as it has.
struct TermRun {
    /// What stands before a value's bytes, or behind them, is two varints at most.
    private static let gapByteCount = 20
    /// A run of no more bytes is checked at once.
    private static let smallByteCount = 4096

    private let section: BlockSection
    /// The series of the block.
    private let total: Int
    private let start: Int
    private var cursor: FieldCursor
    /// Up to here, or at least from the last gap on, the bytes are checked.
    private var checkedEnd: Int
    private var left: Int
    private var postings: UInt64 = 0
    /// The place of the current term in the run; -1 before the first.
    private var index = -1
    /// For each term so far: the bytes that it shares with the one before, and where its own begin, from the run's
    /// start on.
    private var shares = InlineArray<16, UInt32>(repeating: 0)
    private var places = InlineArray<16, UInt32>(repeating: 0)
    /// How many bytes the current value has in common with the one before it, and where its own are in the section.
    private(set) var shared = 0
    private(set) var suffix = 0..<0

    /// Starts before the first of the `count` terms of the run at `range` of the section, in a block of `total` series.
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

    /// Goes to the next term; nil behind the last one.
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
        // What no label can hold is damage.
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

    /// Appends the first `count` bytes, as many as it has at least, of the value of a term that was walked over.
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

    /// Makes `value`, which is the value of the term before, that of the current one: copies the bytes that are new.
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

    /// Walks to the term whose value is `value`; nil if there is none. Looks at no byte of a value twice.
    mutating func find(_ value: Span<UInt8>) throws(ReadError) -> BlockTerm? {
        // How many bytes the current value has in common with the one that is looked for, which is behind it.
        var common = 0
        while let term = try next() {
            // Where it differs from the one before it, that one still was as the one that is looked for: it is behind
            // that.
            if shared < common { return nil }
            // It is before that at the same byte as the one before it.
            if shared > common { continue }
            switch try compare(value, from: common) {
            case .equal: return term
            case .behind: return nil
            case .before(let more): common += more
            }
        }
        return nil
    }

    private enum Place {
        /// The current value comes first, and has so many bytes more in common with the other one than were known.
        case before(Int)
        case equal, behind
    }

    /// Compares the current value, from its own bytes on, with those of `value` from `first` on: what is before is the
    /// same.
    private func compare(_ value: Span<UInt8>, from first: Int) throws(ReadError) -> Place {
        let rest = value.extracting(first..<value.count)
        let more = try section.commonPrefix(suffix.lowerBound, suffix.count, with: rest)
        if more == suffix.count { return more == rest.count ? .equal : .before(more) }
        if more == rest.count { return .behind }
        let next = try section.bytes(suffix.lowerBound + more, 1)
        return next.byte(at: 0) < rest[more] ? .before(more) : .behind
    }

    /// Whether the first term's value, which is the current one, is behind `value`.
    func isFirstValue(behind value: Span<UInt8>) throws(ReadError) -> Bool {
        if case .behind = try compare(value, from: 0) { return true }
        return false
    }
}
