public import Foundation
public import KTSDBEngine
public import KTSDBModel
public import PromQL

// With these, `localizedDescription` is what `description` says.
extension OpenError: LocalizedError {
    /// What happened, where, and what to do next.
    public var errorDescription: String? { description }
}

extension AppendError: LocalizedError {
    /// What happened, where, and what to do next.
    public var errorDescription: String? { description }
}

extension ReadError: LocalizedError {
    /// What happened, where, and what to do next.
    public var errorDescription: String? { description }
}

extension QueryError: LocalizedError {
    /// What happened, where in the text, and what to do next.
    public var errorDescription: String? { description }
}

extension SnapshotError: LocalizedError {
    /// What happened, where, and what to do next.
    public var errorDescription: String? { description }
}

extension CompactionError: LocalizedError {
    /// What happened, and what to do next.
    public var errorDescription: String? { description }
}

extension DropFutureError: LocalizedError {
    /// What happened, and what to do next.
    public var errorDescription: String? { description }
}

extension DeletionError: LocalizedError {
    /// What happened, and what to do next.
    public var errorDescription: String? { description }
}

extension StorageFault: LocalizedError {
    /// What is wrong, and what to do next.
    public var errorDescription: String? { description }
}
