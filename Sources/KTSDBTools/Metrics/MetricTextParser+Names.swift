internal import KTSDBModel

extension MetricTextParser {
    /// Reads a name, which may be between quotes; empty if none begins here.
    mutating func name(allowsColon: Bool) throws(MetricTextError) -> String {
        if try current() == UInt8(ascii: "\"") { return try quoted(allowsColon ? "metric name" : "label name") }
        let start = position
        while Self.isNameByte(try current(), isFirst: position == start, allowsColon) { position += 1 }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    static func isNameByte(_ byte: UInt8, isFirst: Bool, _ allowsColon: Bool) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"): !isFirst
        case UInt8(ascii: ":"): allowsColon
        default: false
        }
    }

    mutating func quoted(_ what: String) throws(MetricTextError) -> String {
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

    /// The family that a name belongs to, which is made if it is new, and what the name is of it.
    mutating func family(_ name: String) throws(MetricTextError) -> MetricPlace {
        guard !name.isEmpty else { throw fail("invalid metric name \(goQuoted(name))") }
        if families[name] != nil { return MetricPlace(name: name, role: .value) }
        for (suffix, role) in [("_count", MetricPlace.Role.count), ("_sum", .sum), ("_bucket", .value)]
        where name.hasSuffix(suffix) {
            let base = String(name.dropLast(suffix.count)), kind = families[base]?.kind
            let isHistogram = kind == .histogram || kind == .gaugeHistogram
            if kind == .summary && suffix != "_bucket" || isHistogram { return MetricPlace(name: base, role: role) }
        }
        families[name] = CheckedFamily(name: name)
        return MetricPlace(name: name, role: .value)
    }
}
