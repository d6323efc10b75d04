internal import KTSDBModel

/// Reads the notation for series and points.
struct SeriesScanner {
    private let bytes: [UInt8]
    private var position = 0

    /// The maximum number of repetitions; more are a mistake, not a test.
    private static let countLimit = 10_000_000

    init(_ text: String) { bytes = Array(text.utf8) }

    // MARK: Characters

    var isAtEnd: Bool { position == bytes.count }
    var isAtBlank: Bool { peek == UInt8(ascii: " ") || peek == UInt8(ascii: "\t") }
    var isAtSign: Bool { peek == UInt8(ascii: "+") || peek == UInt8(ascii: "-") }
    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }
    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
    private static func isLetter(_ byte: UInt8) -> Bool {
        let lower = byte | 0x20
        return (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(lower) || byte == UInt8(ascii: "_")
    }

    func error(_ message: String) -> SeriesSyntaxError {
        let rest = String(decoding: bytes[min(position, bytes.count)...].prefix(20), as: UTF8.self)
        return SeriesSyntaxError("\(message), at \"\(rest)\"", offset: position)
    }

    /// What is wrong where an item begins, in the words of Prometheus.
    private func unexpectedItem() -> SeriesSyntaxError {
        var scanner = self
        let word = scanner.scanWord { Self.isLetter($0) || Self.isDigit($0) }
        return SeriesSyntaxError(
            "unexpected identifier \(goQuoted(word)) in series values, expected number or \"stale\"", offset: position)
    }

    mutating func skip(_ text: String) -> Bool {
        guard bytes[position...].starts(with: text.utf8) else { return false }
        position += text.utf8.count
        return true
    }

    private mutating func expect(_ text: String) throws {
        if !skip(text) { throw error("expected \"\(text)\"") }
    }

    /// Skips blanks, and returns whether anything is left.
    mutating func skipBlanks() -> Bool {
        while isAtBlank { position += 1 }
        return !isAtEnd
    }

    private mutating func scanWord(_ isPart: (UInt8) -> Bool) -> String {
        let start = position
        while let byte = peek, isPart(byte) { position += 1 }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    // MARK: Labels

    /// Reads labels: `name{a="b", "c.d"='e'}`, `{"name"}`, `name`.
    mutating func scanLabels() throws -> Labels {
        var builder = LabelsBuilder()
        if let byte = peek, Self.isLetter(byte) || byte == UInt8(ascii: ":") {
            builder.set("__name__", scanWord { Self.isLetter($0) || Self.isDigit($0) || $0 == UInt8(ascii: ":") })
        } else if peek != UInt8(ascii: "{") {
            throw error("expected a series")
        }
        guard skip("{") else { return builder.labels }
        while true {
            _ = skipBlanks()
            if skip("}") { return builder.labels }
            let name: String
            let isQuoted = peek.map { "\"'`".utf8.contains($0) } ?? false
            if isQuoted {
                name = try scanString()
            } else {
                guard let byte = peek, Self.isLetter(byte) else { throw error("expected a label or \"}\"") }
                name = scanWord { Self.isLetter($0) || Self.isDigit($0) }
            }
            _ = skipBlanks()
            if skip("=") {
                _ = skipBlanks()
                builder.set(name, try scanString())
            } else if isQuoted {
                builder.set("__name__", name)
            } else {
                throw error("expected \"=\"")
            }
            _ = skipBlanks()
            if !skip(","), peek != UInt8(ascii: "}") { throw error("expected \",\" or \"}\"") }
        }
    }

    private mutating func scanString() throws -> String {
        guard let quote = peek, "\"'`".utf8.contains(quote) else { throw error("expected a string") }
        let start = position
        position += 1
        while let byte = peek, byte != quote {
            position += byte == UInt8(ascii: "\\") && quote != UInt8(ascii: "`") ? 2 : 1
        }
        guard position < bytes.count else { throw error("unterminated string") }
        position += 1
        guard let value = goUnquoted(bytes.span.extracting(start..<position)) else {
            throw error("invalid string")
        }
        return value
    }

    // MARK: Points

    /// Reads one item in a list of points.
    mutating func scanItem() throws -> [SeriesDescription.Point] {
        if skip("_") {
            return Array(repeating: .absent, count: skip("x") ? try scanCount() : 1)
        }
        if skip("stale") { return [.float(.staleMarker)] }
        if skip("{{") { return try scanHistograms() }
        var value = try scanSignedNumber()
        if skip("x") { return Array(repeating: .float(value), count: try scanCount() + 1) }
        guard isAtSign else { return [.float(value)] }
        let step = try scanSignedNumber()
        try expect("x")
        let count = try scanCount()
        // Adds the step again and again, as the expected results do.
        return (0...count).map { _ in
            defer { value += step }
            return .float(value)
        }
    }

    mutating func scanCount() throws -> Int {
        let word = scanWord(Self.isDigit)
        guard let count = Int(word), count <= Self.countLimit else { throw error("invalid repeat count \"\(word)\"") }
        return count
    }

    /// Reads `1.5`, `-Inf`, `5m` (which is 300).
    private mutating func scanSignedNumber() throws -> Double {
        let isNegative = peek == UInt8(ascii: "-")
        if isAtSign { position += 1 }
        let number = try scanNumber()
        return isNegative ? -number : number
    }

    private mutating func scanNumber() throws -> Double {
        let start = position
        if let byte = peek, Self.isLetter(byte) {
            let word = scanWord(Self.isLetter)
            guard word.lowercased() == "inf" || word.lowercased() == "nan" else {
                position = start
                throw unexpectedItem()
            }
            return word.lowercased() == "inf" ? .infinity : .ordinaryNaN
        }
        if let hexadecimal = scanHexadecimal() { return hexadecimal }
        var word = scanWord { Self.isDigit($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "_") }
        if peek == UInt8(ascii: "e") || peek == UInt8(ascii: "E") {
            position += 1
            word += "e"
            if isAtSign {
                word += String(UnicodeScalar(bytes[position]))
                position += 1
            }
            word += scanWord(Self.isDigit)
        } else if let byte = peek, "smhdwy".utf8.contains(byte) {
            position = start
            return Double(try scanDuration()) / 1000
        }
        guard case .success(let value) = parseNumber(word) else {
            position = start
            throw error("expected a number")
        }
        return value
    }

    /// Reads `0x1f`; but `0x10` is a zero that is repeated.
    private mutating func scanHexadecimal() -> Double? {
        guard bytes[position...].starts(with: "0x".utf8) else { return nil }
        let digits = bytes[(position + 2)...].prefix {
            Self.isDigit($0) || ("a"..."f").contains(String(UnicodeScalar($0)))
        }
        guard digits.contains(where: { !Self.isDigit($0) }) else { return nil }
        guard let value = Int64(String(decoding: digits, as: UTF8.self), radix: 16) else { return nil }
        position = digits.endIndex
        return Double(value)
    }

    /// Reads a duration, with or without a sign, in milliseconds; zero needs no unit.
    mutating func scanSignedDuration() throws -> Int64 {
        let isNegative = peek == UInt8(ascii: "-")
        if isAtSign { position += 1 }
        let duration = try scanDuration()
        return isNegative ? -duration : duration
    }

    private mutating func scanDuration() throws -> Int64 {
        let start = position
        let word = scanWord { Self.isDigit($0) || "smhdwy".utf8.contains($0) }
        switch parseDuration(word) {
        case .success(let nanoseconds): return nanoseconds / 1_000_000
        case .failure(let failure):
            position = start
            throw error(failure.description)
        }
    }

    // MARK: Histograms

    /// Reads what follows `{{`: one histogram, or a sequence of histograms.
    private mutating func scanHistograms() throws -> [SeriesDescription.Point] {
        var (histogram, saysHint) = try scanHistogram()
        if skip("x") {
            return Array(repeating: .histogram(histogram, saysHint: saysHint), count: try scanCount() + 1)
        }
        guard isAtSign else { return [.histogram(histogram, saysHint: saysHint)] }
        let isDecrease = peek == UInt8(ascii: "-")
        position += 1
        try expect("{{")
        let (step, stepSaysHint) = try scanHistogram()
        if histogram.schema > step.schema {
            throw error("cannot add a histogram of schema \(step.schema) to one of schema \(histogram.schema)")
        }
        try expect("x")
        saysHint = stepSaysHint
        var points: [SeriesDescription.Point] = [.histogram(histogram, saysHint: saysHint)]
        for _ in 0..<(try scanCount()) {
            do {
                _ = isDecrease ? try histogram.subtract(step) : try histogram.add(step)
            } catch {
                throw self.error("histograms with exponential and custom buckets cannot be combined")
            }
            points.append(.histogram(histogram, saysHint: saysHint))
        }
        return points
    }

    private mutating func scanHistogram() throws -> (histogram: Histogram, saysHint: Bool) {
        var histogram = Histogram(), positiveOffset: Int32 = 0, negativeOffset: Int32 = 0
        var positive: [Double] = [], negative: [Double] = []
        var seen: Set<String> = []
        while skipBlanks() {
            if skip("}}") {
                histogram.positive = HistogramBuckets(offset: positiveOffset, counts: positive)
                histogram.negative = HistogramBuckets(offset: negativeOffset, counts: negative)
                return (histogram, seen.contains("counter_reset_hint"))
            }
            let key = scanWord(Self.isLetter)
            try expect(":")
            guard seen.insert(key).inserted else { throw error("duplicate key \"\(key)\" in histogram") }
            switch key {
            case "schema": histogram.schema = try scanInteger()
            case "sum": histogram.sum = try scanSignedNumber()
            case "count": histogram.count = try scanSignedNumber()
            case "z_bucket": histogram.zeroCount = try scanSignedNumber()
            case "z_bucket_w": histogram.zeroThreshold = try scanNumber()
            case "buckets": positive = try scanNumbers()
            case "offset": positiveOffset = try scanInteger()
            case "n_buckets": negative = try scanNumbers()
            case "n_offset": negativeOffset = try scanInteger()
            case "custom_values": histogram.customBounds = try scanNumbers()
            case "counter_reset_hint": histogram.counterResetHint = try scanHint()
            default: throw error("unknown key \"\(key)\" in histogram")
            }
        }
        throw error("histogram without \"}}\"")
    }

    private mutating func scanHint() throws -> Histogram.CounterResetHint {
        switch scanWord(Self.isLetter) {
        case "unknown": return .unknown
        case "reset": return .reset
        case "not_reset": return .notReset
        case "gauge": return .gauge
        default: throw error("unknown counter reset hint")
        }
    }

    private mutating func scanInteger() throws -> Int32 {
        let isNegative = skip("-")
        let word = scanWord(Self.isDigit)
        guard let number = Int32(word) else { throw error("expected an integer") }
        return isNegative ? -number : number
    }

    private mutating func scanNumbers() throws -> [Double] {
        try expect("[")
        var numbers: [Double] = []
        while skipBlanks() {
            if skip("]") { return numbers }
            numbers.append(try scanSignedNumber())
        }
        throw error("list without \"]\"")
    }
}
