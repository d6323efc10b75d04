internal import KTSDBModel

/// How many metrics have metadata, and how many bytes their types, help texts and units take together.
package struct MetadataSize: Hashable, Sendable {
    package var entries = 0
    package var bytes = 0

    package init(entries: Int = 0, bytes: Int = 0) {
        self.entries = entries
        self.bytes = bytes
    }

    package static func += (left: inout MetadataSize, right: MetadataSize) {
        left.entries += right.entries
        left.bytes += right.bytes
    }
}

extension MetricMetadata {
    /// The size of its texts in bytes.
    var byteCount: Int { type.utf8.count + help.utf8.count + unit.utf8.count }
}
