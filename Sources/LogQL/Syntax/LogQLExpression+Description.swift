internal import GoTemplate
internal import KTSDBModel

extension LogQLExpression: CustomStringConvertible {
    /// The query in its canonical form on one line.
    public var description: String {
        var text = ""
        write(to: &text)
        return text
    }

    /// Appends the text. Deep trees would take quadratic time if each level returned a text of its own.
    private func write(to text: inout String) {
        switch self {
        case .lines(let query): text += query.description
        case .literal(let value): text += goPlain(value)
        case .vector(let value): text += "vector(\(goFixed(value)))"
        case .rangeAggregation(let aggregation): text += aggregation.description
        case .vectorAggregation(let aggregation):
            text += "\(aggregation.head)(\(aggregation.count)"
            aggregation.operand.write(to: &text)
            text += ")"
        case .binary(let operation):
            text += "("
            operation.left.write(to: &text)
            text += " \(operation.operatorText) "
            operation.right.write(to: &text)
            text += ")"
        case .labelReplacement(let replacement):
            text += "label_replace("
            replacement.operand.write(to: &text)
            text += ",\(replacement.texts.joined(separator: ",")))"
        }
    }
}

extension LineQuery: CustomStringConvertible {
    /// The query in its canonical form on one line.
    public var description: String {
        ([selectorText] + stages.map(\.description)).joined(separator: " ")
    }

    /// `{app="a", env!="b"}`.
    var selectorText: String { "{" + matchers.map(\.description).joined(separator: ", ") + "}" }
}

extension RangeAggregation: CustomStringConvertible {
    /// The aggregation in its canonical form on one line.
    public var description: String {
        let unwrapping = unwrap.map { " \($0)" } ?? ""
        return "\(operation.rawValue)(\(quantileText)\(lines)\(unwrapping)\(window))\(suffix)"
    }

    /// The quantile with its comma.
    var quantileText: String { parameter.map { goPlain($0) + "," } ?? "" }

    /// `[5m] offset 1m0s`.
    var window: String { "[\(DurationText.text(range))]" + (offset == 0 ? "" : " offset \(GoDuration.text(offset))") }

    /// The grouping with a blank before it. An empty `by ()` is not as if it were missing: it makes one series.
    var suffix: String { grouping.map { " \($0)" } ?? "" }
}

extension Unwrap: CustomStringConvertible {
    /// `| unwrap bytes(x) | __error__=""`.
    public var description: String {
        stageTexts.joined(separator: " ")
    }

    /// The stage, and the filters after it.
    var stageTexts: [String] {
        let value = conversion == .none ? label : "\(conversion.rawValue)(\(label))"
        return ["| unwrap " + value] + filters.map { "| \($0)" }
    }
}

extension LabelGrouping: CustomStringConvertible {
    /// `by (a,b)`.
    public var description: String { "\(isWithout ? "without" : "by") (\(labels.joined(separator: ",")))" }
}

extension VectorAggregation {
    /// `sum by (level)`. An empty `by ()` is left out.
    var head: String {
        guard let grouping, grouping.isWithout || !grouping.labels.isEmpty else { return operation.rawValue }
        return "\(operation.rawValue) \(grouping)"
    }

    /// The number of `topk` with its comma.
    var count: String { parameter.map { "\($0)," } ?? "" }
}

extension BinaryOperation {
    /// The operator with what modifies it: `> bool on (a) group_left (b)`. Without a group there is a blank more at
    /// its end, as Loki prints it.
    var operatorText: String {
        let head = `operator`.rawValue + (returnsBool ? " bool" : "")
        guard let matching, matching.isOn || !matching.labels.isEmpty || matching.cardinality != .oneToOne else {
            return head
        }
        let group =
            switch matching.cardinality {
            case .oneToOne: ""
            case .manyToOne: "group_left"
            case .oneToMany: "group_right"
            }
        let include = matching.include.isEmpty ? "" : " (\(matching.include.joined(separator: ",")))"
        let labels = "\(matching.isOn ? "on" : "ignoring") (\(matching.labels.joined(separator: ",")))"
        return "\(head) \(labels) \(group)\(include)"
    }
}

extension LabelReplacement {
    /// The four texts in quotes.
    var texts: [String] { [destination, replacement, source, expression.pattern].map { goQuoted($0) } }
}
