/// The checked syntax tree of one template: all functions that it names exist, and all variables are declared.
public struct TemplateTree: Sendable {
    /// The name of the template.
    public let name: String
    /// The text that it is part of.
    public let source: TemplateSource
    /// Its parts in order.
    public let nodes: [TemplateNode]

    /// Whether there is nothing in it but blanks and comments. Such a template does not replace another one.
    var isEmpty: Bool {
        nodes.allSatisfy { node in
            guard case .text(let text) = node else { return false }
            return text.description.unicodeScalars.allSatisfy(\.properties.isWhitespace)
        }
    }
}

/// A text that templates were parsed from.
public struct TemplateSource: Sendable {
    /// The name that messages show.
    public let name: String
    /// The text.
    public let text: GoString
    /// Where the text comes from, if it was made from others.
    var origin: TemplateOrigin?

    init(name: String, text: GoString, origin: TemplateOrigin? = nil) {
        self.name = name
        self.text = text
        self.origin = origin
    }

    /// The place of the byte at `offset`.
    public func position(of offset: Int) -> SourcePosition { SourcePosition(offset: offset, in: text.bytes) }

    /// The name and the place that messages show for the byte at `offset`.
    func place(of offset: Int) -> (name: String, position: SourcePosition) {
        origin?.place(of: offset) ?? (name, position(of: offset))
    }
}
