import Testing

/// Code that says `unsafe` lives in few files, and each use says why it holds (STYLE.md).
@Suite struct `Unsafe code` {
    /// The files under Sources with the word. The number may only be lowered.
    static let fileLimit = 39

    /// Uses without a `SAFETY:` line, by file, and how many there are left. A number may only be lowered; a file that
    /// has none any more must go.
    static let unexplained: [String: Int] = [
        "Sources/KTSDBHTTP/GzipReader.swift": 7,
        "Sources/KTSDBHTTP/Compressor.swift": 13,
        "Sources/KTSDBServer/Queries/ActiveQueries.swift": 6,
    ]

    private static func isUse(_ line: Substring) -> Bool {
        let code = line.prefix(upTo: line.firstRange(of: "//")?.lowerBound ?? line.endIndex)
        return code.firstMatch(of: /\bunsafe\b/) != nil && code.firstMatch(of: /@unsafe\b/) == nil
    }

    /// Whether a `SAFETY:` comment is on the line, above it within the same function or property, or right above that.
    private static func isExplained(_ number: Int, of file: SourceTree.File) -> Bool {
        let declaration = /^(?:@[\w():]+ |[a-z]+(?:\(\w+\))? )*(?:func |init[?(<]|deinit|subscript|var .*\{$)/
        var isAbove = false
        for line in file.lines[...number].reversed() {
            if line.contains("SAFETY:") { return true }
            let text = line.drop { $0 == " " }
            if isAbove, !text.hasPrefix("//"), !text.hasPrefix("@") { return false }
            isAbove = isAbove || text.firstMatch(of: declaration) != nil
        }
        return false
    }

    @Test func `is in few files`() {
        let files = SourceTree.sources.files.filter { $0.text.firstMatch(of: /\bunsafe\b/) != nil }
        #expect(files.count <= Self.fileLimit, "\(files.count) files: \(files.map(\.path))")
        #expect(files.count == Self.fileLimit, "The limit can be lowered to \(files.count).")
    }

    @Test func `says why it holds`() {
        for file in SourceTree.sources.files {
            let uses = file.lines.indices.filter { Self.isUse(file.lines[$0]) && !Self.isExplained($0, of: file) }
            #expect(
                uses.count == Self.unexplained[file.path, default: 0],
                "\(file.path): lines \(uses.map { $0 + 1 }) have no SAFETY line")
        }
    }
}
