internal import KTSDBModel

/// Which series in memory have which label value: a sorted list of slots for each pair of name and value.
///
/// Most values of identifying labels belong to one series: such a list is a bare number. Not thread-safe: part of what
/// the head index's lock guards.
struct TermPostings: ~Copyable {
    private var table = HashSlots()
    /// Name symbol << 32 | value symbol, by term number.
    private var keys = Column<UInt64>()
    /// The only slot of the list, or its place in `lists` with the highest bit set, by term number.
    private var contents = Column<UInt32>()
    private var freeTerms: [UInt32] = []
    private var lists: [[UInt32]] = []
    private var freeLists: [UInt32] = []
    /// The values of a name, by the name's symbol.
    private(set) var valuesByName: [UInt32: ValueSet] = [:]

    /// The values of one name: term numbers, unordered.
    struct ValueSet {
        var terms: [UInt32] = []
    }

    private static var listMark: UInt32 { 1 << 31 }

    /// Bytes of memory held, lists of several slots estimated by their capacity.
    var memoryByteCount: Int {
        table.memoryByteCount + keys.count * 16 + lists.reduce(0) { $0 + 40 + $1.capacity * 4 }
    }

    fileprivate static func key(_ name: UInt32, _ value: UInt32) -> UInt64 { UInt64(name) << 32 | UInt64(value) }

    /// Spreads a key over all bits of a hash.
    fileprivate static func hash(_ key: UInt64) -> UInt64 {
        let folded = (key ^ key >> 32) &* 0x9E37_79B1_85EB_CA87
        return folded ^ folded << 29
    }

    /// Adds `slot` to the list of the pair, and returns the number of its term.
    mutating func add(_ slot: UInt32, name: UInt32, value: UInt32) -> UInt32 {
        let key = Self.key(name, value)
        let hash = Self.hash(key)
        guard let term = table.find(hash, where: { keys[Int($0)] == key }) else {
            let term = newTerm(key, slot)
            table.insert(hash, term)
            valuesByName[name, default: ValueSet()].terms.append(term)
            return term
        }
        add(slot, toTerm: term)
        return term
    }

    /// Adds `slot` to the list of a term that is there.
    mutating func add(_ slot: UInt32, toTerm term: UInt32) {
        let content = contents[Int(term)]
        if content & Self.listMark == 0 {
            let pair = content < slot ? [content, slot] : [slot, content]
            contents[Int(term)] = newList(pair) | Self.listMark
            return
        }
        let list = Int(content & ~Self.listMark)
        if lists[list].last! < slot {
            lists[list].append(slot)
        } else {
            lists[list].insert(slot, at: Self.lowerBound(lists[list], slot))
        }
    }

    /// Removes the slots for which `isDead` holds from the list of the pair; returns whether the list is gone.
    mutating func removeAll(name: UInt32, value: UInt32, where isDead: (UInt32) -> Bool) -> Bool {
        let key = Self.key(name, value)
        let hash = Self.hash(key)
        guard let term = table.find(hash, where: { keys[Int($0)] == key }) else { return false }
        let content = contents[Int(term)]
        if content & Self.listMark == 0 {
            guard isDead(content) else { return false }
        } else {
            let list = Int(content & ~Self.listMark)
            lists[list].removeAll(where: isDead)
            guard lists[list].isEmpty else { return false }
            freeLists.append(UInt32(list))
            lists[list] = []
        }
        table.remove(hash, term)
        freeTerms.append(term)
        keys[Int(term)] = .max
        return true
    }

    /// Forgets the terms that are gone in the lists of values; called once after a round of removals.
    mutating func forgetRemovedValues(ofNames names: Set<UInt32>) {
        for name in names {
            valuesByName[name]?.terms.removeAll { keys[Int($0)] == .max }
            if valuesByName[name]?.terms.isEmpty ?? false { valuesByName[name] = nil }
        }
    }

    /// The term of the pair.
    func term(name: UInt32, value: UInt32) -> UInt32? {
        let key = Self.key(name, value)
        return table.find(Self.hash(key)) { keys[Int($0)] == key }
    }

    /// The slots of a term, ascending.
    func slots(ofTerm term: UInt32) -> [UInt32] {
        let content = contents[Int(term)]
        return content & Self.listMark == 0 ? [content] : lists[Int(content & ~Self.listMark)]
    }

    /// The number of slots of a term.
    func slotCount(ofTerm term: UInt32) -> Int {
        let content = contents[Int(term)]
        return content & Self.listMark == 0 ? 1 : lists[Int(content & ~Self.listMark)].count
    }

    /// The symbols of a term's name and value in one number; that of no other term, and `.max` for one that is gone.
    func key(ofTerm term: UInt32) -> UInt64 { keys[Int(term)] }

    /// Whether the term is there, and one of this name.
    func isLive(_ term: UInt32, ofName name: UInt32) -> Bool {
        let key = keys[Int(term)]
        return key != .max && UInt32(truncatingIfNeeded: key >> 32) == name
    }

