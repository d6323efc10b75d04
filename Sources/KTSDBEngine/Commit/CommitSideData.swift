internal import KTSDBModel

/// What a commit carries besides samples: exemplars, metadata of metrics, changes of records, and series whose newest
/// sample no longer counts.
struct CommitSideData: Sendable {
    var exemplars = ExemplarColumns()
    /// The time of the newest of all samples when the commit was made, by which late exemplars are judged; `Int64.min`
    /// before the first sample. The log has it with the exemplars, so that replay judges by the same.
    var newestSample = Int64.min
    var metadata: [String: MetricMetadata] = [:]
    var records = RecordChanges()
    /// The numbers of series whose newest sample was deleted: their next one is judged without it.
    var forgotten: [UInt64] = []

    var isEmpty: Bool { exemplars.isEmpty && metadata.isEmpty && records.isEmpty && forgotten.isEmpty }

    mutating func removeAll() {
        guard !isEmpty else { return }
        self = CommitSideData()
    }

    /// Appends the sections of a frame.
    func encode(into buffer: inout FieldBuffer) {
        ExemplarCoding.encodeSection(exemplars, newestSample: newestSample, into: &buffer)
        MetadataCoding.encodeSection(metadata, into: &buffer)
        RecordCoding.encodeSection(records, into: &buffer)
        ForgottenSection.encode(forgotten, into: &buffer)
    }
}
