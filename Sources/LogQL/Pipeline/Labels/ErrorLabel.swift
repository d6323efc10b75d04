/// The labels of an error in a pipeline, and their values.
enum ErrorLabel: String {
    case json = "JSONParserErr"
    case logfmt = "LogfmtParserErr"
    case extraction = "SampleExtractionErr"
    case filter = "LabelFilterErr"
    case template = "TemplateFormatErr"

    /// The label whose value is the kind of the error.
    static let name = "__error__"
    /// The label whose value is the text of the error.
    static let detailsName = "__error_details__"
}
