/// Why the MANIFEST could not be read or changed.
package enum ManifestError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The disk has no room. Nothing was changed; the same edit succeeds when there is room again.
    case diskFull(path: String)
    /// A system call failed. Nothing was changed.
    case failed(FileError)
    /// A sync failed, and so did rewriting the file: the edit may or may not be on the disk, and only the next
    /// successful edit decides that. Files that either outcome names must stay. `state` is still the old one.
    case undecided(FileError)
    /// An edit that was once on the disk cannot be read. Nothing was changed.
    case damaged(path: String, offset: UInt64, reason: String)
    /// The MANIFEST is missing although the directory has data. Nothing was changed.
    case missing(path: String)
    /// The file was written by a newer version. Nothing was changed.
    case unsupportedVersion(path: String, found: UInt32)

    package var description: String {
        switch self {
        case .diskFull(let path):
            "\(path): the disk is full. Nothing was changed. Free some space; the change is tried again."
        case .failed(let error): "\(error). Nothing was changed."
        case .undecided(let error):
            "\(error). Whether the last change is on the disk is decided when the next one succeeds. No data is removed "
                + "until then."
        case .damaged(let path, let offset, let reason):
            "\(path) is damaged at byte \(offset): \(reason). Restore it from a snapshot or a backup. Nothing was changed."
        case .missing(let path):
            "\(path) is missing although the directory has data. Restore it from a snapshot or a backup, or move the data "
                + "away. Nothing was changed."
        case .unsupportedVersion(let path, let found):
            "\(path) has version \(found) of the format; this program reads version \(ManifestFormat.version). "
                + "Use a newer program. Nothing was changed."
        }
    }
}
