/// Go's formatting for hosts: the functions that they give to templates write numbers as Go does.
public enum GoFormat {
    /// A format makes at most this many bytes.
    private static let limit = 1 << 20

    /// Returns what Go's `Sprintf` returns.
    public static func text(_ format: String, _ arguments: GoValue...) -> String {
        var printer = GoPrinter(limit: limit)
        printer.printf(Array(format.utf8), arguments)
        return String(decoding: printer.output, as: UTF8.self)
    }

    /// Returns a text for the query of a URL, as `urlquery` does.
    public static func queryEscaped(_ text: String) -> String {
        String(decoding: TextEscaping.urlQuery(Array(text.utf8)), as: UTF8.self)
    }

    /// Returns a text for HTML, as `html` does.
    public static func htmlEscaped(_ text: String) -> String {
        String(decoding: TextEscaping.html(Array(text.utf8)), as: UTF8.self)
    }
}
