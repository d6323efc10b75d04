import KTSDBModel
import KTSDBTesting

/// Columns of samples of every shape that a codec must keep bit for bit.
struct SampleGenerator {
    var random: SeededGenerator

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    static let unusualValues: [UInt64] = [
        0, 1 << 63, 0x7ff0_0000_0000_0002, 0x7ff8_0000_0000_0001, 0x7ff0_0000_0000_0000, 0xfff0_0000_0000_0000, 1,
        0x000f_ffff_ffff_ffff, .max, 0xfff8_0000_dead_beef, 0x3ff0_0000_0000_0000, 0x7fef_ffff_ffff_ffff,
    ]

    /// Bits of `count` values of one kind, chosen at random: counters, gauges, decimals, constants, anything.
    mutating func values(_ count: Int) -> [UInt64] {
        let kind = Int.random(in: 0..<8, using: &random)
        var current = Double(Int.random(in: 0..<1_000_000, using: &random))
        var constant = UInt64.random(in: .min ... .max, using: &random)
        return (0..<count).map { _ in
            switch kind {
            case 0: return constant
            case 1:
                current += Double(Int.random(in: 0..<100, using: &random))
                return current.bitPattern
            case 2: return (Double(Int.random(in: -1000...1000, using: &random)) / 100).bitPattern
            case 3: return Double.random(in: 0...1, using: &random).bitPattern
            case 4: return UInt64.random(in: .min ... .max, using: &random)
            case 5: return Self.unusualValues.randomElement(using: &random)!
            case 6:
                if Int.random(in: 0..<20, using: &random) == 0 {
                    constant = UInt64.random(in: .min ... .max, using: &random)
                }
                return constant
            default:
                constant ^= 1 << UInt64.random(in: 0..<64, using: &random)
                return constant
            }
        }
    }

    /// `count` ascending times: regular, jittering, with gaps, far apart, or over all of `Int64`.
    mutating func times(_ count: Int) -> [Int64] {
        guard count > 0 else { return [] }
        let kind = Int.random(in: 0..<6, using: &random)
        let start = Int64.random(in: -1 << 40...1 << 40, using: &random)
        let step = Int64.random(in: 1...60_000, using: &random)
        switch kind {
        case 0: return (0..<Int64(count)).map { start + $0 * step }
        case 1: return (0..<Int64(count)).map { start + $0 * 15_000 + Int64.random(in: -5...5, using: &random) }
        case 2:
            var time = start
            return (0..<count).map { _ in
                time +=
                    Int.random(in: 0..<30, using: &random) == 0 ? Int64.random(in: 1...1 << 36, using: &random) : 15_000
                return time
            }
        case 3:
            var time = start
            return (0..<count).map { _ in
                time += 1 << Int64.random(in: 0..<45, using: &random)
                return time
            }
        case 4:
            return (0..<Int64(count)).map { $0 % 2 == 0 ? .min + $0 : .min / 2 + $0 }.sorted()
        default:
            var chosen: Set<Int64> = [.min, .max, 0]
            while chosen.count < count { chosen.insert(Int64.random(in: .min ... .max, using: &random)) }
            return Array(chosen.sorted().prefix(count))
        }
    }

    static let lengths = [0, 1, 2, 3, 17, 120, 240, 1023, 1024]
}
