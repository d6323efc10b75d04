/// The kinds of sections in the body of a commit's frame, in their order there (FORMAT.md, section 3).
enum CommitSection: UInt8 {
    case floats = 1, histograms, exemplars, metadata, records, forgotten
    /// Comes last, whatever kinds are added: it is known last.
    case series = 255
}

extension FieldBuffer {
    /// Appends a section: kind, length, content.
    mutating func append(_ kind: CommitSection, _ content: borrowing FieldBuffer) {
        append(kind.rawValue)
        append(varint: UInt64(content.count))
        append(contentsOf: content)
    }
}
