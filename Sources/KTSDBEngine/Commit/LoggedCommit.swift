package import KTSDBModel

/// One commit as it was read from the log; its memory is reused for the next.
package struct LoggedCommit: LoggedBody, ~Copyable {
    /// The commit's number.
    package internal(set) var sequence: UInt64 = 0
    /// What the samples are judged by.
    package internal(set) var context = FrameContext(wallClock: 0)
    /// Whether the commit is already in blocks: its definitions may be needed. Its samples are left out, unless the
    /// reader has a checkpoint from before it and needs to know the series' newest samples.
    package internal(set) var isSealed = false
    /// Series that the samples of this frame or of later ones name.
    package internal(set) var definitions: [SeriesDefinition] = []
    /// The samples' series, times in milliseconds and values, in the order in which they were committed.
    package internal(set) var ids = Column<UInt64>()
    package internal(set) var times = Column<Int64>()
    package internal(set) var values = Column<Double>()
    /// The samples' histograms and start times.
    var details = SampleDetails()
    /// Exemplars, whose slots are not known, metadata, and changes of records.
    var sideData = CommitSideData()

    package init() {}

    package var rowCount: Int { ids.count }
    package var hasMoreThanRows: Bool { !definitions.isEmpty || !sideData.isEmpty }

    package mutating func decode(
        _ body: RawSpan, sequence: UInt64, context: FrameContext, isSealed: Bool, skipsRows: Bool
    ) -> Bool {
        removeAll()
        (self.sequence, self.context, self.isSealed) = (sequence, context, isSealed)
        var cursor = FieldCursor(0..<body.byteCount), last: UInt8 = 0
        while cursor.remaining > 0 {
            guard let kind = cursor.byte(in: body), kind > last, let length = cursor.count(in: body),
                let section = cursor.take(length), let known = CommitSection(rawValue: kind),
                decode(known, body, section, skipsRows: skipsRows)
            else { return false }
            last = kind
        }
        return true
    }

    private mutating func removeAll() {
        definitions.removeAll(keepingCapacity: true)
        ids.removeAll()
        times.removeAll()
        values.removeAll()
        details.removeAll()
        sideData.removeAll()
    }

    private mutating func decode(
        _ kind: CommitSection, _ body: RawSpan, _ section: Range<Int>, skipsRows: Bool
    ) -> Bool {
        switch kind {
        case .floats: skipsRows || FloatsSection.decode(body, section, into: &self)
        case .histograms: skipsRows || HistogramsSection.decode(body, section, into: &self)
        case .exemplars: skipsRows || ExemplarCoding.decodeSection(body, section, into: &sideData)
        case .metadata: MetadataCoding.decodeSection(body, section, into: &sideData.metadata)
        case .records: RecordCoding.decodeSection(body, section, into: &sideData.records)
        case .forgotten: ForgottenSection.decode(body, section, into: &sideData.forgotten)
        case .series: SeriesSection.decode(body, section, into: &definitions)
        }
    }
}
