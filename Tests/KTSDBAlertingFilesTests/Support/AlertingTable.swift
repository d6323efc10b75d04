import CLibrary
import Foundation
import KTSDBAlertingFiles
import KTSDBConfiguration
import KTSDBModel
import KTSDBNotify
import KTSDBTesting
import Testing

/// The tables of `conformance/alerting`, read anew for each test.
enum AlertingTable {
    typealias Case = [String: Any]

    /// The cases of a table; none if there is no conformance data, which is printed.
    static func cases(_ name: String) throws -> [Case] {
        guard let value = try value(name) else { return [] }
        let cases = try #require(value as? [Case])
        #expect(cases.count > 3)
        return cases
    }

    /// The content of a table; nil if there is no conformance data, which is printed.
    static func value(_ name: String) throws -> Any? {
        guard let bytes = ConformanceData.file("alerting/\(name).json") else {
            print(ConformanceData.skipNotice)
            return nil
        }
        return try JSONSerialization.jsonObject(with: Data(bytes))
    }

    static func labels(_ value: Any?) -> Labels {
        Labels((value as? [String: String] ?? [:]).map { ($0.key, $0.value) })
    }

    static func seconds(_ value: Any?) -> Double? { (value as? NSNumber)?.doubleValue }

    /// The system's time zone database.
    static func zone(_ name: String) -> [UInt8]? { try? readFile("/usr/share/zoneinfo/" + name) }

    static func configuration(_ text: String) throws -> NotifierConfiguration {
        try NotifierConfiguration.read(text, file: "alertmanager.yml", readZone: zone)
    }

    static func reading() -> StrictReading { StrictReading(syntax: .fallback, readZone: zone) }
}
