internal import CLibrary

/// Why a database could not be opened. No sample was removed or changed; damaged files may be in `set-aside/`
/// already.
@nonexhaustive
public enum OpenError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Another process, or another `Database` of this process, has the directory open; `processID` is 0 when the
    /// process is not known.
    case locked(path: String, processID: Int32)
    /// A file or directory could not be read or written; `code` is the system's errno.
    case file(path: String, operation: String, code: Int32)
    /// The disk has no room for what opening has to write.
    case diskFull(path: String)
    /// A file was written by a newer version.
    case unsupportedFormat(path: String, found: UInt32)
    /// The list of blocks, or the log, cannot be read; the text says where and why.
    case damaged(path: String, detail: String)
    /// A reader that follows a writer found other files each time that it looked.
    case busy(path: String)

    /// What happened, where, and what to do next.
    public var description: String {
        switch self {
        case .locked(let path, let processID):
            processID == getpid()
                ? "\(path) is open in this process already. Close that database first, or use another directory."
                : "\(path) is in use by \(processID > 0 ? "process \(processID)" : "another process"). "
                    + "Stop it, or use another directory."
        case .file(let path, _, let code) where code == ENOTDIR || code == EEXIST:
            "\(path) is not a directory. Nothing was changed; give the path of a directory, or of one to create."
        case .file(let path, let operation, let code):
            "\(path): \(operation) failed (\(SystemCall.message(code))). No data was changed; "
                + "check that the directory can be read and written."
        case .diskFull(let path): "\(path): no space left on the disk. No data was changed; make room and open again."
        case .unsupportedFormat(let path, let found):
            "\(path) has version \(found) of the format, which this version cannot read. No data was changed; use a "
                + "newer version of ktsdb."
        case .damaged(let path, let detail): "\(path): \(detail)"
        case .busy(let path): "\(path) changed faster than it could be read. Nothing was changed; try again."
        }
    }
}
