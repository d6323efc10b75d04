internal import CLibrary
internal import KTSDBEngine

/// A fresh directory on the real disk, which is removed with its content when the object is released.
package final class TemporaryDirectory: Sendable {
    /// The directory's path.
    package let path: String

    /// Creates a directory in `TMPDIR`, or where the system keeps temporary files.
    package init() {
        let base = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? P_tmpdir
        var template = Array("\(base)/ktsdb-XXXXXX".utf8CString)
        // SAFETY: mkdtemp changes a NUL-terminated buffer in place.
        let made = unsafe template.withUnsafeMutableBufferPointer { unsafe mkdtemp($0.baseAddress!) != nil }
        precondition(made, "A temporary directory can be created below \(base).")
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { Self.removeAll(path) }

    private static func removeAll(_ path: String) {
        let files = POSIXFileSystem()
        for name in (try? files.list(path)) ?? [] { removeAll("\(path)/\(name)") }
        try? files.remove(path)
    }
}
