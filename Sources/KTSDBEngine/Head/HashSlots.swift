internal import CKernels

/// An open-addressing table of 32-bit numbers found by hash: the table of symbols, of series, and of posting lists.
///
/// A slot is eight bytes: 32 bits of the hash, and the number plus one (0 marks an empty slot). The stored bits give
/// the slot's place too, so that growing never looks at what the numbers stand for. Linear probing, at most 3/4 full;
/// removal shifts back, so there are no tombstones. What equality means is the caller's to say.
@safe
struct HashSlots: ~Copyable {
    private var slots: UnsafeMutablePointer<UInt64>
    private var mask: Int
    private(set) var count = 0

    init() {
        mask = 15
        unsafe slots = .allocate(capacity: 16)
        unsafe slots.initialize(repeating: 0, count: 16)
    }

    /// An empty table with room for `count` numbers.
    init(capacity count: Int) {
        var size = 16
        while count * 4 > size * 3 { size *= 2 }
        mask = size - 1
        unsafe slots = .allocate(capacity: size)
        unsafe slots.initialize(repeating: 0, count: size)
    }

    deinit { unsafe slots.deallocate() }

    /// Bytes of memory held.
    var memoryByteCount: Int { (mask + 1) * 8 }

    /// The number with this hash for which `isEqual` holds.
    @inline(__always)
    func find(_ hash: UInt64, where isEqual: (UInt32) -> Bool) -> UInt32? {
        let tag = hash >> 32
        var place = Int(tag) & mask
        while true {
            // SAFETY: place is masked; the loop ends since a quarter of the slots is empty.
            let slot = unsafe slots[place]
            if slot == 0 { return nil }
            if slot >> 32 == tag {
                let number = UInt32(truncatingIfNeeded: slot) &- 1
                if isEqual(number) { return number }
            }
            place = (place &+ 1) & mask
        }
    }

    /// Hints that `hash` will be looked for soon.
    @inline(__always)
    func prefetch(_ hash: UInt64) { unsafe ktsdb_prefetch(slots + Int(hash >> 32) & mask) }

    /// The first number with the hash's stored bits, equal or not: what `find` will look at first.
    @inline(__always)
    func candidate(_ hash: UInt64) -> UInt32? {
        let slot = unsafe slots[Int(hash >> 32) & mask]
        return slot == 0 ? nil : UInt32(truncatingIfNeeded: slot) &- 1
    }

    /// Adds a number that is not there yet.
    mutating func insert(_ hash: UInt64, _ number: UInt32) {
        if (count + 1) * 4 > (mask + 1) * 3 { grow() }
        place(Self.slot(hash, number))
        count += 1
    }

    /// Removes a number that is there.
    mutating func remove(_ hash: UInt64, _ number: UInt32) {
        let wanted = Self.slot(hash, number)
        var hole = Int(hash >> 32) & mask
        // SAFETY: places are masked.
        while unsafe slots[hole] != wanted {
            precondition(unsafe slots[hole] != 0, "A number that is to be removed must be in the table.")
            hole = (hole &+ 1) & mask
        }
        count -= 1
        var next = (hole &+ 1) & mask
        while true {
            let slot = unsafe slots[next]
            if slot == 0 { break }
            // A slot may move back into the hole unless its own place lies behind the hole.
            let home = Int(slot >> 32) & mask
            if (next &- home) & mask >= (next &- hole) & mask {
                unsafe slots[hole] = slot
                hole = next
            }
            next = (next &+ 1) & mask
        }
        unsafe slots[hole] = 0
    }

    private static func slot(_ hash: UInt64, _ number: UInt32) -> UInt64 {
        (hash & 0xffff_ffff_0000_0000) | (UInt64(number) &+ 1)
    }

    private mutating func grow() {
        let old = unsafe slots
        let oldCount = mask + 1
        mask = oldCount * 2 - 1
        unsafe slots = .allocate(capacity: oldCount * 2)
        unsafe slots.initialize(repeating: 0, count: oldCount * 2)
        for index in 0..<oldCount {
            // SAFETY: index is within the old allocation.
            let slot = unsafe old[index]
            if slot != 0 { place(slot) }
        }
        unsafe old.deallocate()
    }

    private mutating func place(_ slot: UInt64) {
        var place = Int(slot >> 32) & mask
        // SAFETY: place is masked.
        while unsafe slots[place] != 0 { place = (place &+ 1) & mask }
        unsafe slots[place] = slot
    }
}
