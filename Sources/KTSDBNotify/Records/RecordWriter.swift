/// Writes the fields of a record: numbers with as many bytes as they need, texts after their length.
struct RecordWriter {
    private(set) var bytes: [UInt8] = []

    /// Begins a record with the number of its format.
    init(version: UInt8) { bytes.append(version) }

    /// Seven bits a byte, lowest first; the highest bit says that another byte follows.
    mutating func number(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    mutating func count(_ value: Int) { number(UInt64(value)) }

    /// A number that may be negative: near zero, it is short.
    mutating func signed(_ value: Int64) { number(UInt64(bitPattern: value << 1 ^ value >> 63)) }

    /// Eight bytes, lowest first: for hashes, which are rarely small.
    mutating func word(_ value: UInt64) {
        for shift in stride(from: UInt64(0), to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
    }

    mutating func block(_ block: some Collection<UInt8>) {
        count(block.count)
        bytes += block
    }

    mutating func text(_ text: String) { block(text.utf8) }

    mutating func time(_ time: WallTime) {
        signed(time.seconds)
        number(UInt64(time.nanoseconds))
    }

    mutating func pairs(_ pairs: KeyValues) {
        count(pairs.count)
        for pair in pairs.pairs {
            text(pair.name)
            text(pair.value)
        }
    }
}
