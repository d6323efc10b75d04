import Foundation
import KTSDBModel
import KTSDBTesting

@testable import KTSDBRules

/// A value of a JSON file with the conformance data of alerting.
struct TableValue {
    let value: Any

    /// Returns the content of a file in `alerting/`; nil if there is no conformance data.
    static func file(_ name: String) throws -> TableValue? {
        guard let bytes = ConformanceData.file("alerting/" + name) else {
            print("\(name): \(ConformanceData.skipNotice)")
            return nil
        }
        return TableValue(value: try JSONSerialization.jsonObject(with: Data(bytes)))
    }

    subscript(key: String) -> TableValue? {
        guard let found = (value as? [String: Any])?[key], !(found is NSNull) else { return nil }
        return TableValue(value: found)
    }

    var list: [TableValue] { (value as? [Any] ?? []).map(TableValue.init) }
    var members: [String: TableValue] { (value as? [String: Any] ?? [:]).mapValues(TableValue.init) }
    var text: String? { value as? String }
    var number: Double? { (value as? NSNumber)?.doubleValue }
    var flag: Bool? { (value as? NSNumber)?.boolValue }
    var duration: Duration { .milliseconds(Int64((number ?? 0) * 1000)) }
    var time: PreciseTime { PreciseTime(nanoseconds: Int64((number ?? 0) * 1e9)) }

    var labels: Labels { Labels(members.map { ($0.key, $0.value.text ?? "") }) }
    var texts: NamedTexts { NamedTexts(members.map { ($0.key, $0.value.text ?? "") }) }

    /// A value that may be given as text, such as `NaN`.
    var float: Double {
        if let number { return number }
        switch text {
        case "stale": return .staleMarker
        case "NaN": return .ordinaryNaN
        case "+Inf": return .infinity
        case "-Inf": return -.infinity
        default: return Double(text ?? "") ?? .ordinaryNaN
        }
    }

    /// A rule, as the tables write it.
    var rule: Rule? {
        guard let expression = self["expr"]?.text else { return nil }
        let labels = self["labels"]?.texts ?? [:]
        if let name = self["record"]?.text {
            return .recording(RecordingRule(name: name, expression: expression, labels: labels))
        }
        return .alerting(
            AlertingRule(
                name: self["alert"]?.text ?? "", expression: expression, for: self["for_s"]?.duration ?? .zero,
                keepFiringFor: self["keep_firing_for_s"]?.duration ?? .zero, labels: labels,
                annotations: self["annotations"]?.texts ?? [:]))
    }
}
