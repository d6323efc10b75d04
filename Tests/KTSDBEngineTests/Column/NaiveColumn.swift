import KTSDBEngine

/// Adaptive columns read bit by bit, as FORMAT.md describes them, without any of the engine's code; traps where the
/// bytes are not those of a column.
struct NaiveColumn {
    private let bytes: [UInt8]
    private(set) var position = 0
    /// What the column has, for tests that want all of it: `decimal`, `exponent`, `delta`, `frames`, `patches` and so
    /// on.
    private(set) var features: Set<String> = []

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    // MARK: Fields

    private mutating func byte() -> Int {
        position += 1
        return Int(bytes[position - 1])
    }

    private mutating func varint() -> UInt64 {
        var word: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            let next = UInt64(byte())
            word |= (next & 127) << shift
            if next < 128 { break }
        }
        return word
    }

    private mutating func zigzag() -> Int64 {
        let word = varint()
        return Int64(bitPattern: word / 2) ^ (word % 2 == 1 ? -1 : 0)
    }

    /// `count` fields of `width` bits, filled up to a byte.
    private mutating func fields(_ count: Int, _ width: Int) -> [UInt64] {
        let fields = (0..<count).map { index in
            (0..<width).reduce(UInt64(0)) { word, bit in
                let at = index * width + bit
                return word | UInt64(bytes[position + at / 8] >> UInt8(at % 8) & 1) << UInt64(bit)
            }
        }
        position += (count * width + 7) / 8
        return fields
    }

    // MARK: Integers

    private static let transforms = ["none", "delta", "delta of delta", "line"]
    private static let bodies = ["constant residuals", "frames", "prefix code", "dictionary"]

    mutating func integers(_ count: Int) -> [Int64] {
        let head = byte()
        features.insert(Self.transforms[head & 3])
        features.insert(Self.bodies[head >> 2])
        let first = head & 3 > 0 ? zigzag() : 0, second = head & 3 > 1 ? zigzag() : 0
        let residualCount = count - [0, 1, 2, 0][head & 3]
        let residuals: [Int64] =
            switch head >> 2 {
            case 0: Array(repeating: zigzag(), count: residualCount)
            case 1: frames(residualCount)
            case 2: prefixCode(residualCount)
            default: dictionary(residualCount)
            }
        switch head & 3 {
        case 0: return residuals
        case 1: return residuals.reduce(into: [first]) { $0.append($0.last! &+ $1) }
        case 2:
            var integers = [first, first &+ second]
            for change in residuals {
                let last = integers.count - 1
                integers.append(integers[last] &+ (integers[last] &- integers[last - 1]) &+ change)
            }
            return integers
        default: return residuals.enumerated().map { first &+ Int64($0) &* second &+ $1 }
        }
    }

    private mutating func frames(_ count: Int) -> [Int64] {
        let reference = zigzag()
        var residuals: [Int64] = []
        while residuals.count < count {
            let length = min(128, count - residuals.count), head = byte(), base = reference &+ zigzag()
            var places: [Int] = [], patches: [UInt64] = []
            if head >= 128 {
                features.insert("patches")
                let patchCount = byte(), width = byte()
                for _ in 0..<patchCount { places.append(byte()) }
                patches = fields(patchCount, width)
            }
            var frame = fields(length, head % 128).map { base &+ Int64(bitPattern: $0) }
            for (place, patch) in zip(places, patches) {
                frame[place] = base &+ (Int64(bitPattern: patch / 2) ^ (patch % 2 == 1 ? -1 : 0))
            }
            residuals += frame
        }
        return residuals
    }

    private mutating func prefixCode(_ count: Int) -> [Int64] {
        let code = byte(), shift = byte(), centre = zigzag()
        if shift > 0 { features.insert("low bits") }
        var exceptions: [(Int, Int64)] = [], row = 0
        for _ in 0..<varint() {
            features.insert("exceptions of prefix codes")
            row += Int(varint())
            exceptions.append((row, zigzag()))
        }
        let low = fields(count, shift)
        var residuals = zip(numbers(count, code), low).map { number, low in
            centre &+ Int64(number) << Int64(shift) &+ Int64(bitPattern: low)
        }
        for (row, value) in exceptions { residuals[row] = centre &+ value }
        return residuals
    }

    private mutating func dictionary(_ count: Int) -> [Int64] {
        let code = byte(), size = byte()
        var list: [Int: Int64] = [:]
        for rank in 0..<size { list[rank % 2 == 1 ? (rank + 1) / 2 : -rank / 2] = zigzag() }
        return numbers(count, code).map { list[$0]! }
    }

    /// The numbers of both streams.
    private mutating func numbers(_ count: Int, _ code: Int) -> [Int] {
        let lengths = Self.codeLengths[code]
        if lengths[13] > 0 { features.insert("runs of zeros") }
        let firstLength = Int(varint()), secondLength = Int(varint())
        let first = stream(count: (count + 1) / 2, lengths, end: position + firstLength)
        return first + stream(count: count / 2, lengths, end: position + secondLength)
    }

    private mutating func stream(count: Int, _ lengths: [Int], end: Int) -> [Int] {
        let codes = Self.codes(lengths)
        var numbers: [Int] = [], bits = ""
        var bit = position * 8
        while numbers.count < count {
            bits += bytes[bit / 8] >> UInt8(bit % 8) & 1 == 1 ? "1" : "0"
            bit += 1
            guard let symbol = codes[bits] else { continue }
            bits = ""
            numbers +=
                symbol > 12
                ? Array(repeating: 0, count: [2, 4, 8][symbol - 13])
                : [symbol % 2 == 1 ? (symbol + 1) / 2 : -symbol / 2]
        }
        precondition(numbers.count == count && bit <= end * 8 && bit > end * 8 - 8, "A stream ends in its last byte.")
        position = end
        return numbers
    }

    /// The codes' lengths from FORMAT.md, section 7, "Prefix codes".
    static let codeLengths: [[Int]] = (try? FormatTables.prefixCodes()) ?? []

    /// Symbols by canonical code, as text.
    private static func codes(_ lengths: [Int]) -> [String: Int] {
        var codes: [String: Int] = [:]
        var next = 0
        for length in 1...11 {
            for symbol in 0..<16 where lengths[symbol] == length {
                let digits = String(next, radix: 2)
                codes[String(repeating: "0", count: length - digits.count) + digits] = symbol
                next += 1
            }
            next *= 2
        }
        return codes
    }

    // MARK: Values

    private static let kinds = ["constant", "decimal", "pattern", "near decimal"]

    mutating func values(_ count: Int) -> [UInt64] {
        let head = byte()
        features.insert(Self.kinds[head & 3])
        guard head & 3 > 0 else { return Array(repeating: varint().byteSwapped, count: count) }
        var scale = 1.0, divisor: Int64 = 1, remainder: Int64 = 0
        if head & 4 != 0 {
            features.insert("exponent")
            for _ in 0..<byte() { scale *= 10 }
        }
        if head & 8 != 0 {
            features.insert("divisor")
            divisor = Int64(bitPattern: varint())
            remainder = zigzag()
        }
        var exceptions: [(Range<Int>, UInt64)] = []
        if head & 16 != 0 {
            features.insert("exceptions")
            var row = 0, last: UInt64 = 0x7ff0_0000_0000_0002
            for _ in 0..<varint() {
                row += Int(varint())
                let word = varint()
                switch word % 4 {
                case 0: last = 0x7ff0_0000_0000_0002
                case 1: last = 0x7ff8_0000_0000_0001
                case 2: break
                default: last = fields(1, 64)[0]
                }
                exceptions.append((row..<(row + Int(word / 4)), last))
            }
        }
        let words = integers(count).map { $0 &* divisor &+ remainder }
        var values: [UInt64]
        switch head & 3 {
        case 1: values = words.map { (Double($0) / scale).bitPattern }
        case 2: values = words.map(Self.bits)
        default:
            values = zip(words, integers(count)).map { word, distance in
                Self.bits(Self.ordered((Double(word) / scale).bitPattern) &+ distance)
            }
        }
        for (rows, bits) in exceptions { for row in rows { values[row] = bits } }
        return values
    }

    private static func ordered(_ bits: UInt64) -> Int64 {
        bits >> 63 == 0 ? Int64(bits) : Int64(bitPattern: bits ^ (.max >> 1))
    }

    private static func bits(_ ordered: Int64) -> UInt64 {
        ordered >= 0 ? UInt64(ordered) : UInt64(bitPattern: ordered) ^ (.max >> 1)
    }
}
