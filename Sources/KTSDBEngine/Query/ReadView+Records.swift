extension ReadView {
    /// Returns the bytes of a record, as ``Batch/set(_:_:in:)`` set them; nil if there is no such record.
    public func record(_ key: String, in space: RecordSpace) -> [UInt8]? { content.records.spaces[space]?[key] }

    /// Returns all records of a space, by key.
    public func records(in space: RecordSpace) -> [String: [UInt8]] { content.records.spaces[space]?.dictionary ?? [:] }

    /// The spaces that have records, in the order of their names.
    public var recordSpaces: [RecordSpace] { content.records.spaces.keys.sorted() }
}
