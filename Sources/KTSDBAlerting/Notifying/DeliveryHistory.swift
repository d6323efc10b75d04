package import KTSDBNotify

/// The newest reports about deliveries.
package struct DeliveryHistory: Sendable {
    /// How many reports are kept.
    package static let limit = 10_000

    private var reports: [UInt64: DeliveryReport]
    private var first: UInt64
    private var next: UInt64

    /// Begins with the reports that were stored, by their numbers.
    init(_ stored: [UInt64: DeliveryReport] = [:]) {
        reports = stored
        first = stored.keys.min() ?? 1
        next = (stored.keys.max() ?? 0) &+ 1
    }

    /// Adds a report; returns the records that change by that.
    mutating func add(_ report: DeliveryReport) -> [StateRecord] {
        let number = next
        next += 1
        reports[number] = report
        var records = [record(number, report.record(number: number))]
        while reports.count > Self.limit {
            if reports.removeValue(forKey: first) != nil { records.append(record(first, nil)) }
            first += 1
        }
        return records
    }

    private func record(_ number: UInt64, _ bytes: [UInt8]?) -> StateRecord {
        StateRecord(space: .deliveries, key: DeliveryReport.recordKey(number), bytes: bytes)
    }

    /// Which reports are wanted.
    package struct Filter: Sendable {
        package var receiver: String?
        package var integration: String?
        /// Whether they were delivered; nil for both.
        package var isDelivered: Bool?
        /// Of a group with these labels, among others.
        package var matchers = Matchers()
        package var from: WallTime?
        package var to: WallTime?
        package var limit = 100

        package init() {}

        func accepts(_ report: DeliveryReport) -> Bool {
            if let receiver, receiver != report.integration.receiver { return false }
            if let integration, integration != report.integration.kind { return false }
            if let isDelivered, isDelivered != report.isDelivered { return false }
            if let from, report.time < from { return false }
            if let to, report.time > to { return false }
            return matchers.matches(report.groupLabels)
        }
    }

    /// The reports that are wanted, the newest first.
    func matching(_ filter: Filter) -> [DeliveryReport] {
        var result: [DeliveryReport] = [], number = next
        while number > first, result.count < filter.limit {
            number -= 1
            if let report = reports[number], filter.accepts(report) { result.append(report) }
        }
        return result
    }
}
