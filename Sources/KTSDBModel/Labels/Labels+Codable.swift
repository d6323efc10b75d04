extension Labels: Codable {
    /// Encodes an object of names and values.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(Dictionary(map { ($0.name, $0.value) }) { first, _ in first })
    }

    /// Decodes an object of names and values. Empty values are left out.
    ///
    /// - Throws: `DecodingError` if a name or value is too long; see ``init(checking:)``.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let pairs = try container.decode([String: String].self)
        do throws(LabelTooLong) { try self.init(checking: pairs.map { ($0.key, $0.value) }) } catch {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "\(error)")
        }
    }
}
