extension LogQLExpression {
    /// The longest text of a query in bytes.
    public static let maximumLength = 131_071

    /// Parses a query and checks all that can be checked without running it.
    ///
    /// Expressions of stages that only running looks at are taken as they are: templates, patterns and regular
    /// expressions of line filters, paths of `json`, addresses.
    /// - Throws: ``LogQLError`` of the kind `syntax` if the text is not a query, is longer than ``maximumLength``,
    ///   nests more than 250 levels deep, or has more than 200 operators.
    public init(parsing text: String) throws(LogQLError) {
        let (expression, isPrintedOtherwise) = try LogQLParser.parse(text)
        // Loki prints a query and reads it again before it runs. Names that have to be quoted then are an error.
        self = isPrintedOtherwise ? try LogQLParser.parse(expression.description).expression : expression
    }

    /// Returns a query in its canonical form, over several lines if it is long: what `format_query` answers.
    ///
    /// The names of labels in selectors may have letters of all scripts here, though no such query can be run.
    /// - Throws: As ``init(parsing:)``.
    public static func formatted(_ text: String) throws(LogQLError) -> String {
        try LogQLParser.parse(text).expression.formatted()
    }
}
