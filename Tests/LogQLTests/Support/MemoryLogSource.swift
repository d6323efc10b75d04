import KTSDBModel
import LogQL

/// A log store that is a list.
struct MemoryLogSource: LogSource {
    private struct Entry: Hashable {
        var stream: Labels
        var time: Int64
        var line: [UInt8]
        var metadata: Labels
    }

    /// In the order of arrival.
    private(set) var entries: [LogLine] = []
    private var known: Set<Entry> = []
    /// Called before each batch.
    var beforeBatch: @Sendable () -> Void = {}
    /// How many entries come at a time.
    var batch = 16

    init() {}

    /// Adds an entry, unless there is an equal one.
    mutating func add(_ entry: LogLine) {
        let key = Entry(stream: entry.stream, time: entry.time, line: entry.line, metadata: entry.metadata)
        if known.insert(key).inserted { entries.append(entry) }
    }

    mutating func add(_ stream: Labels, _ time: Int64, _ line: String, _ metadata: Labels = [:]) {
        add(LogLine(stream: stream, time: time, line: Array(line.utf8), metadata: metadata))
    }

    func read(
        _ matchers: [TextMatcher], in range: Range<Int64>, _ direction: LogDirection,
        _ body: ([LogLine]) throws(LogQLError) -> Bool
    ) throws(LogQLError) {
        var chosen = entries.filter { range.contains($0.time) && Self.matches($0.stream, matchers) }
        chosen.sort { $0.time < $1.time }  // Stable: the order of arrival remains.
        if direction == .backward { chosen.reverse() }
        var rest = chosen[...]
        while !rest.isEmpty {
            beforeBatch()
            guard try body(Array(rest.prefix(batch))) else { return }
            rest = rest.dropFirst(batch)
        }
    }

    func streams(_ matchers: [TextMatcher], in range: Range<Int64>) -> [Labels] {
        let chosen = entries.filter { range.contains($0.time) && Self.matches($0.stream, matchers) }
        return Set(chosen.map(\.stream)).sorted()
    }

    static func matches(_ stream: Labels, _ matchers: [TextMatcher]) -> Bool {
        matchers.allSatisfy { matcher in
            let value = Array((stream[matcher.name] ?? "").utf8)
            return matcher.matches(value.span)
        }
    }
}
