package import GoTemplate
internal import KTSDBModel

/// One result of a query in a template: Prometheus' `*template.sample`.
struct TemplateSample: GoObject {
    static let type = GoType.object("template.sample", isPointer: true)
    /// What `query` returns.
    static let listType = GoNamedType("template.queryResult", .list(type))

    let labels: GoMap
    let value: GoValue

    init(_ sample: RuleSample) {
        labels = GoMap(labels: sample.labels)
        value = sample.histogram.map { .object(TemplateHistogram(histogram: $0)) } ?? .float(sample.value)
    }

    var typeName: String { "template.sample" }
    var isPointer: Bool { true }
    var fields: [GoField] { [GoField("Labels", .map(labels)), GoField("Value", value)] }

    /// The samples as `query` returns them.
    static func list(_ samples: [RuleSample]) -> GoValue {
        .named(listType, .list(GoList(samples.map { .object(TemplateSample($0)) }, of: type)))
    }

    /// The sample that is an argument.
    static func argument(_ value: GoValue) throws -> TemplateSample {
        guard case .object(let object) = value, let sample = object as? TemplateSample else {
            throw GoError("runtime error: invalid memory address or nil pointer dereference")
        }
        return sample
    }

    /// The value of a label; empty without it.
    func label(_ name: GoString) -> GoValue { labels[.string(name)] ?? .string(GoString("")) }
}

/// A native histogram in a template.
struct TemplateHistogram: GoObject {
    let histogram: Histogram

    var typeName: String { "histogram.FloatHistogram" }
    var isPointer: Bool { true }
    var fields: [GoField] {
        [GoField("Count", .float(histogram.count)), GoField("Sum", .float(histogram.sum))]
    }

    /// `{count:3, sum:10, (1,2]:3}`
    func text() -> GoString? {
        let number = { (value: Double) in GoFormat.text("%g", .float(value)) }
        var text = "{count:\(number(histogram.count)), sum:\(number(histogram.sum))"
        for bucket in histogram.buckets where bucket.count != 0 {
            text += ", " + (bucket.includesLower ? "[" : "(") + number(bucket.lower) + "," + number(bucket.upper)
            text += (bucket.includesUpper ? "]" : ")") + ":" + number(bucket.count)
        }
        return GoString(text + "}")
    }
}

extension GoMap {
    /// The labels as a map of texts.
    init(labels: Labels) {
        self.init(labels.map { (.text($0.name), .text($0.value)) }, value: .string)
    }
}

extension RuleSample {
    /// The sample as templates have it.
    package var templateValue: GoValue { .object(TemplateSample(self)) }
}
