internal import KTSDBModel

/// What a commit carries besides samples: exemplars, metadata of metrics, and changes of records.
struct CommitSideData: Sendable {
    var exemplars = ExemplarColumns()
    var metadata: [String: MetricMetadata] = [:]
    var records = RecordChanges()

    var isEmpty: Bool { exemplars.isEmpty && metadata.isEmpty && records.isEmpty }

    mutating func removeAll() {
        guard !isEmpty else { return }
        self = CommitSideData()
    }

    /// Appends the sections of a frame.
    func encode(into buffer: inout FieldBuffer) {
        ExemplarCoding.encodeSection(exemplars, into: &buffer)
        MetadataCoding.encodeSection(metadata, into: &buffer)
        RecordCoding.encodeSection(records, into: &buffer)
    }
}
