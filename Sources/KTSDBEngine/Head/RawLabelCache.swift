internal import CKernels

/// A label set as it stood on the wire, as 96 bits of a keyed hash.
struct RawLabelKey: BitwiseCopyable {
    var tag: UInt64
    var check: UInt32
}

/// Hashes label sets as they stand on the wire, with a key that no sender knows.
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
            // SAFETY: sixteen bytes from `offset` are within the span.
            let low = unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self)
            let high = unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset &+ 8, as: UInt64.self)
            mix(low, high, &first, &second)
            offset &+= 16
        }
        var low: UInt64 = 0, high: UInt64 = 0
        var shift: UInt64 = 0
        while offset < count {
            // SAFETY: the offset is below the count.
            let byte = UInt64(unsafe bytes.unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self))
            if shift < 64 { low |= byte &<< shift } else { high |= byte &<< (shift &- 64) }
            shift &+= 8
            offset &+= 1
        }
        mix(low, high, &first, &second)
        (first, second) = (
            Self.fold(first ^ keys.0, second ^ keys.1), Self.fold(second ^ keys.2, first ^ keys.3)
        )
        // The tag 0 marks an empty place.
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

/// Which slot has the series whose labels stood so on the wire: what comes again and again is not parsed again.
///
/// Labels are not compared: a keyed 96-bit hash stands for them, so two label sets in a billion series meet with
/// probability 1e-20. Open addressing, linear probing, 16 bytes per place, at most 3/4 full. Not thread-safe: part of
/// what the head index's lock guards; who retires series takes their keys out in the same turn.
@safe
struct RawLabelCache: ~Copyable {
    private struct Place: BitwiseCopyable {
        var tag: UInt64 = 0
        var check: UInt32 = 0
        var slot: UInt32 = 0
    }

    // SAFETY: one allocation of mask + 1 places, initialised wherever it is made, freed in deinit.
    private var places: UnsafeMutablePointer<Place>
    private var mask: Int
    private(set) var count = 0

    init() {
        mask = 15
        unsafe places = Self.allocate(16)
    }

    deinit { unsafe places.deallocate() }

    /// Bytes of memory held.
    var memoryByteCount: Int { count == 0 ? 0 : (mask + 1) * MemoryLayout<Place>.stride }

    /// Hints that `key` will be looked for soon.
    @inline(__always)
    func prefetch(_ key: RawLabelKey) { unsafe ktsdb_prefetch(places + Int(truncatingIfNeeded: key.tag) & mask) }

    /// The slot that was kept under `key`.
    @inline(__always)
    func find(_ key: RawLabelKey) -> UInt32? {
        var index = Int(truncatingIfNeeded: key.tag) & mask
        while true {
            // SAFETY: the index is masked; the loop ends since a quarter of the places is empty.
            let place = unsafe places[index]
            if place.tag == key.tag && place.check == key.check { return place.slot }
            if place.tag == 0 { return nil }
            index = (index &+ 1) & mask
        }
    }

    /// Keeps `slot` under `key`.
    mutating func insert(_ key: RawLabelKey, _ slot: UInt32) {
        if (count + 1) * 4 > (mask + 1) * 3 { rebuild(capacity: (mask + 1) * 2) { _ in true } }
        put(Place(tag: key.tag, check: key.check, slot: slot))
    }

    /// Forgets the keys of these slots.
    mutating func remove(_ slots: Set<UInt32>) {
        guard count > 0 else { return }
        rebuild(capacity: mask + 1) { !slots.contains($0) }
    }

    private mutating func rebuild(capacity: Int, keeping isKept: (UInt32) -> Bool) {
        let old = unsafe places
        let oldCount = mask + 1
        mask = capacity - 1
        count = 0
        unsafe places = Self.allocate(capacity)
        for index in 0..<oldCount {
            // SAFETY: the index is within the old allocation.
            let place = unsafe old[index]
            if place.tag != 0 && isKept(place.slot) { put(place) }
        }
        unsafe old.deallocate()
    }

    private mutating func put(_ place: Place) {
        var index = Int(truncatingIfNeeded: place.tag) & mask
        // SAFETY: the index is masked; a quarter of the places is empty.
        while unsafe places[index].tag != 0 {
            if unsafe places[index].tag == place.tag && places[index].check == place.check {
                unsafe places[index].slot = place.slot
                return
            }
            index = (index &+ 1) & mask
        }
        unsafe places[index] = place
        count += 1
    }

    @unsafe
    private static func allocate(_ count: Int) -> UnsafeMutablePointer<Place> {
        let places = UnsafeMutablePointer<Place>.allocate(capacity: count)
        unsafe places.initialize(repeating: Place(), count: count)
        return unsafe places
    }
}
