/// The prefix of all paths of a listener.
enum RoutePrefix {
    /// Returns the given prefix, or the path of a URL, with a slash at its beginning and none at its end.
    static func of(_ given: String?, url: String) -> String {
        "/" + (given ?? path(of: url)).split(separator: "/").joined(separator: "/")
    }

    /// Returns the path of a URL such as `http://example.org/metrics/`.
    static func path(of url: String) -> String {
        guard let scheme = url.firstRange(of: "://") else { return url.hasPrefix("/") ? url : "/" }
        return url[scheme.upperBound...].firstIndex(of: "/").map { String(url[$0...]) } ?? "/"
    }
}
