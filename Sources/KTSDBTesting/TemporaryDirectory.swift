internal import CLibrary
internal import KTSDBEngine

/// A fresh directory on the real disk, which is removed with its content when the object is released.
package final class TemporaryDirectory: Sendable {
    /// The directory's path.
    package let path: String

    /// Creates a directory in `TMPDIR`, or where the system keeps temporary files.
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
