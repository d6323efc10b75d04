import Foundation
import KTSDBModel
import KTSDBNotify
import KTSDBTesting
import Testing

/// The tables of `conformance/alerting`, read anew for each test.
enum AlertingTable {
    /// One case: a JSON object.
    typealias Case = [String: Any]

    /// The cases of a table; none if there is no conformance data, which is printed.
    static func cases(_ name: String) throws -> [Case] {
        guard let bytes = ConformanceData.file("alerting/\(name).json") else {
            print(ConformanceData.skipNotice)
            return []
        }
        let cases = try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [Case])
        #expect(cases.count > 3)
        return cases
    }

    /// Matchers as tables have them.
    static func matchers(_ value: Any?) throws -> Matchers {
        Matchers(
            try #require(value as? [Case]).map { entry in
                let operation = try #require(
                    Matcher.Operation.allCases.first { $0.text == entry["op"] as? String })
                return try Matcher(try text(entry["name"]), operation, try text(entry["value"]))
            })
    }

    /// A text, which is base64 where it is not UTF-8.
    static func text(_ value: Any?) throws -> String {
        if let text = value as? String { return text }
        let encoded = try #require((value as? Case)?["base64"] as? String)
        return String(decoding: try #require(Data(base64Encoded: encoded)), as: UTF8.self)
    }

    static func labels(_ value: Any?) -> Labels {
        Labels((value as? [String: String] ?? [:]).map { ($0.key, $0.value) })
    }

    static func keyValues(_ value: Any?) -> KeyValues {
        KeyValues((value as? [String: String] ?? [:]).map { ($0.key, $0.value) })
    }

    static func seconds(_ value: Any?) -> Double? { (value as? NSNumber)?.doubleValue }

    /// A fixed moment that stands for now.
    static let now = WallTime(seconds: 1_800_000_000)

    /// A time relative to ``now``.
    static func time(_ value: Any?) -> WallTime? { seconds(value).map { now + .milliseconds(Int($0 * 1000)) } }
}
