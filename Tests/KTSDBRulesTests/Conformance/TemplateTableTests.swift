import GoTemplate
import KTSDBModel
import Testing

@testable import KTSDBRules

/// `rule_templates.json`: Prometheus' template functions.
@Suite struct `Table rule_templates` {
    @Test func `Each text expands to what Prometheus makes of it`() throws {
        guard let table = try TableValue.file("rule_templates.json") else { return }
        for test in table.list {
            let text = test["text"]!.text!
            let result = Result { try expand(text, test) }
            switch result {
            case .success(let output): #expect(output == test["output"]?.text, "\(text)")
            case .failure(let error): #expect("\(error)" == test["error"]?.text, "\(text)")
            }
        }
    }

    private func expand(_ text: String, _ test: TableValue) throws -> String {
        let samples = (test["query_result"]?.list ?? []).map(sample)
        let data = RuleTemplateData(
            name: "test", sample: RuleSample(labels: Labels(), value: 0),
            environment: RuleTemplateEnvironment(externalURL: "http://testhost:9090/path/prefix"),
            time: PreciseTime(nanoseconds: 1_353_755_652_000_000_000), query: { _ in samples })
        let option = test["options"]?.list.first?.text ?? (test["options"] == nil ? "missingkey=zero" : "")
        let missingKey: MissingKey = option.hasSuffix("error") ? .error : option.hasSuffix("zero") ? .zero : .default
        let isHTML = test["html"]?.flag ?? false
        let parsed = try RuleTemplateExecution.parse(
            text, name: "test", functions: isHTML ? TemplateEscaping.functions : [:], limits: .init())
        let template = isHTML ? parsed.passingOutput(through: TemplateEscaping.name) : parsed
        return try RuleTemplateExecution(template, name: "test", limits: .init())
            .execute(input(test), data, missingKey: missingKey)
    }

    private func sample(_ value: TableValue) -> RuleSample {
        var sample = RuleSample(labels: value["labels"]?.labels ?? Labels(), value: value["value"]?.float ?? 0)
        if let wanted = value["histogram"] { sample.histogram = histogram(wanted) }
        return sample
    }

    private func histogram(_ value: TableValue) -> Histogram {
        var histogram = Histogram()
        histogram.count = value["Count"]!.number!
        histogram.sum = value["Sum"]!.number!
        return histogram
    }

    private func input(_ test: TableValue) -> GoValue {
        guard let input = test["input"] else { return .null(.any) }
        if let value = input["Value"] {
            var sample = RuleSample(labels: input["Labels"]?.labels ?? Labels(), value: value.float)
            if let wanted = value["histogram"] { sample.histogram = histogram(wanted) }
            return .object(TemplateSample(sample))
        }
        let type = (test["input_type"]?.text ?? "float64").replacing("[]", with: "")
        guard input.value is [Any] else { return element(input, type) }
        return .list(GoList(input.list.map { element($0, type) }, of: goType(type)))
    }

    private func goType(_ name: String) -> GoType {
        switch name {
        case "string": .string
        case "float64": .float64
        default: .integer(GoIntegerKind(rawValue: name)!)
        }
    }

    private func element(_ value: TableValue, _ type: String) -> GoValue {
        switch type {
        case "string": return .text(value.text!)
        case "float64": return .float(value.float)
        default:
            let number = "\(value.value)"
            let bits = UInt64(number) ?? UInt64(bitPattern: Int64(number)!)
            return .integer(GoInteger(bits: bits, kind: GoIntegerKind(rawValue: type)!))
        }
    }
}

/// `recorded_rule_templates.json`: what promtool 2.42 printed.
@Suite struct `Recording recorded_rule_templates` {
    static let formats = [
        "e": "{{ printf \"%e\" $value }}", "f": "{{ printf \"%f\" $value }}", "f2": "{{ printf \"%.2f\" $value }}",
        "g": "{{ printf \"%g\" $value }}", "g3": "{{ printf \"%.3g\" $value }}", "plain": "{{ $value }}",
        "v": "{{ printf \"%v\" $value }}", "humanize": "{{ humanize $value }}",
        "humanize1024": "{{ humanize1024 $value }}", "humanizeDuration": "{{ humanizeDuration $value }}",
        "humanizePercentage": "{{ humanizePercentage $value }}",
        "humanizeTimestamp": "{{ humanizeTimestamp $value }}",
    ]
    /// Texts that newer versions of Go have changed since the recording.
    static let newerTexts = [
        "non-function of type float64": "non-function $value of type float64",
        // Prometheus 3 has another `title`, which does not take an apostrophe for the end of a word.
        "O'Neil": "O'neil",
    ]

    let templates = GoRuleTemplates()
    let storage: TableStorage

    init() throws { storage = try TableStorage(script: "load 1m\n  s{i=\"2\"} 20\n  s{i=\"1\"} 10\n  s{i=\"3\"} 30") }

    private func expand(_ text: String, value: Double, labels: Labels = Labels()) -> String {
        let view = storage.view(), time = PreciseTime(nanoseconds: 0)
        let data = RuleTemplateData(
            name: "__alert_T", sample: RuleSample(labels: labels, value: value),
            environment: RuleTemplateEnvironment(
                externalLabels: ["cluster": "seoul"], externalURL: "http://p.example/x"),
            time: time,
            query: { try PromQLRuleLanguage().prepare($0).evaluate(at: time.timestamp, in: view) })
        return templates.text(text, with: data, limit: 1 << 20)
    }

    @Test func `Numbers have the same text in all formats`() throws {
        guard let table = try TableValue.file("recorded_rule_templates.json") else { return }
        for (index, number) in table["numbers"]!.list.enumerated() {
            let expression = number["value"]!.text!
            let value = try PromQLRuleLanguage().prepare(expression)
                .evaluate(at: Timestamp(milliseconds: 0), in: storage.view())[0].value
            for (name, format) in Self.formats {
                guard let wanted = number[name]?.text else { continue }
                let found = expand(format, value: value)
                guard wanted.hasPrefix("<error") else {
                    #expect(found == wanted, "\(name) of \(expression)")
                    continue
                }
                // The names of the alerts differ, and columns count from them.
                #expect(found.split(separator: ": ").last == wanted.split(separator: ": ").last, "\(index)")
            }
        }
    }

    @Test func `Texts expand to the same`() throws {
        guard let table = try TableValue.file("recorded_rule_templates.json") else { return }
        let labels: Labels = [
            "__name__": "m", "a": "x", "instance": "10.0.0.1:8080", "job": "kerp-api", "path": "/api/v1/<b>",
            "ko": "한글",
        ]
        for test in table["texts"]!.list {
            let text = test["template"]!.text!
            let found: String, wanted: String?
            if let error = test["parse_error"]?.text {
                (found, wanted) = (templates.check(text, name: "__alert_T") ?? "no error", error)
            } else {
                found = expand(text, value: 1234.5678, labels: labels)
                wanted = test["output"]?.text ?? test["run_error"]?.text.map { "<error expanding template: \($0)>" }
            }
            let newer = Self.newerTexts.reduce(wanted) { $0?.replacing($1.key, with: $1.value) }
            #expect(found == newer, "\(text)")
        }
    }
}
