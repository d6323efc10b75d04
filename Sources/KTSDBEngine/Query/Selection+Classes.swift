internal import KTSDBModel
internal import Synchronization

extension Selection {
    func classes(by choice: LabelChoice) throws(ReadError) -> LabelClasses? {
        try reservation.grow(bytes: 4 * (count + head.slots.count))
        var table = ClassTable(), classes = LabelClasses(), pace = Pace(limits)
        let headNumbers = try headClasses(choice, &table)
        var hashers: [BlockLabelHasher?] = Array(repeating: nil, count: content.blocks.count)
        // The table numbers classes in the order of memory, and the answer in that of the series.
        var order: [UInt32] = []
        classes.numbers.reserveCapacity(count)
        for position in 0..<count {
            // If the series is in memory, that is its last part.
            let part = parts[Int(starts[position + 1]) - 1], found: Int
            if part.block < 0 {
                try pace.step()
                found = Int(headNumbers[Int(part.series)])
            } else {
                try pace.step(8)
                let block = Int(part.block)
                if hashers[block] == nil {
                    hashers[block] = try BlockLabelHasher(content.blocks[block], choice, place: part.block)
                }
                found = table.number(of: try hashers[block]!.hash(of: part.series))
            }
            while order.count <= found { order.append(.max) }
            if order[found] == .max {
                try reservation.grow(bytes: 32)
                order[found] = UInt32(classes.firstSeries.count)
                classes.firstSeries.append(position)
            }
            classes.numbers.append(order[found])
        }
        return classes
    }

    /// Returns the number of the class of each series in memory, in the order of memory.
    private func headClasses(_ choice: LabelChoice, _ table: inout ClassTable) throws(ReadError) -> [UInt32] {
        var numbers: [UInt32] = [], hasher = HeadLabelHasher(names: choice.names, isWithout: choice.isWithout)
        numbers.reserveCapacity(head.slots.count)
        for first in stride(from: 0, to: head.slots.count, by: 1024) {
            try limits?.check()
            let slots = head.slots[first..<min(head.slots.count, first + 1024)]
            // The lock is held for some ten microseconds.
            content.head.series.withLock { series in
                for slot in slots { numbers.append(UInt32(table.number(of: hasher.hash(of: slot, in: series)))) }
            }
        }
        return numbers
    }
}

/// Hashes the numbers of names and values. The seed is secret, so nobody can construct a collision; by chance, two
/// different lists collide once in 2^64 pairs.
private struct NumberHash {
    private static let seed = UInt64.random(in: 1 ... .max)
    private var state: UInt64

    init(place: Int32) { state = Block.mix(Self.seed ^ UInt64(UInt32(bitPattern: place))) }

    @inline(__always)
    mutating func add(name: UInt32, value: UInt32) {
        state = Block.mix(state ^ (UInt64(name) << 32 | UInt64(value)))
    }

    var value: UInt64 { max(1, state) }
}

/// Hashes the chosen labels of series in memory. The lock may be released between two series: symbols and shapes of
/// series that an open view sees are never reused.
private struct HeadLabelHasher {
    private let names: [[UInt8]]
    private let isWithout: Bool
    /// By shape: the places of the labels that are hashed; nil until a series has the shape.
    private var places: [[Int32]?] = []

    init(names: [[UInt8]], isWithout: Bool) {
        self.names = names
        self.isWithout = isWithout
    }

    mutating func hash(of slot: UInt32, in series: borrowing SeriesTable) -> UInt64 {
        var hash = NumberHash(place: -1)
        series.withRecord(of: slot) { shape, names, values in
            if shape >= places.count || places[shape] == nil { choose(from: names, of: shape, in: series) }
            for place in places[shape]! { hash.add(name: names[Int(place)], value: values[Int(place)]) }
        }
        return hash.value
    }

    private mutating func choose(from symbols: [UInt32], of shape: Int, in series: borrowing SeriesTable) {
        let chosen = Set(names.compactMap { series.symbol($0) })
        while places.count <= shape { places.append(nil) }
        places[shape] = symbols.indices.filter { chosen.contains(symbols[$0]) != isWithout }.map { Int32($0) }
    }
}

/// Hashes the chosen labels of series in a block.
private struct BlockLabelHasher {
    private let block: Block
    private let table: BlockLabelTable
    private let isChosen: [Bool]
    private let place: Int32
    private var records: BlockRecords

    init(_ block: Block, _ choice: LabelChoice, place: Int32) throws(ReadError) {
        self.block = block
        self.place = place
        records = BlockRecords(block)
        let table = try block.labels()
        self.table = table
        var isChosen = [Bool](repeating: choice.isWithout, count: table.names.count)
        for name in choice.names { if let number = table.find(name) { isChosen[number] = !choice.isWithout } }
        self.isChosen = isChosen
    }

    mutating func hash(of series: UInt32) throws(ReadError) -> UInt64 {
        var hash = NumberHash(place: place)
        try block.forEachLabel(of: series, table, &records) { name, value in
            if isChosen[name] { hash.add(name: UInt32(name), value: UInt32(truncatingIfNeeded: value)) }
        }
        return hash.value
    }
}

/// Numbers hashes in the order in which they are first met: open addressing, since hashes are random already.
private struct ClassTable {
    private var keys = [UInt64](repeating: 0, count: 64)
    private var numbers = [Int](repeating: 0, count: 64)
    private var count = 0

    /// Returns the number of a hash, which is not 0.
    @inline(__always)
    mutating func number(of key: UInt64) -> Int {
        var slot = Int(truncatingIfNeeded: key) & (keys.count - 1)
        while keys[slot] != 0 {
            if keys[slot] == key { return numbers[slot] }
            slot = (slot + 1) & (keys.count - 1)
        }
        keys[slot] = key
        numbers[slot] = count
        count += 1
        if count * 2 > keys.count { grow() }
        return count - 1
    }

    private mutating func grow() {
        let old = (keys, numbers)
        keys = [UInt64](repeating: 0, count: old.0.count * 2)
        numbers = [Int](repeating: 0, count: keys.count)
        for (key, number) in zip(old.0, old.1) where key != 0 {
            var slot = Int(truncatingIfNeeded: key) & (keys.count - 1)
            while keys[slot] != 0 { slot = (slot + 1) & (keys.count - 1) }
            (keys[slot], numbers[slot]) = (key, number)
        }
    }
}
