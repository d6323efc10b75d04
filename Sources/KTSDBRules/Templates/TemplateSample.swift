package import GoTemplate
internal import KTSDBModel

/// One result of a query in a template: Prometheus' `*template.sample`.
struct TemplateSample: GoObject {
    static let type = GoType.object("template.sample", isPointer: true)
    /// The type of a result of `query`.
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

    /// Returns the samples as a result of `query`.
    static func list(_ samples: [RuleSample]) -> GoValue {
        .named(listType, .list(GoList(samples.map { .object(TemplateSample($0)) }, of: type)))
    }

    /// Returns the sample in an argument of a function.
    /// - Throws: `GoError` if the argument is not a sample.
    static func argument(_ value: GoValue) throws -> TemplateSample {
        guard case .object(let object) = value, let sample = object as? TemplateSample else {
            throw GoError("runtime error: invalid memory address or nil pointer dereference")
        }
        return sample
    }

    /// Returns the value of a label; an empty text if the sample does not have it.
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
    /// Creates a map of texts from labels.
    init(labels: Labels) {
        self.init(labels.map { (.text($0.name), .text($0.value)) }, value: .string)
    }
}

extension RuleSample {
    /// The sample as a value of templates.
    package var templateValue: GoValue { .object(TemplateSample(self)) }
}
