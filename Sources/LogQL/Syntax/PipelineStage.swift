/// One stage of a log query.
public enum PipelineStage: Sendable {
    /// `|= "x" or "y"`, `!~ "re"`, `|> "a <_> b"`, `|= ip("10.0.0.0/8")`.
    case lineFilter(LineFilter)
    /// `| json`, and `| json a, b="x.y[0]"`: without extractions, every field becomes a label.
    case json([LabelExtraction])
    /// `| logfmt --strict --keep-empty a, b="key"`.
    case logfmt(LogfmtStage)
    /// `| regexp "(?P<name>…)"`: the pattern.
    case regexp(String)
    /// `| pattern "<ip> <_>"`: the pattern.
    case pattern(String)
    /// `| unpack`.
    case unpack
    /// `| level="error" or status >= 500`.
    case labelFilter(LabelFilter)
    /// `| line_format "{{.a}}"`: the template.
    case lineFormat(String)
    /// `| label_format a=b, c="{{.d}}"`; at least one.
    case labelFormat([LabelFormat])
    /// `| decolorize`.
    case decolorize
    /// `| drop a, b="x"`; at least one.
    case drop([ChosenLabel])
    /// `| keep a, b="x"`; at least one.
    case keep([ChosenLabel])
}

/// A filter on the text of a line.
public struct LineFilter: Sendable {
    /// How the line is compared.
    public enum Operation: String, Sendable {
        case contains = "|=", doesNotContain = "!="
        case matches = "|~", doesNotMatch = "!~"
        case matchesPattern = "|>", doesNotMatchPattern = "!>"
    }

    /// What a line is compared with.
    public enum Needle: Hashable, Sendable {
        /// A text, a regular expression or a pattern, as the operation says.
        case text(String)
        /// A text that is not UTF-8: `"\xff"`.
        case bytes([UInt8])
        /// `ip("…")`: an address, a range of addresses or a CIDR block; with `|=` and `!=` alone.
        case address(String)
    }

    /// How the line is compared.
    public var operation: Operation
    /// A line passes if it passes with any of them; at least one.
    ///
    /// The parser makes one filter of each alternative of a negative filter, since `!= "a" or "b"` keeps a line that
    /// contains neither.
    public var alternatives: [Needle]

    /// Creates a filter.
    public init(_ operation: Operation, _ alternatives: [Needle]) {
        self.operation = operation
        self.alternatives = alternatives
    }
}

/// A label that a parser sets from an expression: `a="x.y[0]"` of `json`, `a="key"` of `logfmt`; `a` alone is `a="a"`.
public struct LabelExtraction: Hashable, Sendable {
    /// The label's name.
    public var name: String
    /// Where its value is in the line.
    public var expression: String

    /// Creates an extraction.
    public init(_ name: String, _ expression: String) {
        self.name = name
        self.expression = expression
    }
}

/// `| logfmt`.
public struct LogfmtStage: Hashable, Sendable {
    /// Whether the first malformed pair is an error (`--strict`) rather than skipped.
    public var isStrict: Bool
    /// Whether keys without a value become empty labels (`--keep-empty`).
    public var keepsEmpty: Bool
    /// Without extractions, every key becomes a label.
    public var extractions: [LabelExtraction]

    /// Creates a stage.
    public init(isStrict: Bool = false, keepsEmpty: Bool = false, extractions: [LabelExtraction] = []) {
        self.isStrict = isStrict
        self.keepsEmpty = keepsEmpty
        self.extractions = extractions
    }
}

/// A part of `label_format`: `name=other` renames, `name="{{.template}}"` computes.
public struct LabelFormat: Hashable, Sendable {
    /// Where the value comes from.
    public enum Source: Hashable, Sendable {
        /// Another label, which goes away.
        case label(String)
        /// A template.
        case template(String)
    }

    /// The label that is set.
    public var name: String
    /// Where the value comes from.
    public var source: Source

    /// Creates a part.
    public init(_ name: String, _ source: Source) {
        self.name = name
        self.source = source
    }
}

/// A part of `drop` and `keep`: a label by its name, or by its name and value.
public enum ChosenLabel: Hashable, Sendable {
    case name(String)
    case matcher(TextMatcher)
}
