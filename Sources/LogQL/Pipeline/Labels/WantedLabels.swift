internal import KTSDBModel

/// The labels that a query needs of its parsers, and how many of them the current line has given.
struct WantedLabels {
    private static let suffix = Array("_extracted".utf8)

    /// nil if all labels are needed.
    private let names: [[UInt8]]?
    /// How many of the names the current line has given.
    var foundCount = 0

    /// - Parameter names: the names that results and stages need; nil if all.
    init(_ names: [String]?) {
        self.names = names.map { Set($0).sorted().map { Array($0.utf8) } }
    }

    /// Whether no label is needed.
    var isNothing: Bool { names?.isEmpty ?? false }

    /// Whether each of the names has been found.
    var isComplete: Bool { names.map { foundCount >= $0.count } ?? false }

    /// Begins another line.
    mutating func begin() { foundCount = 0 }

    /// Whether the name is one of those that end the parsing once all are found.
    func isNeeded(_ name: Span<UInt8>) -> Bool {
        guard let names else { return false }
        for candidate in names where name.isEqual(to: candidate.span) { return true }
        return false
    }

    /// Whether a parsed label of that name is needed, perhaps by its name with `_extracted`.
    func wants(_ name: Span<UInt8>) -> Bool {
        guard let names else { return true }
        for candidate in names {
            if name.isEqual(to: candidate.span) { return true }
            if candidate.count == name.count + Self.suffix.count, candidate.starts(with: name),
                candidate[name.count...].elementsEqual(Self.suffix)
            {
                return true
            }
        }
        return false
    }

    /// Whether a label is needed whose name begins with `prefix` and `_`.
    func wants(prefix: Span<UInt8>) -> Bool {
        guard let names else { return true }
        for candidate in names
        where candidate.count > prefix.count && candidate[prefix.count] == UInt8(ascii: "_")
            && candidate.starts(with: prefix)
        {
            return true
        }
        return false
    }
}

extension [UInt8] {
    /// Whether the first bytes are those of `prefix`, which is not longer.
    fileprivate func starts(with prefix: Span<UInt8>) -> Bool {
        span.extracting(first: prefix.count).isEqual(to: prefix)
    }
}
