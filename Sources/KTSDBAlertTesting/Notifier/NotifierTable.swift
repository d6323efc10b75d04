import Foundation
import KTSDBModel
package import KTSDBNotify

/// Values of the notifier, as the tables write them.
package enum NotifierTable {
    /// A fixed moment that is now.
    package static let now = WallTime(seconds: 1_800_000_000)

    /// A time relative to ``now``.
    static func time(_ value: TableValue?) -> WallTime? {
        value?.number.map { now + .milliseconds(Int($0 * 1000)) }
    }

    static func matchers(_ value: TableValue?) throws -> Matchers {
        Matchers(try need(value?.array, "a list of matchers").map(matcher))
    }

    static func matcher(_ entry: TableValue) throws -> Matcher {
        try Matcher(try text(entry["name"]), try operation(entry["op"]), try text(entry["value"]))
    }

    static func operation(_ value: TableValue?) throws -> Matcher.Operation {
        try need(Matcher.Operation.allCases.first { $0.text == value?.text }, "an operator")
    }

    /// A text, which is base64 where it is not UTF-8.
    static func text(_ value: TableValue?) throws -> String {
        if let text = value?.text { return text }
        let encoded = try need(value?["base64"]?.text, "a text")
        return String(decoding: try need(Data(base64Encoded: encoded)), as: UTF8.self)
    }

    static func labels(_ value: TableValue?) -> Labels { value?.labels ?? Labels() }

    static func keyValues(_ value: TableValue?) -> KeyValues { KeyValues(pairs(value)) }

    static func pairs(_ value: TableValue?) -> [(name: String, value: String)] {
        (value?.textMembers ?? [:]).map { ($0.key, $0.value) }
    }
}
