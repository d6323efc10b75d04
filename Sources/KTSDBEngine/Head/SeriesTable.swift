internal import KTSDBModel

/// The identity of the series in memory: labels ↔ slot, without an object per series.
///
/// A series' labels are a shape (the list of its names) and one symbol per value: a record of 32-bit words in one
/// arena. Not thread-safe: guarded by the lock of `Head.series`.
struct SeriesTable: ~Copyable {
    var symbols = HeadSymbols()
    var shapes = ShapeTable()
    var table = HashSlots()
    /// Records: the shape, then the symbol of each value, in the order of the names.
    var words = Column<UInt32>()
    /// The offsets of free records in `words`, by their length.
    private var freeRecords: [Int: [UInt32]] = [:]
    /// By slot: the record's offset in `words`, the fingerprint, and the number, which is never reused (0: the slot is
    /// free).
    var records = Column<UInt32>()
    var fingerprints = Column<UInt64>()
    var numbers = Column<UInt64>()
    /// Slots of series that cannot be found any more, but that views or batches may still use.
    private var retired: Set<UInt32> = []
    var freeSlots: [UInt32] = []
    var postings = TermPostings()
    /// Counts the series by the groups of limits.
    var groups = SeriesLimitCounts()
    /// The slots of series by their raw labels.
    private(set) var rawLabels = RawLabelCache()
    /// By slot, computed when a query needs them: distinguish series with equal fingerprints. 0 if not computed yet.
    private var joinKeys = Column<UInt64>()
    /// The fields and the shape of the series added last; emptied when series are retired or freed. The next series
    /// mostly has the same target or metric, and so shares most of them.
    private var recent: [RecentField] = [], recentShape: UInt32 = 0
    /// Slots that were given to series, or whose series got another number.
    var journal = ChangeJournal()

    /// The symbols of a label, and its term; `UInt32.max` if the term is not known.
    private struct RecentField {
        var name: UInt32, value: UInt32
        var term = UInt32.max
    }

    /// The number of series that can be found.
    var count: Int { table.count }
    /// All slots ever used are below this.
    var slotLimit: Int { numbers.count }

    /// Bytes of memory held.
    var memoryByteCount: Int {
        symbols.memoryByteCount + table.memoryByteCount + words.count * 4 + numbers.count * 20 + joinKeys.count * 8
            + postings.memoryByteCount + rawLabels.memoryByteCount + freeSlots.count * 4
            + groups.memoryByteCount
    }

    /// The number of the series in `slot`; 0 if the slot is free.
    @inline(__always)
    func number(of slot: UInt32) -> UInt64 { slot < numbers.count ? numbers[Int(slot)] : 0 }

    /// Returns the first row whose slot no longer holds the expected series, or nil if every slot still does.
    func firstRow(of slots: Span<UInt32>, without expected: Span<UInt64>) -> Int? {
        slots.indices.first { slots[$0] >= numbers.count || numbers[Int(slots[$0])] != expected[$0] }
    }

    /// The fingerprint of the series in `slot`.
    func fingerprint(of slot: UInt32) -> UInt64 { fingerprints[Int(slot)] }

    /// Whether `slot` holds a series that can be found; false for a retired one.
    func isLive(_ slot: UInt32) -> Bool { number(of: slot) != 0 && !retired.contains(slot) }

    /// The slots of retired series that are not free yet.
    var retiredSlots: Set<UInt32> { retired }

    /// Hints that `fingerprint` will be looked up soon; call `prefetchRecord` next.
    @inline(__always)
    func prefetchSlot(_ fingerprint: UInt64) { table.prefetch(fingerprint) }

    /// Hints that the record of the series with `fingerprint` will be compared soon.
    @inline(__always)
    func prefetchRecord(_ fingerprint: UInt64) {
        guard let slot = table.candidate(fingerprint) else { return }
        let record = records[Int(slot)]
        words.span.prefetch(Int(record))
    }

    /// Returns the slot of the series with these labels, in well-formed string form; nil if it does not exist.
    ///
    /// Inlined, and the comparison gets only the parts that it reads: a call with the table itself would copy all of
    /// its fields first.
    @inline(__always)
    func find(_ stringForm: Span<UInt8>, fingerprint: UInt64) -> UInt32? {
        table.find(fingerprint) { slot in
            guard fingerprints[Int(slot)] == fingerprint else { return false }
            let record = Int(records[Int(slot)])
            return symbols.contents.isEqual(
                shapes.names.span, Int(words[record]), words.span.extracting(droppingFirst: record + 1), stringForm)
        }
    }

