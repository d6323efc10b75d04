import KTSDBModel
import KTSDBTesting
import PrometheusWire

@testable import KerpLoadModel

/// A service whose phases take a minute each.
struct Fixture {
    static let start = Timestamp(milliseconds: 1_700_000_000_000)
    static let addresses = ["127.0.0.1:8080", "127.0.0.1:8081"]

    static func schedule(_ start: Timestamp = start, minutes: Int = 1, repeats: Bool = false) -> PhaseSchedule {
        let length = Duration.seconds(60 * minutes)
        return PhaseSchedule(start: start, good: length, bad: length, recovered: length, repeats: repeats)
    }

    static func service(seed: UInt64 = 1, tick: Duration = .seconds(1)) -> KerpService {
        var settings = KerpService.Settings()
        settings.seed = seed
        settings.tick = tick
        return KerpService(settings, addresses: addresses, schedule: schedule(), start: start)
    }

    /// The values of an instance by the names of the series and their labels.
    static func values(of instance: ServiceInstance) -> [String: Double] {
        var values: [String: Double] = [:]
        for metric in KerpMetric.allCases {
            instance.table.forEachSample(of: metric) { name, labels, value in
                values[name + labels.map { "{\($0.name)=\($0.value)}" }.joined()] = value
            }
        }
        return values
    }

    /// The bytes of a file of the seed, which lies next to the conformance data; nil if that does not exist.
    static func seedFile(_ path: String) throws -> [UInt8]? {
        guard ConformanceData.directory != nil else {
            print(ConformanceData.skipNotice)
            return nil
        }
        return try readFile(ConformanceData.expectedDirectory + "/../seed/" + path)
    }
}
