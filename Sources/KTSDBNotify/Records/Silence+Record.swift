internal import KTSDBModel

extension Silence {
    private static let recordVersion: UInt8 = 1

    /// The silence as bytes.
    package var record: [UInt8] {
        var writer = RecordWriter(version: Self.recordVersion)
        writer.text(id)
        writer.count(matcherSets.count)
        for matchers in matcherSets {
            writer.count(matchers.list.count)
            for matcher in matchers.list {
                writer.number(UInt64(matcher.operation.rawValue))
                writer.text(matcher.name)
                writer.text(matcher.value)
            }
        }
        for time in [startsAt, endsAt, updatedAt] { writer.time(time) }
        writer.text(createdBy)
        writer.text(comment)
        writer.pairs(annotations)
        return writer.bytes
    }

    /// Reads a silence.
    package init(record: [UInt8]) throws(RecordError) {
        var reader = try RecordReader(record, version: Self.recordVersion, what: "silence")
        let id = try reader.text()
        var sets: [Matchers] = []
        for _ in 0..<(try reader.count(width: 1)) {
            var list: [Matcher] = []
            for _ in 0..<(try reader.count(width: 3)) { list.append(try Self.matcher(&reader)) }
            sets.append(Matchers(list))
        }
        self.init(
            id: id, matcherSets: sets, startsAt: try reader.time(), endsAt: try reader.time(),
            updatedAt: try reader.time(), createdBy: try reader.text(), comment: try reader.text())
        annotations = try reader.pairs()
        try reader.finish()
    }

    private static func matcher(_ reader: inout RecordReader) throws(RecordError) -> Matcher {
        guard let operation = Matcher.Operation(rawValue: try reader.byte()) else {
            throw RecordError("The stored silence is damaged: unknown operation of a matcher.")
        }
        let name = try reader.text(), value = try reader.text()
        do throws(RegularExpressionError) { return try Matcher(name, operation, value) } catch {
            throw RecordError("The stored silence is damaged: \(error)")
        }
    }
}
