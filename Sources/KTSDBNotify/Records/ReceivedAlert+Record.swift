package import KTSDBModel

extension ReceivedAlert {
    private static let recordVersion: UInt8 = 1

    /// The alert as bytes.
    package var record: [UInt8] {
        var writer = RecordWriter(version: Self.recordVersion)
        writer.block(labels.stringForm)
        writer.pairs(annotations)
        writer.time(startsAt)
        writer.number((endsAt == nil ? 0 : 1) | (isTimeout ? 2 : 0))
        if let endsAt { writer.time(endsAt) }
        writer.text(generatorURL)
        writer.time(updatedAt)
        return writer.bytes
    }

    /// Reads an alert.
    package init(record: [UInt8]) throws(RecordError) {
        var reader = try RecordReader(record, version: Self.recordVersion, what: "alert")
        let form = try reader.block()
        guard Labels.isWellFormed(stringForm: form.span) else {
            throw RecordError("The stored alert is damaged: its labels are malformed.")
        }
        labels = Labels(uncheckedStringForm: form)
        annotations = try reader.pairs()
        startsAt = try reader.time()
        let flags = try reader.number()
        guard flags < 4 else { throw RecordError("The stored alert is damaged: unknown flags \(flags).") }
        endsAt = flags & 1 == 0 ? nil : try reader.time()
        isTimeout = flags & 2 != 0
        generatorURL = try reader.text()
        updatedAt = try reader.time()
        try reader.finish()
    }

    /// The key of the alert with these labels.
    package static func recordKey(_ labels: Labels) -> String { SHA256.hexadecimal(labels.stringForm) }
}
