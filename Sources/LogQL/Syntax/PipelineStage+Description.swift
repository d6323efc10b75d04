internal import KTSDBModel

extension PipelineStage: CustomStringConvertible {
    /// The stage in its canonical form, with its `|` or operator.
    public var description: String {
        switch self {
        case .lineFilter(let filter): filter.description
        case .json(let extractions): "| json" + Self.list(extractions)
        case .logfmt(let stage):
            "| logfmt" + (stage.isStrict ? " --strict" : "") + (stage.keepsEmpty ? " --keep-empty" : "")
                + Self.list(stage.extractions)
        case .regexp(let pattern): "| regexp " + goQuoted(pattern)
        case .pattern(let pattern): "| pattern " + goQuoted(pattern)
        case .unpack: "| unpack"
        case .labelFilter(let filter): "| \(filter)"
        case .lineFormat(let template): "| line_format " + goQuoted(template)
        case .labelFormat(let formats): "| label_format" + Self.list(formats)
        case .decolorize: "| decolorize"
        case .drop(let choices): "| drop" + Self.list(choices)
        case .keep(let choices): "| keep" + Self.list(choices)
        }
    }

    private static func list(_ elements: [some CustomStringConvertible]) -> String {
        elements.isEmpty ? "" : " " + elements.map(\.description).joined(separator: ",")
    }
}

extension LineFilter: CustomStringConvertible {
    /// `|= "x" or ip("…")`.
    public var description: String {
        operation.rawValue + " " + alternatives.map(\.description).joined(separator: " or ")
    }
}

extension LineFilter.Needle: CustomStringConvertible {
    /// `"x"`, `ip("…")`.
    public var description: String {
        switch self {
        case .text(let text): goQuoted(text)
        case .bytes(let bytes): goQuoted(bytes)
        case .address(let text): "ip(\(goQuoted(text)))"
        }
    }
}

extension LabelExtraction: CustomStringConvertible {
    /// `name="expression"`.
    public var description: String { name + "=" + goQuoted(expression) }
}

extension LabelFormat: CustomStringConvertible {
    /// `name=other` or `name="template"`.
    public var description: String {
        switch source {
        case .label(let label): name + "=" + label
        case .template(let template): name + "=" + goQuoted(template)
        }
    }
}

extension ChosenLabel: CustomStringConvertible {
    /// `name` or `name="value"`.
    public var description: String {
        switch self {
        case .name(let name): name
        case .matcher(let matcher): matcher.description
        }
    }
}