    /// The symbol of a term's value.
    func value(ofTerm term: UInt32) -> UInt32 { UInt32(truncatingIfNeeded: keys[Int(term)]) }

    private mutating func newTerm(_ key: UInt64, _ slot: UInt32) -> UInt32 {
        if let free = freeTerms.popLast() {
            keys[Int(free)] = key
            contents[Int(free)] = slot
            return free
        }
        keys.append(key)
        contents.append(slot)
        return UInt32(keys.count - 1)
    }

    private mutating func newList(_ list: [UInt32]) -> UInt32 {
        if let free = freeLists.popLast() {
            lists[Int(free)] = list
            return free
        }
        lists.append(list)
        return UInt32(lists.count - 1)
    }

    private static func lowerBound(_ list: [UInt32], _ slot: UInt32) -> Int {
        return (0..<list.count).partitionPoint { list[$0] < slot }
    }
}

// MARK: Loading in bulk

extension TermPostings {
    /// The lists that a builder has collected.
    init(_ builder: consuming PostingsBuilder) {
        builder.finish()
        contents.reserve(builder.keys.count)
        for term in 0..<builder.keys.count {
            let range = builder.range(ofTerm: UInt32(term))
            if range.count == 1 {
                contents.append(builder.slots[range.lowerBound])
            } else {
                contents.append(UInt32(lists.count) | Self.listMark)
                lists.append(Array(builder.slots.span.extracting(range)))
            }
        }
        for (name, terms) in builder.terms { valuesByName[name] = ValueSet(terms: terms) }
        builder.giveTable(to: &table, &keys)
    }
}

/// Collects the postings of many series at once: first how long every list is, then the lists, each in one run of
/// memory.
///
/// Most symbols are the value of one name only. So a term is found by its value's symbol in an array, and looked up by
/// hash only where that has another name.
struct PostingsBuilder: ~Copyable {
    private var table: HashSlots
    /// Name symbol << 32 | value symbol, by term.
    private(set) var keys = Column<UInt64>()
    /// By value symbol: name symbol << 32 | term + 1 of the first term with that value.
    private var firstTerms = Column<UInt64>()
    /// The length of each list, then where its next slot goes, by term.
    private var ends = Column<UInt32>()
    /// All lists end to end.
    private(set) var slots = Column<UInt32>()
    /// The terms of a name, by its symbol.
    private(set) var terms: [UInt32: [UInt32]] = [:]

    /// Makes room for about `termEstimate` terms; all symbols are below `symbolLimit`.
    init(symbolLimit: Int, termEstimate: Int) {
        table = HashSlots(capacity: termEstimate)
        _ = firstTerms.extend(by: symbolLimit)
    }

    /// The term of a pair, new if it is not known yet.
    @inline(__always)
    mutating func term(name: UInt32, value: UInt32) -> UInt32 {
        let first = firstTerms[Int(value)]
        if _fastPath(UInt32(truncatingIfNeeded: first >> 32) == name && first & 0xffff_ffff != 0) {
            return UInt32(truncatingIfNeeded: first) &- 1
        }
        return findOrAdd(name, value, isFirst: first == 0)
    }

    private mutating func findOrAdd(_ name: UInt32, _ value: UInt32, isFirst: Bool) -> UInt32 {
        let key = TermPostings.key(name, value), hash = TermPostings.hash(key)
        if let term = table.find(hash, where: { keys[Int($0)] == key }) { return term }
        let term = UInt32(keys.count)
        keys.append(key)
        ends.append(0)
        table.insert(hash, term)
        terms[name, default: []].append(term)
        if isFirst { firstTerms[Int(value)] = UInt64(name) << 32 | UInt64(term + 1) }
        return term
    }

    /// Counts one slot for the list of a term.
    @inline(__always)
    mutating func count(_ term: UInt32) { ends[Int(term)] &+= 1 }

    /// Ends the counting: `add` follows, for the same slots and terms.
    mutating func startLists() {
        var total: UInt32 = 0
        for term in 0..<ends.count {
            let count = ends[term]
            ends[term] = total
            total += count
        }
        _ = slots.extend(by: Int(total))
    }

    /// Adds a slot to the list of a term, to which it was counted; slots come in ascending order.
    @inline(__always)
    mutating func add(_ slot: UInt32, to term: UInt32) {
        let end = ends[Int(term)]
        slots[Int(end)] = slot
        ends[Int(term)] = end &+ 1
    }

    /// The list of a term, in `slots`, after all was added.
    func range(ofTerm term: UInt32) -> Range<Int> {
        (term == 0 ? 0 : Int(ends[Int(term) - 1]))..<Int(ends[Int(term)])
    }

    fileprivate mutating func finish() { firstTerms = Column() }

    fileprivate mutating func giveTable(to table: inout HashSlots, _ keys: inout Column<UInt64>) {
        swap(&table, &self.table)
        swap(&keys, &self.keys)
    }
}
