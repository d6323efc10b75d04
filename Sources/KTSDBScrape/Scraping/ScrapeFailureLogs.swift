internal import KTSDBConfiguration
internal import KTSDBModel
internal import PrometheusWire
internal import Synchronization

/// The files to which failed scrapes are written (`scrape_failure_log_file`), one JSON object per line.
final class ScrapeFailureLogs: Sendable {
    private let files = Mutex<[String: AppendedFile]>([:])

    /// Opens the files at these paths, reopens those that are open already, and closes all others. Returns the files
    /// that cannot be opened, with the reasons.
    func open(_ paths: Set<String>) -> [(path: String, reason: String)] {
        let current = files.withLock { files in
            files = files.filter { paths.contains($0.key) }
            for path in paths where files[path] == nil { files[path] = AppendedFile() }
            return files
        }
        return current.sorted { $0.key < $1.key }.compactMap { path, file in
            file.open(path).map { (path, $0) }
        }
    }

    /// Returns the file at a path; nil if `path` is nil or the file is unknown.
    func file(_ path: String?) -> AppendedFile? {
        guard let path else { return nil }
        return files.withLock { $0[path] }
    }

    /// Returns the line about a failed scrape.
    static func line(_ error: String, job: String, target: String, at time: Timestamp) -> String {
        var json = JSONWriter()
        json.object { json in
            json.member("time", RFC3339.format(time))
            json.member("level", "ERROR")
            json.member("msg", error)
            json.member("job_name", job)
            json.member("target", target)
        }
        return json.text
    }
}
