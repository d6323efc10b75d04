import Foundation
import KTSDBModel

/// A value of a JSON file with the conformance data of alerting.
struct TableValue: CustomStringConvertible {
    let value: Any

    /// An object without members.
    static var empty: TableValue { TableValue(value: [String: Any]()) }

    /// A member of an object; nil if it is missing or null.
    subscript(key: String) -> TableValue? {
        guard let found = (value as? [String: Any])?[key], !(found is NSNull) else { return nil }
        return TableValue(value: found)
    }

    var array: [TableValue]? { (value as? [Any])?.map(TableValue.init) }
    var list: [TableValue] { array ?? [] }
    var isObject: Bool { value is [String: Any] }
    var members: [String: TableValue] { (value as? [String: Any] ?? [:]).mapValues(TableValue.init) }
    var text: String? { value as? String }
    var texts: [String]? { value as? [String] }
    /// The members of an object of texts; nil if it is something else.
    var textMembers: [String: String]? { value as? [String: String] }
    var number: Double? { (value as? NSNumber)?.doubleValue }
    var integer: Int? { (value as? NSNumber)?.intValue }
    /// The elements of a list of numbers; nil if it is something else.
    var integers: [Int]? {
        guard let array else { return nil }
        let integers = array.compactMap(\.integer)
        return integers.count == array.count ? integers : nil
    }
    var flag: Bool? { value as? Bool }
    var labels: Labels { Labels((textMembers ?? [:]).map { ($0.key, $0.value) }) }

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

    /// JSON in one line.
    var description: String {
        let options: JSONSerialization.WritingOptions = [.sortedKeys, .withoutEscapingSlashes, .fragmentsAllowed]
        let data = try? JSONSerialization.data(withJSONObject: value, options: options)
        return data.map { String(decoding: $0, as: UTF8.self) } ?? "\(value)"
    }

    /// The name of a case: its place in the table, and its name or its beginning.
    func caseName(_ index: Int) -> String {
        let name = self["name"]?.text ?? self["file"]?.text ?? self["template"]?.text ?? description
        return "#\(index + 1) " + name.prefix(100)
    }
}
