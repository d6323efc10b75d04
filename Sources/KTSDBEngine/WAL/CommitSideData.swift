internal import KTSDBModel

/// What a commit brings beside samples: exemplars, and what metrics are.
struct CommitSideData: Sendable {
    var exemplars = ExemplarColumns()
    var metadata: [String: MetricMetadata] = [:]

    var isEmpty: Bool { exemplars.isEmpty && metadata.isEmpty }

    mutating func removeAll() {
        guard !isEmpty else { return }
        self = CommitSideData()
    }

    /// Appends the sections of a frame.
    func encode(into buffer: inout FieldBuffer) {
        ExemplarCoding.encodeSection(exemplars, into: &buffer)
        MetadataCoding.encodeSection(metadata, into: &buffer)
    }
}
