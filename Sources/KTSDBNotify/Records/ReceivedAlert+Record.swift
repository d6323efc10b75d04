package import KTSDBModel

extension ReceivedAlert {
    private static let recordVersion: UInt8 = 1

    /// The alert as bytes.
    package var record: [UInt8] { record(isOver: false) }

    /// The alert as bytes, with a mark if it was over when it was stored: without it, it is taken to fire until it is
    /// received again, or until whoever sends it would have done so.
    func record(isOver: Bool) -> [UInt8] {
        var writer = RecordWriter(version: Self.recordVersion)
        writer.block(labels.stringForm)
        writer.pairs(annotations)
        writer.time(startsAt)
        writer.number(
            (endsAt == nil ? 0 : 1) | (isTimeout ? 2 : 0) | (isOver ? 4 : 0) | (values.isEmpty ? 0 : 8))
        if let endsAt { writer.time(endsAt) }
        writer.text(generatorURL)
        writer.time(updatedAt)
        if !values.isEmpty { values.append(to: &writer) }
        return writer.bytes
    }

    /// Reads an alert.
    package init(record: [UInt8]) throws(RecordError) {
        self = try Self.read(record: record).alert
    }

    /// Reads an alert, and whether it was over when it was stored.
    static func read(record: [UInt8]) throws(RecordError) -> (alert: ReceivedAlert, isOver: Bool) {
        var reader = try RecordReader(record, version: Self.recordVersion, what: "alert")
        let form = try reader.block()
        guard Labels.isWellFormed(stringForm: form.span) else {
            throw RecordError("The stored alert is damaged: its labels are malformed.")
        }
        let annotations = try reader.pairs(), startsAt = try reader.time(), flags = try reader.number()
        guard flags < 16 else { throw RecordError("The stored alert is damaged: unknown flags \(flags).") }
        let endsAt = flags & 1 == 0 ? nil : try reader.time()
        let generatorURL = try reader.text(), updatedAt = try reader.time()
        let values = flags & 8 == 0 ? ReportedValues() : try ReportedValues(&reader)
        try reader.finish()
        var alert = ReceivedAlert(
            labels: Labels(uncheckedStringForm: form), annotations: annotations, startsAt: startsAt, endsAt: endsAt,
            generatorURL: generatorURL, updatedAt: updatedAt, isTimeout: flags & 2 != 0)
        alert.values = values
        return (alert, flags & 4 != 0)
    }

    /// The key of the alert with these labels.
    package static func recordKey(_ labels: Labels) -> String { SHA256.hexadecimal(labels.stringForm) }
}

extension ReportedValues {
    /// Which values there are, and then these.
    fileprivate func append(to writer: inout RecordWriter) {
        let all = [fired, last, resolved]
        writer.number(all.enumerated().reduce(0) { $0 | ($1.element == nil ? 0 : 1 << UInt64($1.offset)) })
        for case let value? in all { writer.word(value.bitPattern) }
    }

    fileprivate init(_ reader: inout RecordReader) throws(RecordError) {
        let flags = try reader.number()
        guard (1..<8).contains(flags) else {
            throw RecordError("The stored alert is damaged: unknown values \(flags).")
        }
        var all: [Double?] = []
        for place in 0..<3 as Range<UInt64> {
            all.append(flags & 1 << place == 0 ? nil : Double(bitPattern: try reader.word()))
        }
        (fired, last, resolved) = (all[0], all[1], all[2])
    }
}
