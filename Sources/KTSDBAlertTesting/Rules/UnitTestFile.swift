import Foundation
import KTSDBModel
package import KTSDBRules
import PromQL

/// Reads a file of unit tests of the conformance data.
package func ruleTestFile(_ text: String) -> RuleTestFile {
    let value = MiniYAML.read(text)
    var file = RuleTestFile()
    if let interval = testDuration(value["evaluation_interval"]) { file.evaluationInterval = interval }
    file.groupOrder = value["group_eval_order"]?.list.map(\.text) ?? []
    file.comparesFuzzily = value["fuzzy_compare"]?.text == "true"
    file.tests = value["tests"]?.list.map(ruleTest) ?? []
    return file
}

private func ruleTest(_ value: MiniYAML.Value) -> RuleTest {
    var test = RuleTest()
    test.name = value["name"]?.text ?? ""
    test.interval = testDuration(value["interval"])
    test.inputSeries =
        value["input_series"]?.list.map {
            .init(series: $0["series"]?.text ?? "", values: $0["values"]?.text ?? "")
        } ?? []
    test.alertTests =
        value["alert_rule_test"]?.list.map { alert in
            RuleTest.AlertTest(
                time: testDuration(alert["eval_time"]) ?? .zero, alertName: alert["alertname"]?.text ?? "",
                alerts: alert["exp_alerts"]?.list.map {
                    .init(
                        labels: NamedTexts($0["exp_labels"]?.pairs ?? []),
                        annotations: NamedTexts($0["exp_annotations"]?.pairs ?? []))
                } ?? [])
        } ?? []
    test.expressionTests =
        value["promql_expr_test"]?.list.map { expression in
            RuleTest.ExpressionTest(
                expression: expression["expr"]?.text ?? "", time: testDuration(expression["eval_time"]) ?? .zero,
                samples: expression["exp_samples"]?.list.map {
                    .init(
                        labels: $0["labels"]?.text ?? "", value: number($0["value"]?.text ?? "0"),
                        histogram: $0["histogram"]?.text ?? "")
                } ?? [])
        } ?? []
    test.externalLabels = Labels(value["external_labels"]?.pairs ?? [])
    test.externalURL = value["external_url"]?.text ?? ""
    if let start = value["start_timestamp"]?.text { test.start = startTime(start) }
    return test
}

private func startTime(_ text: String) -> PreciseTime {
    if let seconds = Double(text) { return PreciseTime(nanoseconds: Int64(seconds * 1000) * 1_000_000) }
    let formatter = ISO8601DateFormatter()
    return PreciseTime(nanoseconds: Int64(formatter.date(from: text)?.timeIntervalSince1970 ?? 0) * 1_000_000_000)
}

private func number(_ text: String) -> Double {
    switch text.lowercased() {
    case ".nan": .ordinaryNaN
    case ".inf", "+.inf": .infinity
    case "-.inf": -.infinity
    default: Double(text) ?? .ordinaryNaN
    }
}

private func testDuration(_ value: MiniYAML.Value?) -> Duration? {
    guard let value, case .success(let nanoseconds) = parseDuration(value.text) else { return nil }
    return .nanoseconds(nanoseconds)
}
