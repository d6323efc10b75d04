internal import GoTemplate

/// A template's text with its actions changed, and where each of its parts comes from.
struct RewrittenTemplate {
    private(set) var text = ""
    private(set) var anchors: [TemplateOrigin.Anchor] = []

    /// Adds what a part has become.
    mutating func append(_ source: String, from part: TemplateSegment.Placed) {
        let start = text.utf8.count
        anchors.append(.init(offset: start, source: part.source, sourceOffset: part.range.lowerBound))
        if case .action(_, let trimsBefore, _) = part.segment {
            anchors.append(
                .init(offset: start + (trimsBefore ? 4 : 2), source: part.source, sourceOffset: part.innerOffset))
        }
        text += source
    }

    /// Adds a part as it is.
    mutating func append(_ part: TemplateSegment.Placed) { append(part.segment.source, from: part) }

    /// Adds another text.
    mutating func append(_ other: RewrittenTemplate) {
        let start = text.utf8.count
        for anchor in other.anchors {
            anchors.append(
                .init(offset: start + anchor.offset, source: anchor.source, sourceOffset: anchor.sourceOffset))
        }
        text += other.text
    }

    /// Adds what comes from nowhere.
    mutating func append(literal: String) { text += literal }
}
