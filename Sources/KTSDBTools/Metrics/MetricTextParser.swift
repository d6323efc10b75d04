internal import KTSDBModel

/// Reads Prometheus' text format as strictly as promtool does, with its errors.
///
/// The parser of scrapes is more lenient and does not keep what the checks look at.
struct MetricTextParser {
    private let bytes: [UInt8]
    /// The byte that is looked at; at the end of the text `bytes.count`.
    private var position = 0
    private var line = 0
    private var families: [String: MetricFamily] = [:]
    /// The places of summaries and histograms among the members of their families.
    private var places: [MetricSignature: Int] = [:]

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The metrics of a text that have samples, by name.
    static func families(in bytes: [UInt8]) throws(MetricTextError) -> [String: MetricFamily] {
        var parser = MetricTextParser(bytes)
        while try parser.readLine() {}
        return parser.families.filter { !$0.value.members.isEmpty }
    }

    // MARK: Bytes

    private func fail(_ message: String) -> MetricTextError { MetricTextError(line: line, message: message) }

    private func current() throws(MetricTextError) -> UInt8 {
        guard position < bytes.count else { throw fail("unexpected end of input stream") }
        return bytes[position]
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }

    private mutating func skipBlanks() { while position < bytes.count, Self.isBlank(bytes[position]) { position += 1 } }

