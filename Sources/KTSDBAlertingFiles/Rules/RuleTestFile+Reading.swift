package import KTSDBConfiguration
internal import KTSDBModel
internal import KTSDBNotify
package import KTSDBRules

extension RuleTestFile {
    /// Reads a file of unit tests; returns it with the patterns of the rule files that it names.
    package static func read(
        _ text: String, file: String, ignoresUnknownFields: Bool = false
    ) throws(ConfigurationError) -> (tests: RuleTestFile, ruleFiles: [String]) {
        guard let document = try YAMLValue.document(text, file: file) else { return (RuleTestFile(), []) }
        var reading = StrictReading(syntax: .utf8) { _ in nil }
        reading.ignoresUnknownFields = ignoresUnknownFields
        let result = try reading.ruleTestFile(document)
        try reading.finish(file)
        return result
    }
}

extension StrictReading {
    fileprivate mutating func ruleTestFile(
        _ value: YAMLValue
    ) throws(ConfigurationError) -> (tests: RuleTestFile, ruleFiles: [String]) {
        var file = RuleTestFile(), ruleFiles: [String] = []
        for (key, value, line) in mapping(value, "main.unitTestFile") ?? [] {
            switch key {
            case "rule_files": ruleFiles = texts(value) ?? []
            case "evaluation_interval":
                if let interval = try duration(value), interval > .zero { file.evaluationInterval = interval }
            case "group_eval_order": file.groupOrder = texts(value) ?? []
            case "fuzzy_compare": file.comparesFuzzily = flag(value) ?? false
            case "tests":
                for element in list(value, "[]main.testGroup") ?? [] { file.tests.append(try ruleTest(element)) }
            default: noteUnknown(key, line, "main.unitTestFile")
            }
        }
        return (file, ruleFiles)
    }

    private mutating func ruleTest(_ value: YAMLValue) throws(ConfigurationError) -> RuleTest {
        var test = RuleTest()
        for (key, value, line) in mapping(value, "main.testGroup") ?? [] {
            switch key {
            case "name": test.name = text(value) ?? ""
            case "interval": test.interval = try duration(value).flatMap { $0 > .zero ? $0 : nil }
            case "input_series": test.inputSeries = (list(value, "[]main.series") ?? []).map { inputSeries($0) }
            case "alert_rule_test":
                for element in list(value, "[]main.alertTestCase") ?? [] {
                    test.alertTests.append(try alertTest(element))
                }
            case "promql_expr_test":
                for element in list(value, "[]main.promqlTestCase") ?? [] {
                    test.expressionTests.append(try expressionTest(element))
                }
            case "external_labels": test.externalLabels = Labels(namedTexts(value))
            case "external_url": test.externalURL = text(value) ?? ""
            case "start_timestamp": test.start = try startTime(value)
            default: noteUnknown(key, line, "main.testGroup")
            }
        }
        return test
    }

    private mutating func inputSeries(_ value: YAMLValue) -> RuleTest.InputSeries {
        var series = RuleTest.InputSeries(series: "", values: "")
        for (key, value, line) in mapping(value, "main.series") ?? [] {
            switch key {
            case "series": series.series = text(value) ?? ""
            case "values": series.values = text(value) ?? ""
            default: noteUnknown(key, line, "main.series")
            }
        }
        return series
    }

    private mutating func alertTest(_ value: YAMLValue) throws(ConfigurationError) -> RuleTest.AlertTest {
        var test = RuleTest.AlertTest(time: .zero, alertName: "")
        for (key, value, line) in mapping(value, "main.alertTestCase") ?? [] {
            switch key {
            case "eval_time": test.time = try duration(value) ?? .zero
            case "alertname": test.alertName = text(value) ?? ""
            case "exp_alerts": test.alerts = (list(value, "[]main.alert") ?? []).map { expectedAlert($0) }
            default: noteUnknown(key, line, "main.alertTestCase")
            }
        }
        return test
    }

    private mutating func expectedAlert(_ value: YAMLValue) -> RuleTest.ExpectedAlert {
        var alert = RuleTest.ExpectedAlert()
        for (key, value, line) in mapping(value, "main.alert") ?? [] {
            switch key {
            case "exp_labels": alert.labels = NamedTexts(namedTexts(value))
            case "exp_annotations": alert.annotations = NamedTexts(namedTexts(value))
            default: noteUnknown(key, line, "main.alert")
            }
        }
        return alert
    }

    private mutating func expressionTest(_ value: YAMLValue) throws(ConfigurationError) -> RuleTest.ExpressionTest {
        var test = RuleTest.ExpressionTest(expression: "", time: .zero)
        for (key, value, line) in mapping(value, "main.promqlTestCase") ?? [] {
            switch key {
            case "expr": test.expression = text(value) ?? ""
            case "eval_time": test.time = try duration(value) ?? .zero
            case "exp_samples": test.samples = (list(value, "[]main.sample") ?? []).map { expectedSample($0) }
            default: noteUnknown(key, line, "main.promqlTestCase")
            }
        }
        return test
    }

    private mutating func expectedSample(_ value: YAMLValue) -> RuleTest.ExpectedSample {
        var sample = RuleTest.ExpectedSample(labels: "")
        for (key, value, line) in mapping(value, "main.sample") ?? [] {
            switch key {
            case "labels": sample.labels = text(value) ?? ""
            case "value": sample.value = number(value) ?? 0
            case "histogram": sample.histogram = text(value) ?? ""
            default: noteUnknown(key, line, "main.sample")
            }
        }
        return sample
    }

    private mutating func number(_ value: YAMLValue) -> Double? {
        if value.isNull { return nil }
        if let number = try? value.float() { return number }
        noteMismatch(value, "float64")
        return nil
    }

    /// Seconds since 1970, or a time such as `2020-01-01T00:00:00Z`.
    private func startTime(_ value: YAMLValue) throws(ConfigurationError) -> PreciseTime {
        let text = try value.string()
        if let seconds = Double(text), abs(seconds) < 1e11 {
            return PreciseTime(nanoseconds: Int64(seconds * 1000) * 1_000_000)
        }
        guard let time = TimeText.parse(text) else {
            throw value.error("cannot parse \(goQuoted(text)) to a valid timestamp")
        }
        return PreciseTime(nanoseconds: (time - WallTime.zero).nanoseconds)
    }
}
