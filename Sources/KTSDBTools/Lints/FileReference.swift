internal import KTSDBConfiguration

/// A field of a configuration that names a file to read: `password_file`, `ca_file`.
struct FileReference: Sendable {
    var key: String
    var path: String
    var line: Int

    /// How many values of a document are looked at.
    private static let limit = 200_000
    /// Files that are written, and not read.
    private static let written: Set<String> = ["query_log_file", "scrape_failure_log_file"]

    /// The fields whose files do not exist; paths are relative to that of the document.
    static func missing(in document: YAMLValue, _ files: ToolFiles) -> [FileReference] {
        let directory = GoPath.directory(of: document.file)
        return all(in: document).filter { reference in
            !reference.path.contains("$") && files.kind(GoPath.join(directory, reference.path)) == .missing
        }
    }

    private static func all(in document: YAMLValue) -> [FileReference] {
        var found: [FileReference] = [], waiting = [document], visits = 0
        while let value = waiting.popLast(), visits < limit {
            visits += 1
            for (key, value) in (try? value.pairs()) ?? [] {
                if key.hasSuffix("_file"), !written.contains(key), let path = try? value.string(), !path.isEmpty {
                    found.append(FileReference(key: key, path: path, line: value.line))
                } else {
                    waiting.append(value)
                }
            }
            waiting += (try? value.list()) ?? []
        }
        return found.sorted { $0.line < $1.line }
    }
}
