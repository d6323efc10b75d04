internal import GoTemplate

/// Links to the pages of the server, below its external URL.
enum ExternalURL {
    /// Returns the path of a URL, without its query and fragment.
    static func path(of url: String) -> String {
        var rest = url.prefix { $0 != "?" && $0 != "#" }
        if let scheme = rest.firstRange(of: "://") { rest = rest[scheme.upperBound...].drop { $0 != "/" } }
        return String(rest)
    }

    /// Returns the path and the query of the page that shows an expression.
    static func graphLink(_ expression: String, tab: Int) -> String {
        "/graph?g0.expr=\(GoFormat.queryEscaped(expression))&g0.tab=\(tab)"
    }
}

extension DueAlert {
    /// Returns the URL of the page that shows the alert's expression: the field `generatorURL` of a sent alert.
    public func generatorURL(externalURL: String) -> String { externalURL + ExternalURL.graphLink(expression, tab: 1) }
}
