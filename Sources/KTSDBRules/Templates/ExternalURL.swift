internal import GoTemplate

/// The address under which users reach the server.
enum ExternalURL {
    /// The path of a URL.
    static func path(of url: String) -> String {
        var rest = url.prefix { $0 != "?" && $0 != "#" }
        if let scheme = rest.firstRange(of: "://") { rest = rest[scheme.upperBound...].drop { $0 != "/" } }
        return String(rest)
    }

    /// The path and query of the page that shows an expression.
    static func graphLink(_ expression: String, tab: Int) -> String {
        "/graph?g0.expr=\(GoFormat.queryEscaped(expression))&g0.tab=\(tab)"
    }
}

extension DueAlert {
    /// Where users see the alert's expression: the field `generatorURL` of what is sent.
    public func generatorURL(externalURL: String) -> String { externalURL + ExternalURL.graphLink(expression, tab: 1) }
}
