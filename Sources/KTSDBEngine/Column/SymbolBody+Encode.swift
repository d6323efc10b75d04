/// How often each symbol occurs in a column, with and without runs of zeros.
struct SymbolCounts {
    private var plain = InlineArray<16, Int32>(repeating: 0)
    private var withRuns = InlineArray<16, Int32>(repeating: 0)
    private var zeros: Int32 = 0

    @inline(__always)
    mutating func count(_ symbol: Int) {
        plain[symbol] &+= 1
        if symbol == 0 {
            zeros &+= 1
        } else {
            endRun()
            withRuns[symbol] &+= 1
        }
    }

    /// Ends a run of zeros. Runs do not continue from one stream to the other.
    @inline(__always)
    mutating func endRun() {
        withRuns[15] &+= zeros &>> 3
        withRuns[14] &+= (zeros &>> 2) & 1
        withRuns[13] &+= (zeros &>> 1) & 1
        withRuns[0] &+= zeros & 1
        zeros = 0
    }

    /// Returns the code with which the streams take the fewest bits. Codes with runs are considered only if
    /// `allowsRuns`.
    func cheapestCode(allowsRuns: Bool) -> (number: Int, bits: Int) {
        let plain = Self.vector(plain), withRuns = Self.vector(withRuns)
        let lengths = PrefixCode.lengthVectors
        var best = (number: 0, bits: Int.max)
        for number in lengths.indices {
            let usesRuns = lengths[number][13] > 0
            guard allowsRuns || !usesRuns else { continue }
            // No overflow: a column has at most 1024 symbols, and a code at most 11 bits.
            let bits = Int((lengths[number] &* (usesRuns ? withRuns : plain)).wrappedSum())
            if bits < best.bits { best = (number, bits) }
        }
        return best
    }

    private static func vector(_ counts: InlineArray<16, Int32>) -> SIMD16<Int32> {
        var vector = SIMD16<Int32>()
        for symbol in 0..<16 { vector[symbol] = counts[symbol] }
        return vector
    }
}

extension SymbolBody {
    /// How residuals are stored with a prefix code.
    struct Plan {
        var code: Int
        var shift: Int
        var centre: Int64
        var exceptionCount: Int
        /// The bits it takes without its head, about.
        var bits: Int
    }

    /// Returns the upper bits of a residual, or nil if they have no symbol.
    @inline(__always)
    private static func upper(_ residual: Int64, _ centre: Int64, _ shift: Int) -> Int? {
        let upper = (residual &- centre) &>> Int64(truncatingIfNeeded: shift)
        return upper >= -PrefixCode.largest && upper <= PrefixCode.largest ? Int(upper) : nil
    }

    /// Returns the cheapest prefix code around `reference`, or nil if no code is worth a try.
    static func plan(_ residuals: Span<Int64>, reference: Int64) -> Plan? {
        guard residuals.count >= minimumCount else { return nil }
        let spread = IntegerColumn.median(residuals) {
            Int64(bitPattern: ($0 &- reference).magnitude & UInt64.max &>> 1)
        }
        let guess = max(0, bitWidth(UInt64(spread)) - 1)
        // With more low bits, the third of a bit that a code gains does not matter.
        guard guess <= 24 else { return nil }
        // The bits fall up to the best shift and then rise: if a smaller shift beats the guess, a larger one does not.
        let best = plan(residuals, reference, guess)
        if guess > 0, let lower = plan(residuals, reference, guess - 1), lower.bits < best?.bits ?? .max {
            return lower
        }
        if let upper = plan(residuals, reference, guess + 1), upper.bits < best?.bits ?? .max { return upper }
        return best
    }

    private static func plan(_ residuals: Span<Int64>, _ reference: Int64, _ shift: Int) -> Plan? {
        let centre = shift == 0 ? reference : reference &- (1 &<< Int64(shift - 1))
        let half = split(residuals.count)
        var counts = SymbolCounts()
        var exceptionCount = 0, exceptionBits = 0
        for index in 0..<residuals.count {
            if index == half { counts.endRun() }
            if let upper = upper(residuals[index], centre, shift) {
                counts.count(PrefixCode.symbol(of: upper))
            } else {
                exceptionCount &+= 1
                exceptionBits &+=
                    8 &+ 8
                    &* FieldCoding.byteCount(
                        varint: FieldCoding.zigzag(residuals[index] &- centre))
                counts.count(0)
            }
        }
        counts.endRun()
        guard exceptionCount <= residuals.count / 16 else { return nil }
        let (code, bits) = counts.cheapestCode(allowsRuns: shift == 0)
        return Plan(
            code: code, shift: shift, centre: centre, exceptionCount: exceptionCount,
            bits: bits + shift * residuals.count + exceptionBits)
    }

    static func encode(
        _ residuals: Span<Int64>, _ plan: Plan, _ streams: inout SymbolStreams, to buffer: inout FieldBuffer
    ) {
        buffer.append(UInt8(plan.code))
        buffer.append(UInt8(plan.shift))
        buffer.append(zigzag: plan.centre)
        buffer.append(varint: UInt64(plan.exceptionCount))
        streams.removeAll()
        var last = 0
        for index in 0..<residuals.count {
            let upper = upper(residuals[index], plan.centre, plan.shift)
            if upper == nil {
                buffer.append(varint: UInt64(index - last))
                buffer.append(zigzag: residuals[index] &- plan.centre)
                last = index
            }
            streams.append(upper ?? 0)
        }
        buffer.appendFields(residuals.count, plan.shift) {
            UInt64(bitPattern: residuals[$0] &- plan.centre) & lowBits(plan.shift)
        }
        streams.write(PrefixCode.all[plan.code], to: &buffer)
    }

