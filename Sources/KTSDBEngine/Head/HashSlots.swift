internal import KTSDBModel

/// A hash table of 32-bit numbers with open addressing, used for symbols, series and terms.
///
/// A slot is eight bytes: 32 bits of the hash, and the number plus one (0 marks an empty slot). The stored bits also
/// give the slot's place, so growing never looks at what the numbers refer to. Linear probing, at most 3/4 full.
/// Removal shifts slots back, so there are no tombstones. The caller defines equality.
struct HashSlots: ~Copyable {
    private var slots: FixedArray<UInt64>
    private(set) var count = 0

    init() { slots = FixedArray(repeating: 0, count: 16) }

    /// An empty table with room for `count` numbers.
    init(capacity count: Int) {
        var size = 16
        while count * 4 > size * 3 { size *= 2 }
        slots = FixedArray(repeating: 0, count: size)
    }

    /// The number of slots is a power of two.
    private var mask: Int {
        @inline(__always) get { slots.count &- 1 }
    }

    /// Bytes of memory held.
    var memoryByteCount: Int { slots.count * 8 }

    /// Returns the number with this hash for which `isEqual` is true.
    @inline(__always)
    func find(_ hash: UInt64, where isEqual: (UInt32) -> Bool) -> UInt32? {
        let tag = hash >> 32
        let slots = slots.span, mask = slots.count &- 1
        var place = Int(tag) & mask
        // The loop ends since a quarter of the slots is empty.
        while true {
            let slot = slots[place]
            if slot == 0 { return nil }
            if slot >> 32 == tag {
                let number = UInt32(truncatingIfNeeded: slot) &- 1
                if isEqual(number) { return number }
            }
            place = (place &+ 1) & mask
        }
    }

    /// Hints that `hash` will be looked up soon.
    @inline(__always)
    func prefetch(_ hash: UInt64) { slots.span.prefetch(Int(hash >> 32) & mask) }

    /// The number in the slot at which `find` begins, whether or not its hash matches; nil if the slot is empty.
    @inline(__always)
    func candidate(_ hash: UInt64) -> UInt32? {
        let slot = slots[Int(hash >> 32) & mask]
        return slot == 0 ? nil : UInt32(truncatingIfNeeded: slot) &- 1
    }

    /// Adds a number that is not in the table yet.
    mutating func insert(_ hash: UInt64, _ number: UInt32) {
        if (count + 1) * 4 > slots.count * 3 { grow() }
        Self.place(Self.slot(hash, number), in: &slots)
        count += 1
    }

    /// Removes a number, which must be in the table.
    mutating func remove(_ hash: UInt64, _ number: UInt32) {
        let wanted = Self.slot(hash, number)
        var hole = Int(hash >> 32) & mask
        while slots[hole] != wanted {
            precondition(slots[hole] != 0, "The number \(number) is not in the table under \(hash).")
            hole = (hole &+ 1) & mask
        }
        count -= 1
        var next = (hole &+ 1) & mask
        while true {
            let slot = slots[next]
            if slot == 0 { break }
            // A slot may move back into the hole unless its home is after the hole.
            let home = Int(slot >> 32) & mask
            if (next &- home) & mask >= (next &- hole) & mask {
                slots[hole] = slot
                hole = next
            }
            next = (next &+ 1) & mask
        }
        slots[hole] = 0
    }

    private static func slot(_ hash: UInt64, _ number: UInt32) -> UInt64 {
        (hash & 0xffff_ffff_0000_0000) | (UInt64(number) &+ 1)
    }

    private mutating func grow() {
        var larger = FixedArray<UInt64>(repeating: 0, count: slots.count * 2)
        for index in 0..<slots.count where slots[index] != 0 { Self.place(slots[index], in: &larger) }
        slots = larger
    }

    private static func place(_ slot: UInt64, in slots: inout FixedArray<UInt64>) {
        let mask = slots.count &- 1
        var place = Int(slot >> 32) & mask
        while slots[place] != 0 { place = (place &+ 1) & mask }
        slots[place] = slot
    }

    /// Traps unless the number of slots is a power of two, at most 3/4 of them are taken, and `count` is right.
    func checkInvariants() {
        precondition(slots.count.nonzeroBitCount == 1, "A table has \(slots.count) slots.")
        precondition(count * 4 <= slots.count * 3, "A table of \(slots.count) slots has \(count) numbers.")
        var taken = 0
        for index in 0..<slots.count where slots[index] != 0 { taken += 1 }
        precondition(taken == count, "A table that counts \(count) numbers has \(taken).")
    }
}