    private mutating func token() throws(MetricTextError) -> String {
        let start = position
        while !Self.isBlank(try current()), bytes[position] != UInt8(ascii: "\n") { position += 1 }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private func shown(_ byte: UInt8) -> String {
        switch byte {
        case UInt8(ascii: "\n"): "'\\n'"
        case UInt8(ascii: "'"): "'\\''"
        case UInt8(ascii: "\\"): "'\\\\'"
        default: "'\(String(UnicodeScalar(byte)))'"
        }
    }

    // MARK: Lines

    /// Reads one line; false at the end of the text.
    private mutating func readLine() throws(MetricTextError) -> Bool {
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

    private mutating func readComment() throws(MetricTextError) {
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

    private mutating func readHelp(_ name: String) throws(MetricTextError) {
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

    private func escaped() throws(MetricTextError) -> UInt8 {
        switch try current() {
        case UInt8(ascii: "\\"): return UInt8(ascii: "\\")
        case UInt8(ascii: "n"): return UInt8(ascii: "\n")
        case UInt8(ascii: "\""): return UInt8(ascii: "\"")
        default: throw fail("invalid escape sequence '\\\(String(UnicodeScalar(bytes[position])))'")
        }
    }

    private mutating func readKind(_ name: String) throws(MetricTextError) {
        guard families[name]?.kind == nil else {
            throw fail("second TYPE line for metric name \(goQuoted(name)), or TYPE reported after samples")
        }
        let start = position
        while try current() != UInt8(ascii: "\n") { position += 1 }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        position += 1
        let lower = text.lowercased()
        guard let kind = MetricFamily.Kind(rawValue: lower == "gaugehistogram" ? "gauge_histogram" : lower) else {
            throw fail("unknown metric type \(goQuoted(text))")
        }
        families[name]?.kind = kind
    }

    // MARK: Names

    /// Reads a name, which may be between quotes; empty if none begins here.
    private mutating func name(allowsColon: Bool) throws(MetricTextError) -> String {
        if try current() == UInt8(ascii: "\"") { return try quoted(allowsColon ? "metric name" : "label name") }
        let start = position
        while Self.isNameByte(try current(), isFirst: position == start, allowsColon) { position += 1 }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private static func isNameByte(_ byte: UInt8, isFirst: Bool, _ allowsColon: Bool) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"): !isFirst
        case UInt8(ascii: ":"): allowsColon
        default: false
        }
    }

    private mutating func quoted(_ what: String) throws(MetricTextError) -> String {
        position += 1
        var text: [UInt8] = []
        while try current() != UInt8(ascii: "\"") {
            if bytes[position] == UInt8(ascii: "\n") {
                throw fail("\(what) \(goQuoted(String(decoding: text, as: UTF8.self))) contains unescaped new-line")
            }
            if bytes[position] == UInt8(ascii: "\\") {
                position += 1
                text.append(try escaped())
            } else {
                text.append(bytes[position])
            }
            position += 1
        }
        position += 1
        return String(decoding: text, as: UTF8.self)
    }

    /// The family that a name belongs to, which is made if there is none, and what the name is of it.
    private mutating func family(_ name: String) throws(MetricTextError) -> MetricPlace {
        guard !name.isEmpty else { throw fail("invalid metric name \(goQuoted(name))") }
        if families[name] != nil { return MetricPlace(name: name, role: .value) }
        for (suffix, role) in [("_count", MetricPlace.Role.count), ("_sum", .sum), ("_bucket", .value)]
        where name.hasSuffix(suffix) {
            let base = String(name.dropLast(suffix.count)), kind = families[base]?.kind
            let isHistogram = kind == .histogram || kind == .gaugeHistogram
            if kind == .summary && suffix != "_bucket" || isHistogram { return MetricPlace(name: base, role: role) }
        }
        families[name] = MetricFamily(name: name)
        return MetricPlace(name: name, role: .value)
    }

    // MARK: Samples

    private mutating func readSample() throws(MetricTextError) {
        var sample = MetricSample()
        if bytes[position] != UInt8(ascii: "{") {
            let name = try name(allowsColon: true)
            guard !name.isEmpty else { throw fail("invalid metric name") }
            try begin(name, &sample)
            skipBlanks()
        }
        if try current() == UInt8(ascii: "{") { try readLabels(&sample) }
        guard let place = sample.place, let kind = families[place.name]?.kind else { throw fail("invalid metric name") }
        let index = member(place, kind, sample)
        let text = try token()
        guard let value = Self.number(text) else { throw fail("expected float as value, got \(goQuoted(text))") }
        if kind == .histogram || kind == .gaugeHistogram { try checkCount(place, value, sample) }
        if place.role == .value, sample.part != nil { families[place.name]?.members[index].parts += 1 }
        if bytes[position] != UInt8(ascii: "\n") { try readTime() }
        position += 1
    }

    private mutating func begin(_ name: String, _ sample: inout MetricSample) throws(MetricTextError) {
        let place = try family(name)
        if families[place.name]?.kind == nil { families[place.name]?.kind = .untyped }
        sample.place = place
        sample.kind = families[place.name]?.kind
    }

    private func checkCount(_ place: MetricPlace, _ value: Double, _ sample: MetricSample) throws(MetricTextError) {
        guard value < 0 else { return }
        if place.role == .count { throw fail("negative count for histogram \(goQuoted(place.name))") }
        if place.role == .value, sample.part != nil {
            throw fail("negative bucket population for histogram \(goQuoted(place.name))")
        }
    }

    /// The place of the sample's labels among those of its family. The parts of a histogram share one.
    private mutating func member(_ place: MetricPlace, _ kind: MetricFamily.Kind, _ sample: MetricSample) -> Int {
        let isComposed = kind != .counter && kind != .gauge && kind != .untyped
        let signature = MetricSignature(family: place.name, labels: sample.labels)
        if isComposed, let index = places[signature] { return index }
        let index = families[place.name]?.members.count ?? 0
        families[place.name]?.members.append(MetricFamily.Member(labels: sample.labels))
        if isComposed { places[signature] = index }
        return index
    }

    private mutating func readTime() throws(MetricTextError) {
        skipBlanks()
        let text = try token()
        guard Int64(text) != nil else { throw fail("expected integer as timestamp, got \(goQuoted(text))") }
        let start = position
        while try current() != UInt8(ascii: "\n") { position += 1 }
        guard start == position else {
            let rest = String(decoding: bytes[start..<position], as: UTF8.self)
            throw fail("spurious string after timestamp: \(goQuoted(rest))")
        }
    }

    /// A number as Go reads it, but for underscores.
    private static func number(_ text: String) -> Double? {
        if text.contains("p") || text.contains("P") || text.contains("_") { return nil }
        switch text.lowercased() {
        case "inf", "+inf", "infinity", "+infinity": return .infinity
        case "-inf", "-infinity": return -.infinity
        case "nan": return .nan
        default: return Double(text)
        }
    }

    // MARK: Labels

    private mutating func readLabels(_ sample: inout MetricSample) throws(MetricTextError) {
        position += 1
        let isNameInside = sample.place == nil
        while true {
            skipBlanks()
            if try current() == UInt8(ascii: "}") { break }
            let name = try name(allowsColon: false), metric = sample.place?.name ?? ""
            guard !name.isEmpty else { throw fail("invalid label name for metric \(goQuoted(metric))") }
            skipBlanks()
            if try current() != UInt8(ascii: "=") {
                guard isNameInside else {
                    throw fail("expected '=' after label name, found \(shown(bytes[position]))")
                }
                guard sample.place == nil else { throw fail("multiple metric names for metric \(goQuoted(metric))") }
                guard [UInt8(ascii: ","), UInt8(ascii: "}")].contains(bytes[position]) else {
                    throw fail("unexpected end of metric name \(shown(bytes[position]))")
                }
                try begin(name, &sample)
            } else {
                position += 1
                try readValue(of: name, &sample)
            }
            if bytes[position] == UInt8(ascii: ",") { position += 1 }
        }
        position += 1
        guard sample.place != nil else { throw fail("invalid metric name") }
        skipBlanks()
    }

    private mutating func readValue(of name: String, _ sample: inout MetricSample) throws(MetricTextError) {
        if name == "__name__" { throw fail("label name \"__name__\" is reserved") }
        let isPart =
            sample.kind == .summary && name == "quantile"
            || (sample.kind == .histogram || sample.kind == .gaugeHistogram) && name == "le"
        if !isPart, sample.labels.contains(where: { $0.name == name }) {
            throw fail("duplicate label names for metric \(goQuoted(sample.place?.name ?? ""))")
        }
        skipBlanks()
        guard try current() == UInt8(ascii: "\"") else {
            throw fail("expected '\"' at start of label value, found \(shown(bytes[position]))")
        }
        let value = try quoted("label value")
        if !isPart {
            sample.labels.append(MetricFamily.LabelPair(name: name, value: value))
        } else if let number = Self.number(value) {
            sample.part = number.isNaN ? nil : number
        } else {
            throw fail("expected float as value for '\(name)' label, got \(goQuoted(value))")
        }
        skipBlanks()
        guard [UInt8(ascii: ","), UInt8(ascii: "}")].contains(try current()) else {
            throw fail("unexpected end of label value \(goQuoted(value))")
        }
    }
}

/// A line with a value, as far as it is read.
private struct MetricSample {
    var place: MetricPlace?
    var kind: MetricFamily.Kind?
    var labels: [MetricFamily.LabelPair] = []
    /// The quantile or the bucket's bound.
    var part: Double?
}

/// What a name is of a family.
private struct MetricPlace {
    enum Role { case value, count, sum }
    var name: String
    var role: Role
}

/// Distinguishes the parts of one summary or histogram from those of others.
private struct MetricSignature: Hashable {
    var family: String
    var labels: Set<MetricFamily.LabelPair>

    init(family: String, labels: [MetricFamily.LabelPair]) {
        self.family = family
        self.labels = Set(labels)
    }
}
