internal import KTSDBModel

/// A 64-bit hash that is the same in every process and on every machine: FNV-1a. For numbers that are stored and
/// compared later, such as what identifies a list of rules.
struct StableHash {
    private var state: UInt64 = 0xcbf2_9ce4_8422_2325

    /// The hash of what was added; never 0.
    var value: UInt64 { max(1, state) }

    mutating func add(_ bytes: some Sequence<UInt8>) {
        for byte in bytes { state = (state ^ UInt64(byte)) &* 0x100_0000_01b3 }
    }

    mutating func add(_ number: Int64) {
        for shift in stride(from: 0, to: 64, by: 8) {
            add(CollectionOfOne(UInt8(truncatingIfNeeded: number >> Int64(shift))))
        }
    }

    mutating func add(_ text: String) {
        add(Int64(text.utf8.count))
        add(text.utf8)
    }

    mutating func add(_ lists: [[LabelMatcher]]) {
        add(Int64(lists.count))
        for matchers in lists {
            add(Int64(matchers.count))
            for matcher in matchers {
                add(matcher.operation.rawValue)
                add(matcher.name)
                add(matcher.value)
            }
        }
    }
}
