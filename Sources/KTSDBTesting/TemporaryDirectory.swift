internal import CLibrary
internal import KTSDBEngine

/// A fresh directory on the real disk that is removed, with all that is in it, when the object goes.
package final class TemporaryDirectory: Sendable {
    /// The directory's path.
    package let path: String

    /// Creates a directory below `TMPDIR`, or where the system keeps temporary files.
    package init() {
        let base = SystemCall.environment("TMPDIR") ?? P_tmpdir
        guard let made = SystemCall.makeTemporaryDirectory("\(base)/ktsdb-") else {
            preconditionFailure("No temporary directory can be created below \(base).")
        }
        path = made
    }

    deinit { Self.removeAll(path) }

    private static func removeAll(_ path: String) {
        let files = POSIXFileSystem()
        for name in (try? files.list(path)) ?? [] { removeAll("\(path)/\(name)") }
        try? files.remove(path)
    }
}
