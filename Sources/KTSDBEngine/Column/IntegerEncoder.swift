internal import KTSDBModel

/// Encodes columns of integers, and keeps its memory for the next column.
struct IntegerEncoder: ~Copyable {
    /// A body of prefix codes, which is slower to decode, has to take less than this times the bytes of frames: 0.9 or
    /// 1.
    let threshold: Double
    /// The residuals of the best transform so far, and of the one being tried.
    private var residuals = Column<Int64>(capacity: IntegerColumn.maximumCount)
    private var candidate = Column<Int64>(capacity: IntegerColumn.maximumCount)
    private var streams = SymbolStreams()
    /// The smallest column so far, and the one being tried.
    private var best = FieldBuffer(), trial = FieldBuffer()

    init(threshold: Double) { self.threshold = threshold }

    /// Appends the column of 1 to 1024 integers.
    mutating func encode(_ column: borrowing Column<Int64>, to buffer: inout FieldBuffer) {
        let integers = column.span
        precondition(integers.count > 0 && integers.count <= IntegerColumn.maximumCount, "A column has 1 to 1024 rows.")
        guard threshold >= ColumnEncoder.small else {
            let transform = chooseTransform(integers)
            return Self.encode(transform, residuals, threshold, &streams, to: &buffer)
        }
        // Where size counts most, each transform is encoded in full: a half to one per cent smaller for twice the time.
        trial.removeAll()
        best.removeAll()
        var ranking = Ranking(integers, margin: 4)
        while let number = ranking.next(), let transform = Self.transform(number, integers) {
            IntegerColumn.fill(&residuals, integers, transform)
            trial.removeAll()
            Self.encode(transform, residuals, threshold, &streams, to: &trial)
            if best.count == 0 || trial.count < best.count { swap(&best, &trial) }
        }
        buffer.append(best.bytes)
    }

    private static func encode(
        _ transform: IntegerTransform, _ residuals: borrowing Column<Int64>, _ threshold: Double,
        _ streams: inout SymbolStreams, to buffer: inout FieldBuffer
    ) {
        let head = buffer.count
        buffer.append(UInt8(0))
        switch transform {
        case .none: break
        case .delta(let first): buffer.append(zigzag: first)
        case .deltaOfDelta(let first, let second), .line(let first, let second):
            buffer.append(zigzag: first)
            buffer.append(zigzag: second)
        }
        let body = encode(residuals, threshold, &streams, to: &buffer)
        buffer.replace(at: head, littleEndian: transform.number | body.rawValue << 2)
    }

    // MARK: Transforms

    /// Returns the cheapest transform and leaves its residuals in `residuals`.
    private mutating func chooseTransform(_ integers: Span<Int64>) -> IntegerTransform {
        var best = IntegerTransform.none
        var bestBits = Int.max
        var ranking = Ranking(integers, margin: 2)
        while let number = ranking.next(), let transform = Self.transform(number, integers) {
            IntegerColumn.fill(&candidate, integers, transform)
            let bits = Self.parameterBits(transform) + IntegerColumn.bits(candidate.span)
            if bits < bestBits {
                bestBits = bits
                best = transform
                swap(&residuals, &candidate)
            }
        }
        return best
    }

    /// The transforms that are worth a try, best first, judged by some 24 residuals of each.
    private struct Ranking {
        private var bits = InlineArray<4, Int>(repeating: .max)
        private var limit = 0
        private var count = 0

        /// Keeps those that take at most `margin` bits a residual more than the best one. ``next()`` returns three at
        /// most.
        init(_ integers: Span<Int64>, margin: Int) {
            var least = Int.max
            for number in 0..<4 {
                guard let transform = transform(number, integers) else { continue }
                bits[number] = IntegerColumn.sampledBits(integers, transform)
                least = min(least, bits[number])
            }
            limit = least + margin * 24
        }

        mutating func next() -> Int? {
            var best = 0
            for number in 1..<4 where bits[number] < bits[best] { best = number }
            guard count < 3, bits[best] <= limit else { return nil }
            bits[best] = .max
            count += 1
            return best
        }
    }

    private static func transform(_ number: Int, _ integers: Span<Int64>) -> IntegerTransform? {
        let count = integers.count, first = integers[0]
        if number == 0 { return IntegerTransform.none }
        if number == 1 { return .delta(first: first) }
        guard count > 2 else { return nil }
        if number == 2 { return .deltaOfDelta(first: first, second: integers[1] &- first) }
        let slope = roundedQuotient(integers[count - 1] &- first, Int64(count - 1))
        return slope == 0 ? nil : .line(first: first, slope: slope)
    }

    private static func roundedQuotient(_ dividend: Int64, _ divisor: Int64) -> Int64 {
        let (quotient, rest) = dividend.quotientAndRemainder(dividingBy: divisor)
        return quotient &+ (rest.magnitude * 2 >= divisor.magnitude ? dividend.signum() : 0)
    }

    private static func parameterBits(_ transform: IntegerTransform) -> Int {
        func bits(_ value: Int64) -> Int { 8 * FieldCoding.byteCount(varint: FieldCoding.zigzag(value)) }
        switch transform {
        case .none: return 0
        case .delta(let first): return bits(first)
        case .deltaOfDelta(let first, let second), .line(let first, let second): return bits(first) + bits(second)
        }
    }

