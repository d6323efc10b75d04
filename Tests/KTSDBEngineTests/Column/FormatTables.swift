import KTSDBEngine

/// Tables of numbers that FORMAT.md has, for readers that are written after it.
enum FormatTables {
    /// The code lengths of each prefix code, by number: lines of a number and 16 hexadecimal digits.
    static func prefixCodes(sourceFile: String = #filePath) throws -> [[Int]] {
        var directory = FilePath.parent(of: sourceFile)
        let files = POSIXFileSystem()
        while let candidate = directory, try !files.exists("\(candidate)/Package.swift") {
            directory = FilePath.parent(of: candidate)
        }
        let text = String(decoding: try files.open("\(directory ?? "")/FORMAT.md").readAll(), as: UTF8.self)
        let lines = text.split(separator: "\n").drop { $0 != "```lengths" }.dropFirst().prefix { $0 != "```" }
        return lines.flatMap { line in
            line.split(separator: " ").filter { $0.count == 16 }.map { $0.compactMap(\.hexDigitValue) }
        }
    }
}
