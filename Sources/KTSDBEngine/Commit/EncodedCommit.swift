internal import KTSDBModel

/// One commit in the log's encoding. The committing thread makes it outside of any lock and reuses it from commit to
/// commit.
package struct EncodedCommit: ~Copyable {
    /// The body of the commit's frame.
    package private(set) var body = LogBody()
    /// Where the definitions go, which are known only at the end.
    private var definitionsStart = 0
    /// The checksum of what comes before them.
    private var checksum: UInt32 = 0

    package init() {}

    /// Replaces what was encoded before with these samples.
    ///
    /// - Precondition: The three spans have the same count.
    package mutating func encode(ids: Span<UInt64>, times: Span<Int64>, values: Span<Double>) {
        encode(ids: ids, times: times, values: values, details: SampleDetails())
    }

    /// Does the same with sample details, and with side data, which may come without samples.
    mutating func encode(
        ids: Span<UInt64>, times: Span<Int64>, values: Span<Double>, details: SampleDetails,
        sideData: CommitSideData = CommitSideData()
    ) {
        precondition(
            ids.count == times.count && ids.count == values.count,
            "Each sample has an id, a time and a value: \(ids.count), \(times.count) and \(values.count) were given.")
        body.removeAll()
        if ids.count > 0 {
            FloatsSection.append(ids: ids, times: times, values: values, starts: details.starts, to: &body)
            HistogramsSection.encode(details.histograms, into: &body.buffer)
        }
        sideData.encode(into: &body.buffer)
        definitionsStart = body.buffer.count
        body.finish()
        checksum = body.checksum
    }

    /// Replaces what was encoded before with side data without samples.
    mutating func encode(_ sideData: CommitSideData) {
        let ids: [UInt64] = [], times: [Int64] = [], values: [Double] = []
        encode(ids: ids.span, times: times.span, values: values.span, details: SampleDetails(), sideData: sideData)
    }

    /// Adds the definitions that the frame's segment lacks, in place of those that were added before.
    package mutating func define(_ definitions: [SeriesDefinition]) {
        guard !definitions.isEmpty || body.buffer.count > definitionsStart else { return }
        body.buffer.truncate(to: definitionsStart)
        SeriesSection.encode(definitions, into: &body.buffer)
        body.finish(after: definitionsStart, checksum)
    }
}
