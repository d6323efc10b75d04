internal import KTSDBModel

extension Batch {
    /// Sets a record: bytes that the database keeps under a key until they are set again or removed. In this way an
    /// application stores its own state, such as a position or the state of a rule, in the same commit as the samples
    /// that belong to it.
    ///
    /// If a batch changes one key several times, the last change counts. All records are in memory, and in each
    /// checkpoint and snapshot: they are for state of some megabytes in all, not for data. A commit after which all
    /// records together would have more than 256 MiB throws ``AppendError/recordsTooLarge(byteCount:limit:)``.
    ///
    /// - Parameters:
    ///   - key: Any string, including the empty one.
    ///   - bytes: Any bytes; an empty array is a value, too.
    ///   - space: The part of the records that the key belongs to. Names of spaces that begin with `ktsdb.` are
    ///     reserved for ktsdb.
    /// - Precondition: `space` is not reserved.
    public mutating func set(_ key: String, _ bytes: [UInt8], in space: RecordSpace) {
        precondition(!space.isReserved, "The space \(goQuoted(space.name)) is reserved; choose another name.")
        change(key, to: bytes, in: space)
    }

    /// Removes a record. Does nothing if there is no such record.
    /// - Precondition: `space` is not reserved.
    public mutating func remove(_ key: String, in space: RecordSpace) {
        precondition(!space.isReserved, "The space \(goQuoted(space.name)) is reserved; choose another name.")
        change(key, to: nil, in: space)
    }

    /// Sets or removes a record in any space: for ktsdb's own features.
    package mutating func change(_ key: String, to bytes: [UInt8]?, in space: RecordSpace) {
        sideData.records.set(key, bytes, in: space)
    }
}
