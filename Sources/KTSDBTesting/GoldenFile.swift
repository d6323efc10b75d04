internal import CLibrary
internal import KTSDBEngine
internal import KTSDBModel

/// Committed files that every later version must be able to read, and that the current version must write byte for
/// byte.
package enum GoldenFile {
    /// Returns the bytes of `Tests/Golden/NAME` in the package that `sourceFile` belongs to.
    ///
    /// With `KTSDB_RECORD_GOLDEN` in the environment, `written` is first stored there if the file is missing; this is
    /// how a new format version gets its file. An existing file never changes.
    package static func bytes(_ name: String, written: [UInt8]? = nil, sourceFile: String = #filePath) throws -> [UInt8]
    {
        let files = POSIXFileSystem()
        let path = "\(packageRoot(of: sourceFile))/Tests/Golden/\(name)"
        if let written, try !files.exists(path), SystemCall.environment("KTSDB_RECORD_GOLDEN") != nil {
            try files.createDirectory("\(packageRoot(of: sourceFile))/Tests/Golden")
            let file = try files.create(path)
            try file.writeAll(written.span.rawBytes)
            file.close()
        }
        return try files.open(path).readAll()
    }

    /// Returns the bytes of the hex example in FORMAT.md under the heading that begins with `heading`: the first block
    /// fenced with ```` ```hex ````, whose lines consist of an offset, the bytes, and, after a `|`, their meaning.
    package static func example(under heading: String, sourceFile: String = #filePath) throws -> [UInt8] {
        let text = try POSIXFileSystem().open("\(packageRoot(of: sourceFile))/FORMAT.md").readAll()
        let lines = String(decoding: text, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        let section = lines.drop { !$0.hasPrefix(heading) }
        let block = section.drop { $0 != "```hex" }.dropFirst().prefix { $0 != "```" }
        return block.flatMap { line in
            line.prefix { $0 != "|" }.split(separator: " ").dropFirst().compactMap { UInt8($0, radix: 16) }
        }
    }

    private static func packageRoot(of sourceFile: String) -> String {
        var directory = FilePath.parent(of: sourceFile)
        while let candidate = directory {
            if (try? POSIXFileSystem().exists("\(candidate)/Package.swift")) == true { return candidate }
            directory = FilePath.parent(of: candidate)
        }
        preconditionFailure("\(sourceFile) is in a package.")
    }
}
