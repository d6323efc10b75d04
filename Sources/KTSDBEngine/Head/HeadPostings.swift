internal import KTSDBModel
internal import Synchronization

/// The head's index as the matcher planner sees it.
///
/// Commits that create series wait for the lock of `Head.series`. So it is held for at most 256 values at a time: their
/// bytes are copied, and conditions are evaluated without it. Changes in between do not affect a view that was opened
/// before: new series have no sample that it sees, and retired ones keep their slots and symbols while it is open.
struct HeadPostings: PostingsSource {
    /// One value of one label. When all its series have been retired, its number may be reused for another term; `key`
    /// then differs, and this one has no series.
    struct Term: Sendable {
        var number: UInt32
        /// As in ``TermPostings``.
        var key: UInt64
        var seriesCount: Int
    }

    private let head: Head
    /// Only slots below this are read; later series are ignored.
    let seriesBound: Int

    /// How many values, and about how many of their bytes, are copied in one hold of the lock.
    private static let heldValues = 256, heldBytes = 1 << 14
    /// How many slots are read in one hold of the lock.
    private static let heldSlots = 4096

    init(_ head: Head) {
        self.head = head
        seriesBound = head.series.withLock { $0.slotLimit }
    }

    var lookupCost: Int { 50 }

    func appendAllSeries(to series: inout [UInt32], limits: (any ReadLimits)?) throws(ReadError) {
        var first = 0
        while first < seriesBound {
            try limits?.check()
            let slots = UInt32(first)..<UInt32(min(seriesBound, first + Self.heldSlots))
            head.series.withLock { table in
                for slot in slots where table.isLive(slot) { series.append(slot) }
            }
            first += Self.heldSlots
        }
    }

    func names() throws(ReadError) -> [[UInt8]] {
        head.series.withLock { table in
            table.postings.valuesByName.keys.map { Array(table.symbols.bytes(of: $0)) }
        }.sorted(by: ByteOrder.precedes)
    }

    func valueCount(of name: [UInt8]) -> Int { head.series.withLock { $0.valueCount(of: name) } }

    func term(_ name: [UInt8], _ value: [UInt8]) -> Term? {
        head.series.withLock { table in
            table.term(name, value).map { Term(number: $0, in: table.postings) }
        }
    }

    func terms(
        of name: [UInt8], accepting condition: ValueCondition, limits: (any ReadLimits)?
    ) throws(ReadError) -> [Term] {
        var terms: [Term] = []
        try forEachValue(of: name, limits) { _, _ in
            true
        } body: { value, term throws(ReadError) in
            if try condition.accepts(value, limits: limits) { terms.append(term) }
        }
        return terms
    }

    func values(
        of name: [UInt8], in series: SeriesBitmap?, limit: Int, limits: (any ReadLimits)?
    ) throws(ReadError) -> [[UInt8]] {
        var values: [[UInt8]] = []
        let bound = UInt32(seriesBound)
        let reservation = ReadReservation(limits)
        try forEachValue(of: name, limits) { table, term in
            guard let series else { return true }
            return table.postings.slots(ofTerm: term).contains { $0 < bound && series.contains($0) }
        } body: { value, _ throws(ReadError) in
            try reservation.grow(bytes: value.count + 48)
            values.append(ByteOrder.copy(value))
        }
        try values.sort(within: limits, by: ByteOrder.precedes)
        return limit < values.count ? Array(values.prefix(limit)) : values
    }

    func seriesCount(of term: Term) -> Int { term.seriesCount }

    func appendSeries(of term: Term, to series: inout [UInt32]) {
        head.series.withLock { table in
            guard table.postings.key(ofTerm: term.number) == term.key else { return }
            let slots = table.postings.slots(ofTerm: term.number)
            guard let last = slots.last, last >= seriesBound else { return series += slots }
            series += slots.prefix { $0 < seriesBound }
        }
    }

    func valueNumbers(
        of name: [UInt8], series: [UInt32], limits: (any ReadLimits)?
    ) throws(ReadError) -> [UInt32?] {
        var numbers: [UInt32?] = [], first = 0
        numbers.reserveCapacity(series.count)
        while first < series.count {
            try limits?.check()
            let slots = series[first..<min(series.count, first + Self.heldSlots)]
            head.series.withLock { table in
                for slot in slots { numbers.append(table.value(of: name, slot: slot)) }
            }
            first += Self.heldSlots
        }
        return numbers
    }

    func value(_ number: UInt32, of name: [UInt8]) -> [UInt8] {
        head.series.withLock { table in Array(table.symbols.bytes(of: number)) }
    }

    func names(of series: [UInt32], limits: (any ReadLimits)?) throws(ReadError) -> [[UInt8]] {
        var ids: Set<UInt32> = [], shapes: Set<UInt32> = [], first = 0
        while first < series.count {
            try limits?.check()
            let slots = series[first..<min(series.count, first + Self.heldSlots)]
            head.series.withLock { table in
                for slot in slots where shapes.insert(table.shape(of: slot)).inserted {
                    ids.formUnion(table.names(of: slot))
                }
            }
            first += Self.heldSlots
        }
        let names = head.series.withLock { table in ids.map { Array(table.symbols.bytes(of: $0)) } }
        return names.sorted(by: ByteOrder.precedes)
    }

    /// Calls `body`, without the lock, with each value of `name` whose term `isWanted` accepts. `isWanted` is called
    /// under the lock.
    private func forEachValue(
        of name: [UInt8], _ limits: (any ReadLimits)?,
        where isWanted: @Sendable (borrowing SeriesTable, UInt32) -> Bool,
        body: (Span<UInt8>, Term) throws(ReadError) -> Void
    ) throws(ReadError) {
        // The array is copied only if a value is added meanwhile.
        guard let (nameID, terms) = head.series.withLock({ $0.allTerms(of: name) }) else { return }
        var batch = ValueBatch<Term>(), first = 0
        while first < terms.count {
            try limits?.check()
            batch.removeAll()
            first = head.series.withLock { table in
                var next = first
                while next < terms.count, next - first < Self.heldValues, batch.byteCount < Self.heldBytes {
                    let term = terms[next]
                    next += 1
                    guard table.postings.isLive(term, ofName: nameID), isWanted(table, term) else { continue }
                    let value = table.postings.value(ofTerm: term)
                    batch.append(table.symbols.bytes(of: value), Term(number: term, in: table.postings))
                }
                return next
            }
            try batch.forEach(body)
        }
    }
}

extension HeadPostings.Term {
    init(number: UInt32, in postings: borrowing TermPostings) {
        self.init(
            number: number, key: postings.key(ofTerm: number), seriesCount: postings.slotCount(ofTerm: number))
    }
}

/// Values end to end, each with its item.
private struct ValueBatch<Item: Sendable>: Sendable {
    private var bytes: [UInt8] = []
    private var items: [(item: Item, end: Int)] = []

    var byteCount: Int { bytes.count }

    mutating func removeAll() {
        bytes.removeAll(keepingCapacity: bytes.capacity < 1 << 20)
        items.removeAll(keepingCapacity: true)
    }

    mutating func append(_ value: Span<UInt8>, _ item: Item) {
        bytes.append(value)
        append(item)
    }

    /// Appends an item for the bytes after the previous item's.
    mutating func append(_ item: Item) { items.append((item, bytes.count)) }

    func forEach<Failure: Error>(_ body: (Span<UInt8>, Item) throws(Failure) -> Void) throws(Failure) {
        var start = 0
        for (item, end) in items {
            try body(bytes.span.extracting(start..<end), item)
            start = end
        }
    }
}
