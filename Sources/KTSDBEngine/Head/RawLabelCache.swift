internal import KTSDBModel

/// A 96-bit keyed hash of a label set's raw bytes.
struct RawLabelKey: BitwiseCopyable {
    var tag: UInt64
    var check: UInt32
}

/// Hashes the bytes of label sets on the wire, with a key that no sender knows.
///
/// Two chains of folded 64 x 64 → 128 bit multiplications (the construction of wyhash), 16 bytes a step, with
/// independent keys: about 10 bytes per nanosecond.
struct RawLabelHasher: Sendable {
    private let keys: (UInt64, UInt64, UInt64, UInt64)

    /// Takes a key from the system's random numbers.
    init() {
        var random = SystemRandomNumberGenerator()
        keys = (random.next(), random.next(), random.next(), random.next())
    }

    func key(of bytes: RawSpan) -> RawLabelKey {
        let count = bytes.byteCount
        var first = keys.0 ^ UInt64(truncatingIfNeeded: count), second = keys.2
        var offset = 0
        while offset &+ 16 <= count {
            let low = bytes.load(littleEndian: UInt64.self, at: offset)
            let high = bytes.load(littleEndian: UInt64.self, at: offset &+ 8)
            mix(low, high, &first, &second)
            offset &+= 16
        }
        var low: UInt64 = 0, high: UInt64 = 0
        var shift: UInt64 = 0
        while offset < count {
            let byte = UInt64(bytes.byte(at: offset))
            if shift < 64 { low |= byte &<< shift } else { high |= byte &<< (shift &- 64) }
            shift &+= 8
            offset &+= 1
        }
        mix(low, high, &first, &second)
        (first, second) = (
            Self.fold(first ^ keys.0, second ^ keys.1), Self.fold(second ^ keys.2, first ^ keys.3)
        )
        // The tag 0 marks an empty entry.
        return RawLabelKey(tag: max(1, first), check: UInt32(truncatingIfNeeded: second))
    }

    @inline(__always)
    private func mix(_ low: UInt64, _ high: UInt64, _ first: inout UInt64, _ second: inout UInt64) {
        first = Self.fold(low ^ first, high ^ keys.1)
        second = Self.fold(high ^ second, low ^ keys.3)
    }

    @inline(__always)
    private static func fold(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let product = left.multipliedFullWidth(by: right)
        return product.high ^ product.low
    }
}

/// Maps the bytes of a label set on the wire to its series' slot, so that label sets seen before are not parsed again.
///
/// Labels are not compared: a keyed 96-bit hash represents them. Of a billion label sets, some two have equal hashes
/// with a probability of about 1e-11. Open addressing, linear probing, 16 bytes per entry, at most 3/4 full. Not
/// thread-safe: guarded by the lock of `Head.series`. Retired series are removed under the same lock.
struct RawLabelCache: ~Copyable {
    struct Entry: BitwiseCopyable {
        var tag: UInt64 = 0
        var check: UInt32 = 0
        var slot: UInt32 = 0
    }

    private var entries = FixedArray(repeating: Entry(), count: 16)
    private(set) var count = 0

    /// Bytes of memory held.
    var memoryByteCount: Int { count == 0 ? 0 : entries.count * MemoryLayout<Entry>.stride }

    /// Hints that `key` will be looked up soon.
    @inline(__always)
    func prefetch(_ key: RawLabelKey) {
        entries.span.prefetch(Int(truncatingIfNeeded: key.tag) & (entries.count &- 1))
    }

    /// Returns the slot stored under `key`.
    @inline(__always)
    func find(_ key: RawLabelKey) -> UInt32? {
        let entries = entries.span, mask = entries.count &- 1
        var index = Int(truncatingIfNeeded: key.tag) & mask
        // The loop ends since a quarter of the entries is empty.
        while true {
            let entry = entries[index]
            if entry.tag == key.tag && entry.check == key.check { return entry.slot }
            if entry.tag == 0 { return nil }
            index = (index &+ 1) & mask
        }
    }

    /// Stores `slot` under `key`, and replaces an earlier one.
    mutating func insert(_ key: RawLabelKey, _ slot: UInt32) {
        if (count + 1) * 4 > entries.count * 3 { rebuild(capacity: entries.count * 2) { _ in true } }
        put(Entry(tag: key.tag, check: key.check, slot: slot))
    }

    /// Removes the keys of these slots. Costs one pass over the whole table.
    mutating func remove(_ slots: Set<UInt32>) {
        guard count > 0 else { return }
        rebuild(capacity: entries.count) { !slots.contains($0) }
    }

    private mutating func rebuild(capacity: Int, keeping isKept: (UInt32) -> Bool) {
        var old = FixedArray(repeating: Entry(), count: capacity)
        swap(&old, &entries)
        count = 0
        for index in 0..<old.count where old[index].tag != 0 && isKept(old[index].slot) { put(old[index]) }
    }

    private mutating func put(_ entry: Entry) {
        let mask = entries.count &- 1
        var index = Int(truncatingIfNeeded: entry.tag) & mask
        // The loop ends since a quarter of the entries is empty.
        while entries[index].tag != 0 {
            if entries[index].tag == entry.tag && entries[index].check == entry.check {
                entries[index].slot = entry.slot
                return
            }
            index = (index &+ 1) & mask
        }
        entries[index] = entry
        count += 1
    }
}
