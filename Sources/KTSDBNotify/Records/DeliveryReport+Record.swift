internal import KTSDBModel

extension DeliveryReport {
    private static let recordVersion: UInt8 = 1

    /// The report as bytes, with its number.
    package func record(number: UInt64) -> [UInt8] {
        var writer = RecordWriter(version: Self.recordVersion)
        writer.number(number)
        writer.time(time)
        writer.text(groupKey)
        writer.block(groupLabels.stringForm)
        writer.text(integration.receiver)
        writer.text(integration.kind)
        writer.count(integration.index)
        writer.text(reason.rawValue)
        for count in [attempts, firing, resolved] { writer.count(count) }
        writer.number(UInt64(max(0, duration / .milliseconds(1))))
        writer.number((isDelivered ? 1 : 0) | (status == nil ? 0 : 2))
        if let status { writer.signed(Int64(status)) }
        writer.text(error)
        return writer.bytes
    }

    /// Reads a report with its number.
    static func read(record: [UInt8]) throws(RecordError) -> (number: UInt64, report: DeliveryReport) {
        var reader = try RecordReader(record, version: recordVersion, what: "delivery report")
        let number = try reader.number(), time = try reader.time(), groupKey = try reader.text()
        let form = try reader.block()
        guard Labels.isWellFormed(stringForm: form.span) else {
            throw RecordError("The stored delivery report is damaged: its labels are malformed.")
        }
        let receiver = try reader.text(), kind = try reader.text(), index = try reader.small()
        let reason = NotificationReason(rawValue: try reader.text()) ?? .unknown
        let attempts = try reader.small(), firing = try reader.small(), resolved = try reader.small()
        let duration = Duration.milliseconds(try reader.small()), flags = try reader.number()
        let status = flags & 2 == 0 ? nil : Int(truncatingIfNeeded: try reader.signed())
        let error = try reader.text()
        try reader.finish()
        let report = DeliveryReport(
            time: time, groupKey: groupKey, groupLabels: Labels(uncheckedStringForm: form),
            integration: IntegrationID(receiver: receiver, kind: kind, index: index), reason: reason,
            attempts: attempts, firing: firing, resolved: resolved, duration: duration, status: status, error: error,
            isDelivered: flags & 1 != 0)
        return (number, report)
    }

    private init(
        time: WallTime, groupKey: String, groupLabels: Labels, integration: IntegrationID, reason: NotificationReason,
        attempts: Int, firing: Int, resolved: Int, duration: Duration, status: Int?, error: String, isDelivered: Bool
    ) {
        self.time = time
        self.groupKey = groupKey
        self.groupLabels = groupLabels
        self.integration = integration
        self.reason = reason
        self.attempts = attempts
        self.firing = firing
        self.resolved = resolved
        self.duration = duration
        self.status = status
        self.error = error
        self.isDelivered = isDelivered
    }

    /// The key of the report with a number.
    package static func recordKey(_ number: UInt64) -> String { String(number, radix: 16) }
}

extension RecordReader {
    /// A number that no file or list can exceed.
    fileprivate mutating func small() throws(RecordError) -> Int {
        let number = try number()
        guard number < 1 << 48 else { throw RecordError("The stored delivery report is damaged: number \(number).") }
        return Int(number)
    }
}
