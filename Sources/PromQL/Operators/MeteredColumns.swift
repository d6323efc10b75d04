internal import KTSDBModel

/// Columns of which it is measured what reading them costs.
final class MeteredColumns: ColumnSource {
    private let source: any ColumnSource
    private let id: Int
    private let profile: QueryProfile

    init(_ source: any ColumnSource, _ id: Int, _ profile: QueryProfile) {
        self.source = source
        self.id = id
        self.profile = profile
    }

    var count: Int { source.count }
    var hasOneName: Bool { source.hasOneName }
    var depth: Int { source.depth + 1 }

    func series(at position: Int) throws(QueryError) -> SeriesIdentity { try source.series(at: position) }

    func makeReader() -> any SampleReader { Reader(source.makeReader(), id, profile) }

    private final class Reader: SampleReader {
        let reader: any SampleReader
        let id: Int
        let profile: QueryProfile

        init(_ reader: any SampleReader, _ id: Int, _ profile: QueryProfile) {
            self.reader = reader
            self.id = id
            self.profile = profile
        }

        func read(_ position: Int, into columns: inout SampleColumns) throws(QueryError) {
            let begin = ContinuousClock.now
            try reader.read(position, into: &columns)
            let took = ContinuousClock.now - begin, samples = columns.times.count
            profile.change(id) { cost in
                cost.time += took
                cost.points += samples
                cost.read += samples
                cost.series += samples > 0 ? 1 : 0
            }
        }
    }
}
