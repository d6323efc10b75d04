internal import KTSDBConfiguration
internal import KTSDBModel
internal import PrometheusWire

/// Reads target groups from a JSON file, as Go's `encoding/json` reads it into Prometheus' target groups.
///
/// ```
/// [{"targets": ["10.0.0.1:9100"], "labels": {"env": "prod"}}]
/// ```
///
/// Field names match regardless of case, `null` means an empty value, the last of repeated fields or labels counts, and
/// half a surrogate pair becomes U+FFFD. Other fields, other kinds of values and anything that is not JSON are errors.
/// Since each place accepts one kind of value, input cannot be nested deeper than the groups.
struct JSONTargets {
    /// A problem, and the line where it is.
    struct Problem: Error, Hashable, CustomStringConvertible {
        let line: Int
        let description: String
    }

    private let bytes: [UInt8]
    private var position = 0
    /// A label that all groups get.
    private let extra: (name: String, value: String)?

    /// Reads the groups; each gets the label `extra`, whatever its own are.
    static func groups(
        in bytes: [UInt8], adding extra: (name: String, value: String)? = nil
    ) throws(Problem) -> [TargetGroup] {
        var reader = JSONTargets(bytes: bytes, extra: extra)
        guard FileText.Mark(of: bytes) == .none else {
            throw reader.problem("not valid JSON: the file begins with a byte order mark; save it as UTF-8 without one")
        }
        do { _ = try FileText.decode(bytes) } catch {
            throw Problem(line: error.line, description: "cannot read: \(error)")
        }
        return try reader.document()
    }

    private init(bytes: [UInt8], extra: (name: String, value: String)?) { (self.bytes, self.extra) = (bytes, extra) }

    private mutating func document() throws(Problem) -> [TargetGroup] {
        var groups: [TargetGroup] = []
        try list("a list of target groups") { (reader) throws(Problem) in
            if reader.takeNull() { throw reader.problem("nil target group item found") }
            groups.append(try reader.group())
        }
        skipBlanks()
        guard position == bytes.count else { throw unexpected("after the list of target groups") }
        return groups
    }

    private mutating func group() throws(Problem) -> TargetGroup {
        var addresses: [String] = [], labels: [String: String] = [:]
        try object("a target group") { (reader, name) throws(Problem) in
            switch Self.folded(name) {
            case "targets": addresses = try reader.targets(after: addresses)
            case "labels": labels = try reader.labels()
            default: throw reader.problem("field \(name) not found in target group")
            }
        }
        if let extra { labels[extra.name] = extra.value }
        do {
            return TargetGroup(
                addresses: addresses, labels: try Labels(checking: labels.lazy.map { ($0.key, $0.value) }))
        } catch {
            throw problem("\(error)")
        }
    }

    /// Reads a list of targets. If the group has an earlier list, a `null` in this one keeps the earlier list's target
    /// at the same index.
    private mutating func targets(after earlier: [String]) throws(Problem) -> [String] {
        var targets: [String] = []
        if takeNull() { return [] }
        try list("a list of targets") { (reader) throws(Problem) in
            let place = targets.count
            let isNull = reader.takeNull()
            targets.append(
                isNull ? place < earlier.count ? earlier[place] : "" : try reader.string("a target"))
        }
        return targets
    }

    private mutating func labels() throws(Problem) -> [String: String] {
        var labels: [String: String] = [:]
        if takeNull() { return [:] }
        try object("labels") { (reader, name) throws(Problem) in
            labels[name] = reader.takeNull() ? "" : try reader.string("the label \(goQuoted(name))")
        }
        guard labels[""] == nil else { throw problem("\"\" is not a valid label name") }
        return labels.filter { !$0.value.isEmpty }
    }

    /// Folds a field name as Go does to compare it: regardless of case, with `ſ` as an s and the Kelvin sign as a k.
    private static func folded(_ name: String) -> String {
        String(
            String.UnicodeScalarView(name.unicodeScalars.map { $0 == "\u{17f}" ? "s" : $0 == "\u{212a}" ? "k" : $0 })
        )
        .lowercased()
    }

    // MARK: JSON

    private mutating func list(
        _ what: String, _ element: (inout JSONTargets) throws(Problem) -> Void
    ) throws(Problem) {
        if takeNull() { return }
        try open(UInt8(ascii: "["), what)
        if take(UInt8(ascii: "]")) { return }
        repeat { try element(&self) } while try hasMore(until: UInt8(ascii: "]"), what)
    }

    private mutating func object(
        _ what: String, _ field: (inout JSONTargets, String) throws(Problem) -> Void
    ) throws(Problem) {
        try open(UInt8(ascii: "{"), what)
        if take(UInt8(ascii: "}")) { return }
        repeat {
            let name = try string("the name of a field")
            guard take(UInt8(ascii: ":")) else { throw unexpected("after the name \(goQuoted(name)), where : belongs") }
            try field(&self, name)
        } while try hasMore(until: UInt8(ascii: "}"), what)
    }

    private mutating func open(_ brace: UInt8, _ what: String) throws(Problem) {
        guard take(brace) else { throw unexpected("where \(what) belongs") }
    }

    /// Returns whether a comma follows, as opposed to the end.
    private mutating func hasMore(until end: UInt8, _ what: String) throws(Problem) -> Bool {
        if take(UInt8(ascii: ",")) { return true }
        guard take(end) else { throw unexpected("in \(what), where a comma or its end belongs") }
        return false
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        skipBlanks()
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    private mutating func takeNull() -> Bool {
        skipBlanks()
        guard bytes[position...].starts(with: "null".utf8) else { return false }
        position += 4
        return true
    }

    private mutating func skipBlanks() {
        while position < bytes.count, [0x20, 0x09, 0x0a, 0x0d].contains(bytes[position]) { position += 1 }
    }

    private mutating func string(_ what: String) throws(Problem) -> String {
        guard take(UInt8(ascii: "\"")) else { throw unexpected("where \(what) belongs, which is a text in quotes") }
        position -= 1
        do throws(JSONText.Problem) { return try JSONText.read(bytes, at: &position) } catch {
            switch error {
            case .end: throw unexpected("in a text")
            case .control: throw unexpected("in a text, where it has to be escaped")
            case .escape: throw unexpected("in an escape sequence")
            case .digit: throw unexpected("in an escape sequence, which has four hexadecimal digits")
            }
        }
    }

    // MARK: Problems

    private func unexpected(_ place: String) -> Problem {
        guard position < bytes.count else { return problem("not valid JSON: unexpected end of the file \(place)") }
        let rest = String(decoding: bytes[position...].prefix(4), as: UTF8.self)
        return problem("not a file of targets: unexpected \(goQuoted(String(rest.prefix(1)))) \(place)")
    }

    private func problem(_ description: String) -> Problem {
        Problem(line: 1 + bytes[..<position].count { $0 == UInt8(ascii: "\n") }, description: description)
    }
}
