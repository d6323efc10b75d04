internal import KTSDBModel

/// Looks for a level in the fields of a line: of a JSON object, up to two objects deep, or of `key=value` pairs.
///
/// Allocates nothing. What comes before a malformed part of the line counts.
struct LevelFields: ~Copyable, ~Escapable {
    private let line: Span<UInt8>
    private var position = 0
    /// What was found, and how much the field is preferred: less is better.
    private var found: (level: LogLevel, rank: Int)?

    @_lifetime(copy line)
    init(_ line: Span<UInt8>) { self.line = line }

    /// The level of the preferred field; nil if no field names a known level.
    var level: LogLevel? {
        mutating get {
            skipBlanks()
            if take(UInt8(ascii: "{")) { _ = scanObject(depth: 0) } else { scanPairs() }
            return found?.level
        }
    }

    private mutating func consider(_ name: Range<Int>, _ text: Range<Int>, depth: Int) {
        for (index, source) in DetectedLevel.sources.enumerated() {
            let rank = depth * DetectedLevel.sources.count + index
            if let found, found.rank <= rank { return }
            guard line.extracting(name).isEqual(to: source.utf8.span) else { continue }
            if let level = LogLevel(spelling: line.extracting(text)) { found = (level, rank) }
            return
        }
    }

    // MARK: JSON

    /// Scans an object after its `{`; returns whether it is well-formed.
    private mutating func scanObject(depth: Int) -> Bool {
        skipBlanks()
        if take(UInt8(ascii: "}")) { return true }
        while true {
            skipBlanks()
            guard let name = takeText() else { return false }
            skipBlanks()
            guard take(UInt8(ascii: ":")) else { return false }
            skipBlanks()
            guard position < line.count else { return false }
            if line[position] == UInt8(ascii: "\"") {
                guard let text = takeText() else { return false }
                consider(name, text, depth: depth)
            } else if depth == 0, take(UInt8(ascii: "{")) {
                guard scanObject(depth: 1) else { return false }
            } else {
                guard skipValue() else { return false }
            }
            skipBlanks()
            if take(UInt8(ascii: "}")) { return true }
            guard take(UInt8(ascii: ",")) else { return false }
        }
    }

    /// Skips a number, a literal, or an array or object with all that is in it.
    private mutating func skipValue() -> Bool {
        var open = 0
        while position < line.count {
            switch line[position] {
            case UInt8(ascii: "\""):
                guard takeText() != nil else { return false }
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["): open += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if open == 0 { return true }
                open -= 1
            case UInt8(ascii: ",") where open == 0: return true
            default: break
            }
            position += 1
        }
        return false
    }

    /// Takes a text in double quotes, and returns the range of what is in them; nil without one.
    private mutating func takeText() -> Range<Int>? {
        guard take(UInt8(ascii: "\"")) else { return nil }
        let start = position
        while position < line.count {
            switch line[position] {
            case UInt8(ascii: "\""):
                position += 1
                return start..<(position - 1)
            case UInt8(ascii: "\\"): position = min(position + 2, line.count)
            default: position += 1
            }
        }
        return nil
    }

    // MARK: Pairs

    private mutating func scanPairs() {
        while position < line.count {
            skipBlanks()
            let start = position
            while position < line.count, line[position] > 0x20, line[position] != UInt8(ascii: "=") { position += 1 }
            let name = start..<position
            guard take(UInt8(ascii: "=")) else { continue }
            if position < line.count, line[position] == UInt8(ascii: "\"") {
                guard let text = takeText() else { return }
                consider(name, text, depth: 0)
            } else {
                let begin = position
                while position < line.count, line[position] > 0x20 { position += 1 }
                consider(name, begin..<position, depth: 0)
            }
        }
    }

    private mutating func skipBlanks() {
        while position < line.count, line[position] <= 0x20 { position += 1 }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard position < line.count, line[position] == byte else { return false }
        position += 1
        return true
    }
}
