extension Batch {
    /// Sets a record: bytes that the database keeps under a key until they are set again or removed. An application's
    /// own state, such as a position or the state of a rule, is stored so in the same commit as the samples that belong
    /// to it.
    ///
    /// Of several changes of one key in a batch the last one counts. All records are in memory, and in each checkpoint
    /// and snapshot: they are for state of some megabytes in all, not for data. What does not fit into a commit with
    /// everything else is ``AppendError/batchTooLarge(byteCount:)``.
    ///
    /// - Parameters:
    ///   - key: Any string, also an empty one.
    ///   - bytes: Any bytes; none is a value, too.
    ///   - space: The part of the records that the key belongs to. Names of spaces that begin with `ktsdb.` are ktsdb's
    ///     own.
    public mutating func set(_ key: String, _ bytes: [UInt8], in space: RecordSpace) {
        sideData.records.set(key, bytes, in: space)
    }

    /// Removes a record. Nothing happens if there is none.
    public mutating func remove(_ key: String, in space: RecordSpace) {
        sideData.records.set(key, nil, in: space)
    }
}
