import Foundation
import GoTemplate
import Testing

/// Templates from Prometheus' and Alertmanager's tests and recordings, as far as they need no functions of theirs.
@Suite(.enabled(if: SharedTables.exist, "\(SharedTables.skipNotice)"))
struct `Conformance of templates` {
    static let labels = [
        "__name__": "m", "a": "x", "instance": "10.0.0.1:8080", "job": "kerp-api", "path": "/api/v1/<b>", "ko": "한글",
    ]

    /// Texts that newer versions of Go have changed since the recording.
    static let newerTexts = ["non-function of type float64": "non-function $value of type float64"]

    @Test func `numbers are written as Prometheus writes them`() throws {
        let formats = [
            "e": "{{ printf \"%e\" $value }}", "f": "{{ printf \"%f\" $value }}", "f2": "{{ printf \"%.2f\" $value }}",
            "g": "{{ printf \"%g\" $value }}", "g3": "{{ printf \"%.3g\" $value }}", "plain": "{{ $value }}",
            "v": "{{ printf \"%v\" $value }}",
        ]
        let table = try #require(try SharedTables.load("recorded_rule_templates") as? [String: Any])
        let numbers = try #require(table["numbers"] as? [[String: String]])
        #expect(numbers.count > 50)
        for number in numbers {
            let parts =
                number["value"]?.split(separator: "/").compactMap { Double($0.replacing("Inf", with: "inf")) } ?? []
            let value = try #require(parts.first) / (parts.count > 1 ? parts[1] : 1)
            for (name, format) in formats {
                #expect(try AlertTemplates.expand(format, value: value) == number[name], "\(name) of \(value)")
            }
        }
    }

    @Test func `texts of rules are expanded as in the recording`() throws {
        let table = try #require(try SharedTables.load("recorded_rule_templates") as? [String: Any])
        var compared = 0
        for test in try #require(table["texts"] as? [[String: String]]) {
            let text = try #require(test["template"])
            let result = Result { try AlertTemplates.expand(text, labels: Self.labels, value: 1234.5678) }
            guard let found = Self.describe(result) else { continue }
            compared += 1
            let prefix = "error executing template __alert_T: "
            var wanted = test["output"] ?? test["parse_error"] ?? test["run_error"]?.replacing(prefix, with: "")
            for (old, new) in Self.newerTexts { wanted = wanted?.replacing(old, with: new) }
            #expect(found == wanted, "\(text)")
        }
        #expect(compared > 55)
    }

    @Test func `texts of Prometheus' own tests are expanded`() throws {
        var compared = 0
        for test in try #require(try SharedTables.load("rule_templates") as? [[String: Any]]) {
            let text = try #require(test["text"] as? String)
            guard test["html"] as? Bool == false, test["input"] == nil else { continue }
            let options = test["options"] as? [String] ?? ["missingkey=zero"]
            let missingKey = options.first.flatMap { MissingKey(rawValue: $0.replacing("missingkey=", with: "")) }
            let result = Result {
                try Template.parse(name: "test", text: text).execute(.none, missingKey: missingKey ?? .default)
                    .description
            }
            guard let found = Self.describe(result) else { continue }
            compared += 1
            let wanted = (test["output"] ?? test["error"]) as? String
            let isEqual = found == wanted || wanted?.hasSuffix(": " + found) == true
            #expect(isEqual, "\(text): \(found), not \(wanted ?? "")")
        }
        #expect(compared >= 6)
    }

    @Test func `texts of notifications are expanded as in the recording`() throws {
        let table = try #require(try SharedTables.load("recorded_am_templates") as? [String: Any])
        let data = try NotificationData.data(try #require(table["data"] as? [String: Any]))
        var compared = 0
        for test in try #require(table["texts"] as? [[String: String]]) where test["type"] == "text" {
            let text = try #require(test["template"])
            let result = Result {
                try Template.parse(name: "", text: text, functions: NotificationData.functions)
                    .execute(data, missingKey: .zero).description
            }
            guard let found = Self.describe(result) else { continue }
            compared += 1
            #expect(found == test["output"] ?? test["error"], "\(text)")
        }
        #expect(compared > 15)
    }

    @Test func `texts of Alertmanager's own tests are expanded`() throws {
        var compared = 0
        for test in try #require(try SharedTables.load("am_templates") as? [[String: Any]]) {
            guard let text = test["text"] as? String, test["html"] as? Bool == false else { continue }
            let result = Result {
                let template = try Template.parse(name: "", text: text, functions: NotificationData.functions)
                return try template.execute(try Self.data(test["data"]), missingKey: .zero).description
            }
            guard let found = Self.describe(result) else { continue }
            compared += 1
            if let output = test["output"] as? String { #expect(found == output, "\(text)") }
        }
        #expect(compared >= 6)
    }

    private static func data(_ json: Any?) throws -> GoValue {
        if let texts = json as? [String] { return .list(GoList(texts.map { .text($0) }, of: .string)) }
        let fields = json as? [String: Any] ?? [:]
        return try NotificationData.data(["groupLabels": fields["GroupLabels"] ?? [:]])
    }

    /// The output or the message; nil if the template needs a function that is not part of the language.
    private static func describe(_ result: Result<String, any Error>) -> String? {
        switch result {
        case .success(let text): text
        case .failure(let error): SharedTables.isForeign("\(error)") ? nil : "\(error)"
        }
    }
}
