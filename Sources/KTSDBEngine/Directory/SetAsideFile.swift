/// A file that was set aside when the database was opened.
public struct SetAsideFile: Hashable, Sendable, CustomStringConvertible {
    /// Where the file was and where it is now, relative to the data directory.
    public var path: String, newPath: String
    /// Why it was not used.
    public var reason: Reason

    /// Why a file was not used.
    @nonexhaustive
    public enum Reason: Hashable, Sendable {
        /// The MANIFEST does not name the file, and it had been damaged or cut, or was not the newest one.
        case unknown
        /// The MANIFEST may lack edits, as for ``unknown``, and the file cannot be read.
        case unreadable
        /// Everything in the file is in other files too.
        case redundant
        /// The file is left from a seal or a checkpoint that was never finished; the log has its contents.
        case unfinished
        /// The file is a segment of the log whose commits come after missing ones.
        case afterGap
    }

    /// What happened to the file, and why.
    public var description: String {
        let why =
            switch reason {
            case .unknown: "no readable MANIFEST names it"
            case .unreadable: "no readable MANIFEST names it, and it cannot be read"
            case .redundant: "what is in it is in other files too"
            case .unfinished: "it was never finished, or a newer file has taken its place"
            case .afterGap: "commits before those in it are missing"
            }
        return newPath == path
            ? "\(path) was left out: \(why)" : "\(path) was moved to \(newPath): \(why)"
    }
}