    // MARK: Bodies

    private static func encode(
        _ column: borrowing Column<Int64>, _ threshold: Double, _ streams: inout SymbolStreams,
        to buffer: inout FieldBuffer
    ) -> IntegerBody {
        let residuals = column.span
        let reference = IntegerColumn.median(residuals) { $0 }
        let start = buffer.count
        guard !IntegerColumn.areAll(residuals, reference) else {
            buffer.append(zigzag: reference)
            return .constant
        }
        FrameBody.encode(residuals, reference: reference, to: &buffer)
        // The lengths of streams and the head of a body of symbols take about eight bytes.
        let budget = Int(Double((buffer.count - start) * 8) * threshold) - 64
        let prefix = SymbolBody.plan(residuals, reference: reference)
        // If all residuals are near the centre, a list of them is hardly ever smaller.
        let isPlain = prefix.map { $0.shift == 0 && $0.exceptionCount == 0 } ?? false
        let dictionary = isPlain ? nil : SymbolBody.planDictionary(residuals)
        if let prefix, prefix.bits < budget, prefix.bits <= dictionary?.bits ?? .max {
            buffer.truncate(to: start)
            SymbolBody.encode(residuals, prefix, &streams, to: &buffer)
            return .prefixCode
        }
        if let dictionary, dictionary.bits < budget {
            buffer.truncate(to: start)
            SymbolBody.encode(residuals, dictionary, &streams, to: &buffer)
            return .dictionary
        }
        return .frames
    }
}

extension IntegerColumn {
    /// Writes the residuals of `integers` to `residuals`.
    static func fill(_ residuals: inout Column<Int64>, _ integers: Span<Int64>, _ transform: IntegerTransform) {
        residuals.removeAll()
        let count = transform.residualCount(integers.count)
        var target = residuals.extend(by: count)
        switch transform {
        case .none: for index in 0..<count { target[index] = integers[index] }
        case .delta: for index in 0..<count { target[index] = integers[index &+ 1] &- integers[index] }
        case .deltaOfDelta:
            for index in 0..<count {
                let step = integers[index &+ 1] &- integers[index]
                target[index] = integers[index &+ 2] &- integers[index &+ 1] &- step
            }
        case .line(let first, let slope):
            var base = first
            for index in 0..<count {
                target[index] = integers[index] &- base
                base &+= slope
            }
        }
    }

    /// Returns the bits of the differences between some 24 of the residuals.
    static func sampledBits(_ integers: Span<Int64>, _ transform: IntegerTransform) -> Int {
        let count = transform.residualCount(integers.count)
        let step = max(1, count / 24)
        var bits = 0, last: Int64 = 0
        for index in stride(from: 0, to: count, by: step) {
            let residual =
                switch transform {
                case .none: integers[index]
                case .delta: integers[index &+ 1] &- integers[index]
                case .deltaOfDelta: integers[index &+ 2] &- 2 &* integers[index &+ 1] &+ integers[index]
                case .line(let first, let slope): integers[index] &- first &- Int64(index) &* slope
                }
            if index > 0 { bits &+= bitWidth((residual &- last).magnitude) }
            last = residual
        }
        return bits
    }

    /// Returns the bits that residuals take in frames, about. Every third frame is enough to rank transforms.
    static func bits(_ residuals: Span<Int64>) -> Int {
        let reference = median(residuals, limit: 16) { $0 }
        if areAll(residuals, reference) { return 0 }
        var bits = 0
        for start in stride(from: 0, to: residuals.count, by: 3 * FrameBody.frameCount) {
            let end = min(start + FrameBody.frameCount, residuals.count)
            bits += FrameBody.plan(residuals.extracting(start..<end), reference: reference).bits
        }
        return 3 * bits
    }

    static func areAll(_ residuals: Span<Int64>, _ value: Int64) -> Bool {
        for index in 0..<residuals.count where residuals[index] != value { return false }
        return true
    }

    /// Returns the median of `measure` of up to `limit` (at most 64) evenly spaced residuals, or 0 without residuals.
    @inline(__always)
    static func median(_ residuals: Span<Int64>, limit: Int = 64, _ measure: (Int64) -> Int64) -> Int64 {
        guard residuals.count > 0 else { return 0 }
        let step = (residuals.count + limit - 1) / limit
        let count = (residuals.count + step - 1) / step
        var sample = InlineArray<64, Int64>(repeating: 0)
        for index in 0..<count { sample[index] = measure(residuals[index * step]) }
        return select(count / 2, of: &sample, count)
    }

    /// Returns the element that would be at `wanted` if the first `count` were sorted. Reorders them.
    private static func select(_ wanted: Int, of sample: inout InlineArray<64, Int64>, _ count: Int) -> Int64 {
        var low = 0, high = count - 1
        while low < high {
            let pivot = sample[(low + high) / 2]
            var left = low, right = high
            while left <= right {
                while sample[left] < pivot { left += 1 }
                while sample[right] > pivot { right -= 1 }
                if left <= right {
                    (sample[left], sample[right]) = (sample[right], sample[left])
                    left += 1
                    right -= 1
                }
            }
            if wanted <= right { high = right } else if wanted >= left { low = left } else { break }
        }
        return sample[wanted]
    }
}
