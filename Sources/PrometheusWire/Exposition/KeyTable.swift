internal import KTSDBModel

/// Numbers byte strings in the order in which they were added, found by an open-addressing hash table. Equal bytes in
/// different groups are different keys.
struct KeyTable: ~Copyable {
    private struct Key: BitwiseCopyable {
        var offset: Int
        var length: UInt32
        var group: UInt32
    }

    private var keys = Column<Key>()
    private var text = Column<UInt8>()
    /// The upper 32 bits of the hash and, below, the key's number plus one; 0 is a free slot. None without keys,
    /// because most targets do not use a table of this kind.
    private var slots = Column<UInt64>()
    /// Random, so that a target cannot send keys whose hashes collide.
    private let seed = UInt64.random(in: .min ... .max)

    var count: Int { keys.count }

    /// The bytes of a key.
    subscript(number: UInt32) -> Span<UInt8> {
        @_lifetime(borrow self)
        borrowing get {
            let key = keys[Int(number)]
            return text.span.extracting(key.offset..<(key.offset + Int(key.length)))
        }
    }

    /// The group of a key.
    func group(of number: UInt32) -> UInt32 { keys[Int(number)].group }

    /// Returns the length of a key of `group` if its bytes are at `position` of the page, before `end`; otherwise -1.
    @inline(__always)
    func length(of number: UInt32, in group: UInt32, at position: Int, before end: Int, _ page: Span<UInt8>) -> Int {
        let key = keys[Int(number)], length = Int(key.length)
        guard key.group == group, length <= end &- position,
            text.span.isEqual(at: key.offset, to: page, at: position, count: length)
        else { return -1 }
        return length
    }

    /// Returns the number of a key; nil if it was not added.
    func find(_ bytes: Span<UInt8>, in group: UInt32) -> UInt32? {
        if keys.count == 0 { return nil }
        let hash = hash(bytes, group), mask = slots.count - 1
        var index = Int(truncatingIfNeeded: hash) & mask
        while true {
            let slot = slots[index]
            if slot == 0 { return nil }
            let number = UInt32(truncatingIfNeeded: slot) &- 1
            if slot >> 32 == hash >> 32, equals(number, bytes, group) { return number }
            index = (index + 1) & mask
        }
    }

    private func equals(_ number: UInt32, _ bytes: Span<UInt8>, _ group: UInt32) -> Bool {
        let key = keys[Int(number)]
        return key.group == group && Int(key.length) == bytes.count
            && text.span.isEqual(at: key.offset, to: bytes, at: 0, count: bytes.count)
    }

    /// Adds a key that is not there yet.
    mutating func add(_ bytes: Span<UInt8>, in group: UInt32) -> UInt32 {
        if keys.count * 2 >= slots.count { grow() }
        let number = UInt32(keys.count)
        keys.append(Key(offset: text.count, length: UInt32(bytes.count), group: group))
        text.append(bytes)
        put(number, hash(bytes, group))
        return number
    }

    private func hash(_ bytes: Span<UInt8>, _ group: UInt32) -> UInt64 {
        XXHash64.hash(bytes.rawBytes, seed: seed &+ UInt64(group))
    }

    private mutating func put(_ number: UInt32, _ hash: UInt64) {
        let mask = slots.count - 1
        var index = Int(truncatingIfNeeded: hash) & mask
        while slots[index] != 0 { index = (index + 1) & mask }
        slots[index] = (hash >> 32) << 32 | UInt64(number + 1)
    }

    private mutating func grow() {
        slots = Column(repeating: 0, count: max(64, slots.count * 2))
        for number in 0..<UInt32(keys.count) { put(number, hash(self[number], keys[Int(number)].group)) }
    }
}
