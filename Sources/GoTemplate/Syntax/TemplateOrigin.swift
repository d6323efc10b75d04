/// Where the parts of a text come from that a program has made from others. Errors of execution then name the places in
/// those, as if they had been parsed themselves.
public struct TemplateOrigin: Sendable {
    /// A place of the text, from which on it is the same as a part of a source, as far as that goes.
    public struct Anchor: Hashable, Sendable {
        /// The offset in the text, in bytes.
        public var offset: Int
        /// The number of the source.
        public var source: Int
        /// The offset in the source, in bytes.
        public var sourceOffset: Int

        /// Makes an anchor.
        public init(offset: Int, source: Int, sourceOffset: Int) {
            self.offset = offset
            self.source = source
            self.sourceOffset = sourceOffset
        }
    }

    private let sources: [TemplateSource]
    private let anchors: [Anchor]

    /// Makes an origin; the offsets of the anchors must not fall.
    public init(sources: [(name: String, text: String)], anchors: [Anchor]) {
        self.sources = sources.map { TemplateSource(name: $0.name, text: GoString($0.text)) }
        self.anchors = anchors
    }

    /// The source and the place in it of the byte at `offset`; nil before the first anchor.
    func place(of offset: Int) -> (name: String, position: SourcePosition)? {
        var low = 0, high = anchors.count
        while low < high {
            let middle = (low + high) / 2
            if anchors[middle].offset <= offset { low = middle + 1 } else { high = middle }
        }
        guard low > 0, sources.indices.contains(anchors[low - 1].source) else { return nil }
        let anchor = anchors[low - 1], source = sources[anchor.source]
        return (source.name, source.position(of: anchor.sourceOffset + offset - anchor.offset))
    }
}
