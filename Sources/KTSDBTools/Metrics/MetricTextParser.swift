internal import KTSDBModel

/// Reads Prometheus' text format as strictly as promtool does, with its errors.
///
/// The parser of scrapes is more lenient and does not keep what the checks look at.
struct MetricTextParser {
    let bytes: [UInt8]
    /// The byte that is looked at; at the end of the text `bytes.count`.
    var position = 0
    var line = 0
    var families: [String: CheckedFamily] = [:]
    /// The places of summaries and histograms among the members of their families.
    var places: [MetricSignature: Int] = [:]

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The metrics of a text that have samples, by name.
    static func families(in bytes: [UInt8]) throws(MetricTextError) -> [String: CheckedFamily] {
        var parser = MetricTextParser(bytes)
        while try parser.readLine() {}
        return parser.families.filter { !$0.value.members.isEmpty }
    }

    // MARK: Bytes

    func fail(_ message: String) -> MetricTextError { MetricTextError(line: line, message: message) }

    func current() throws(MetricTextError) -> UInt8 {
        guard position < bytes.count else { throw fail("unexpected end of input stream") }
        return bytes[position]
    }

    static func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }

    mutating func skipBlanks() { while position < bytes.count, Self.isBlank(bytes[position]) { position += 1 } }

    mutating func token() throws(MetricTextError) -> String {
        let start = position
        while !Self.isBlank(try current()), bytes[position] != UInt8(ascii: "\n") { position += 1 }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    func shown(_ byte: UInt8) -> String {
        switch byte {
        case UInt8(ascii: "\n"): "'\\n'"
        case UInt8(ascii: "'"): "'\\''"
        case UInt8(ascii: "\\"): "'\\\\'"
        default: "'\(String(UnicodeScalar(byte)))'"
        }
    }

    // MARK: Lines

    /// Reads one line; false at the end of the text.
    mutating func readLine() throws(MetricTextError) -> Bool {
        line += 1
        skipBlanks()
        guard position < bytes.count else { return false }
        switch bytes[position] {
        case UInt8(ascii: "\n"): position += 1
        case UInt8(ascii: "#"):
            position += 1
            try readComment()
        default: try readSample()
        }
        return true
    }

    mutating func readComment() throws(MetricTextError) {
        skipBlanks()
        guard try current() != UInt8(ascii: "\n") else { return position += 1 }
        let keyword = try token()
        guard bytes[position] != UInt8(ascii: "\n") else { return position += 1 }
        guard keyword == "HELP" || keyword == "TYPE" else {
            while try current() != UInt8(ascii: "\n") { position += 1 }
            return position += 1
        }
        skipBlanks()
        let name = try name(allowsColon: true)
        guard try current() != UInt8(ascii: "\n") else { return position += 1 }
        guard Self.isBlank(bytes[position]) else { throw fail("invalid metric name in comment") }
        let place = try family(name)
        skipBlanks()
        guard try current() != UInt8(ascii: "\n") else { return position += 1 }
        if keyword == "HELP" { try readHelp(place.name) } else { try readKind(place.name) }
    }

    mutating func readHelp(_ name: String) throws(MetricTextError) {
        guard families[name]?.help == nil else { throw fail("second HELP line for metric name \(goQuoted(name))") }
        var text: [UInt8] = []
        while try current() != UInt8(ascii: "\n") {
            if bytes[position] == UInt8(ascii: "\\") {
                position += 1
                text.append(try escaped())
            } else {
                text.append(bytes[position])
            }
            position += 1
        }
        position += 1
        families[name]?.help = String(decoding: text, as: UTF8.self)
    }

    func escaped() throws(MetricTextError) -> UInt8 {
        switch try current() {
        case UInt8(ascii: "\\"): return UInt8(ascii: "\\")
        case UInt8(ascii: "n"): return UInt8(ascii: "\n")
        case UInt8(ascii: "\""): return UInt8(ascii: "\"")
        default: throw fail("invalid escape sequence '\\\(String(UnicodeScalar(bytes[position])))'")
        }
    }

    mutating func readKind(_ name: String) throws(MetricTextError) {
        guard families[name]?.kind == nil else {
            throw fail("second TYPE line for metric name \(goQuoted(name)), or TYPE reported after samples")
        }
        let start = position
        while try current() != UInt8(ascii: "\n") { position += 1 }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        position += 1
        let lower = text.lowercased()
        guard let kind = CheckedFamily.Kind(rawValue: lower == "gaugehistogram" ? "gauge_histogram" : lower) else {
            throw fail("unknown metric type \(goQuoted(text))")
        }
        families[name]?.kind = kind
    }
}
