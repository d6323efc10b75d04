internal import GoTemplate
internal import KTSDBModel
internal import PromQL

/// The functions that Prometheus adds to Go's templates.
package enum PrometheusFunctions {
    /// The functions whose results depend on their arguments alone.
    static let pure: TemplateFunctions = numbers.merging(texts).merging(samples)

    /// The names of all functions.
    package static let names = ["externalURL", "now", "pathPrefix", "query"] + pure.names

    /// Whether a text contains the name of a function that depends on the evaluation.
    static func mayDependOnEvaluation(_ text: String) -> Bool {
        ["query", "now", "externalURL", "pathPrefix"].contains { text.contains($0) }
    }

    /// The functions that depend on the evaluation.
    static func bound(to data: RuleTemplateData) -> TemplateFunctions {
        let time = data.time.timestamp, url = data.environment.externalURL, query = data.query
        return [
            "query": GoFunction([.string], returns: .named(TemplateSample.listType), canFail: true) {
                TemplateSample.list(try query(text($0[0])))
            },
            "now": GoFunction([], returns: .float64) { _ in .float(Double(time.milliseconds) / 1000) },
            "externalURL": GoFunction([], returns: .string) { _ in .text(url) },
            "pathPrefix": GoFunction([], returns: .string) { _ in .text(ExternalURL.path(of: url)) },
        ]
    }

    // MARK: Numbers

    private static let numbers: TemplateFunctions = [
        "humanize": number(Humanize.decimal),
        "humanize1024": number(Humanize.binary),
        "humanizeDuration": number(Humanize.duration),
        "humanizePercentage": number(Humanize.percentage),
        "humanizeTimestamp": number(Humanize.timestamp),
        "toTime": GoFunction([.any], returns: .object("time.Time", isPointer: true), canFail: true) {
            .object(try Humanize.time(try TemplateFloat.double($0[0])))
        },
        "toDuration": GoFunction([.any], returns: .named(GoDuration.type), canFail: true) {
            GoDuration.value(nanoseconds: TemplateFloat.integer(try TemplateFloat.double($0[0]) * 1e9))
        },
        "parseDuration": GoFunction([.string], returns: .float64, canFail: true) { .float(try duration(text($0[0]))) },
    ]

    private static func number(_ body: @escaping @Sendable (Double) throws -> String) -> GoFunction {
        GoFunction([.any], returns: .string, canFail: true) { .text(try body(try TemplateFloat.double($0[0]))) }
    }

    private static func duration(_ text: String) throws -> Double {
        let isNegative = text.hasPrefix("-")
        switch PromQL.parseDuration(isNegative ? String(text.dropFirst()) : text) {
        case .success(let nanoseconds): return Double(isNegative ? -nanoseconds : nanoseconds) / 1e9
        case .failure(let error): throw GoError(error.description)
        }
    }

    // MARK: Texts

    private static let texts: TemplateFunctions = [
        "title": mapping(TemplateCase.title),
        "toUpper": mapping(TemplateCase.upper),
        "toLower": mapping(TemplateCase.lower),
        "stripPort": mapping(HostPort.strippingPort),
        "stripDomain": mapping(HostPort.strippingDomain),
        "graphLink": mapping { ExternalURL.graphLink($0, tab: 0) },
        "tableLink": mapping { ExternalURL.graphLink($0, tab: 1) },
        "urlQueryEscape": mapping(GoFormat.queryEscaped),
        "match": GoFunction([.string, .string], returns: .bool, canFail: true) {
            .bool(try TemplatePattern.matches(text($0[0]), text($0[1])))
        },
        "reReplaceAll": GoFunction([.string, .string, .string], returns: .string) {
            .text(try TemplatePattern.replaceAll(text($0[0]), text($0[1]), text($0[2])))
        },
        "safeHtml": GoFunction([.string], returns: .named(TemplateEscaping.htmlType)) {
            .named(TemplateEscaping.htmlType, $0[0].base)
        },
    ]

    private static func mapping(_ body: @escaping @Sendable (String) -> String) -> GoFunction {
        GoFunction([.string], returns: .string) { .text(body(text($0[0]))) }
    }

    private static func text(_ value: GoValue) -> String { value.asString?.description ?? "" }

    // MARK: Samples

    private static let list = GoType.named(TemplateSample.listType)

    private static let samples: TemplateFunctions = [
        "first": GoFunction([list], returns: TemplateSample.type, canFail: true) {
            guard let first = $0[0].asList?.elements.first else {
                throw GoError("first() called on vector with no elements")
            }
            return first
        },
        "label": GoFunction([.string, TemplateSample.type], returns: .string) {
            try TemplateSample.argument($0[1]).label($0[0].asString ?? "")
        },
        "value": GoFunction([TemplateSample.type], returns: .any) { try TemplateSample.argument($0[0]).value },
        "strvalue": GoFunction([TemplateSample.type], returns: .string) {
            try TemplateSample.argument($0[0]).label("__value__")
        },
        "sortByLabel": GoFunction([.string, list], returns: list) { sorted($0[1], by: $0[0].asString ?? "") },
        "args": GoFunction([], variadic: .any, returns: .map(.string, .any)) { arguments in
            .map(GoMap(arguments.enumerated().map { (.text("arg\($0)"), $1) }))
        },
    ]

    /// Returns the samples in the order of a label's values; samples with equal values keep their order.
    private static func sorted(_ list: GoValue, by label: GoString) -> GoValue {
        let elements = list.asList?.elements ?? []
        let keys = elements.map { (try? TemplateSample.argument($0).label(label).asString) ?? "" }
        let order = elements.indices.sorted { (keys[$0], $0) < (keys[$1], $1) }
        return .named(TemplateSample.listType, .list(GoList(order.map { elements[$0] }, of: TemplateSample.type)))
    }
}
