extension Labels: Codable {
    /// Writes an object of names and values.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(Dictionary(map { ($0.name, $0.value) }) { first, _ in first })
    }

    /// Reads an object of names and values; empty values are left out.
    ///
    /// - Throws: `DecodingError` when a name or value is too long, as ``init(checking:)`` says.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let pairs = try container.decode([String: String].self)
        do throws(LabelTooLong) { try self.init(checking: pairs.map { ($0.key, $0.value) }) } catch {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "\(error)")
        }
    }
}
