internal import KTSDBModel

/// The metadata of metrics, by name: the latest entry of each.
///
/// Names of metrics that no longer have series are dropped after a seal, and earlier when there are many.
struct MetadataTable: Sendable {
    private(set) var entries: [String: MetricMetadata] = [:]
    /// How many entries, and how many bytes of them, may be added before those without series are looked for.
    private var pruneCount = leastPruneCount, pruneBytes = leastPruneBytes
    private var byteCount = 0

    private static let leastPruneCount = 8192, leastPruneBytes = 16 << 20

    /// The bytes of memory held, about.
    var memoryByteCount: Int { byteCount + entries.count * 96 }

    /// How many bytes name, type, unit and help may have together.
    static let byteLimit = 1 << 16

    var isEmpty: Bool { entries.isEmpty }
    var count: Int { entries.count }

    /// Whether there are so many names, or such long texts, that those without series should be dropped: a sender of
    /// metadata need not send samples.
    var isDueForPruning: Bool { entries.count > pruneCount || byteCount > pruneBytes }

    mutating func set(_ metadata: MetricMetadata, of name: String) {
        let old = entries.updateValue(metadata, forKey: name)
        byteCount += Self.byteCount(name, metadata) - (old.map { Self.byteCount(name, $0) } ?? 0)
    }

    private static func byteCount(_ name: String, _ metadata: MetricMetadata) -> Int {
        name.utf8.count + metadata.type.utf8.count + metadata.unit.utf8.count + metadata.help.utf8.count
    }

    /// Keeps only the names for which `isAlive` returns true: the others have no series.
    mutating func prune(_ isAlive: (String) -> Bool) {
        let kept = entries.filter { isAlive($0.key) }
        if kept.count < entries.count { entries = kept }
        byteCount = entries.reduce(0) { $0 + Self.byteCount($1.key, $1.value) }
        pruneCount = max(Self.leastPruneCount, 2 * entries.count)
        pruneBytes = max(Self.leastPruneBytes, 2 * byteCount)
    }

    /// Whether `contains` knows a metric by its name, or by the name of a series of its family.
    static func isAlive(_ name: String, among contains: (String) -> Bool) -> Bool {
        contains(name) || MetricMetadata.familySuffixes.contains { contains(name + $0) }
    }
}

/// Encodes and decodes metadata for frames of the log, for blocks and for checkpoints: FORMAT.md, section 9.
enum MetadataCoding {
    /// Appends all entries, ascending by the bytes of their names.
    static func encode(_ entries: [String: MetricMetadata], into buffer: inout FieldBuffer) {
        buffer.append(varint: UInt64(entries.count))
        var shared = AffixCoder()
        for (name, metadata) in entries.map({ (Array($0.key.utf8), $0.value) }).sorted(by: {
            $0.0.lexicographicallyPrecedes($1.0)
        }) {
            shared.append(name, to: &buffer)
            for text in [metadata.type, metadata.unit, metadata.help] {
                buffer.append(varint: UInt64(text.utf8.count))
                buffer.append(Array(text.utf8).span.rawBytes)
            }
        }
    }

    /// Reads entries; nil when the bytes are malformed, or continue after the last entry.
    static func decode(_ bytes: RawSpan, _ range: Range<Int>) -> [String: MetricMetadata]? {
        var cursor = FieldCursor(range), shared = AffixCoder()
        guard let count = cursor.count(in: bytes) else { return nil }
        var entries: [String: MetricMetadata] = [:]
        func text(_ cursor: inout FieldCursor) -> String? {
            guard let length = cursor.count(in: bytes), let range = cursor.take(length) else { return nil }
            return bytes.extracting(range).text
        }
        for _ in 0..<count {
            guard let name = shared.next(&cursor, in: bytes, limit: MetadataTable.byteLimit),
                let type = text(&cursor), let unit = text(&cursor), let help = text(&cursor)
            else { return nil }
            entries[String(decoding: name, as: UTF8.self)] = MetricMetadata(type: type, help: help, unit: unit)
        }
        return cursor.remaining == 0 ? entries : nil
    }
}