    /// How residuals are stored as ranks in a list.
    struct DictionaryPlan {
        var code: Int
        var size: Int
        /// The residuals, the most frequent first.
        var list: InlineArray<13, Int64>
        var bits: Int
    }

    /// Returns the plan for all distinct residuals, or nil if there are more than 13, or too few residuals.
    static func planDictionary(_ residuals: Span<Int64>) -> DictionaryPlan? {
        guard residuals.count >= minimumCount, var found = RankedList(residuals) else { return nil }
        found.sort()
        var counts = SymbolCounts()
        let half = split(residuals.count)
        for index in 0..<residuals.count {
            if index == half { counts.endRun() }
            counts.count(found.rank(of: residuals[index]))
        }
        counts.endRun()
        let (code, bits) = counts.cheapestCode(allowsRuns: true)
        var listBits = 0
        for rank in 0..<found.size {
            listBits += 8 * FieldCoding.byteCount(varint: FieldCoding.zigzag(found.list[rank]))
        }
        return DictionaryPlan(code: code, size: found.size, list: found.list, bits: bits + listBits)
    }

    static func encode(
        _ residuals: Span<Int64>, _ plan: DictionaryPlan, _ streams: inout SymbolStreams, to buffer: inout FieldBuffer
    ) {
        buffer.append(UInt8(plan.code))
        buffer.append(UInt8(plan.size))
        for rank in 0..<plan.size { buffer.append(zigzag: plan.list[rank]) }
        streams.removeAll()
        for index in 0..<residuals.count {
            var rank = 0
            while plan.list[rank] != residuals[index] { rank += 1 }
            streams.append(PrefixCode.number(ofSymbol: rank))
        }
        streams.write(PrefixCode.all[plan.code], to: &buffer)
    }
}

/// The distinct residuals of a column, at most 13, and how often each occurs.
private struct RankedList {
    var list = InlineArray<13, Int64>(repeating: 0)
    private var counts = InlineArray<13, Int>(repeating: 0)
    private(set) var size = 0

    init?(_ residuals: Span<Int64>) {
        var last = 0
        for index in 0..<residuals.count {
            let residual = residuals[index]
            if size == 0 || list[last] != residual {
                last = 0
                while last < size && list[last] != residual { last += 1 }
                if last == size {
                    guard size < 13 else { return nil }
                    list[size] = residual
                    size += 1
                }
            }
            counts[last] += 1
        }
    }

    /// Puts the most frequent first, and the smaller of two that are equally frequent.
    mutating func sort() {
        for place in 1..<max(size, 1) {
            var hole = place
            let value = list[place], count = counts[place]
            while hole > 0, (counts[hole - 1], value) < (count, list[hole - 1]) {
                list[hole] = list[hole - 1]
                counts[hole] = counts[hole - 1]
                hole -= 1
            }
            list[hole] = value
            counts[hole] = count
        }
    }

    @inline(__always)
    func rank(of residual: Int64) -> Int {
        var rank = 0
        while list[rank] != residual { rank &+= 1 }
        return rank
    }
}

/// The numbers of a column before they are written as two streams.
struct SymbolStreams: ~Copyable {
    private var numbers: [Int8] = []
    private var bits = FieldBuffer()

    mutating func removeAll() { numbers.removeAll(keepingCapacity: true) }

    mutating func append(_ number: Int) { numbers.append(Int8(number)) }

    /// Appends the lengths of both streams, then the streams.
    mutating func write(_ code: PrefixCode, to buffer: inout FieldBuffer) {
        bits.removeAll()
        let half = SymbolBody.split(numbers.count)
        Self.writeStream(numbers, 0..<half, code, to: &bits)
        let firstLength = bits.count
        Self.writeStream(numbers, half..<numbers.count, code, to: &bits)
        buffer.append(varint: UInt64(firstLength))
        buffer.append(varint: UInt64(bits.count - firstLength))
        buffer.append(bits.bytes)
    }

    private static func writeStream(
        _ numbers: [Int8], _ range: Range<Int>, _ code: PrefixCode, to bits: inout FieldBuffer
    ) {
        let numbers = numbers.span.extracting(range)
        bits.appendBits(atMost: numbers.count * PrefixCode.indexBits) { writer in
            var index = 0
            while index < numbers.count {
                var symbol = PrefixCode.symbol(of: Int(numbers[index])), count = 1
                if symbol == 0 && code.usesRuns {
                    var run = 1
                    while run < 8 && index + run < numbers.count && numbers[index + run] == 0 { run += 1 }
                    if run > 1 { (symbol, count) = run >= 8 ? (15, 8) : run >= 4 ? (14, 4) : (13, 2) }
                }
                writer.put(UInt64(code.codes[symbol]), Int(code.lengths[symbol]))
                index += count
            }
        }
    }
}
