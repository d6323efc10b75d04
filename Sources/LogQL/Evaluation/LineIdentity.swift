internal import KTSDBModel

/// The labels of a line in their categories, as a key: found without putting them together.
struct LineIdentity: Hashable {
    var stream: Labels
    var metadata = Labels()
    var parsed = Labels()
    var emptyLabels: [String] = []

    init(stream: Labels, emptyLabels: [String] = []) {
        self.stream = stream
        self.emptyLabels = emptyLabels
    }

    init(_ line: ProcessedLine) {
        stream = line.stream
        metadata = line.metadata
        parsed = line.parsed
        emptyLabels = line.emptyLabels
    }
}
