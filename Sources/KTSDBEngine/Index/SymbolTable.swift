internal import KTSDBModel

/// Assigns numbers to byte strings in the order of their first appearance: 0, 1, 2, …
///
/// One arena for the bytes and one open-addressing table of 8-byte slots; no object and no allocation per string.
package struct SymbolTable: Sendable {
    private var arena: [UInt8] = []
    /// Where each symbol ends in the arena.
    private var ends: [Int] = []
    /// The upper half of a symbol's hash and its number plus one; 0 is a free slot. At most three quarters are taken.
    private var slots: [UInt64] = []

    /// Creates an empty table.
    package init() {}

    /// The number of symbols.
    package var count: Int { ends.count }

    /// The total length of all symbols in bytes.
    package var byteCount: Int { arena.count }

    /// The bytes of the symbol `id`.
    package subscript(id: UInt32) -> Span<UInt8> {
        @_lifetime(borrow self)
        borrowing get {
            let start = id == 0 ? 0 : ends[Int(id) - 1]
            return arena.span.extracting(start..<ends[Int(id)])
        }
    }

    /// Returns the number of the symbol `bytes`, or nil if it is not in the table.
    package func find(_ bytes: Span<UInt8>) -> UInt32? {
        guard !slots.isEmpty else { return nil }
        let hash = XXHash64.hash(bytes.rawBytes)
        switch slot(of: bytes, hash) {
        case .free: return nil
        case .taken(let id): return id
        }
    }

    /// Returns the number of the symbol `bytes`, and adds it if it is new.
    package mutating func intern(_ bytes: Span<UInt8>) -> UInt32 {
        if (ends.count + 1) * 4 > slots.count * 3 { grow() }
        let hash = XXHash64.hash(bytes.rawBytes)
        switch slot(of: bytes, hash) {
        case .taken(let id): return id
        case .free(let index):
            let id = UInt32(ends.count)
            arena.append(bytes)
            ends.append(arena.count)
            slots[index] = hash & 0xffff_ffff_0000_0000 | UInt64(id + 1)
            return id
        }
    }

    /// Returns the symbols' numbers, sorted by their bytes.
    package func sortedIDs() -> [UInt32] {
        (0..<UInt32(count)).sorted { left, right in
            ByteOrder.compare(self[left], self[right]) < 0
        }
    }

    private enum Slot {
        case free(Int)
        case taken(UInt32)
    }

    private func slot(of bytes: Span<UInt8>, _ hash: UInt64) -> Slot {
        let mask = slots.count - 1
        var index = Int(truncatingIfNeeded: hash) & mask
        while true {
            let slot = slots[index]
            if slot == 0 { return .free(index) }
            if (slot ^ hash) >> 32 == 0 {
                let id = UInt32(truncatingIfNeeded: slot) - 1
                if ByteOrder.isEqual(self[id], bytes) { return .taken(id) }
            }
            index = (index + 1) & mask
        }
    }

    private mutating func grow() {
        slots = [UInt64](repeating: 0, count: max(16, slots.count * 2))
        let mask = slots.count - 1
        for id in 0..<UInt32(ends.count) {
            let hash = XXHash64.hash(self[id].rawBytes)
            var index = Int(truncatingIfNeeded: hash) & mask
            while slots[index] != 0 { index = (index + 1) & mask }
            slots[index] = hash & 0xffff_ffff_0000_0000 | UInt64(id + 1)
        }
    }
}

/// The order of byte strings in an index: of labels, label values and everything else that is sorted.
package enum ByteOrder {
    /// Whether both have the same bytes.
    @inline(__always)
    package static func isEqual(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Bool {
        left.count == right.count && commonPrefix(left, right) == left.count
    }

    /// Negative if `left` comes first, zero if both are equal. A prefix comes before longer strings.
    package static func compare(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Int {
        let common = commonPrefix(left, right)
        if common == left.count || common == right.count { return left.count - right.count }
        return Int(left[common]) - Int(right[common])
    }

    /// Whether `left` comes before `right`.
    package static func precedes(_ left: [UInt8], _ right: [UInt8]) -> Bool { compare(left.span, right.span) < 0 }

    /// The length of the longest common prefix in bytes.
    package static func commonPrefix(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Int {
        let count = min(left.count, right.count)
        var index = 0
        let a = left.rawBytes, b = right.rawBytes
        while index &+ 8 <= count {
            let x = a.load(littleEndian: UInt64.self, at: index)
            let y = b.load(littleEndian: UInt64.self, at: index)
            if x != y { return index &+ (x ^ y).trailingZeroBitCount / 8 }
            index &+= 8
        }
        while index < count, left[index] == right[index] { index &+= 1 }
        return index
    }

    /// Whether `bytes` start with `prefix`.
    package static func starts(_ bytes: Span<UInt8>, with prefix: Span<UInt8>) -> Bool {
        bytes.count >= prefix.count && commonPrefix(bytes, prefix) == prefix.count
    }

    package static func copy(_ bytes: Span<UInt8>) -> [UInt8] {
        Array(bytes)
    }

    /// Returns the strings of several sorted lists without duplicates, sorted, at most `limit`.
    package static func union(_ lists: [[[UInt8]]], limit: Int? = nil) -> [String] {
        var merged = lists.count == 1 ? lists[0] : Array(lists.joined())
        if lists.count > 1 {
            // The standard library's sort merges runs that are sorted already.
            merged.sort(by: precedes)
            var kept = 0
            for index in merged.indices where index == 0 || merged[index] != merged[kept - 1] {
                merged.swapAt(kept, index)
                kept += 1
            }
            merged.removeLast(merged.count - kept)
        }
        return merged.prefix(limit ?? merged.count).map { String(decoding: $0, as: UTF8.self) }
    }
}