    /// Adds a series that does not exist yet and returns its slot. `isNew` if it counts as new today.
    mutating func insert(
        _ stringForm: Span<UInt8>, fingerprint: UInt64, number: UInt64, isNew: Bool = false
    ) -> UInt32 {
        if !groups.isEmpty { groups.add(stringForm, isNew: isNew) }
        let slot = newSlot()
        let shape = internFields(stringForm)
        let record = newRecord(length: recent.count + 1)
        words[record] = shape
        for index in recent.indices {
            words[record + 1 + index] = recent[index].value
            if recent[index].term == .max {
                recent[index].term = postings.add(slot, name: recent[index].name, value: recent[index].value)
            } else {
                postings.add(slot, toTerm: recent[index].term)
            }
        }
        records[Int(slot)] = UInt32(record)
        fingerprints[Int(slot)] = fingerprint
        numbers[Int(slot)] = number
        if slot < joinKeys.count { joinKeys[Int(slot)] = 0 }
        table.insert(fingerprint, slot)
        journal.append(slot)
        return slot
    }

    /// Sets `recent` to the fields of the series being added, retains its symbols and shape, and returns the shape.
    private mutating func internFields(_ stringForm: Span<UInt8>) -> UInt32 {
        var parts = StringFormParts(stringForm)
        var isSameShape = true, count = 0
        while let name = parts.next(), let value = parts.next() {
            if count < recent.count, symbols.isEqual(recent[count].name, name) {
                if !symbols.isEqual(recent[count].value, value) {
                    recent[count].value = symbols.intern(value)
                    recent[count].term = .max
                }
            } else {
                // The id of a new name has no users yet: nothing may be released, and so no id reused, before it is
                // retained.
                let field = RecentField(name: symbols.intern(name), value: symbols.intern(value))
                if count < recent.count { recent[count] = field } else { recent.append(field) }
                isSameShape = false
            }
            symbols.retain(recent[count].value)
            count += 1
        }
        if isSameShape, count == recent.count, count > 0 {
            shapes.retain(recentShape, count: 1)
            return recentShape
        }
        recent.removeLast(recent.count - count)
        for field in recent { symbols.retain(field.name) }
        let (shape, isNew) = shapes.retain(recent.map(\.name))
        if !isNew { for field in recent { symbols.release(field.name) } }
        recentShape = shape
        return shape
    }

    /// Gives the series in `slot` a new number, by which the log now refers to it.
    mutating func renumber(_ slot: UInt32, _ number: UInt64) {
        numbers[Int(slot)] = number
        journal.append(slot)
    }

    /// Retires series: they cannot be found any more and are in no list, but their labels can be read until `free`.
    /// Those that are `withdrawn` never had a sample.
    mutating func retire(_ slots: [UInt32], withdrawn: Bool = false) {
        recent = []
        var terms: Set<UInt64> = []
        for slot in slots {
            if !groups.isEmpty { groups.remove(labels(of: slot).stringForm.span, wasWithdrawn: withdrawn) }
            table.remove(fingerprints[Int(slot)], slot)
            retired.insert(slot)
            let record = Int(records[Int(slot)])
            for (index, name) in shapes.names[Int(words[record])].enumerated() {
                terms.insert(UInt64(name) << 32 | UInt64(words[record + 1 + index]))
            }
        }
        var names: Set<UInt32> = []
        for term in terms {
            let name = UInt32(truncatingIfNeeded: term >> 32), value = UInt32(truncatingIfNeeded: term)
            if postings.removeAll(name: name, value: value, where: { retired.contains($0) }) { names.insert(name) }
        }
        postings.forgetRemovedValues(ofNames: names)
        rawLabels.remove(Set(slots))
    }

    /// Caches the series in `slot` under the key of its raw labels.
    mutating func keep(_ slot: UInt32, under key: RawLabelKey) { rawLabels.insert(key, slot) }

    /// Hints that the number of the series in `slot` will be read soon.
    @inline(__always)
    func prefetchNumber(_ slot: UInt32) {
        numbers.span.prefetch(Int(slot))
    }

    /// Frees the slots, records and symbols of retired series.
    mutating func free(_ slots: [UInt32]) {
        recent = []
        // The lowest slot is reused first, so that series created together are appended to lists, not inserted.
        for slot in slots.sorted(by: >) {
            retired.remove(slot)
            let record = Int(records[Int(slot)])
            let shape = words[record]
            let length = shapes.names[Int(shape)].count + 1
            for index in 1..<length { symbols.release(words[record + index]) }
            for name in shapes.release(shape) { symbols.release(name) }
            freeRecords[length, default: []].append(UInt32(record))
            numbers[Int(slot)] = 0
            freeSlots.append(slot)
        }
    }

