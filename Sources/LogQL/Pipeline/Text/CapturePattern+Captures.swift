extension CapturePattern {
    /// The names of the captures but `_`, in order.
    var names: [String] {
        parts.compactMap { part in
            if case .capture(let name) = part, name != "_" { name } else { nil }
        }
    }

    /// The first two captures with nothing between them.
    var consecutiveCaptures: (String, String)? {
        for (first, second) in zip(parts, parts.dropFirst()) {
            if case .capture(let first) = first, case .capture(let second) = second { return (first, second) }
        }
        return nil
    }
}
