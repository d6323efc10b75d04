internal import KTSDBModel

/// `| unpack`: the strings of an object become labels, and that of `_entry` the line.
struct Unpacker: Sendable {
    private static let entryKey = Array("_entry".utf8)

    private var key: [UInt8] = []
    private var name: [UInt8] = []
    private var value: [UInt8] = []

    /// Sets labels from a line, which changes. Without `_entry` nothing is set.
    mutating func unpack(_ line: inout [UInt8], _ labels: inout LineLabels) {
        if line.isEmpty { return }
        do throws(JSONProblem) {
            guard line[0] == UInt8(ascii: "{") else { throw .notPacked }
            var fields: [(name: [UInt8], value: [UInt8])] = []
            guard let entry = try read(line.span, &fields) else { return }
            for field in fields { labels.extract(named: field.name.span, field.value.span, keepsFirst: false) }
            line = entry
        } catch {
            // A query that needs no labels knows no errors of parsers.
            if !labels.needsNothing { labels.setError(.json, details: error.rawValue.utf8.span) }
        }
    }

    /// Reads the strings of an object. Returns that of `_entry`.
    private mutating func read(
        _ line: Span<UInt8>, _ fields: inout [(name: [UInt8], value: [UInt8])]
    ) throws(JSONProblem) -> [UInt8]? {
        var entry: [UInt8]?
        var index = 1
        guard let first = JSONScan.token(line, at: index) else { throw .json }
        index = first
        while line[index] != UInt8(ascii: "}") {
            guard line[index] == UInt8(ascii: "\"") else { throw .object }
            guard let end = JSONScan.stringEnd(line, at: index + 1) else { throw .json }
            key.removeAll(keepingCapacity: true)
            guard JSONEscapes.unescape(line.extracting((index + 1)..<end.quote), to: &key) else { throw .escape }
            guard let colon = JSONScan.token(line, at: end.quote + 1), line[colon] == UInt8(ascii: ":") else {
                throw .json
            }
            let found = try JSONScan.value(line, at: colon + 1)
            if found.kind == .string { take(line.extracting(found.range), found.isEscaped, &entry, &fields) }
            guard let next = JSONScan.token(line, at: found.end) else { throw .array }
            if line[next] == UInt8(ascii: "}") { break }
            guard line[next] == UInt8(ascii: ",") else { throw .object }
            guard let token = JSONScan.token(line, at: next + 1) else { throw .array }
            index = token
        }
        return entry
    }

    /// Keeps a string by its key.
    private mutating func take(
        _ text: Span<UInt8>, _ isEscaped: Bool, _ entry: inout [UInt8]?,
        _ fields: inout [(name: [UInt8], value: [UInt8])]
    ) {
        if key == Self.entryKey {
            var unescaped: [UInt8] = []
            if !JSONEscapes.unescape(text, to: &unescaped) { unescaped = [] }
            entry = unescaped
            return
        }
        value.removeAll(keepingCapacity: true)
        let isValue = JSONStringValue.text(text, isEscaped, &value)
        name.removeAll(keepingCapacity: true)
        let key = key
        LabelNameText.append(key.span, to: &name)
        if !name.isEmpty { fields.append((name, isValue ? value : Array(text))) }
    }
}
