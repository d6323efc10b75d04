/// Names every file and directory in a data directory (FORMAT.md, section 2).
enum FileName {
    static let manifest = "MANIFEST", manifestCopy = "MANIFEST.copy", lock = "LOCK", reserve = "RESERVE"
    /// The mark of a directory that is not a whole database: a restore into it has not ended, or it is part of a
    /// backup.
    static let incomplete = "INCOMPLETE"

    /// A directory in the data directory.
    enum Directory: String, CaseIterable {
        case log = "wal"
        case blocks, checkpoints, imports, snapshots
        case setAside = "set-aside"
        case rollups

        /// Those that hold the data itself.
        static let ofData: [Directory] = [.log, .blocks, .checkpoints]
    }

    /// The files that are named by a number: 16 hexadecimal digits, then the ending of their kind.
    enum Kind: String, CaseIterable {
        case segment = ".log"
        case block = ".block"
        case series = ".series"
        case samples = ".samples"
        case sideData = ".sidedata"
        case importMark = ".import"
        case importPart = ".part"

        var directory: Directory {
            switch self {
            case .segment: .log
            case .block: .blocks
            case .series, .samples, .sideData: .checkpoints
            case .importMark, .importPart: .imports
            }
        }
    }

    /// Returns the name of the file of a kind with this number.
    static func name(_ kind: Kind, _ number: UInt64) -> String { digits(number) + kind.rawValue }

    /// Returns the number in the name of a file of the kind; nil for other files.
    static func number(_ kind: Kind, _ name: String) -> UInt64? {
        guard name.utf8.count == 16 + kind.rawValue.utf8.count, name.hasSuffix(kind.rawValue) else { return nil }
        guard let number = UInt64(name.prefix(16), radix: 16), self.name(kind, number) == name else { return nil }
        return number
    }

    /// Returns the path of the file of a kind with this number in the data directory `path`.
    static func path(_ path: String, _ kind: Kind, _ number: UInt64) -> String {
        "\(directory(path, kind.directory))/\(name(kind, number))"
    }

    /// Returns what a file is called while it is being written anew.
    static func temporary(_ name: String) -> String { "\(name).new" }

    /// Returns the path of a file relative to the data directory that has it.
    static func relative(_ directory: Directory, _ name: String) -> String { "\(directory.rawValue)/\(name)" }

    /// Returns the path of a directory in the data directory `path`.
    static func directory(_ path: String, _ directory: Directory) -> String { "\(path)/\(directory.rawValue)" }

    /// Returns a number as 16 hexadecimal digits.
    static func digits(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
