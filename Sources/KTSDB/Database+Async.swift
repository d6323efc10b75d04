public import KTSDBEngine
public import KTSDBModel

/// The same calls for tasks, made on threads of the database's own. A call that waits for the disk would otherwise hold
/// one of the few threads that all tasks share.
extension Database {
    static let threads = BlockingThreads("ktsdb.database")

    /// Opens the database in the directory `path`, as `init(path:configuration:)` does.
    /// - Throws: `OpenError`; no sample was removed or changed then.
    public static func open(
        path: String, configuration: Configuration = .init()
    ) async throws(OpenError) -> Database {
        try await threads.run { () throws(OpenError) in try Database(path: path, configuration: configuration) }
    }

    /// Commits a batch: all of its samples or none, even after a crash.
    /// - Throws: `AppendError`.
    @discardableResult
    public func append(_ body: @Sendable (inout Batch) -> Void) async throws(AppendError) -> CommitSummary {
        try await Self.threads.run { () throws(AppendError) in try append(body) }
    }

    /// Commits a batch, unless `body` throws: then nothing of it is stored, and neither is any series that it created.
    @discardableResult
    public func append<Failure: Error>(
        _ body: @Sendable (inout Batch) throws(Failure) -> Void
    ) async throws -> CommitSummary {
        try await Self.threads.run { () throws(any Error) in try append(body) }
    }

    /// Commits a batch, and returns what `body` returns, such as the `SeriesID` of a series that it has resolved. If
    /// `body` throws, nothing of the batch is stored.
    @_disfavoredOverload
    public func append<Value: Sendable>(
        _ body: @Sendable (inout Batch) throws -> Value
    ) async throws -> (value: Value, summary: CommitSummary) {
        try await Self.threads.run { () throws(any Error) in
            var value: Value?
            let summary = try append { batch in value = try body(&batch) }
            guard let value else { preconditionFailure("The closure of an append runs once.") }
            return (value, summary)
        }
    }

    /// Imports many samples as blocks of their own: all of them or none, even after a crash.
    ///
    /// - Parameters:
    ///   - duplicates: Which of two samples at one time counts; nil for the configuration's policy.
    ///   - bufferByteLimit: How many bytes of memory the samples that wait to be written may take.
    ///   - progress: Is called on the import's thread, now and then. What it throws ends the import.
    ///   - body: Adds the samples.
    /// - Returns: What was taken, and what became of it.
    /// - Throws: What `body` or `progress` throws, or `ImportError`; then nothing is stored.
    @discardableResult
    public func importSamples(
        duplicates: DuplicatePolicy? = nil, bufferByteLimit: Int = 64 << 20,
        progress: @escaping @Sendable (ImportProgress) throws -> Void = { _ in },
        _ body: @Sendable (inout ImportBatch) throws -> Void
    ) async throws -> ImportReport {
        try await Self.threads.run { () throws(any Error) in
            try importSamples(
                duplicates: duplicates, bufferByteLimit: bufferByteLimit, progress: progress, body)
        }
    }

    /// Runs `body` with a read view of the database as it is now; reading from the disk does not hold up other tasks.
    public func read<Value: Sendable, Failure: Error>(
        _ body: @Sendable (ReadView) throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        try await Self.threads.run { () throws(Failure) in try body(readView()) }
    }

    /// Returns the newest point of a series: `ReadView/newest(of:)` of a read view that is taken now.
    /// - Throws: `ReadError`.
    public func newest(of labels: Labels) async throws(ReadError) -> SeriesPoint? {
        try await read { view throws(ReadError) in try view.newest(of: labels) }
    }

    /// Makes a snapshot in `snapshots/` in the data directory and returns its name.
    /// - Throws: `SnapshotError`; what was written of the snapshot is removed then.
    public func snapshot(skipHead: Bool = false) async throws(SnapshotError) -> String {
        try await Self.threads.run { () throws(SnapshotError) in try snapshot(skipHead: skipHead) }
    }

    /// Deletes the samples in `range` of the series that match all matchers of at least one list, and returns the
    /// deletion; nil if no stored sample is meant.
    /// - Throws: `DeletionError`.
    @discardableResult
    public func delete(
        matching lists: [[LabelMatcher]], in range: ClosedRange<Timestamp>
    ) async throws(DeletionError) -> Deletion? {
        try await Self.threads.run { () throws(DeletionError) in try delete(matching: lists, in: range) }
    }

    /// Undoes a deletion.
    /// - Throws: `DeletionError`.
    public func undelete(_ id: UInt64) async throws(DeletionError) {
        try await Self.threads.run { () throws(DeletionError) in try undelete(id) }
    }

    /// Removes all deleted samples for good, and returns what that took.
    /// - Throws: `DeletionError`.
    @discardableResult
    public func reclaim() async throws(DeletionError) -> ReclaimReport {
        try await Self.threads.run { () throws(DeletionError) in try reclaim() }
    }

    /// Runs all compactions that are due now, and returns how many there were.
    /// - Throws: `CompactionError`.
    @discardableResult
    public func compact() async throws(CompactionError) -> Int {
        try await Self.threads.run { () throws(CompactionError) in try compact() }
    }

    /// Seals what is in memory, syncs the log and releases the directory.
    /// - Throws: `StorageFault`: the reason why the next start will not find the last commits.
    public func close() async throws(StorageFault) {
        try await Self.threads.run { () throws(StorageFault) in try close() }
    }
}
