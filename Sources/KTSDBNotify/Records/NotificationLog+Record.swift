extension NotificationLog {
    private static let recordVersion: UInt8 = 1

    /// An entry with its key as bytes.
    package static func record(_ key: Key, _ entry: LogEntry) -> [UInt8] {
        var writer = RecordWriter(version: recordVersion)
        writer.text(key.groupKey)
        writer.text(key.integration.receiver)
        writer.text(key.integration.kind)
        writer.count(key.integration.index)
        for hashes in [entry.firing, entry.resolved] {
            writer.count(hashes.count)
            for hash in hashes { writer.word(hash) }
        }
        writer.time(entry.time)
        writer.time(entry.expiresAt)
        writer.count(entry.data.count)
        for (name, value) in entry.data.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
            writer.text(name)
            write(value, to: &writer)
        }
        return writer.bytes
    }

    private static func write(_ value: LogEntry.Value, to writer: inout RecordWriter) {
        switch value {
        case .integer(let integer):
            writer.number(0)
            writer.signed(integer)
        case .number(let number):
            writer.number(1)
            writer.word(number.bitPattern)
        case .text(let text):
            writer.number(2)
            writer.text(text)
        }
    }

    /// Reads an entry with its key.
    package static func read(record: [UInt8]) throws(RecordError) -> (key: Key, entry: LogEntry) {
        var reader = try RecordReader(record, version: recordVersion, what: "log entry")
        let groupKey = try reader.text(), receiver = try reader.text(), kind = try reader.text()
        let index = try reader.number()
        guard let index = Int(exactly: index) else {
            throw RecordError("The stored log entry is damaged: place \(index) of an integration.")
        }
        let firing = try hashes(&reader), resolved = try hashes(&reader)
        let time = try reader.time(), expiresAt = try reader.time()
        var data: [String: LogEntry.Value] = [:]
        for _ in 0..<(try reader.count(width: 3)) { data[try reader.text()] = try value(&reader) }
        try reader.finish()
        let id = IntegrationID(receiver: receiver, kind: kind, index: index)
        let entry = LogEntry(firing: firing, resolved: resolved, time: time, expiresAt: expiresAt, data: data)
        return (Key(groupKey: groupKey, integration: id), entry)
    }

    private static func hashes(_ reader: inout RecordReader) throws(RecordError) -> [UInt64] {
        var hashes: [UInt64] = []
        for _ in 0..<(try reader.count(width: 8)) { hashes.append(try reader.word()) }
        return hashes
    }

    private static func value(_ reader: inout RecordReader) throws(RecordError) -> LogEntry.Value {
        switch try reader.byte() {
        case 0: return .integer(try reader.signed())
        case 1: return .number(Double(bitPattern: try reader.word()))
        case 2: return .text(try reader.text())
        case let other: throw RecordError("The stored log entry is damaged: value of kind \(other).")
        }
    }

    /// The key of the record of an entry.
    package static func recordKey(_ key: Key) -> String {
        SHA256.hexadecimal(Array((key.groupKey + ":" + key.integration.description).utf8))
    }
}
