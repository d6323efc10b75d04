import GoTemplate
import KTSDBModel
import KTSDBRules

/// `rule_templates.json`: Prometheus' template functions.
enum RuleTemplateTable {
    static let table = AlertTable("rule_templates.json") { test in
        let text = try need(test["text"]?.text)
        switch Result(catching: { try expand(text, test) }) {
        case .success(let output): try check(output, is: test["output"]?.text ?? test["error"]?.text)
        case .failure(let error): try check("\(error)", is: test["error"]?.text ?? test["output"]?.text)
        }
    }

    private static func expand(_ text: String, _ test: TableValue) throws -> String {
        let samples = try (test["query_result"]?.list ?? []).map(sample)
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

    private static func sample(_ value: TableValue) throws -> RuleSample {
        var sample = RuleSample(labels: value["labels"]?.labels ?? Labels(), value: value["value"]?.float ?? 0)
        if let wanted = value["histogram"] { sample.histogram = try histogram(wanted) }
        return sample
    }

    private static func histogram(_ value: TableValue) throws -> Histogram {
        var histogram = Histogram()
        histogram.count = try need(value["Count"]?.number)
        histogram.sum = try need(value["Sum"]?.number)
        return histogram
    }

    private static func input(_ test: TableValue) throws -> GoValue {
        guard let input = test["input"] else { return .null(.any) }
        if let value = input["Value"] {
            var sample = RuleSample(labels: input["Labels"]?.labels ?? Labels(), value: value.float)
            if let wanted = value["histogram"] { sample.histogram = try histogram(wanted) }
            return sample.templateValue
        }
        let type = (test["input_type"]?.text ?? "float64").replacing("[]", with: "")
        guard let list = input.array else { return try element(input, type) }
        return .list(GoList(try list.map { try element($0, type) }, of: try goType(type)))
    }

    private static func goType(_ name: String) throws -> GoType {
        switch name {
        case "string": .string
        case "float64": .float64
        default: .integer(try need(GoIntegerKind(rawValue: name), "a type of Go"))
        }
    }

    private static func element(_ value: TableValue, _ type: String) throws -> GoValue {
        switch type {
        case "string": return .text(try need(value.text))
        case "float64": return .float(value.float)
        default:
            let kind = try need(GoIntegerKind(rawValue: type), "a type of Go"), number = "\(value.value)"
            let bits = try UInt64(number) ?? UInt64(bitPattern: need(Int64(number)))
            return .integer(GoInteger(bits: bits, kind: kind))
        }
    }
}
