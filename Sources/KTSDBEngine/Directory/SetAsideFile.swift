/// A file that was moved out of the way when the database was opened.
public struct SetAsideFile: Hashable, Sendable, CustomStringConvertible {
    /// Where it was and where it is now, in the data directory.
    public var path: String, newPath: String
    /// Why it was not used.
    public var reason: Reason

    /// Why a file was not used.
    @nonexhaustive
    public enum Reason: Hashable, Sendable {
        /// The MANIFEST does not name it, and it had been damaged, cut, or was not the newest one.
        case unknown
        /// The same, and the file cannot be read.
        case unreadable
        /// All that is in it is in other files too.
        case redundant
        /// It is what is left of a seal or a checkpoint that was never finished; the log has what is in it.
        case unfinished
        /// It is a segment of the log whose commits come after missing ones.
        case behindMissing
    }

    /// What happened, and what can be done.
    public var description: String {
        let why =
            switch reason {
            case .unknown: "no readable MANIFEST names it"
            case .unreadable: "no readable MANIFEST names it, and it cannot be read"
            case .redundant: "what is in it is in other files too"
            case .unfinished: "it was never finished, or a newer file has taken its place"
            case .behindMissing: "commits before those in it are missing"
            }
        return newPath == path
            ? "\(path) was left out: \(why)" : "\(path) was moved to \(newPath): \(why)"
    }
}
