internal import KTSDBModel

/// The postings of the series in memory: a sorted list of slots for each pair of a label name and value.
///
/// Most values of identifying labels belong to one series; such a list is only a number. Not thread-safe: guarded by
/// the lock of `Head.series`.
struct TermPostings: ~Copyable {
    private var table = HashSlots()
    /// Name symbol << 32 | value symbol, by term number.
    private var keys = Column<UInt64>()
    /// The only slot of the list, or the list's index in `lists` with the highest bit set, by term number.
    private var contents = Column<UInt32>()
    private var freeTerms: [UInt32] = []
    private var lists: [[UInt32]] = []
    private var freeLists: [UInt32] = []
    /// How many slots all lists have together.
    private var listedSlotCount = 0
    /// The values of a name, by the name's symbol.
    private(set) var valuesByName: [UInt32: ValueSet] = [:]

    /// The values of one name: term numbers, unordered.
    struct ValueSet {
        var terms: [UInt32] = []
    }

    private static var listMark: UInt32 { 1 << 31 }

    /// Bytes of memory held; lists of several slots are estimated: half as much again as they need, since they double.
    var memoryByteCount: Int { table.memoryByteCount + keys.count * 16 + lists.count * 48 + listedSlotCount * 6 }

    fileprivate static func key(_ name: UInt32, _ value: UInt32) -> UInt64 { UInt64(name) << 32 | UInt64(value) }

    /// Spreads a key over all bits of a hash.
    fileprivate static func hash(_ key: UInt64) -> UInt64 {
        let folded = (key ^ key >> 32) &* 0x9E37_79B1_85EB_CA87
        return folded ^ folded << 29
    }

    /// Adds `slot` to the list of a pair, and returns the pair's term number.
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

    /// Adds `slot` to the list of an existing term.
    mutating func add(_ slot: UInt32, toTerm term: UInt32) {
        let content = contents[Int(term)]
        if content & Self.listMark == 0 {
            let pair = content < slot ? [content, slot] : [slot, content]
            contents[Int(term)] = newList(pair) | Self.listMark
            listedSlotCount += 2
            return
        }
        let list = Int(content & ~Self.listMark)
        listedSlotCount += 1
        if lists[list].last! < slot {
            lists[list].append(slot)
        } else {
            lists[list].insert(slot, at: Self.lowerBound(lists[list], slot))
        }
    }

    /// Removes the slots for which `isDead` is true from the list of a pair. Returns whether that removed the term.
    mutating func removeAll(name: UInt32, value: UInt32, where isDead: (UInt32) -> Bool) -> Bool {
        let key = Self.key(name, value)
        let hash = Self.hash(key)
        guard let term = table.find(hash, where: { keys[Int($0)] == key }) else { return false }
        let content = contents[Int(term)]
        if content & Self.listMark == 0 {
            guard isDead(content) else { return false }
        } else {
            let list = Int(content & ~Self.listMark)
            listedSlotCount -= lists[list].count
            lists[list].removeAll(where: isDead)
            listedSlotCount += lists[list].count
            guard lists[list].isEmpty else { return false }
            freeLists.append(UInt32(list))
            lists[list] = []
        }
        table.remove(hash, term)
        freeTerms.append(term)
        keys[Int(term)] = .max
        return true
    }

    /// Drops removed terms from the value lists of these names. Called once after a round of removals.
    mutating func forgetRemovedValues(ofNames names: Set<UInt32>) {
        for name in names {
            valuesByName[name]?.terms.removeAll { keys[Int($0)] == .max }
            if valuesByName[name]?.terms.isEmpty ?? false { valuesByName[name] = nil }
        }
    }

    /// Returns the term of a pair; nil if it does not exist.
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

    /// The symbols of a term's name and value in one number, unique among terms; `.max` for a removed term.
    func key(ofTerm term: UInt32) -> UInt64 { keys[Int(term)] }

    /// Whether the term exists and has this name.
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
    /// Creates postings from the lists of a builder.
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
                listedSlotCount += range.count
            }
        }
        for (name, terms) in builder.terms { valuesByName[name] = ValueSet(terms: terms) }
        builder.giveTable(to: &table, &keys)
    }
}

/// Collects the postings of many series in two passes: the first counts the length of each list, the second fills the
/// lists, which are end to end in memory.
///
/// Most symbols are the value of only one name. So a term is looked up by its value's symbol in an array, and by hash
/// only if the array has another name there.
struct PostingsBuilder: ~Copyable {
    private var table: HashSlots
    /// Name symbol << 32 | value symbol, by term.
    private(set) var keys = Column<UInt64>()
    /// By value symbol: name symbol << 32 | term + 1 of the first term with that value.
    private var firstTerms = Column<UInt64>()
    /// By term: while counting, the length of its list; after that, where its next slot goes in `slots`.
    private var ends = Column<UInt32>()
    /// All lists end to end.
    private(set) var slots = Column<UInt32>()
    /// The terms of a name, by its symbol.
    private(set) var terms: [UInt32: [UInt32]] = [:]

    /// Reserves room for about `termEstimate` terms. All symbols are below `symbolLimit`.
    init(symbolLimit: Int, termEstimate: Int) {
        table = HashSlots(capacity: termEstimate)
        _ = firstTerms.extend(by: symbolLimit)
    }

    /// Returns the term of a pair, and adds it if it is new.
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

    /// Counts one slot of a term's list.
    @inline(__always)
    mutating func count(_ term: UInt32) { ends[Int(term)] &+= 1 }

    /// Ends counting; the same slots and terms are then passed to `add`.
    mutating func startLists() {
        var total: UInt32 = 0
        for term in 0..<ends.count {
            let count = ends[term]
            ends[term] = total
            total += count
        }
        _ = slots.extend(by: Int(total))
    }

    /// Adds a slot, which was counted before, to the list of a term. Slots are added in ascending order.
    @inline(__always)
    mutating func add(_ slot: UInt32, to term: UInt32) {
        let end = ends[Int(term)]
        slots[Int(end)] = slot
        ends[Int(term)] = end &+ 1
    }

    /// The range of a term's list in `slots`, once all slots were added.
    func range(ofTerm term: UInt32) -> Range<Int> {
        (term == 0 ? 0 : Int(ends[Int(term) - 1]))..<Int(ends[Int(term)])
    }

    fileprivate mutating func finish() { firstTerms = Column() }

    fileprivate mutating func giveTable(to table: inout HashSlots, _ keys: inout Column<UInt64>) {
        swap(&table, &self.table)
        swap(&keys, &self.keys)
    }
}
