internal import CLibrary
internal import KTSDBEngine
internal import KTSDBModel

/// Why a command about a database's files could not do what was asked of it.
package struct StorageProblem: Error, Hashable, Sendable, CustomStringConvertible {
    package var description: String

    package init(_ description: String) { self.description = description }

    init(_ error: ReadError) { description = error.description }

    /// The problem of a system call about `path`.
    static func system(_ operation: String, _ path: String) -> StorageProblem {
        StorageProblem("\(operation) \(path): \(SystemCall.message(errno))")
    }
}
