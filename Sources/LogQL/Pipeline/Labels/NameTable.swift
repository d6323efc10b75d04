internal import KTSDBModel

/// Numbers for the names of labels, so that a line's labels are found by index.
struct NameTable {
    /// The number of a name's bytes. They are never moved, so that a name is compared where it is.
    private struct Entry {
        var hash: UInt64
        var start: Int
        var end: Int
    }

    private var entries: [Entry] = []
    /// Numbers plus 1 by hash, 0 for a free place; a power of two of which at most half is in use.
    private var places = [UInt32](repeating: 0, count: 64)
    private var bytes: [UInt8] = []

    /// How many names have numbers.
    var count: Int { entries.count }

    /// The bytes of all names together.
    var byteCount: Int { bytes.count }

    /// The name of a number.
    subscript(number: Int) -> Span<UInt8> {
        @_lifetime(borrow self)
        get { bytes.span.extracting(entries[number].start..<entries[number].end) }
    }

    /// Returns the number of a name, which is new if the name is. Numbers are from 0 on without gaps.
    mutating func number(of name: Span<UInt8>) -> Int {
        let hash = XXHash64.hash(name.rawBytes)
        var place = Int(truncatingIfNeeded: hash) & (places.count - 1)
        while places[place] != 0 {
            let number = Int(places[place]) - 1
            if entries[number].hash == hash, self[number].isEqual(to: name) { return number }
            place = (place + 1) & (places.count - 1)
        }
        entries.append(Entry(hash: hash, start: bytes.count, end: bytes.count + name.count))
        bytes.append(name)
        places[place] = UInt32(entries.count)
        if entries.count * 2 > places.count { rebuild(count: places.count * 2) }
        return entries.count - 1
    }

    /// Forgets all names from the number `count` on.
    mutating func truncate(to count: Int) {
        guard count < entries.count else { return }
        bytes.removeSubrange(entries[count].start...)
        entries.removeSubrange(count...)
        rebuild(count: places.count)
    }

    private mutating func rebuild(count: Int) {
        places = [UInt32](repeating: 0, count: count)
        for number in entries.indices {
            var place = Int(truncatingIfNeeded: entries[number].hash) & (count - 1)
            while places[place] != 0 { place = (place + 1) & (count - 1) }
            places[place] = UInt32(number + 1)
        }
    }
}
