public import KTSDBEngine
internal import KTSDBModel

/// The same calls for tasks, made on the threads that all databases share.
extension DatabaseFollower {
    /// Loads the database in the directory `path`, as `init(path:configuration:)` does.
    /// - Throws: `OpenError`; nothing was changed.
    public static func open(
        path: String, configuration: Database.Configuration = .init()
    ) async throws(OpenError) -> DatabaseFollower {
        try await Database.threads.run { () throws(OpenError) in
            try DatabaseFollower(path: path, configuration: configuration)
        }
    }

    /// Takes in what the writer has done since the last refresh.
    /// - Throws: `OpenError`; views show what they showed before, or a later commit. The next refresh tries again.
    @discardableResult
    public func refresh() async throws(OpenError) -> FollowedChanges {
        try await Database.threads.run { () throws(OpenError) in try refresh() }
    }

    /// Runs `body` with a read view of the database as the last refresh found it; reading from the disk does not hold
    /// up other tasks.
    public func read<Value: Sendable, Failure: Error>(
        _ body: @Sendable (ReadView) throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        try await Database.threads.run { () throws(Failure) in try body(readView()) }
    }
}
