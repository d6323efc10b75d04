import KTSDBModel
import KTSDBTesting
import Testing

@testable import KTSDBNotify

@Suite struct `Reports of deliveries` {
    private var report: DeliveryReport {
        let id = IntegrationID(receiver: "team", kind: "slack", index: 2)
        let notification = Notification(
            integration: id, reason: .someResolved, groupKey: "{}:{a=\"b\"}", groupLabels: ["a": "b"],
            routeLabels: KeyValues(), alerts: [], tick: .zero, data: [:], firing: [1, 2], resolved: [3],
            repeatInterval: .zero)
        return DeliveryReport(
            notification, at: WallTime(seconds: 1_800_000_000), attempts: 4, duration: .milliseconds(1234),
            status: 503, error: "unexpected status code 503", isDelivered: false)
    }

    @Test func `are read as they were written`() throws {
        let read = try DeliveryReport.read(record: report.record(number: 77))
        #expect(read.number == 77 && read.report == report)
        var other = report
        (other.status, other.isDelivered, other.error) = (nil, true, "")
        #expect(try DeliveryReport.read(record: other.record(number: 1)).report == other)
    }

    @Test func `keep the beginning of a long error`() {
        let long = DeliveryReport(
            Notification(
                integration: report.integration, reason: .unknown, groupKey: "", groupLabels: Labels(),
                routeLabels: KeyValues(), alerts: [], tick: .zero, data: [:], firing: [], resolved: [],
                repeatInterval: .zero),
            at: .zero, attempts: 1, duration: .zero, status: nil, error: String(repeating: "가", count: 5000),
            isDelivered: false)
        #expect(long.error.utf8.count <= DeliveryReport.errorLimit && long.error.hasSuffix("…"))
    }

    @Test(arguments: 0..<4 as Range<UInt64>) func `hostile bytes give an error and never a trap`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<4000 {
            var bytes = report.record(number: 5)
            for _ in 0..<(1 + generator.below(3)) {
                switch generator.below(3) {
                case 0: bytes[generator.below(bytes.count)] = UInt8(generator.below(256))
                case 1: bytes.removeLast(generator.below(bytes.count))
                default: bytes.insert(UInt8(generator.below(256)), at: generator.below(bytes.count))
                }
                if bytes.isEmpty { bytes = [1] }
            }
            _ = try? DeliveryReport.read(record: bytes)
        }
    }
}
