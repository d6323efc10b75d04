import Foundation

/// The tables of templates beside the repository.
///
/// The environment variable `KTSDB_CONFORMANCE` names their directory; the default is `../shared/conformance`, next to
/// the package.
enum SharedTables {
    static let directory: String = {
        if let path = ProcessInfo.processInfo.environment["KTSDB_CONFORMANCE"] { return path }
        return URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "shared/conformance").path
    }()

    static let exist = FileManager.default.fileExists(atPath: directory + "/alerting")
    static let skipNotice = "skipped: no conformance data at \(directory)"

    /// The content of a file.
    static func load(_ name: String) throws -> Any {
        let data = try Data(contentsOf: URL(fileURLWithPath: "\(directory)/alerting/\(name).json"))
        return try JSONSerialization.jsonObject(with: data)
    }

    /// Functions of Prometheus and Alertmanager, which are not part of the language: cases with them are left out.
    static let foreignFunctions: Set = [
        "args", "append", "base64decode", "base64encode", "date", "dict", "externalURL", "first", "graphLink",
        "humanize", "humanize1024", "humanizeDuration", "humanizePercentage", "humanizeTimestamp", "label", "list",
        "match", "mustToDate", "now", "parseDuration", "pathPrefix", "query", "reReplaceAll", "routeLabels", "safeHtml",
        "safeUrl", "since", "sortByLabel", "strvalue", "stripDomain", "stripPort", "tableLink", "title", "tmpl",
        "toDate", "toDuration", "toJson", "toLower", "toTime", "toUpper", "trimSpace", "tz", "urlQueryEscape",
        "urlUnescape", "value",
    ]

    /// Whether the message says that one of these functions is not defined.
    static func isForeign(_ message: String) -> Bool {
        guard let name = message.firstMatch(of: /function "(\w+)" not defined/)?.1 else { return false }
        return foreignFunctions.contains(String(name))
    }
}
