internal import KTSDBModel
internal import Synchronization

/// The series in memory that a selection found, in the order of their slots, which is that of memory.
struct HeadParts {
    private(set) var slots: [UInt32] = []
    /// The number of each series; another one in its slot means that the series has left.
    private(set) var numbers: [UInt64] = []
    /// The join key of each series; empty unless there are parts in blocks, too.
    private(set) var keys: [UInt64] = []

    var isEmpty: Bool { slots.isEmpty }

    init() {}

    /// Takes the series in `slots`, which ascend. Leaves out those of slabs that have no sample for the view: right
    /// after a seal, all of them.
    init(
        _ slots: [UInt32], of content: ViewContent, _ limits: (any ReadLimits)?, _ reservation: ReadReservation
    ) throws(ReadError) {
        try reservation.grow(bytes: slots.count * 12)
        self.slots.reserveCapacity(slots.count)
        numbers.reserveCapacity(slots.count)
        var first = 0
        while first < slots.count {
            try limits?.check()
            let slab = content.head.slab(of: slots[first]), end = Self.end(ofSlabAt: first, in: slots)
            let state = slab.content.withLock { content.state(of: &$0) }
            if state != .empty {
                // The lock is held for some microseconds.
                content.head.series.withLock { series in
                    for slot in slots[first..<end] { numbers.append(series.number(of: slot)) }
                }
                self.slots += slots[first..<end]
            }
            first = end
        }
    }

    /// Returns where the slots of the same slab as the one at `first` end.
    private static func end(ofSlabAt first: Int, in slots: [UInt32]) -> Int {
        let slab = slots[first] >> UInt32(Slab.capacityBits)
        var end = first + 1
        while end < slots.count, slots[end] >> UInt32(Slab.capacityBits) == slab { end += 1 }
        return end
    }

    /// Keeps only the series that have a sample in the range.
    mutating func keep(
        withSamplesIn range: ClosedRange<Int64>, _ content: ViewContent, _ limits: (any ReadLimits)?
    ) throws(ReadError) {
        let ids = slots.indices.map { self[$0] }
        let present = try HeadPresence(content, in: range, limits).contains(ids)
        slots = zip(ids, present).compactMap { $1 ? $0.slot : nil }
        numbers = zip(ids, present).compactMap { $1 ? $0.number : nil }
    }

    /// Appends a part for each series. It holds the lock for a few hundred series at a time, because each may have to
    /// be hashed first and writers of new series wait for the lock.
    mutating func append(
        to parts: inout [Selection.Part], _ content: ViewContent, _ limits: (any ReadLimits)?,
        _ reservation: ReadReservation
    ) throws(ReadError) {
        // Keys are only needed for parts of equal fingerprint, which mostly are in a block and in memory.
        let withKeys = !parts.isEmpty
        try reservation.grow(bytes: slots.count * (MemoryLayout<Selection.Part>.stride + (withKeys ? 8 : 0)))
        parts.reserveCapacity(parts.count + slots.count)
        if withKeys { keys.reserveCapacity(slots.count) }
        for first in stride(from: 0, to: slots.count, by: 256) {
            try limits?.check()
            let some = first..<min(slots.count, first + 256)
            content.head.series.withLock { series in
                for index in some {
                    let fingerprint = series.fingerprint(of: slots[index])
                    parts.append(Selection.Part(fingerprint: fingerprint, series: UInt32(index), block: -1))
                    if withKeys { keys.append(series.joinKey(of: slots[index])) }
                }
            }
        }
    }

    subscript(index: Int) -> SeriesID { SeriesID(number: numbers[index], slot: slots[index]) }
}