    /// Returns the labels of the series in `slot`, which must not be free.
    @inline(__always)
    func labels(of slot: UInt32) -> Labels {
        let record = Int(records[Int(slot)])
        return Labels(
            uncheckedStringForm: symbols.contents.stringForm(
                shapes.names.span, Int(words[record]), words.span.extracting(droppingFirst: record + 1)))
    }

    /// Returns the key that distinguishes the series in `slot` from others with an equal fingerprint. The first call
    /// for a series hashes its labels.
    mutating func joinKey(of slot: UInt32) -> UInt64 {
        if slot < joinKeys.count, joinKeys[Int(slot)] != 0 { return joinKeys[Int(slot)] }
        while joinKeys.count < numbers.count { joinKeys.append(0) }
        joinKeys[Int(slot)] = JoinKeys.key(of: labels(of: slot))
        return joinKeys[Int(slot)]
    }

    // MARK: Groups

    /// Counts the series by other limits from now on. Costs some 200 ns for each series in memory.
    mutating func setLimits(_ limits: [SeriesLimit]) {
        guard limits != groups.limits else { return }
        var fresh = SeriesLimitCounts(limits)
        fresh.adopt(groups)
        if !limits.isEmpty {
            for slot in 0..<UInt32(slotLimit) where isLive(slot) {
                fresh.add(labels(of: slot).stringForm.span, isNew: false)
            }
        }
        groups = fresh
    }

    // MARK: Postings

    /// The shape of the series in `slot`.
    func shape(of slot: UInt32) -> UInt32 { words[Int(records[Int(slot)])] }
    func names(of slot: UInt32) -> [UInt32] { shapes.names[Int(shape(of: slot))] }

    /// Calls `body` with the shape of the series in `slot`, the symbols of its label names, and the symbols of its
    /// values. Words of other series may follow the values.
    @inline(__always)
    func withRecord(of slot: UInt32, _ body: (_ shape: Int, _ names: [UInt32], _ values: Span<UInt32>) -> Void) {
        let record = Int(records[Int(slot)]), shape = Int(words[record])
        body(shape, shapes.names[shape], words.span.extracting(droppingFirst: record + 1))
    }

    /// The symbol of the value of the label `name` in the series in `slot`; nil if it has no such label.
    func value(of name: [UInt8], slot: UInt32) -> UInt32? {
        guard let id = symbol(name), let index = names(of: slot).firstIndex(of: id) else { return nil }
        return words[Int(records[Int(slot)]) + 1 + index]
    }

    /// The number of values of the label `name`.
    func valueCount(of name: [UInt8]) -> Int { terms(of: name)?.count ?? 0 }

    /// The terms of the label `name`, unordered.
    func terms(of name: [UInt8]) -> [UInt32]? { symbol(name).flatMap { postings.valuesByName[$0]?.terms } }

    /// The symbol of the label `name`, and its terms at this moment, unordered.
    func allTerms(of name: [UInt8]) -> (name: UInt32, terms: [UInt32])? {
        symbol(name).flatMap { id in postings.valuesByName[id].map { (id, $0.terms) } }
    }

    /// Returns the term of a label name and value; nil if it does not exist.
    func term(_ name: [UInt8], _ value: [UInt8]) -> UInt32? {
        guard let nameID = symbol(name), let valueID = symbol(value) else { return nil }
        return postings.term(name: nameID, value: valueID)
    }

    /// Returns the symbol for these bytes, or nil if no series uses them.
    func symbol(_ bytes: [UInt8]) -> UInt32? {
        symbols.find(bytes.span)
    }

    private mutating func newSlot() -> UInt32 {
        if let free = freeSlots.popLast() { return free }
        records.append(0)
        fingerprints.append(0)
        numbers.append(0)
        return UInt32(numbers.count - 1)
    }

    private mutating func newRecord(length: Int) -> Int {
        if let free = freeRecords[length]?.popLast() { return Int(free) }
        let record = words.count
        _ = words.extend(by: length)
        return record
    }
}

/// Iterates over the names and values of a well-formed string form, in place.
struct StringFormParts: ~Escapable {
    private let bytes: Span<UInt8>
    private var position = 0

    @_lifetime(copy bytes)
    init(_ bytes: Span<UInt8>) { self.bytes = bytes }

    @inline(__always)
    @_lifetime(copy self)
    @_lifetime(self: copy self)
    mutating func next() -> Span<UInt8>? {
        guard position < bytes.count else { return nil }
        var length = Int(bytes[position])
        position &+= 1
        if length == 255 {
            length = Int(bytes[position]) | Int(bytes[position &+ 1]) << 8 | Int(bytes[position &+ 2]) << 16
            position &+= 3
        }
        let start = position
        position &+= length
        return bytes.extracting(start..<position)
    }
}
